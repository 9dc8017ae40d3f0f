"""What an index of passages costs, and how soon questions are answered.

    python bench/search.py [--pages 1168] [--folder DIR] [--questions 200]

Stores pages (made of words as frequent as in a language, or the Markdown files of a folder, which `docspasta-mcp export
--as folder` writes), indexes them, and asks questions of words that they have: first one after another, each a new one,
then ten at once. Prints what the index takes on disk beside the Markdown, by table, the CPU time of a page, and the
times of the answers.
"""

import argparse
import itertools
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import anyio
from sqlalchemy import insert, text

from docspasta_mcp.jobs.search import answer
from docspasta_mcp.model.job import Job, JobOptions, JobState
from docspasta_mcp.model.scope import Scope
from docspasta_mcp.pipeline.index import catch_up
from docspasta_mcp.runtime.tuning import resume_collector, shorten_thread_switches
from docspasta_mcp.store import Database, Store
from docspasta_mcp.store.tables import ContentRow, PageRow

SIZE = 6_500  # characters of a made page; PostgreSQL's manual has as many
AT_ONCE = 10
_SYLLABLES = "ba ce di fo gu ha le mi no pu ra se ti vo wa ze".split()


def made_pages(count: int) -> Iterator[str]:
    """Yield pages of words that are as frequent as in a language (Zipf), under headings of a few of them."""
    chance = random.Random(17)  # the same pages each time
    words = ["".join(parts) for parts in itertools.product(_SYLLABLES, repeat=3)] * 4
    words = [f"{word}{'' if place < 4096 else 'rlmn'[place % 4]}" for place, word in enumerate(words)]
    chance.shuffle(words)
    weights = list(itertools.accumulate(1 / (rank + 10) for rank in range(len(words))))

    def some(number: int) -> str:
        return " ".join(chance.choices(words, cum_weights=weights, k=number))

    for number in range(count):
        parts = [f"# {some(3).capitalize()} {number}\n"]
        size = 0
        while size < SIZE:
            paragraph = f"{some(chance.randrange(30, 90)).capitalize()}.\n"
            parts.append(f"## {some(3).capitalize()}\n\n{paragraph}" if chance.random() < 0.3 else paragraph)
            size += len(parts[-1])
        yield "\n".join(parts)


async def stored(store: Store, pages: Iterator[str]) -> tuple[Job, int]:
    """Store pages as those of a finished job; return it, and how many bytes they have."""
    job = Job(
        id="be9c4000be9c4000",
        owner="local",
        seed_url="https://d.example/",
        scope=Scope("https://d.example", "/"),
        options=JobOptions.model_validate({}),
        state=JobState.RUNNING,
        reason="",
        created_at=1.0,
        finished_at=None,
        deadline_at=2e9,
    )
    await store.jobs.start(job, fingerprint=job.id, fresh_since=None)
    size = 0
    for batch in _batches(pages):
        first = batch[0][0]
        size += sum(len(markdown.encode()) for _, markdown in batch)
        with store.database.engine.begin() as connection:
            connection.execute(insert(PageRow), [_page(job, number, markdown) for number, markdown in batch])
            known = text("SELECT number, id FROM page WHERE job_id = :job AND number >= :first")
            ids = {row[0]: row[1] for row in connection.execute(known, {"job": job.id, "first": first})}
            contents = [
                {"page_id": ids[number], "markdown": one, "links": "", "edges": "", "navigation": "", "following": None}
                for number, one in batch
            ]
            connection.execute(insert(ContentRow), contents)
    with store.database.engine.begin() as connection:
        connection.execute(text("UPDATE job SET state = 'completed', finished_at = 2"))
    found = await store.jobs.get(job.id, owner="local")
    assert found is not None
    return found, size


def _batches(pages: Iterator[str]) -> Iterator[list[tuple[int, str]]]:
    numbered = enumerate(pages, 1)
    while batch := list(itertools.islice(numbered, 500)):
        yield batch


def _page(job: Job, number: int, markdown: str) -> dict[str, Any]:
    return {
        "job_id": job.id,
        "number": number,
        "url": f"https://d.example/{number}",
        "url_hash": f"{number:040}",
        "depth": 0,
        "sources": "seed",
        "state": "done",
        "detail": "",
        "captions": "",
        "title": markdown.partition("\n")[0].lstrip("# "),
        "tokens": len(markdown) // 4,
        "language": "en",
        "arrival": number,
        "position": number,
    }


def questions_of(store: Store, job: Job, count: int) -> list[str]:
    """Return questions of five to nine words each that pages of a job have."""
    chance = random.Random(5)
    with store.database.engine.begin() as connection:
        pages = connection.execute(
            text(
                "SELECT markdown FROM page_content JOIN page ON page.id = page_id WHERE job_id = :job"
                " AND number % (SELECT max(1, count(*) / 300) FROM page) = 0 LIMIT 300"
            ),
            {"job": job.id},
        )
        words = [[word for word in row[0].split() if word.isalpha()] for row in pages]
    words = [some for some in words if len(some) > 20]
    return [" ".join(chance.sample(chance.choice(words), chance.randrange(5, 10))) for _ in range(count)]


async def asked(store: Store, job: Job, questions: Sequence[str], *, at_once: int) -> tuple[list[float], float]:
    """Ask questions, some at a time; return the milliseconds of each, and how many were answered a second."""
    took: list[float] = []
    left = iter(questions)

    async def ask() -> None:
        for question in left:
            began = time.perf_counter()
            await answer(store, job, question, max_tokens=4000, max_chars=40_000)
            took.append(1000 * (time.perf_counter() - began))

    began = time.perf_counter()
    async with anyio.create_task_group() as group:
        for _ in range(at_once):
            group.start_soon(ask)
    return sorted(took), len(questions) / (time.perf_counter() - began)


def sizes(store: Store) -> dict[str, int]:
    """Return the bytes of the tables and indexes that the index of passages consists of."""
    ours = "name LIKE '%passage%'"
    query = f"SELECT name, sum(pgsize) FROM dbstat WHERE {ours} GROUP BY name ORDER BY 2 DESC"
    with store.database.engine.begin() as connection:
        return {row[0]: row[1] for row in connection.execute(text(query))}


async def main(pages: Iterator[str], questions: int) -> None:
    """Store, index, ask, print."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Database(f"sqlite:///{folder}/search.db"))
        store.database.migrate()
        job, markdown = await stored(store, pages)
        cpu, began = time.process_time(), time.perf_counter()
        await catch_up(store, job.id)
        cpu, took = time.process_time() - cpu, time.perf_counter() - began
        extent = await store.search.extent(job.id)
        assert extent is not None
        with store.database.engine.begin() as connection:
            count = connection.execute(text("SELECT count(*) FROM page")).scalar_one()
        print(f"{count} pages, {markdown / 1e6:.1f} MB of Markdown, {extent.passages} passages")
        print(f"indexed in {took:.1f} s; {1000 * cpu / count:.2f} ms CPU a page")
        found = sizes(store)
        for name, size in found.items():
            print(f"  {name}: {size / 1e6:.1f} MB")
        print(f"index / Markdown: {sum(found.values()) / markdown:.2f}")
        asking = questions_of(store, job, 2 * questions)
        resume_collector()  # as a server does
        shorten_thread_switches()
        for at_once, some in ((1, asking[:questions]), (AT_ONCE, asking[questions:])):
            cpu = time.process_time()
            took_ms, rate = await asked(store, job, some, at_once=at_once)
            cpu = time.process_time() - cpu
            middle, late = took_ms[len(took_ms) // 2], took_ms[len(took_ms) * 95 // 100]
            print(
                f"{at_once} at once: median {middle:.0f} ms, 95 % within {late:.0f} ms, {rate:.0f} answers a second,"
                f" {1000 * cpu / len(some):.1f} ms CPU each"
            )
        store.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=1168, help="How many pages are made.")
    parser.add_argument("--folder", type=Path, help="Take the Markdown files below this folder instead.")
    parser.add_argument("--questions", type=int, default=200, help="How many are asked in each round.")
    given = parser.parse_args()
    files = sorted(given.folder.rglob("*.md")) if given.folder else []
    if given.folder and not files:
        sys.exit(f"{given.folder} has no Markdown files")
    texts = (file.read_text(encoding="utf-8") for file in files) if files else made_pages(given.pages)
    anyio.run(main, texts, given.questions)
