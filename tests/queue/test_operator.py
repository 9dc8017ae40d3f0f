"""The operator's view: through a hub, through the file while nothing runs, and against a QStash elsewhere."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import httpx
import pytest

from docspasta_mcp.broker.app import open_broker
from docspasta_mcp.broker.signing import Keys
from docspasta_mcp.cli import queue
from docspasta_mcp.errors import InvalidRequest, QueueError
from docspasta_mcp.queue.hub_credentials import load_credentials
from docspasta_mcp.queue.operator import OperatorClient, open_operator_client
from docspasta_mcp.settings import Settings
from tests.broker.serving import TOKEN, Target, asgi_client, running_broker


@asynccontextmanager
async def qstash_with_dead_letters(path: Path, target: Target, count: int) -> AsyncIterator[OperatorClient]:
    """Yield the operator's side of what is configured as QStash, with dead letters that would be delivered now."""
    target.answer = lambda _path, calls: (500 if calls <= count else 200, {})
    async with running_broker(path / "b.db", target.url) as (broker, url), asgi_client(broker) as api:
        for n in range(count):
            flow = {
                "Upstash-Flow-Control-Key": "k",
                "Upstash-Flow-Control-Value": "parallelism=1",
            }  # they die in this order
            headers = {"Upstash-Retries": "0", "Upstash-Label": f"l{n}", **flow}
            await api.post(f"/v2/publish/{target.url}/{n}", headers=headers, content=b"b")
        with anyio.fail_after(10):
            while (await api.get("/broker")).json()["deadLetters"] < count:
                await anyio.sleep(0.01)
        qstash = {
            "QSTASH_URL": url,
            "QSTASH_TOKEN": TOKEN,
            "QSTASH_CURRENT_SIGNING_KEY": "c",
            "QSTASH_NEXT_SIGNING_KEY": "n",
            "BASE_URL": "https://docspasta.example",
        }
        async with open_operator_client(Settings.from_env(qstash)) as operations:
            yield operations


async def test_dead_letters_of_qstash_are_listed_shown_retried_and_deleted(
    tmp_path: Path, target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    async with qstash_with_dead_letters(tmp_path, target, 3) as operations:
        await queue.list_dead_letters(operations, count=2, cursor=None)
        listed = capsys.readouterr().out
        ids = [line.split()[0] for line in listed.splitlines()[1:3]]
        assert "l0" in listed
        assert f"--cursor {ids[1]}" in listed
        await queue.show_dead_letter(operations, ids[0])
        shown = json.loads(capsys.readouterr().out)
        assert (shown["dlqId"], shown["body"], shown["responseStatus"]) == (ids[0], "b", 500)
        await queue.retry_dead_letters(operations, ids[:1], every=False)
        assert capsys.readouterr().out.startswith("msg_")
        await target.wait_for(4)
        await queue.delete_dead_letters(operations, [], every=True)
        assert capsys.readouterr().out == "2 deleted\n"
        await queue.list_dead_letters(operations, count=2, cursor=None)
        assert capsys.readouterr().out == "No dead letters.\n"
        await queue.delete_dead_letters(operations, [], every=True)


async def test_an_unknown_dead_letter_is_named_as_such(tmp_path: Path, target: Target) -> None:
    async with qstash_with_dead_letters(tmp_path, target, 0) as operations:
        for command in (
            queue.show_dead_letter(operations, "1-0"),
            queue.retry_dead_letters(operations, ["1-0"], every=False),
            queue.delete_dead_letters(operations, ["1-0"], every=False),
        ):
            with pytest.raises(InvalidRequest, match="dlq list"):
                await command
        with pytest.raises(InvalidRequest, match="--all"):
            await queue.retry_dead_letters(operations, [], every=False)


async def test_the_figures_of_qstash_are_its_own(tmp_path: Path, target: Target) -> None:
    async with qstash_with_dead_letters(tmp_path, target, 0) as operations:
        with pytest.raises(InvalidRequest, match=r"console\.upstash\.com"):
            await operations.figures()


async def test_while_nothing_runs_the_file_is_asked_and_a_pause_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings.from_env({"DOCSPASTA_DATA_DIR": str(tmp_path)})
    async with open_operator_client(settings) as operations:
        await queue.set_paused(operations, paused=True)
    async with open_operator_client(settings) as operations:
        await queue.show_queue(operations, as_json=False)
        assert (
            "0 messages, 0 of at most 100 in flight, 0 dead letters, deliveries are paused" in capsys.readouterr().out
        )
        await queue.set_paused(operations, paused=False)
        await queue.show_queue(operations, as_json=True)
        assert '"isPaused": false' in capsys.readouterr().out


async def test_the_broker_of_this_process_is_asked_without_a_socket(tmp_path: Path) -> None:
    settings = Settings.from_env({"DOCSPASTA_DATA_DIR": str(tmp_path)})
    credentials = load_credentials(tmp_path, port=None)
    keys = Keys(credentials.current_key, credentials.next_key)
    broker = open_broker(
        tmp_path / "broker.db",
        token=credentials.token,
        keys=lambda: keys,
        rotate=lambda: keys,
        make_client=httpx.AsyncClient,
        allows=lambda _url: True,
    )
    try:
        async with open_operator_client(settings, broker) as operator:  # nobody listens on the hub's port
            assert (await operator.figures())["deadLetters"] == 0
        async with open_operator_client(settings) as operator:
            with pytest.raises(QueueError, match="did not answer"):
                await operator.figures()
    finally:
        broker.close()


async def test_figures_show_each_key_and_queue_that_is_in_use(
    tmp_path: Path, target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running_broker(tmp_path / "b.db", target.url) as (broker, url), asgi_client(broker) as api:
        await api.post("/v2/queues", json={"queueName": "slow", "paused": True})
        await api.post(f"/v2/enqueue/slow/{target.url}/x")
        await api.post("/v2/flowControl/site/pause")
        flow = {"Upstash-Flow-Control-Key": "site", "Upstash-Flow-Control-Value": "parallelism=2,rate=3,period=60s"}
        await api.post(f"/v2/publish/{target.url}/x", headers=flow)
        operations = OperatorClient(url, TOKEN, transport=None, is_embedded=True)
        await queue.show_queue(operations, as_json=False)
        await operations.aclose()
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[0].startswith("2 messages, 0 of at most 100 in flight")
    assert "site 1 0/2 0/3 in 60 s, paused" in lines
    assert "slow 1 1, paused" in lines


async def test_a_queue_that_does_not_answer_is_said_so(target: Target) -> None:
    refused = httpx.MockTransport(lambda _request: httpx.Response(500, text="broken"))
    operations = OperatorClient("http://127.0.0.1:9", TOKEN, transport=refused, is_embedded=True)
    with pytest.raises(QueueError, match="refused"):
        await operations.figures()
    await operations.aclose()
    operations = OperatorClient("http://127.0.0.1:9", TOKEN, transport=None, is_embedded=True)
    with pytest.raises(QueueError, match="did not answer"):
        await operations.dead_letters()
    await operations.aclose()


async def test_a_missing_dead_letter_stops_no_other_from_being_retried(
    tmp_path: Path, target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    async with qstash_with_dead_letters(tmp_path, target, 2) as operations:
        letters, _ = await operations.dead_letters()
        first, second = (letter.dlq_id for letter in letters)
        with pytest.raises(InvalidRequest, match=r"No dead letter 1-0\."):
            await queue.retry_dead_letters(operations, [first, "1-0", second], every=False)
        assert capsys.readouterr().out.count("msg_") == 2
        await target.wait_for(4)
