"""Time grows with a text's length alone: every scanner, over repetitions of every token that a pattern names.

CPU time (the least of several) for twice the length is under three times. They run apart, with `-m slow`.
"""

import contextlib
import re
from collections.abc import Callable
from typing import Any

import pytest

from docspasta_mcp.broker.durations import duration_ms
from docspasta_mcp.broker.errors import BadRequest
from docspasta_mcp.discovery.llms_txt import parse_llms_txt
from docspasta_mcp.discovery.merge import whole_host
from docspasta_mcp.discovery.robots import rules_of
from docspasta_mcp.document.near_duplicates import simhash
from docspasta_mcp.document.render import cut
from docspasta_mcp.errors import PageError
from docspasta_mcp.extract.hiding_styles import hides
from docspasta_mcp.extract.sanitise import without_hidden
from docspasta_mcp.fetch.fetcher import Fetched
from docspasta_mcp.fetch.llms_full import split_full
from docspasta_mcp.model.active_links import without_active_links
from docspasta_mcp.model.characters import drop_invisible
from docspasta_mcp.model.markdown_blocks import fences, split_blocks
from docspasta_mcp.server.mcp.frame import defused
from tests.doors import DOORS, slow_tokens
from tests.repetition import MAX_RATIO, fragments, growth, is_anchored, patterns

pytestmark = pytest.mark.slow
SITE = "https://docs.example"
READ = ("extract.", "discovery.", "document.", "model.", "fetch.", "jobs.search")  # modules that read what sites send


def _full(text: str) -> None:
    with contextlib.suppress(PageError):
        split_full(Fetched(f"{SITE}/llms-full.txt", "text/plain", "", text.encode()), ())


SCANNERS: dict[str, Callable[[str], Any]] = {
    "likeness": lambda text: simhash(fences(text)),
    "llms-full.txt": _full,
    "llms.txt": lambda text: parse_llms_txt(text.encode(), f"{SITE}/llms.txt", whole_host(SITE)),
    "robots.txt": lambda text: rules_of(text, SITE),
    "hidden": without_hidden,
    "active links": without_active_links,
    "fences": lambda text: list(fences(text)),
    "blocks": lambda text: list(split_blocks(text)),
    "boundaries": defused,
    "unseen characters": drop_invisible,
    "styles": lambda text: hides(f"color:red;{text}"),
    "cut": lambda text: cut(text, len(text) // 2, max_tokens=500, max_chars=5_000),
}
PATTERNS = patterns()
BOUNDED = {  # what these are asked about is cut before, or never comes from a site
    "cli.": 500, "settings.": 500, "extract.selectors.": 100,
    "discovery.language_switch._ASIDE": 60, "document.titles.": 300, "document.search.passages.": 300, "document.search.exact_names.": 200,
    "extract.titles.": 500, "extract.placeholders.": 200, "extract.normalise.tabs.": 300,
    "document.boilerplate._NEIGHBOURS": 300, "model.scope._SHAPES.": 2_000, "extract.formats.files.pdf.": 300,
}  # fmt: skip
USUAL = (
    "](", "![](", "![x](", "[", "![", "`", "``` ", "<!--", "<!-- x", "<!--<", "url: /x\n", f"url: {SITE}/x\n", f"Source: {SITE}/x\n",
    "# a\nSource: /x\n", "# a" + " " * 50, "a: b\n", "a: b" + " " * 50, "---\nurl: /x\n", "---\n", "\n", "\n\n", " ", "\t", "  \n", "> ",
    "- ", "1. ", "|", "|-", "*", "**", "_", "~~~\n", "```\n", "<a ", "<a href='", "<a\t", "&#", "&#x", "$", "$$", "\\(", "[^1]: ", "{#", "::: ",
    "[x]: # (", "a\n===\n", "#", "\\", "<", "(", ")", "]:", "Disallow: /*a\n", "User-agent: x\n", "Sitemap: /x\n", "https://", "//",
)  # fmt: skip
LINES = (
    (f"url: {SITE}/", "_", " x"),
    ("title:", " ", "x"),
    ("# a", " ", "b"),
    ("# a", "#", " b"),
    ("---\n", "a: b\n", ""),
)


def _slow_ones(scanner: str, tokens: list[str], head: str) -> dict[str, float]:
    work = SCANNERS[scanner]
    return {token: ratio for token in tokens if (ratio := growth(work, token, head=head)) >= MAX_RATIO}


@pytest.mark.parametrize("scanner", SCANNERS)
@pytest.mark.parametrize("head", ["", "# a\n\n"])
def test_time_grows_with_length_alone(scanner: str, head: str) -> None:
    assert _slow_ones(scanner, list(USUAL), head) == {}


@pytest.mark.parametrize("scanner", SCANNERS)
@pytest.mark.parametrize(("head", "token", "tail"), LINES)
def test_a_long_line_costs_no_more(scanner: str, head: str, token: str, tail: str) -> None:
    assert growth(SCANNERS[scanner], token, head=head, tail=tail) < MAX_RATIO


@pytest.mark.slow
@pytest.mark.parametrize("name", PATTERNS)
def test_no_pattern_takes_longer_than_the_length_of_its_text(name: str) -> None:
    pattern: re.Pattern[Any] = PATTERNS[name]
    look = pattern.match if is_anchored(name) else lambda text: list(pattern.finditer(text))  # pyright: ignore
    size = next((most // 2 for start, most in BOUNDED.items() if name.startswith(start)), 4_000)

    def work(text: str) -> None:
        look(text if isinstance(pattern.pattern, str) else text.encode())

    assert {
        token: ratio for token in fragments(pattern) if (ratio := growth(work, token, size=size)) >= MAX_RATIO
    } == {}


@pytest.mark.slow
@pytest.mark.parametrize("scanner", SCANNERS)
def test_no_token_of_any_pattern_makes_time_grow_faster(scanner: str) -> None:
    tokens: set[str] = set()
    for name, pattern in patterns().items():
        if name.startswith(READ):
            own = fragments(pattern)
            tokens.update([*own[:3], *(one for one in own if len(one) > 2)])
    assert _slow_ones(scanner, sorted(tokens), "") == {}


@pytest.mark.slow
@pytest.mark.parametrize("token", [*USUAL, "1", "1.", "1d", "user-agent", "user agent :", "\t", "..", "0"])
def test_durations_and_robots_lines_take_linear_time(token: str) -> None:
    def duration(text: str) -> None:
        with contextlib.suppress(BadRequest):
            duration_ms(text)

    assert growth(duration, token, size=50_000) < MAX_RATIO
    assert growth(lambda text: rules_of(f"User-agent{text}", SITE), token, size=50_000) < MAX_RATIO


@pytest.mark.slow
@pytest.mark.parametrize("door", DOORS)
def test_no_door_takes_longer_than_the_length_of_what_comes_in(door: str) -> None:
    work, own = DOORS[door]
    assert slow_tokens(work, own) == {}
