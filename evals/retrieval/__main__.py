"""Crawl the manuals, ask the questions, print how many answers were found; see `evals/README.md`."""

import argparse
import contextlib
import os
import re
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import anyio
from mcp.client import Client
from mcp.types import TextContent

from docspasta_mcp.model.tokens import count_tokens
from docspasta_mcp.server.mcp.server import create_mcp
from docspasta_mcp.server.wiring import Node, running_node
from docspasta_mcp.settings import Settings
from evals.retrieval.manuals import MANUALS, Asked, asked, crawl, fetch
from evals.retrieval.peers import Bm25
from evals.serve import serving

BUDGETS = (2000, 4000, 8000)
LOOKUP_BUDGET = 4000
MAX_CHARS = 40_000
_SOURCE = re.compile(r"^Source: (?:page \d+, )?(\S+)", re.MULTILINE)
Ask = Callable[[str, int], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Floor:
    """What must be found: pages and snippets at each budget, first pages, names."""

    hits: tuple[int, int, int]
    answers: tuple[int, int, int]
    first: int
    names: int


# Of each manual, in the order of `Floor`'s names; a change that finds fewer in all that is measured fails.
FLOORS = {
    "git": Floor((13, 14, 15), (11, 14, 14), 9, 18),
    "sqlite": Floor((11, 14, 15), (9, 9, 12), 9, 18),
    "bash": Floor((20, 20, 20), (13, 16, 16), 20, 13),
    "postgresql": Floor((14, 19, 19), (10, 13, 14), 10, 14),
    "sphinx": Floor((18, 19, 19), (13, 16, 18), 10, 13),
    "apache": Floor((17, 20, 20), (11, 17, 19), 10, 0),
    "swi-prolog": Floor((11, 12, 13), (9, 10, 11), 7, 0),
}


@dataclass
class Tally:
    """How often what was asked was found."""

    questions: int = 0
    hits: list[int] = field(default_factory=lambda: [0, 0, 0])
    answers: list[int] = field(default_factory=lambda: [0, 0, 0])
    first: int = 0
    names: int = 0
    found: int = 0
    tokens: list[list[int]] = field(default_factory=lambda: [[], [], []])
    over: int = 0
    seconds: list[float] = field(default_factory=list[float])

    def line(self, name: str) -> str:
        """Return the tally as a row of a table."""
        whole = max(1, self.questions)
        pairs = [
            f"{hit / whole:.2f} / {answer / whole:.2f}" for hit, answer in zip(self.hits, self.answers, strict=True)
        ]
        took = sorted(self.seconds) or [0.0]
        sizes = [f"{sum(some) // max(1, len(some))}" for some in self.tokens]
        cells = [
            name,
            *pairs,
            f"{self.first / whole:.2f}",
            f"{self.found} of {self.names}",
            " ".join(sizes),
            str(self.over),
            f"{1000 * took[len(took) // 2]:.0f} / {1000 * took[len(took) * 95 // 100]:.0f}",
        ]
        return f"| {' | '.join(cells)} |"

    def misses(self, floors: Sequence[Floor]) -> list[str]:
        """Return what was found less often than the floors of the manuals say together."""
        wanted = [
            *(
                (f"pages at {budget}", self.hits[n], sum(one.hits[n] for one in floors))
                for n, budget in enumerate(BUDGETS)
            ),
            *(
                (f"answers at {budget}", self.answers[n], sum(one.answers[n] for one in floors))
                for n, budget in enumerate(BUDGETS)
            ),
            ("first pages", self.first, sum(one.first for one in floors)),
            ("names", self.found, sum(one.names for one in floors)),
        ]
        below = [f"{found} {what} are found, under {floor}" for what, found, floor in wanted if found < floor]
        return [*below, *([f"{self.over} answers are over their budget"] if self.over else [])]


async def measure(ask: Ask, questions: Sequence[Asked], names: Sequence[Asked], tallies: Sequence[Tally]) -> None:
    """Ask everything about one manual, and count."""
    for one in questions:
        texts = [await _timed(ask, one.text, budget, tallies) for budget in BUDGETS]
        gold = {_path(page) for page, _ in one.gold}
        for tally in tallies:
            tally.questions += 1
        for place, (budget, text) in enumerate(zip(BUDGETS, texts, strict=True)):
            pages = [_path(url.partition("://")[2].partition("/")[2]) for url in _SOURCE.findall(text)]
            said = _letters(text)
            for tally in tallies:
                tally.hits[place] += bool(gold & set(pages))
                tally.answers[place] += any(_letters(snippet) in said for _, snippet in one.gold)
                tally.first += budget == LOOKUP_BUDGET and pages[:1] != [] and pages[0] in gold
                tally.tokens[place].append(count_tokens(text))
                tally.over += count_tokens(text) > budget or len(text) > MAX_CHARS
    for one in names:
        text = await _timed(ask, one.text, LOOKUP_BUDGET, tallies)
        said = _letters(text)
        for tally in tallies:
            tally.names += 1
            tally.found += any(_letters(snippet) in said for _, snippet in one.gold)
            tally.over += count_tokens(text) > LOOKUP_BUDGET or len(text) > MAX_CHARS


async def _timed(ask: Ask, text: str, budget: int, tallies: Sequence[Tally]) -> str:
    began = time.perf_counter()
    answer = await ask(text, budget)
    for tally in tallies:
        tally.seconds.append(time.perf_counter() - began)
    return answer


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", re.sub(r"\]\([^()\s]*\)", "]", text)).lower()


def _path(path: str) -> str:
    return re.sub(r"(^|/)index\.html$", r"\1", path.partition("#")[0])


async def _peer(node: Node, job_id: str, size: int | None) -> Ask:
    job = await node.store.jobs.get(job_id, owner="local")
    if job is None:
        raise LookupError(job_id)
    pages = await node.store.documents.document(job, first=1, limit=100_000)
    index = await anyio.to_thread.run_sync(lambda: Bm25(pages, size=size))

    async def ask(question: str, budget: int) -> str:
        return index.answer(question, budget - 100)

    return ask


async def main(names: Sequence[str], work: Path, *, peers: bool, check: bool) -> int:
    """Measure; return the exit code."""
    roots = {name: await anyio.to_thread.run_sync(fetch, MANUALS[name], work) for name in names}
    whole: dict[str, Tally] = {}
    with contextlib.ExitStack() as stack, tempfile.TemporaryDirectory() as data:
        servers = {name: stack.enter_context(serving(root)) for name, root in roots.items()}
        environ = {
            "DOCSPASTA_DATA_DIR": data,
            "DOCSPASTA_ALLOW_PRIVATE": ",".join(f"127.0.0.1:{server.server_port}" for server in servers.values()),
            "DOCSPASTA_LOG_LEVEL": "ERROR",
        }
        print("| | hit / answer at 2000 | 4000 | 8000 | first | look-ups | tokens | over | ms, median / 95 % |")
        print("|---|---|---|---|---|---|---|---|---|")
        settings = Settings.from_env({**os.environ, **environ})
        async with running_node(settings) as node, Client(create_mcp(lambda: node.jobs, settings)) as client:
            for name, server in servers.items():
                job_id = await crawl(node, server.origin, MANUALS[name])

                async def ask(question: str, budget: int, job_id: str = job_id) -> str:
                    given = {"job_id": job_id, "query": question, "max_tokens": budget}
                    content = (await client.call_tool("get_result", given)).content[0]
                    return content.text if isinstance(content, TextContent) else ""

                ways: dict[str, Ask] = {"docspasta": ask}
                if peers:
                    ways["BM25 over sections"] = await _peer(node, job_id, None)
                    ways["BM25 over passages"] = await _peer(node, job_id, 1200)
                for way, asking in ways.items():
                    tally = Tally()
                    both = [tally, whole.setdefault(way, Tally())]
                    questions = asked("questions.jsonl", "question", [name])
                    await measure(asking, questions, asked("lookups.jsonl", "name", [name]), both)
                    print(tally.line(f"{name}: {way}"), flush=True)
    for way, tally in whole.items():
        print(tally.line(f"all: {way}"))
    missed = whole["docspasta"].misses([FLOORS[name] for name in names]) if check else []
    for miss in missed:
        print(f"❌ {miss}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--manuals", nargs="+", choices=list(MANUALS), default=list(MANUALS))
    parser.add_argument("--peers", action="store_true", help="Measure BM25 over sections and over passages too.")
    parser.add_argument("--check", action="store_true", help="End with exit code 1 below the floors.")
    cache = os.environ.get("DOCSPASTA_EVALS", str(Path.home() / ".cache" / "docspasta-evals"))
    parser.add_argument("--work", type=Path, default=Path(cache) / "manuals", help="Where the packages are kept.")
    given = parser.parse_args()
    sys.exit(anyio.run(lambda: main(given.manuals, given.work, peers=given.peers, check=given.check)))
