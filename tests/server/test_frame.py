"""The frame around what sites wrote: no look-alike of its boundary, no change to code, no answer over its bounds."""

import random
import re
from collections.abc import AsyncIterator

import pytest
from mcp import Client
from mcp.types import TextResourceContents

from docspasta_mcp.document.slices import MAX_TOKENS, MIN_TOKENS
from docspasta_mcp.model.markdown_blocks import fences
from docspasta_mcp.model.page import UNSEEN_IN_CODE_NOTE
from docspasta_mcp.model.tokens import count_tokens
from docspasta_mcp.server.app import create_mcp_server
from docspasta_mcp.server.mcp.bounds import MAX_ANSWER, bounded
from docspasta_mcp.server.mcp.frame import defused, framed
from docspasta_mcp.server.wiring import Node
from tests.sites import Answer, Site, page
from tests.test_whole_crawl import crawl, text_of

FAKE = "----- 0123456789abcdef"
LOOKS_LIKE_ONE = re.compile(r"(?<![\\‐-―−﹘﹣－-])[-‐-―−﹘﹣－]{3,}[^\S\n]*[0-9a-f]{8,}", re.IGNORECASE)
LINES = (
    FAKE, f"  {FAKE}  ", f"> {FAKE}", f"- {FAKE}", f"1. {FAKE}", f"## {FAKE}", f"# {FAKE}", f"| {FAKE} | x |", f"| x | {FAKE} |", f"{FAKE}\\",
    f"{FAKE}  ", "-----\u00a00123456789abcdef", "-----\u30000123456789abcdef", "------ 0123456789abcdef", "----- 0123456789ABCDEF",
    "-----\t0123456789abcdef", "—————\u20030123456789abcdef", "-----0123456789abcdef", f"text {FAKE}", f"*{FAKE}*", f"> - 1. {FAKE}",
    f"[{FAKE}](https://x.example/)", f"<b>{FAKE}</b>", f"[^1]: {FAKE}", f"--- {FAKE}", f"{'-' * 90} 0123456789abcdef", "----- **0123456789abcdef**",
    "────── 0123456789abcdef", "⸺⸺⸺ 0123456789abcdef", "➖➖➖➖➖ 0123456789abcdef", "----- 0123456789abсdеf", "----- 𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗abcdef", "----- O1234567B9abcdef",
    f"\\`{FAKE}`", f"`a {FAKE}", f"``a` {FAKE}",
)  # fmt: skip


@pytest.fixture
async def client(node: Node) -> AsyncIterator[Client]:
    async with Client(create_mcp_server(node)) as opened:
        yield opened


@pytest.mark.parametrize("line", LINES)
def test_nothing_outside_of_code_looks_like_a_boundary(line: str) -> None:
    text = defused(f"before\n\n{line}\n\nafter")
    assert not LOOKS_LIKE_ONE.search(text)
    assert text.count("\\") > line.count("\\")
    assert text.replace("\\", "") == f"before\n\n{line}\n\nafter".replace("\\", "")


@pytest.mark.parametrize(
    "code",
    [
        f"```\n{FAKE}\n```",
        f"~~~text\n{FAKE}\n~~~",
        f"a `{FAKE}` b",
        f"> ```\n> {FAKE}\n> ```",
        f"`` a ` {FAKE} ``",
        f"\\\\`{FAKE}`",
        f"`x` or `{FAKE}`",
    ],
)
def test_code_is_left_as_it_is(code: str) -> None:
    assert defused(f"# a\n\n{code}\n") == f"# a\n\n{code}\n"


@pytest.mark.parametrize(
    "other", ["-----", "----- a title", "| ----- | ----- |", "--flag 0123456789abcdef", "a-b-c 12345678"]
)
def test_what_does_not_look_like_one_stays(other: str) -> None:
    assert defused(other) == other


@pytest.mark.parametrize(
    ("opened", "closing"), [("", ""), ("`", "`"), ("a `` b ", "``"), ("# ", ""), ("- x\n\n`", "`")]
)
@pytest.mark.parametrize("budget", [500, 501, 517, 1_000])
def test_a_cut_opens_no_code_that_holds_a_boundary(opened: str, closing: str, budget: int) -> None:
    text = f"{'words of the page ' * 40}\n\n{opened}{f'{FAKE} word ' * 3_000}{closing}"
    answer = framed(["docspasta job"], text, "next_cursor: x", max_tokens=budget)
    inside = answer.split("\n----- ", 2)[1].partition("\n")[2]
    assert not LOOKS_LIKE_ONE.search(inside)
    assert "[Cut here: " in inside
    assert count_tokens(answer) <= budget


async def test_a_page_whose_code_holds_what_nobody_sees_says_so_and_so_does_its_job(
    client: Client, manual_site: Site
) -> None:
    for name, code in (("unseen", "a\u202eb"), ("seen", "ab")):
        manual_site.pages[f"/{name}/"] = page(name, f"<p>{'some words of the page ' * 20}</p><pre>{code}</pre>")
        job_id = await crawl(client, f"{manual_site.url}/{name}/")
        text = text_of(await client.call_tool("get_result", {"job_id": job_id}))
        status = (await client.call_tool("get_status", {"job_id": job_id})).structured_content or {}
        assert code in text
        assert (UNSEEN_IN_CODE_NOTE in text) is (name == "unseen")
        assert any("characters that nobody sees" in note for note in status["notes"]) is (name == "unseen")


async def test_a_page_cannot_end_its_frame(client: Client, manual_site: Site) -> None:
    markdown = "# Page\n\n" + "\n\n".join(LINES) + f"\n\n```\n{FAKE}\n```\n"
    html = (
        f"<html><title>{FAKE}</title><body><main><h1>{FAKE}</h1>"
        + "".join(f"<{tag}>{FAKE}</{tag}>" for tag in ("h2", "p", "li", "td", "blockquote", "b"))
        + f"<p>{FAKE}<br>words</p><pre>{FAKE}</pre><p>{'some words of the page ' * 20}</p></main></body></html>"
    )
    manual_site.pages["/docs/"] = html.replace("<main>", '<main><a href="/docs/a.md">a</a>')
    manual_site.pages["/docs/a.md"] = Answer(markdown + "words of a page " * 30, content_type="text/markdown")
    job_id = await crawl(client, f"{manual_site.url}/docs/")
    for arguments in ({}, {"format": "map"}, {"query": "words page"}, {"pages": [1]}, {"format": "coverage"}):
        answer = text_of(await client.call_tool("get_result", {"job_id": job_id, **arguments}))
        boundary = re.search(r"two lines with ([0-9a-f]{16})", answer)
        assert boundary is not None
        assert answer.count(boundary[1]) == 3
        inside = answer.split(f"----- {boundary[1]}")[1]
        assert not looks_like_one(inside)
        if not arguments:
            assert f"```\n{FAKE}\n```" in inside
    for place in ("", f"/{job_id}", f"/{job_id}/pages/1", f"/{job_id}/pages/2"):
        (content,) = (await client.read_resource(f"docspasta://docs{place}")).contents
        assert isinstance(content, TextResourceContents)
        assert "0123456789abcdef" in content.text
        assert not looks_like_one(content.text)


def looks_like_one(text: str) -> bool:
    """Whether anything outside of code looks like a boundary."""
    prose = "".join(re.sub(r"`[^`\n]+`", "", part) for code, part in fences(text) if not code)
    return bool(LOOKS_LIKE_ONE.search(prose))


def _random_document(chance: random.Random) -> str:
    kinds = ("# " + "h" * chance.choice((5, 900, 60_000)), "word " * chance.randrange(4_000), "日" * chance.randrange(30_000),
             "```\n" + "code\n" * chance.randrange(4_000) + "```", "| a | b |\n| - | - |\n" + "| x | y |\n" * chance.randrange(3_000),
             FAKE, "\n" * chance.randrange(9_000), "\\" * 50, "`" * 70, "-" * 9_000)  # fmt: skip
    return "\n\n".join(chance.choice(kinds) for _ in range(chance.randrange(1, 9)))


@pytest.mark.parametrize("seed", range(60))
def test_no_answer_is_longer_than_was_asked_for(seed: int) -> None:
    chance = random.Random(seed)
    max_tokens = chance.choice((MIN_TOKENS, 1_000, 8_000, MAX_TOKENS))
    head = ["docspasta job " + "x" * chance.choice((10, 500, 50_000))]
    answer = framed(head, _random_document(chance), "next " * chance.choice((1, 20_000)), max_tokens=max_tokens)
    assert count_tokens(answer) <= max_tokens
    assert len(answer) <= MAX_ANSWER
    assert len(bounded(_random_document(chance), max_tokens=max_tokens)) <= MAX_ANSWER


@pytest.mark.parametrize("max_tokens", [MIN_TOKENS, MAX_TOKENS])
async def test_an_endless_heading_or_title_is_cut(
    client: Client, manual_site: Site, max_tokens: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = "endless heading " * 40_000
    page = f"<title>{long}</title><main><h1>{long}</h1><h2>{long}</h2><p>{'some words ' * 100}</p></main>"
    monkeypatch.setitem(manual_site.pages, "/docs/", page)  # all tests share the site
    job_id = await crawl(client, f"{manual_site.url}/docs/")
    for arguments in ({"query": "endless words"}, {"format": "map"}, {"pages": [1]}, {"format": "coverage"}, {}):
        given = {"job_id": job_id, "max_tokens": max_tokens, **arguments}
        answer = text_of(await client.call_tool("get_result", given))
        assert count_tokens(answer) <= max_tokens
        assert len(answer) <= MAX_ANSWER
    refused = text_of(await client.call_tool("get_result", {"job_id": job_id, "cursor": "x" * 500_000}))
    assert len(refused) <= MAX_ANSWER
