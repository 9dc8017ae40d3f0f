"""Deliver forged messages to a real webhook over a real store, and count what gets through.

Every claim wrong in turn, every algorithm, every header twice, then 10,000 random mutations of a good token; at last
the good one, once and once more.

    python bench/forgeries.py [--mutations 10000]
"""

import argparse
import sys
import tempfile
from collections import Counter

import anyio
import httpx
from starlette.applications import Starlette

from docspasta_mcp.broker.signing import sign
from docspasta_mcp.model.messages import StartCrawl
from docspasta_mcp.server.responses import ERROR_HANDLERS
from docspasta_mcp.server.wiring import Node, open_node
from docspasta_mcp.settings import Settings
from docspasta_mcp.telemetry import configure_logging
from tests.forgeries import forgeries, mutations

_TABLES = ("delivery", "job", "page", "page_content", "outbox", "token")


async def run(count: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        async with open_node(Settings.from_env({"DOCSPASTA_DATA_DIR": folder})) as node:
            return await _attack(node, count)


async def _attack(node: Node, count: int) -> int:
    assert node.credentials is not None
    key = node.credentials.current_key
    body = StartCrawl(job_id="nosuch", user_id="local", timestamp=1).model_dump_json(by_alias=True).encode()
    destination = f"{node.engine.webhook_url}/api/v4/process"
    good = sign(key=key, destination=destination, body=body)
    bad: list[list[str]] = [[one] for one in forgeries(key, destination=destination, body=body).values()]
    bad += [[], [good, good], [good, "x"], ["x", good]]
    attempts = {"matrix": bad, "mutations": [[one] for one in mutations(good, count=count, seed=1)]}
    statuses: Counter[int] = Counter()
    bodies: set[bytes] = set()
    app = Starlette(routes=node.engine.webhook, exception_handlers=ERROR_HANDLERS)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=node.engine.webhook_url) as client:

        async def deliver(signatures: list[str]) -> httpx.Response:
            headers = [(b"Upstash-Signature", one.encode("latin-1")) for one in signatures]
            return await client.post("/api/v4/process", content=body, headers=headers)

        for name, attempt in attempts.items():
            refused = 0
            for signatures in attempt:
                answer = await deliver(signatures)
                statuses[answer.status_code] += 1
                bodies.add(answer.content)
                refused += answer.status_code == 401
            print(f"{name}: {refused} of {len(attempt)} refused")
        written = _rows(node)
        large = await client.post("/api/v4/process", content=b"x" * 1_000_001, headers={"Upstash-Signature": good})
        genuine = [(await deliver([good])).status_code for _ in range(2)]
    print(f"answers {dict(statuses)}, bodies {len(bodies)}, rows written {written}, over 1 MB {large.status_code}")
    print(f"the good token, twice: {genuine}, rows written {_rows(node)} (its own id)")
    return (
        0 if (set(statuses), len(bodies), written, large.status_code, genuine) == ({401}, 1, 0, 413, [200, 200]) else 1
    )


def _rows(node: Node) -> int:
    with node.store.database.engine.connect() as connection:
        counts = [connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() for table in _TABLES]
    return sum(count or 0 for count in counts)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--mutations", type=int, default=10_000)
    configure_logging(level="ERROR", log_format="text")
    return anyio.run(run, parser.parse_args().mutations)


if __name__ == "__main__":
    sys.exit(main())
