"""What the webhook refuses, what it answers, and what it leaves untouched."""

import base64
import json
import time
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp

from docspasta_mcp.broker.signing import new_key, sign
from docspasta_mcp.errors import DeliveryTooEarly, PageUnreachable
from docspasta_mcp.metrics import REGISTRY
from docspasta_mcp.model.messages import FinalizeJob, Message, ProcessUrl, StartCrawl
from docspasta_mcp.pipeline.steps import Steps
from docspasta_mcp.queue.signature import Receiver
from docspasta_mcp.server.responses import ERROR_HANDLERS
from docspasta_mcp.server.webhook import webhook_routes
from docspasta_mcp.store import Store
from tests.fakes import Clock
from tests.forgeries import forgeries, mutations

BASE = "https://docspasta.example"
PROCESS, FAILED = f"{BASE}/api/v4/process", f"{BASE}/api/v4/failed"
KEY = new_key()
PAGE = ProcessUrl(job_id="j", user_id="local", timestamp=1, page_id=3, url="https://d.example/", depth=0)
BODY = PAGE.model_dump_json(by_alias=True).encode()


class RecordingSteps(Steps):
    """Stands where the steps do and notes what reaches them."""

    def __init__(self) -> None:
        self.ran: list[Message] = []
        self.given_up: list[tuple[Message, str]] = []
        self.error: Exception | None = None

    async def run(self, message: Message) -> None:
        self.ran.append(message)
        if self.error:
            raise self.error

    async def give_up(self, message: Message, detail: str) -> None:
        self.given_up.append((message, detail))


@pytest.fixture
def steps() -> RecordingSteps:
    return RecordingSteps()


@pytest.fixture
def app(steps: RecordingSteps, store: Store) -> ASGIApp:
    receiver = Receiver(KEY, new_key())
    routes = webhook_routes(steps=steps, deliveries=store.deliveries, receiver=receiver, webhook_url=BASE)
    return Starlette(routes=routes, exception_handlers=ERROR_HANDLERS)


async def deliver(
    app: ASGIApp,
    body: bytes,
    *,
    url: str = PROCESS,
    signature: Any = None,
    via: str = "http://10.0.0.9",
    retried: int = 0,
) -> httpx.Response:
    signed = sign(key=KEY, destination=url, body=body) if signature is None else signature
    headers = [
        (b"Upstash-Signature", value.encode("latin-1")) for value in (signed if isinstance(signed, list) else [signed])
    ]
    headers.append((b"Upstash-Retried", str(retried).encode()))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=via) as client:
        return await client.post(url.removeprefix(BASE), content=body, headers=headers)


async def test_a_signed_message_runs_its_step_whatever_host_the_request_names(
    app: ASGIApp, steps: RecordingSteps
) -> None:
    assert (await deliver(app, BODY)).status_code == 200
    assert steps.ran == [PAGE]


async def test_every_forgery_gets_the_same_answer_and_runs_nothing(
    app: ASGIApp, steps: RecordingSteps, store: Store
) -> None:
    good = sign(key=KEY, destination=PROCESS, body=BODY)
    bad = [*forgeries(KEY, destination=PROCESS, body=BODY).values(), [], [good, good], [good, "x"]]
    answers = [await deliver(app, BODY, signature=one) for one in [*bad, *mutations(good, count=200, seed=6)]]
    assert {answer.status_code for answer in answers} == {401}
    assert len({(answer.content, *sorted(answer.headers)) for answer in answers}) == 1
    assert answers[0].json()["error"]["code"] == "unauthorized"
    assert steps.ran == []
    with store.database.engine.connect() as connection:
        for table in ("delivery", "job", "page", "outbox"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 0


async def test_a_finished_delivery_that_is_sent_again_does_nothing(
    app: ASGIApp, steps: RecordingSteps, store: Store, clock: Clock
) -> None:
    clock.now = time.time()
    message = FinalizeJob(job_id="j", user_id="local", timestamp=1)
    body = message.model_dump_json(by_alias=True).encode()
    signature = sign(key=KEY, destination=PROCESS, body=body)
    assert [(await deliver(app, body, signature=signature)).status_code for _ in range(3)] == [200, 200, 200]
    assert steps.ran == [message]
    assert await store.deliveries.forget_expired() == 0
    clock.advance(86_400)
    assert await store.deliveries.forget_expired() == 1


async def test_a_delivery_that_failed_may_come_again(app: ASGIApp, steps: RecordingSteps) -> None:
    signature = sign(key=KEY, destination=PROCESS, body=BODY)
    steps.error = OSError("disk full")
    assert (await deliver(app, BODY, signature=signature)).status_code == 503
    steps.error = None
    before = REGISTRY.get_sample_value("docspasta_retries_total", {"type": "process-url"}) or 0
    assert (await deliver(app, BODY, signature=signature, retried=1)).status_code == 200
    assert steps.ran == [PAGE, PAGE]
    assert REGISTRY.get_sample_value("docspasta_retries_total", {"type": "process-url"}) == before + 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"null",
        b"[" * 100_000,
        b'{"type": "start-crawl"}',
        BODY.replace(b'"depth":0', b'"depth":0,"x":1'),
        b"\xff",
    ],
)
async def test_a_signed_message_that_makes_no_sense_is_not_tried_again(
    app: ASGIApp, steps: RecordingSteps, body: bytes
) -> None:
    answer = await deliver(app, body)
    assert answer.status_code == 489
    assert answer.headers["upstash-nonretryable-error"] == "true"
    assert steps.ran == []


async def test_a_body_over_a_megabyte_is_refused_before_any_check(app: ASGIApp, steps: RecordingSteps) -> None:
    answer = await deliver(app, b"x" * 1_000_001)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("error", "code", "retry_after"),
    [
        (PageUnreachable("http_503", "The site answered 503.", retry_after_s=6.5), "http_503", "7"),
        (PageUnreachable("timeout", "Too slow."), "timeout", None),
        (DeliveryTooEarly(3), "busy", "3"),
        (OSError("database is locked: canary-secret"), "unavailable", None),
    ],
)
async def test_what_may_work_later_is_asked_for_again(
    app: ASGIApp, steps: RecordingSteps, error: Exception, code: str, retry_after: str | None
) -> None:
    steps.error = error
    answer = await deliver(app, BODY)
    assert (answer.status_code, answer.json()["error"]["code"], answer.headers.get("retry-after")) == (
        503,
        code,
        retry_after,
    )
    assert "canary" not in answer.text


def report(**changes: object) -> bytes:
    data: dict[str, object] = {
        "status": 503,
        "sourceBody": base64.b64encode(BODY).decode(),
        "body": base64.b64encode(b'{"error": {"code": "timeout", "message": "Too slow."}}').decode(),
    }
    return json.dumps(data | changes).encode()


async def test_a_failure_callback_gives_its_message_up(app: ASGIApp, steps: RecordingSteps) -> None:
    assert (await deliver(app, report(), url=FAILED)).status_code == 200
    assert steps.given_up == [(PAGE, "All deliveries failed, the last with status 503: Too slow.")]
    start = StartCrawl(job_id="j", user_id="local", timestamp=1).model_dump_json(by_alias=True).encode()
    body = report(sourceBody=base64.b64encode(start).decode(), body=None, status=0)
    assert (await deliver(app, body, url=FAILED)).status_code == 200
    assert steps.given_up[1][1].endswith("the last with status 0: no answer")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"[" * 100_000,
        report(sourceBody="%%"),
        report(sourceBody=base64.b64encode(b"{}").decode()),
        report(body=7),
    ],
)
async def test_a_malformed_failure_callback_is_refused_for_good(
    app: ASGIApp, steps: RecordingSteps, body: bytes
) -> None:
    assert (await deliver(app, body, url=FAILED)).status_code == 489
    assert steps.given_up == []


async def test_a_failure_callback_must_be_signed_too(app: ASGIApp, steps: RecordingSteps) -> None:
    signature = sign(key=KEY, destination=PROCESS, body=report())
    assert (await deliver(app, report(), url=FAILED, signature=signature)).status_code == 401
    assert steps.given_up == []
