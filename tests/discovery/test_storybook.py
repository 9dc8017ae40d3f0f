"""Storybooks: the list of their pages says what is there, and each page is read in its frame."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from docspasta_mcp.discovery.context_values import is_asset
from docspasta_mcp.discovery.storybook import Storybook, listed_pages, storybook_of
from docspasta_mcp.model.frontier import NavEntry
from docspasta_mcp.model.page_identity import page_key, plain_url, trap_group
from docspasta_mcp.store import Store
from tests.fakes import Clock
from tests.pipeline.test_steps import Chain
from tests.sites import Answer, Site, page

MANAGER = (
    '<!DOCTYPE html><html><head><title>@storybook/core - Storybook</title></head><body><div id="root"></div>'
    '<script type="module" src="./sb-manager/runtime.js"></script></body></html>'
)
BASE = "https://docs.example/ui/"


def entry(title: str, *, name: str = "Docs", kind: str = "docs") -> dict[str, Any]:
    identifier = f"{title.replace('/', '-').lower()}--{name.lower()}"
    return {"id": identifier, "title": title, "name": name, "type": kind, "importPath": "./x.mdx"}


def index(*entries: dict[str, Any]) -> str:
    return json.dumps({"v": 5, "entries": {one["id"]: one for one in entries}})


def framed(identifier: str) -> str:
    return f"iframe.html?viewMode=docs&id={identifier}"


@pytest.fixture
async def chain(store: Store, site: Site, clock: Clock) -> AsyncIterator[Chain]:
    made = Chain(store, site, clock)
    yield made
    await made.fetcher.aclose()


@pytest.fixture
def book(site: Site) -> Site:
    """A Storybook whose pages have their text without a browser."""
    link = (
        '<p>Then <a href="?path=/docs/guide-use--docs">use it</a>, or see <a href="?path=/story/b--c">a story</a>.</p>'
    )
    listed = index(
        entry("Start"), entry("Guide/Use"), entry("Guide/Install"), entry("Guide/Install", kind="story", name="A")
    )
    site.pages |= {
        "/ui/": MANAGER,
        "/ui/?path=/docs/guide-install--docs": MANAGER,
        "/ui/index.json": Answer(listed, content_type="application/json"),
        f"/ui/{framed('start--docs')}": page("Start", link),
        f"/ui/{framed('guide-use--docs')}": page("Use"),
        f"/ui/{framed('guide-install--docs')}": page("Install", link),
    }
    return site


@pytest.mark.parametrize("seed", ["/ui/", "/ui/?path=/docs/guide-install--docs", f"/ui/{framed('guide-use--docs')}"])
async def test_a_storybook_is_read_in_the_order_of_its_list(chain: Chain, book: Site, seed: str) -> None:
    book.pages[f"/ui/{framed('guide-use--docs')}"] = page("Use", '<script src="./sb-preview/runtime.js"></script>')
    job_id = await chain.start(seed)
    await chain.deliver_all()
    status = await chain.jobs.status(job_id)
    assert (status.state, status.done, status.failed, status.seed_fault) == ("completed", 3, 0, "")
    assert "Storybook" in status.scope_reason
    assert await chain.titles(job_id) == ["1. [Start", "2. [Use", "3. [Install"]


def test_a_list_without_pages_of_documentation_changes_nothing() -> None:
    site = Storybook(BASE)
    for text in (
        "",
        "[]",
        "{}",
        '{"entries": []}',
        index(entry("A", kind="story")),
        '{"entries": {"a": {"type": "docs"}}}',
    ):
        assert listed_pages(text.encode(), site) == ()


def test_titles_make_captions_and_pages_of_one_title_go_by_their_names() -> None:
    listed = index(entry("Start"), entry("A/B/C"), entry("A/D"), entry("A/D", name="More"), entry("E"))
    assert [(one.nav_level, one.title) for one in listed_pages(listed.encode(), Storybook(BASE))] == [
        (0, "Start"), (0, "A"), (1, "B"), (2, "C"), (1, "D"), (1, "D"), (2, "More"), (0, "E"),
    ]  # fmt: skip
    assert listed_pages(listed.encode(), Storybook(BASE))[0] == NavEntry(0, f"{BASE}{framed('start--docs')}", "Start")


def test_half_a_character_of_an_id_makes_an_address() -> None:
    assert listed_pages(index(entry("A\ud800")).encode(), Storybook(BASE))[0].url == f"{BASE}{framed('a%3F--docs')}"


def test_only_a_storybook_is_taken_for_one() -> None:
    assert storybook_of(MANAGER, f"{BASE}?path=/docs/a--docs") == Storybook(BASE)
    assert storybook_of("<p>Our stories: sb-manager/ and sb-preview/ are folders.</p>", BASE) is None


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        (f"{BASE}?path=/docs/a-b--docs", f"{BASE}{framed('a-b--docs')}"),
        (f"{BASE}index.html?path=%2Fdocs%2Fa--docs&globals=x", f"{BASE}{framed('a--docs')}"),
        (f"{BASE}iframe.html?path=/docs/a--docs", f"{BASE}{framed('a--docs')}"),
        (f"{BASE}?path=/story/a--docs", f"{BASE}?path=/story/a--docs"),
        (f"{BASE}?path=/docs/a", f"{BASE}?path=/docs/a"),
    ],
)
def test_the_page_around_a_frame_is_the_page_in_it(url: str, plain: str) -> None:
    assert plain_url(url) == plain
    assert page_key(url) == page_key(plain)


async def test_of_a_larger_storybook_the_page_that_was_asked_for_is_read(chain: Chain, book: Site) -> None:
    job_id = await chain.start("/ui/?path=/docs/guide-install--docs", max_pages=1)
    await chain.deliver_all()
    assert await chain.titles(job_id) == ["1. [Install"]


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("?path=/story/a--b", True),
        ("iframe.html?viewMode=story&id=a--b", True),
        (framed("a--docs"), False),
        ("a/story/b", False),
    ],
)
def test_a_component_in_action_is_no_page(url: str, is_one: bool) -> None:
    assert is_asset(f"{BASE}{url}") == is_one


def test_the_pages_of_a_storybook_are_no_trap() -> None:
    assert trap_group(f"{BASE}{framed('a--docs')}") is None
    assert trap_group(f"{BASE}iframe.html?id=a--primary") is not None
