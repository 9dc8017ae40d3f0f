"""The full history of a store, kept by triggers, and what must hold of it whatever happened to the processes."""

from collections import Counter
from collections.abc import Collection
from typing import Any

from sqlalchemy import text

from docspasta_mcp.model.page import NO_ROOM
from docspasta_mcp.store import Database

_FINAL = ("done", "skipped", "failed")
_TABLE = "CREATE TABLE history (kind TEXT, job_id TEXT, name TEXT, old TEXT, new TEXT)"
_CONTENT = "(SELECT url FROM page WHERE id = NEW.page_id)"
_CONTENT_JOB = "(SELECT job_id FROM page WHERE id = NEW.page_id)"
_STATE = "CASE WHEN {0}.state = 'skipped' AND {0}.reason = '" + NO_ROOM + "' THEN 'waiting' ELSE {0}.state END"
_EVENTS = {
    "page": (
        "UPDATE OF state ON page",
        "OLD.state <> NEW.state",
        f"NEW.job_id, NEW.url, {_STATE.format('OLD')}, {_STATE.format('NEW')}",
    ),
    "job": ("UPDATE OF state ON job", "OLD.state <> NEW.state", "NEW.id, '', OLD.state, NEW.state"),
    "content": ("INSERT ON page_content", "1 = 1", f"{_CONTENT_JOB}, {_CONTENT}, '', ''"),
    "rewrite": ("UPDATE ON page_content", "1 = 1", f"{_CONTENT_JOB}, {_CONTENT}, '', ''"),
}


def keep_history(database: Database) -> None:
    """Make the schema, and triggers that write down every change of a state and every stored content."""
    database.migrate()
    with database.engine.begin() as connection:
        connection.execute(text(_TABLE))
        for kind, (event, condition, values) in _EVENTS.items():
            insert = f"INSERT INTO history SELECT '{kind}', {values};"
            if database.is_sqlite:
                trigger = f"CREATE TRIGGER h_{kind} AFTER {event} WHEN {condition} BEGIN {insert} END"
            else:
                body = f"BEGIN {insert} RETURN NULL; END"
                connection.execute(text(f"CREATE FUNCTION h_{kind}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"))
                trigger = (
                    f"CREATE TRIGGER h_{kind} AFTER {event} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION h_{kind}()"
                )
            connection.execute(text(trigger))


def complaints(database: Database, job_id: str, *, urls: Collection[str], state: str = "completed") -> list[str]:
    """Return what is wrong with the history of a job that should have all of `urls` done; nothing if all is well."""
    wrong: list[str] = []
    pages = Counter(_column(database, "SELECT url FROM page WHERE job_id = :job", job_id))
    wrong += [f"{url} is {count} pages" for url, count in pages.items() if count > 1]
    wrong += [f"{url} is lost" for url in sorted(set(urls) - set(pages))]
    wrong += [f"{url} is none of the site" for url in sorted(set(pages) - set(urls))]
    changes = "SELECT name, old, new FROM history WHERE job_id = :job AND kind = 'page'"
    settled: Counter[str] = Counter()
    for url, old, new in _rows(database, changes, job_id):
        settled[url] += new in _FINAL
        if old in _FINAL:
            wrong.append(f"{url} went from {old} to {new}")
    wrong += [f"{url} was settled {settled[url]} times" for url in urls if settled[url] != 1]
    stored = Counter(
        _column(database, "SELECT name FROM history WHERE job_id = :job AND kind IN ('content', 'rewrite')", job_id)
    )
    wrong += [f"the content of {url} was stored {stored[url]} times" for url in urls if stored[url] != 1]
    ends = _rows(database, "SELECT old, new FROM history WHERE job_id = :job AND kind = 'job'", job_id)
    if [tuple(end) for end in ends] != [("running", state)]:
        wrong.append(f"the job's states were {[tuple(end) for end in ends]}")
    left = _column(database, "SELECT id FROM outbox WHERE job_id = :job", job_id)
    return wrong + [f"{len(left)} messages were never published"] * bool(left)


def _rows(database: Database, query: str, job_id: str) -> list[Any]:
    with database.engine.connect() as connection:
        return list(connection.execute(text(query), {"job": job_id}).all())


def _column(database: Database, query: str, job_id: str) -> list[Any]:
    return [row[0] for row in _rows(database, query, job_id)]
