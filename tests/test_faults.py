"""What goes wrong around a crawl: each ends as it should, on SQLite and on PostgreSQL. bench/faults.py has the slow ones."""

import random
import shutil
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from sqlalchemy import inspect, text

from docspasta_mcp.errors import ConfigError, DeliveryTooEarly, PublishFailed
from docspasta_mcp.jobs.sweeper import SILENT_S, sweep
from docspasta_mcp.model.messages import Message, OutboxMessage, parse_message
from docspasta_mcp.server.wiring import Node
from docspasta_mcp.store import Database, Store
from docspasta_mcp.store.database import MIGRATIONS
from tests.fakes import Clock
from tests.pipeline.test_steps import LEASE_S, Chain, check_whole
from tests.sites import Answer, Site, page


@pytest.mark.parametrize("seed", range(2))
async def test_repeated_and_shuffled_deliveries_change_nothing(chain: Chain, seed: int) -> None:
    rng = random.Random(seed)
    job_id = await chain.start()
    waiting: list[Message] = []
    while waiting := waiting + chain.queue.take():
        message = waiting.pop(rng.randrange(len(waiting)))
        waiting += [message] if rng.random() < 0.4 else []
        await chain.steps.run(message)
    await check_whole(chain, job_id)
    assert chain.site.requests.count("/docs/guide/usage.html") == 1


async def test_deliveries_at_the_same_time_fetch_a_page_once(chain: Chain) -> None:
    job_id = await chain.start()

    async def deliver(message: Message) -> None:
        while True:
            try:
                return await chain.steps.run(message)
            except DeliveryTooEarly:
                await anyio.sleep(0.01)

    while messages := chain.queue.take():
        async with anyio.create_task_group() as tasks:
            for message in messages * 3:
                tasks.start_soon(deliver, message)
    await check_whole(chain, job_id)
    assert chain.site.requests.count("/docs/guide/usage.html") == 1


class LosingQueue:
    """Takes every message and says that it did not, every second time."""

    def __init__(self) -> None:
        self.taken: list[OutboxMessage] = []
        self.calls = 0

    async def publish(self, messages: Sequence[OutboxMessage]) -> None:
        self.taken.extend(messages)
        self.calls += 1
        if self.calls % 2:
            raise PublishFailed("the answer was lost")


async def test_a_lost_answer_of_the_queue_publishes_the_same_ids_again(chain: Chain, clock: Clock) -> None:
    losing = LosingQueue()
    chain.relay._queue = losing  # pyright: ignore[reportPrivateUsage]
    job_id = await chain.start()
    seen: set[int] = set()
    for _ in range(30):
        await chain.relay.send()
        fresh = [
            stored for stored in losing.taken if stored.id not in seen
        ]  # what the queue's deduplication lets through
        losing.taken.clear()
        for stored in fresh:
            if stored.id not in seen:
                seen.add(stored.id)
                await chain.steps.run(stored.message)
    await check_whole(chain, job_id)


async def test_a_queue_that_refuses_for_twenty_minutes_delays_a_crawl_and_loses_nothing(chain: Chain) -> None:
    chain.queue.is_down = True
    job_id = await chain.start()
    for reaches in ("the start", "the seed", "its links"):
        for _ in range(10):
            chain.clock.advance(120)
            await chain.sweep()
        assert not chain.queue.published, reaches
        chain.queue.is_down = False
        await chain.relay.send()
        messages = chain.queue.take()
        chain.queue.is_down = True
        for message in messages:
            await chain.steps.run(message)
    chain.queue.is_down = False
    await chain.relay.send()
    await chain.deliver_all()
    await check_whole(chain, job_id)


async def test_messages_deleted_from_the_broker_by_hand_are_published_anew(node: Node, manual_site: Site) -> None:
    """By the real embedded broker: it is stopped, robbed, and goes on, for the start and then for every page."""
    token = {"Authorization": f"Bearer {node.engine.queue.token}"}
    late = Store(node.store.database, lambda: time.time() + SILENT_S + 1)
    broker = sqlite3.connect(node.settings.data_dir / "broker.db", isolation_level=None, timeout=5)
    patient = httpx.AsyncHTTPTransport(retries=8)  # the hub may be starting
    async with httpx.AsyncClient(base_url=node.engine.queue.url, headers=token, transport=patient) as queue:
        (await queue.post("/broker/pause")).raise_for_status()
        job_id = (await node.jobs.start(f"{manual_site.url}/docs/", max_pages=77)).job_id
        for kind in ("start-crawl", "process-url"):
            await node.engine.relay.send()
            taken = broker.execute("SELECT body FROM message WHERE outcome IS NULL").fetchall()
            messages = [parse_message(body) for (body,) in taken]
            assert {message.type for message in messages} == {kind}
            broker.execute("DELETE FROM message WHERE outcome IS NULL")
            if kind == "start-crawl":
                await node.engine.steps.run(messages[0])  # what a delivery of it would have done: now pages wait
        (await queue.post("/broker/resume")).raise_for_status()
        await sweep(late, node.engine.relay, finalize=node.engine.finalizer.finalize, retention_days=30)
    broker.close()
    status = await node.jobs.wait(job_id, 20)
    assert (status.state, status.done, status.pending) == ("completed", 5, 0)


async def test_a_queue_that_hangs_does_not_keep_the_caller_waiting(chain: Chain) -> None:
    class HangingQueue:
        async def publish(self, messages: Sequence[OutboxMessage]) -> None:  # noqa: ARG002
            await anyio.sleep_forever()

    works = chain.relay._queue  # pyright: ignore[reportPrivateUsage]
    chain.relay._queue = HangingQueue()  # pyright: ignore[reportPrivateUsage]
    with anyio.fail_after(5):
        job_id = await chain.start()
    chain.relay._queue = works  # pyright: ignore[reportPrivateUsage]
    assert await chain.relay.send()  # whatever the relay held is free again
    await chain.deliver_all()
    await check_whole(chain, job_id)


async def test_a_clock_that_is_set_back_does_not_hold_a_page(chain: Chain) -> None:
    job_id = await chain.start()
    await chain.steps.run(chain.queue.take()[0])
    seed = chain.queue.take()[0]  # the others are lost
    assert seed.type == "process-url"
    assert await chain.store.pages.claim(seed.page_id, job_id=job_id, lease_s=LEASE_S)  # and whoever took it died
    chain.clock.advance(-86_400)
    await chain.steps.run(seed)
    chain.queue.take()  # lost
    chain.clock.advance(-86_400)  # and the job was last active tomorrow
    await chain.sweep()
    await chain.deliver_all()
    await check_whole(chain, job_id)


async def test_a_clock_that_jumps_ahead_repeats_work_and_loses_none(chain: Chain) -> None:
    job_id = await chain.start()
    await chain.steps.run(chain.queue.take()[0])
    await chain.steps.run(chain.queue.take()[0])
    chain.clock.advance(SILENT_S + LEASE_S)
    await chain.sweep()
    await chain.deliver_all()
    await check_whole(chain, job_id)


POISON = {
    "a NUL in text and title": page("N\0ul", "<p>a\0b</p><pre>c\0d</pre>"),
    "lone surrogates": page("S&#xD800;", "<p>&#xDFFF; &#xD83D;</p>"),
    "bytes that are no text": b"<html><body><main><h1>B\xff\xfe</h1><p>" + bytes(range(128, 256)) * 9 + b"</p></main>",
    "ten thousand nested elements": page("Deep", "<div>" * 10_000 + "x" + "</div>" * 10_000),
    "nothing at all": b"",
    "an entity bomb": b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><html><main><h1>E</h1>&b;</main></html>',
    "links that are none": page("Links", "".join(f"<a href='{href}'>x</a>" for href in ("http://[", "\0", "//", "?\ud83d".encode("utf-8", "replace").decode()))),
}  # fmt: skip


async def test_poisonous_pages_harm_only_themselves(chain: Chain) -> None:
    links = tuple(f"/docs/poison/{number}.html" for number in range(len(POISON)))
    chain.site.pages["/docs/install.html"] = page("Install", links=links)
    chain.site.pages |= {link: Answer(body) for link, body in zip(links, POISON.values(), strict=True)}
    job_id = await chain.start()
    await chain.deliver_all()
    status = await chain.jobs.status(job_id)
    assert (status.state, status.pending, status.failed) == ("partial", 0, 2), status.reasons
    assert (status.reasons["empty"], status.reasons["too_deep"]) == (2, 1)  # in words, not as a crash of its reader
    assert {"[Welcome", "[Install", "[Usage"} <= {title.split(". ")[1] for title in await chain.titles(job_id)}
    assert "".join([part async for part in await chain.jobs.document(job_id)]).encode()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_store_that_another_program_locks_is_waited_for(chain: Chain, tmp_path: Path) -> None:
    job_id = await chain.start()
    locker = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    locker.execute("BEGIN IMMEDIATE")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(chain.steps.run, chain.queue.take()[0])
        with anyio.fail_after(5):
            assert (await chain.jobs.status(job_id)).state == "running"  # readers do not wait
        locker.execute("COMMIT")
    locker.close()
    await chain.deliver_all()
    await check_whole(chain, job_id)


def test_a_store_that_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "store.db").close()
    database = Database(f"sqlite:///file:{tmp_path}/store.db?mode=ro&uri=true")
    with pytest.raises(ConfigError, match="cannot be opened"):
        database.migrate()
    database.close()


NEXT_MIGRATION = '''"""Add a column."""
import sqlalchemy as sa
from alembic import op

revision, down_revision = "9999", "{head}"


def upgrade() -> None:
    op.add_column("page", sa.Column("added", sa.String, nullable=False, server_default=""))
'''


async def test_the_schema_is_upgraded_while_a_job_runs(chain: Chain, database_url: str, tmp_path: Path) -> None:
    job_id = await chain.start()
    await chain.steps.run(chain.queue.take()[0])
    newer = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, newer)
    head = max(path.name[:4] for path in (newer / "versions").glob("0*.py"))
    (newer / "versions" / "9999_add_a_column.py").write_text(NEXT_MIGRATION.format(head=head))
    upgraded = Database(database_url)
    upgraded.migrate(newer)
    await chain.deliver_all()  # by the program that was there before, until it is replaced
    await check_whole(chain, job_id)
    with pytest.raises(ConfigError, match=f"schema version 9999, newer than this program's {head}: upgrade it"):
        upgraded.migrate()
    upgraded.close()


def test_a_new_file_gets_the_schema_that_migrations_make(tmp_path: Path) -> None:
    shutil.copytree(MIGRATIONS, tmp_path / "migrations")
    made, migrated = Database(f"sqlite:///{tmp_path}/made.db"), Database(f"sqlite:///{tmp_path}/migrated.db")
    made.migrate()
    migrated.migrate(tmp_path / "migrations")
    assert _schema(made) == _schema(migrated)


def _schema(database: Database) -> dict[str, object]:
    tables = inspect(database.engine)
    described: dict[str, object] = {
        name: [
            [{**column, "type": str(column["type"])} for column in tables.get_columns(name)],
            tables.get_pk_constraint(name)["constrained_columns"],
            tables.get_foreign_keys(name),
            sorted(map(str, [*map(_index, tables.get_indexes(name)), *tables.get_unique_constraints(name)])),
        ]
        for name in tables.get_table_names()
    }
    with database.engine.connect() as connection:
        counted = connection.execute(text("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%' ORDER BY 1"))
        described["autoincrement"] = [str(name) for (name,) in counted]
        described["version"] = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    database.close()
    return described


def _index(index: Any) -> dict[str, object]:
    return {**index, "dialect_options": {name: str(value) for name, value in index["dialect_options"].items()}}


def test_two_processes_may_make_the_same_schema(database_url: str) -> None:
    first, second = Database(database_url), Database(database_url)
    first.migrate()
    second.migrate()
    for database in (first, second):
        database.close()
