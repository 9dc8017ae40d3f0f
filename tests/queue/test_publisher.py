"""What goes over the wire to QStash, seen by a server that records it."""

import json
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

from docspasta_mcp.broker.app import open_broker
from docspasta_mcp.broker.message import Flow
from docspasta_mcp.broker.signing import Keys
from docspasta_mcp.broker.store.messages import get, waiting
from docspasta_mcp.errors import PublishFailed
from docspasta_mcp.model.messages import FinalizeJob, OutboxMessage, ProcessUrl, StartCrawl, parse_message
from docspasta_mcp.queue.publisher import QStashQueue
from docspasta_mcp.server.hub import near

MESSAGES = [
    OutboxMessage(7, ProcessUrl(job_id="j1", user_id="local", timestamp=1, page_id=3, url="https://d.example/a", depth=1), "https://d.example", 2.5),
    OutboxMessage(8, FinalizeJob(job_id="j1", user_id="local", timestamp=1), "https://d.example"),
]  # fmt: skip


class Recorder(ThreadingHTTPServer):
    def __init__(self, status: int, answer: str) -> None:
        self.calls: list[tuple[str, dict[str, str], Any]] = []
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                recorder.calls.append((self.path, dict(self.headers), json.loads(body)))
                self.send_response(status)
                self.end_headers()
                self.wfile.write(answer.encode())

            def log_message(self, format: str, *args: Any) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


def queue_at(url: str) -> QStashQueue:
    return QStashQueue(
        url=url,
        token="tok",
        webhook_url="https://docspasta.example",
        name="docs",
        concurrency=4,
        retries=2,
        delivery_timeout_s=120,
        trust_env=False,
    )


async def test_messages_go_out_in_one_batch_with_their_limits() -> None:
    server = Recorder(200, '[{"messageId": "1"}, {"messageId": "2"}]')
    queue = queue_at(server.url)
    await queue.publish(MESSAGES)
    await queue.aclose()
    server.shutdown()
    server.server_close()
    ((path, headers, (page, finalize)),) = server.calls
    assert path == "/v2/batch"
    assert headers["Authorization"] == "Bearer tok"
    assert page["destination"] == finalize["destination"] == "https://docspasta.example/api/v4/process"
    assert parse_message(page["body"].encode()) == MESSAGES[0].message
    assert json.loads(page["body"]).keys() == {"type", "jobId", "userId", "timestamp", "pageId", "url", "depth"}
    sent = {name.lower(): value for name, value in page["headers"].items()}
    assert sent["upstash-retries"] == "2"
    assert sent["upstash-retry-delay"] == "min(60000, 2000 * pow(3, retried))"
    assert sent["upstash-failure-callback"] == "https://docspasta.example/api/v4/failed"
    assert sent["upstash-deduplication-id"] == "j1-7"
    assert sent["upstash-label"] == "docs"
    assert sent["upstash-flow-control-key"].startswith("docs-")
    assert "d.example" not in sent["upstash-flow-control-key"]
    assert sent["upstash-flow-control-value"].replace(" ", "") == "parallelism=4,rate=1,period=3s"
    assert "Upstash-Flow-Control-Key" not in finalize["headers"]


async def test_each_owner_has_its_own_share_of_a_site_unless_the_site_asks_for_pauses() -> None:
    def page(owner: str, origin: str = "https://d.example", delay_s: float = 0) -> OutboxMessage:
        url = f"{origin}/a"
        return OutboxMessage(
            1, ProcessUrl(job_id="j", user_id=owner, timestamp=1, page_id=3, url=url, depth=1), origin, delay_s
        )

    starts = [
        OutboxMessage(1, StartCrawl(job_id="j", user_id=owner, timestamp=1), "https://d.example") for owner in "ab"
    ]
    pages = [
        page("a"),
        page("a"),
        page("b"),
        page("a", "https://e.example"),
        page("a", delay_s=1),
        page("b", delay_s=1),
    ]
    server = Recorder(200, json.dumps([{"messageId": "1"}] * 8))
    queue = queue_at(server.url)
    await queue.publish([*pages, *starts])
    await queue.aclose()
    server.shutdown()
    server.server_close()
    ((_, _, messages),) = server.calls
    keys = [message["headers"]["Upstash-Flow-Control-Key"] for message in messages]
    assert keys[0] == keys[1]
    assert keys[4] == keys[5]
    assert len(set(keys)) == 6


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (500, "{}"),
        (429, "{}"),
        (401, '{"error": "no"}'),
        (200, "no json"),
        (200, '[{"messageId": "1"}, {"error": "x"}]'),
    ],
)
async def test_whatever_is_not_a_clear_yes_is_a_failure(status: int, answer: str) -> None:
    server = Recorder(status, answer)
    queue = queue_at(server.url)
    with pytest.raises(PublishFailed):
        await queue.publish(MESSAGES)
    await queue.aclose()
    server.shutdown()
    server.server_close()


async def test_a_queue_that_is_not_there_is_a_failure() -> None:
    queue = queue_at("http://127.0.0.1:9")
    with pytest.raises(PublishFailed, match="did not take 2 messages"):
        await queue.publish(MESSAGES)
    await queue.aclose()


async def test_a_broker_in_this_process_takes_messages_without_a_call(tmp_path: Path) -> None:
    keys = Keys("c" * 32, "n" * 32)
    broker = open_broker(
        tmp_path / "broker.db",
        token="tok",
        keys=lambda: keys,
        rotate=lambda: keys,
        make_client=httpx.AsyncClient,
        allows=lambda url: url.startswith("https://docspasta.example/"),
    )
    queue = queue_at("http://127.0.0.1:9")  # where nobody listens
    queue.take_near(near(broker))
    await queue.publish(MESSAGES)
    await queue.publish(MESSAGES)  # again, as after a crash
    stored = await broker.context.journal.run(lambda db: waiting(db, after=0, most=10))
    assert len(stored) == 2
    first = await broker.context.journal.run(lambda db: get(db, stored[0].id))
    assert first is not None
    assert parse_message(first.body) == MESSAGES[0].message
    assert first.failure_callback is not None
    assert first.flow == Flow(first.flow.key if first.flow else "", parallelism=4, rate=1, period_s=3)
    await queue.publish([replace(MESSAGES[0], id=9, crawl_delay_s=0)])
    _, _, page = await broker.context.journal.run(lambda db: [get(db, one.id) for one in waiting(db, after=0, most=10)])
    assert page is not None
    assert page.flow is not None
    assert page.flow.parallelism == 8  # 4 are fetched at a time, others are read meanwhile

    broker.close()
    with pytest.raises(PublishFailed, match="did not take them"):
        await queue.publish(MESSAGES)
    queue.take_near(None)
    with pytest.raises(PublishFailed, match="did not take 2 messages"):
        await queue.publish(MESSAGES)
    await queue.aclose()
