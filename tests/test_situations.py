"""The scale that crawls of small sites are weighed with, on a site that is right and on one that is not."""

from pathlib import Path

import pytest

from docspasta_mcp.server.wiring import running_node
from evals.situations.__main__ import settings_for
from evals.situations.all import ALL, OPEN
from evals.situations.judge import faults_of
from evals.situations.model import Crawl, Situation
from evals.situations.site import Site, page

_PAGES = {"/": page("Start", nav=("/a.html", "/b.html")), "/a.html": page("A"), "/b.html": page("B")}


def test_every_situation_has_a_name_of_its_own_and_only_such_are_open() -> None:
    names = [situation.name for situation in ALL]

    assert len(set(names)) == len(names)
    assert set(names) >= OPEN


@pytest.mark.parametrize(
    ("crawl", "fault"),
    [
        (Crawl("/", ("/", "/a.html", "/b.html"), in_order=True), ""),
        (Crawl("/", ("/", "/a.html")), "has /b.html too"),
        (Crawl("/", ("/", "/a.html", "/b.html", "/c.html")), "lacks /c.html"),
        (Crawl("/", ("/", "/b.html", "/a.html"), in_order=True), "in the order /, /a.html, /b.html"),
        (Crawl("/", state="partial"), "state is completed"),
        (Crawl("/", exit_code=1), "exit code is 0"),
        (Crawl("/", notes=("lost",)), "no note says 'lost'"),
        (Crawl("/", refused="never"), "was not refused"),
        (Crawl("/", refused="max_pages", options={"max_pages": 0}), ""),
    ],
)
async def test_a_situation_is_judged_by_what_its_crawls_give(tmp_path: Path, crawl: Crawl, fault: str) -> None:
    async with running_node(settings_for(tmp_path)) as node:
        faults = await faults_of(node, Situation("test", _PAGES, (crawl,)))

    assert sum(fault in one for one in faults) == (2 if fault else 0), faults


def test_no_site_is_where_another_one_was(monkeypatch: pytest.MonkeyPatch) -> None:
    given = iter([70_001, 70_001, 70_001, 70_002])  # what a system gives: a port that is free, even if it was in use

    class Server:
        def __init__(self, *_arguments: object) -> None:
            self.server_port = next(given)

        def server_close(self) -> None:
            pass

        def serve_forever(self) -> None:
            pass

    monkeypatch.setattr("evals.situations.site._Server", Server)
    assert [Site({}).origin for _ in range(2)] == ["http://127.0.0.1:70001", "http://127.0.0.1:70002"]
