"""Kill the embedded broker again and again while it delivers to a target that fails at random; nothing may be lost.

    python bench/broker_crash.py [--messages 1000] [--kills 50] [--failures 0.3] [--seed 1]

Each round starts the broker on the same file, publishes a share of the messages in batches, and ends it by kill -9 at
a random moment: while it starts, takes messages, delivers, or notes results. A publish call without an answer is made
again with the same deduplication ids, as a caller would. The last broker is left to finish. Then it must hold that

- every message was answered 2xx at least once, or is a dead letter whose last answer was not 2xx;
- all attempts of a message, and its dead letter, carry one id: the one that its publish call answered;
- the count of retries never runs back or skips, and what it counts are attempts that the target has seen fail.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
from broker_server import HEADERS, free_port, started
from qstash import AsyncQStash
from qstash.message import BatchRequest

RETRIES = 3
BATCH = 10


@dataclass
class Seen:
    """What the target has seen of one message, and what its publish calls answered."""

    ids: set[str] = field(default_factory=set[str])
    attempts: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    published: set[str] = field(default_factory=set[str])


class Target(ThreadingHTTPServer):
    """Answers 500 with a given probability, after a moment in which a kill may fall."""

    daemon_threads = True
    request_queue_size = 1_024  # a refused connection is a failed attempt that the target does not see

    def __init__(self, failures: float, dice: random.Random) -> None:
        self.seen: dict[int, Seen] = defaultdict(Seen)
        target = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                number = int(self.rfile.read(int(self.headers["Content-Length"])))
                status = 500 if dice.random() < failures else 200
                seen = target.seen[number]
                seen.ids.add(self.headers["Upstash-Message-Id"])
                seen.attempts.append((int(self.headers["Upstash-Retried"]), status))
                time.sleep(dice.random() / 20)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # the library's name
                pass

        super().__init__(("127.0.0.1", 0), Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        pass


async def publish(url: str, target: Target, to: str, numbers: Sequence[int]) -> None:
    """Publish a batch and note the ids; raise if there is no answer."""
    sdk = AsyncQStash("bench", retry=False, base_url=url)
    batch = [
        BatchRequest(url=to, body=str(n), retries=RETRIES, retry_delay="50 * (1 + retried)", deduplication_id=f"n{n}")
        for n in numbers
    ]
    try:
        for number, answer in zip(numbers, await sdk.message.batch(batch), strict=True):
            assert not isinstance(answer, list)
            target.seen[number].published.add(answer.message_id)
    finally:
        await sdk.http._client.aclose()  # pyright: ignore[reportPrivateUsage]


async def one_round(url: str, target: Target, to: str, unpublished: list[int], kill_after: float | None) -> None:
    """Publish the numbers until the kill is due; without one, until everything is settled."""
    deadline = time.monotonic() + kill_after if kill_after is not None else None
    while unpublished:
        numbers = unpublished[:BATCH]
        try:
            async with asyncio.timeout(deadline and max(deadline - time.monotonic(), 0)):
                await publish(url, target, to, numbers)
        except TimeoutError:
            return
        del unpublished[:BATCH]
    if deadline is not None:
        await asyncio.sleep(max(deadline - time.monotonic(), 0))
        return
    async with httpx.AsyncClient(headers=HEADERS, trust_env=False) as client:
        while (await client.get(f"{url}/broker")).json()["depth"]:
            await asyncio.sleep(0.1)


def dead_letters(url: str) -> dict[int, tuple[str, int]]:
    """Return number, id and last status of every dead letter."""
    found: dict[int, tuple[str, int]] = {}
    cursor: str | None = ""
    while cursor is not None:
        answer = httpx.get(f"{url}/v2/dlq", headers=HEADERS, params={"cursor": cursor} if cursor else {}).json()
        for letter in answer["messages"]:
            found[int(letter["body"])] = letter["messageId"], letter["responseStatus"]
        cursor = answer.get("cursor")
    return found


def faults(target: Target, dead: dict[int, tuple[str, int]], count: int) -> list[str]:
    """Return what does not hold."""
    found: list[str] = []
    for number in range(count):
        seen = target.seen[number]
        ids = {*seen.ids, *seen.published, *((dead[number][0],) if number in dead else ())}
        if len(ids) != 1:
            found.append(f"{number} has the ids {ids}")
        delivered = any(status == 200 for _, status in seen.attempts)
        if not delivered and number not in dead:
            found.append(f"{number} is lost")
        if number in dead and dead[number][1] == 200:
            found.append(f"{number} is a dead letter though it was delivered")
        failed = 0  # attempts that the target has answered with 500; a kill may have kept the broker from noting one
        retried = 0
        for attempt, status in seen.attempts:
            if not retried <= attempt <= min(failed, retried + 1):
                found.append(f"{number} was counted {seen.attempts}")
                break
            retried, failed = attempt, failed + (status != 200)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=1_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--failures", type=float, default=0.3)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    dice = random.Random(arguments.seed)
    target = Target(arguments.failures, random.Random(arguments.seed))
    Thread(target=target.serve_forever, args=(0.02,), daemon=True).start()
    to = f"http://127.0.0.1:{target.server_address[1]}/"
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    unpublished: list[int] = []
    given = 0
    with tempfile.TemporaryDirectory() as folder:
        process = ("broker", str(port), str(Path(folder) / "broker.db"), to)
        for kill in range(arguments.kills):
            share = arguments.messages * (kill + 1) // arguments.kills
            unpublished.extend(range(given, share))
            given = share
            with started(*process, port=port) as broker:
                asyncio.run(one_round(url, target, to, unpublished, kill_after=dice.random() * 0.4))
                broker.kill()
                broker.wait()
        attempts_before = sum(len(seen.attempts) for seen in target.seen.values())
        with started(*process, port=port):
            asyncio.run(one_round(url, target, to, unpublished, kill_after=None))
            dead = dead_letters(url)
    wrong = faults(target, dead, arguments.messages)
    answers = [[status for _, status in seen.attempts] for seen in target.seen.values()]
    delivered = [statuses.count(200) for statuses in answers]
    print(f"{arguments.messages} messages, {arguments.kills} kills, {attempts_before} attempts before the last kill")
    print(f"{sum(map(len, answers))} attempts, {sum(statuses.count(500) for statuses in answers)} answered 500")
    print(f"{sum(map(bool, delivered))} delivered, {sum(delivered) - sum(map(bool, delivered))} of them again")
    print(f"{len(dead)} dead letters, {len(wrong)} faults")
    sys.exit("\n".join(wrong[:20]) if wrong else 0)


if __name__ == "__main__":
    main()
