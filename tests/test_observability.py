"""What an operator sees: metrics, the trace of a page, and what the doctor finds."""

import inspect
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from mcp import Client
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from docspasta_mcp import metrics
from docspasta_mcp.queue.operator import open_operator_client
from docspasta_mcp.server.app import create_app, create_mcp_server
from docspasta_mcp.server.checks import examine
from docspasta_mcp.server.wiring import Node
from docspasta_mcp.settings import Settings
from docspasta_mcp.telemetry import configure_logging
from tests.conftest import settings_for
from tests.postgres import Postgres
from tests.qstash import qstash
from tests.sites import Site
from tests.test_replicas import PROXY, Proxy
from tests.test_whole_crawl import crawl


@pytest.fixture(scope="module")
def spans() -> Iterator[InMemorySpanExporter]:
    """Collect this process's spans; a provider can be set only once."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    yield exporter
    provider.shutdown()


async def test_a_page_is_one_trace_from_publishing_to_the_store(
    node: Node, manual_site: Site, spans: InMemorySpanExporter
) -> None:
    async with Client(create_mcp_server(node)) as client:
        await crawl(client, f"{manual_site.url}/docs/", max_pages=40)
    by_trace: dict[int, dict[str, object]] = {}
    for span in spans.get_finished_spans():
        assert span.context is not None
        url = (span.attributes or {}).get("url.full")
        by_trace.setdefault(span.context.trace_id, {})[span.name] = url
    install = [names for names in by_trace.values() if names.get("store") == f"{manual_site.url}/docs/install.html"]
    assert [set(names) for names in install] == [
        {"publish process-url", "deliver process-url", "fetch", "extract", "store"}
    ]


async def test_json_lines_name_the_job_and_the_trace_of_the_page_they_are_about(
    node: Node, manual_site: Site, spans: InMemorySpanExporter, capsys: pytest.CaptureFixture[str]
) -> None:
    root, before = logging.getLogger(), logging.getLogger().handlers[:]
    configure_logging(level="INFO", log_format="json")
    try:
        async with Client(create_mcp_server(node)) as client:
            job_id = await crawl(client, f"{manual_site.url}/docs/", max_pages=42)
    finally:
        root.handlers[:] = before
        root.setLevel(logging.WARNING)
        logging.getLogger("docspasta_mcp").setLevel(logging.NOTSET)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert {line.get("job_id") for line in lines if job_id in line["message"]} == {job_id}
    (gone,) = [line for line in lines if "gone.html" in line["message"]]
    assert gone["job_id"] == job_id
    traces = {f"{span.context.trace_id:032x}" for span in spans.get_finished_spans() if span.context is not None}
    assert gone["trace_id"] in traces


async def test_prometheus_reads_jobs_deliveries_and_seconds_by_stage(node: Node, manual_site: Site) -> None:
    async with Client(create_mcp_server(node)) as client:
        await crawl(client, f"{manual_site.url}/docs/", max_pages=41)
    app = create_app(node, create_mcp_server(node))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        answer = await client.get("/metrics")
        assert (await client.get("/livez")).json()["status"] == "ok"
    assert answer.headers["content-type"].startswith("text/plain")
    values = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
    assert float(values['docspasta_jobs{state="completed"}']) >= 1
    assert float(values['docspasta_deliveries_total{outcome="done",type="process-url"}']) >= 6
    assert float(values['docspasta_pages_total{reason="",state="done"}']) >= 5
    assert float(values['docspasta_page_seconds_count{stage="fetch"}']) >= 6
    assert values["docspasta_unpublished_messages"] == values["docspasta_open_pages"] == "0.0"
    documented = set(re.findall(r"`(docspasta_\w+)", (Path(__file__).parent.parent / "docs" / "deploy.md").read_text()))
    types = [line.split()[2] for line in answer.text.splitlines() if line.startswith("# TYPE")]
    assert documented == {name for name in types if not name.endswith("_created")}


async def test_the_doctor_finds_nothing_on_a_machine_that_works(tmp_path: Path) -> None:
    findings = await examine(settings_for(tmp_path))
    assert [(finding.name, finding.fix) for finding in findings] == [
        ("configuration", ""), ("database", ""), ("queue", ""), ("webhook", ""), ("browser", ""),
    ]  # fmt: skip


async def test_the_doctor_finds_a_paused_queue(tmp_path: Path) -> None:
    async with open_operator_client(settings_for(tmp_path)) as operations:
        await operations.set_paused(paused=True)
    (finding,) = [finding for finding in await examine(settings_for(tmp_path)) if not finding.is_good]
    assert (finding.name, finding.fix) == ("queue", "Run `docspasta-mcp resume`.")


async def test_the_doctor_goes_on_past_a_damaged_queue(tmp_path: Path) -> None:
    (tmp_path / "broker.db").write_bytes(b"no database at all " * 40)
    findings = await examine(settings_for(tmp_path))
    assert [finding.name for finding in findings] == ["configuration", "database", "queue", "browser"]
    (finding,) = [finding for finding in findings if not finding.is_good]
    assert "broker.db cannot be used: file is not a database. If it is damaged, move it away" in finding.says


async def test_the_doctor_names_damage_anywhere_in_the_queues_files(tmp_path: Path) -> None:
    settings, file = settings_for(tmp_path), tmp_path / "broker.db"
    assert all(finding.is_good for finding in await examine(settings))
    page = 4_096
    whole = file.read_bytes()
    assert len(whole) > 8 * page
    file.write_bytes(whole[: 3 * page] + b"\xff" * (len(whole) - 3 * page))
    (tmp_path / "broker.json").write_text('{"token": ')
    findings = await examine(settings)
    assert [finding.name for finding in findings] == ["configuration", "database", "queue", "queue", "browser"]
    credentials, broker = [finding.says for finding in findings if not finding.is_good]
    assert credentials == f"{tmp_path / 'broker.json'} is damaged. Delete it and start again; running crawls go on."
    assert broker.startswith(f"{file} cannot be used: ")
    assert "\n" not in broker
    assert file.read_bytes()[3 * page :] == b"\xff" * (len(whole) - 3 * page)


async def test_the_doctor_says_what_to_fix(tmp_path: Path, postgres: Postgres) -> None:
    async with qstash(PROXY, tmp_path, transport=Proxy()) as environ:
        good = environ | {"DATABASE_URL": postgres.new_database()}

        async def found(**changes: str) -> dict[str, str]:
            findings = await examine(Settings.from_env(good | changes))
            return {finding.name: finding.fix for finding in findings if not finding.is_good}

        assert "docspasta-mcp serve" in (await found())["webhook"]  # nobody listens at BASE_URL
        assert "QSTASH_TOKEN" in (await found(QSTASH_TOKEN="wrong"))["queue"]
        keys = {"QSTASH_CURRENT_SIGNING_KEY": "old", "QSTASH_NEXT_SIGNING_KEY": "older"}
        assert "QSTASH_CURRENT_SIGNING_KEY" in (await found(**keys))["queue"]
        away = await found(DATABASE_URL="postgresql+psycopg://nobody@127.0.0.1:9/x")
        assert "DATABASE_URL" in away["database"]


def test_each_name_of_a_metric_is_given_once() -> None:
    source = inspect.getsource(metrics)
    names = re.findall(r"^(\w+) = (?:Counter|Gauge|Histogram)\(", source, re.MULTILINE)
    assert len(names) == len(set(names)) > 5
