"""How many messages the embedded broker takes and delivers, against bare HTTP requests of the same size.

    python bench/broker_throughput.py [--messages 1000] [--rounds 3] [--concurrency 10] [--profile FOLDER]

Broker, bare server and client are three processes on loopback; the client and both servers use the same libraries.
Each round measures the bare requests and the broker in turn; ratios are of the medians. With --profile the broker runs
under cProfile, whose figures go to FOLDER/broker.prof (read it with `python -m pstats`) and whose cost is in the rates.
"""

import argparse
import contextlib
import json
import ssl
import statistics
import tempfile
import time
from pathlib import Path

import anyio
import httpx
from broker_server import HEADERS, free_port, started

BODY = json.dumps(
    {"type": "process-url", "jobId": "j" * 26, "userId": "local", "url": "https://docs.example/" + "p" * 80}
)
BATCH = 100
OPTIONS = {
    "Content-Type": "application/json",
    "Upstash-Retries": "3",
    "Upstash-Retry-Delay": "1000",
    "Upstash-Label": "b",
}


class Bench:
    """Calls from as many clients as there are calls at a time: one shared by all would be the bottleneck."""

    def __init__(self, clients: list[httpx.AsyncClient], broker: str, bare: str) -> None:
        self.clients, self.client, self.broker, self.bare = clients, clients[0], broker, bare

    async def rate(self, count: int, url: str, body: bytes, headers: dict[str, str]) -> float:
        """Make `count` POST calls, one at a time for each client; return calls per second."""
        left = iter(range(count))

        async def work(client: httpx.AsyncClient) -> None:
            for _ in left:
                (await client.post(url, content=body, headers=headers)).raise_for_status()

        begin = time.perf_counter()
        async with anyio.create_task_group() as tasks:
            for client in self.clients:
                tasks.start_soon(work, client)
        return count / (time.perf_counter() - begin)

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> None:
        (await self.client.post(url, content=body, headers=headers)).raise_for_status()

    async def pair(self, count: int, path: str, body: bytes, headers: dict[str, str]) -> tuple[float, float]:
        """Return calls per second to the bare server and to the broker, with the same body and headers."""
        both = {**HEADERS, **headers}
        return await self.rate(count, self.bare, body, both), await self.rate(count, self.broker + path, body, both)

    async def delivered(self, count: int) -> float:
        """Return deliveries per second of messages that all wait when the broker is resumed."""
        await self.post(f"{self.broker}/broker/pause", b"", HEADERS)
        item = {"destination": f"{self.bare}x", "body": BODY, "headers": OPTIONS}
        for _ in range(count // BATCH):
            await self.post(f"{self.broker}/v2/batch", json.dumps([item] * BATCH).encode(), HEADERS)
        before = await self.count()
        begin = time.perf_counter()
        await self.post(f"{self.broker}/broker/resume", b"", HEADERS)
        while await self.count() - before < count or await self.depth():
            await anyio.sleep(0.02)
        return count / (time.perf_counter() - begin)

    async def count(self) -> int:
        return (await self.client.get(self.bare)).json()["count"]

    async def depth(self) -> int:
        return (await self.client.get(f"{self.broker}/broker", headers=HEADERS)).json()["depth"]

    async def settle(self) -> None:
        """Cancel what the measured publish calls left."""
        await self.client.delete(f"{self.broker}/v2/messages", headers=HEADERS)


async def run(bench: Bench, messages: int, rounds: int) -> bool:
    later = {**OPTIONS, "Upstash-Delay": "1d"}  # so that publishing is measured without delivering
    item = {"destination": f"{bench.bare}x", "body": BODY, "headers": later}
    batch = json.dumps([item] * BATCH).encode()
    rows: dict[str, list[tuple[float, float]]] = {"publish": [], "batch of 100": [], "deliver": []}
    for _ in range(rounds):
        rows["publish"].append(await bench.pair(messages, f"/v2/publish/{bench.bare}x", BODY.encode(), later))
        rows["batch of 100"].append(await bench.pair(max(messages // 10, 20), "/v2/batch", batch, {}))
        await bench.settle()
        bare = await bench.rate(messages, bench.bare, BODY.encode(), OPTIONS)
        rows["deliver"].append((bare, await bench.delivered(messages)))
    print(f"{'':14}{'bare calls/s':>14}{'broker calls/s':>16}{'call ratio':>12}{'messages/s':>12}{'message ratio':>15}")
    good = True
    one_message = statistics.median(bare for bare, _ in rows["publish"])
    for name, pairs in rows.items():
        bare, broker = (statistics.median(column) for column in zip(*pairs, strict=True))
        per_second = broker * (BATCH if name.startswith("batch") else 1)
        ratio = per_second / one_message
        print(f"{name:14}{bare:14.0f}{broker:16.0f}{broker / bare:12.2f}{per_second:12.0f}{ratio:15.2f}")
        good = good and ratio >= 0.25
    return good


async def measure(arguments: argparse.Namespace, broker: str, bare: str) -> bool:
    tls = ssl.create_default_context()
    async with contextlib.AsyncExitStack() as stack:
        made = [httpx.AsyncClient(timeout=60, trust_env=False, verify=tls) for _ in range(arguments.concurrency)]
        clients = [await stack.enter_async_context(client) for client in made]
        return await run(Bench(clients, broker, bare), arguments.messages, arguments.rounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--concurrency", type=int, default=10)
    parser.add_argument("--profile", type=Path)
    arguments = parser.parse_args()
    broker, bare = free_port(), free_port()
    urls = f"http://127.0.0.1:{broker}", f"http://127.0.0.1:{bare}/"
    profile = ["--profile", str(arguments.profile / "broker.prof")] if arguments.profile else []
    with tempfile.TemporaryDirectory() as folder, started("bare", str(bare), port=bare):
        file = str(Path(folder) / "broker.db")
        with started("broker", str(broker), file, urls[1], *profile, port=broker):
            good = anyio.run(measure, arguments, *urls)
    raise SystemExit(0 if good else "a message ratio is below 0.25")


if __name__ == "__main__":
    main()
