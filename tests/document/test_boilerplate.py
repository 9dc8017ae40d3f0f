"""What most pages begin or end with is cut; what pages say themselves is not."""

import pytest

from docspasta_mcp.document.boilerplate import MIN_PAGES, outer_block_digests, repeated, strip
from docspasta_mcp.model.markdown_blocks import fences

BANNER = "Join [our newsletter](/join?from={n}) and hear of every release."
HELPFUL = "## Was this page helpful?\n\n[Yes](/yes?page={n}) [No](/no?page={n})"
OWN = "Page {n} tells of part {n} in some words of its own, and what to do with it when there is need."


def made(body: str, number: int) -> str:
    return f"# Page {number}\n\n" + body.replace("{n}", str(number)) + "\n"


def cut(body: str, *, pages: int = 20, shown: int = 20) -> str:
    """Return the first of some pages, of which `shown` have this body and the others their own words alone."""
    manual = [made(body if number < shown else OWN, number) for number in range(pages)]
    return strip(manual[0], repeated(lambda: [outer_block_digests(list(fences(page))) for page in manual]))


def test_what_most_pages_share_is_found_however_much_they_do_not() -> None:
    pages = [[f"{number}-{place}" for place in range(11)] + ["shared"] * (number % 3 > 0) for number in range(3_000)]
    assert repeated(lambda: pages) == {"shared"}


def test_blocks_that_most_pages_begin_or_end_with_are_cut() -> None:
    assert cut(f"{BANNER}\n\n{OWN}\n\n{HELPFUL}").strip() == made(OWN, 0).strip()


@pytest.mark.parametrize(
    "body",
    [
        f"{OWN}\n\n{HELPFUL}\n\nPage generated {{n}}.05.2024 by tool",
        f"{OWN}\n\n{HELPFUL}\n\nUpdated: May {{n}}, 2024",
        f"{OWN}\n\n{HELPFUL}\n\n[← Page {{n}}](/{{n}}) | [Other {{n}} →](/o{{n}})",
        f"[Previous: {{n}}](/{{n}})\n\n{OWN}",
        f"## Newsletter\n\n{BANNER}\n\n## Part {{n}}\n\n{OWN}",
    ],
)
def test_lines_that_differ_in_a_date_or_neighbour_do_not_shield_the_rest(body: str) -> None:
    kept = cut(body)
    assert OWN.replace("{n}", "0") in kept
    assert len(kept) <= len(made(f"## Part {{n}}\n\n{OWN}", 0))


@pytest.mark.parametrize(
    "body", [f"## Name\n\n{OWN}", f"## Intro\n\n{BANNER}\n\n{OWN}", f"{OWN}\n\nSince version 3.{{n}}"]
)
def test_headings_of_a_pages_own_text_and_versions_stay(body: str) -> None:
    assert cut(body) == made(body, 0)


@pytest.mark.parametrize("pages", [1, MIN_PAGES - 1])
def test_a_small_site_keeps_what_its_pages_share(pages: int) -> None:
    assert "newsletter" in cut(f"{BANNER}\n\n{OWN}", pages=pages, shown=pages)


def test_what_half_of_the_pages_say_stays() -> None:
    assert "newsletter" in cut(f"{BANNER}\n\n{OWN}", shown=10)


@pytest.mark.parametrize(
    "block",
    [
        "> [!WARNING]\n> Run it as root only.",
        "**Warning:** Run it as root only.",
        "⚠️ Deprecated: use the other one.",
        "```sh\npip install tarn\n```",
        "| a | b |\n| - | - |\n| 1 | 2 |",
    ],
)
def test_warnings_code_and_tables_stay_on_every_page(block: str) -> None:
    body = f"{block}\n\n{OWN}\n\n{block}"
    assert cut(body) == made(body, 0)


def test_what_stands_between_a_pages_own_blocks_stays() -> None:
    body = f"{OWN}\n\n**Example**\n\n```\nrun({{n}})\n```\n\n## Parameters\n\nTakes {{n}} of them."
    assert cut(body) == made(body, 0)


def test_a_heading_with_text_under_it_stays() -> None:
    body = "## Overview\n\n" + OWN
    assert cut(body) == made(body, 0)


def test_pages_that_say_little_else_stay_as_they_are() -> None:
    body = f"{OWN.replace('{n}', 'any')}\n\nPart {{n}}."
    assert cut(body) == made(body, 0)


def test_a_long_banner_is_cut_from_short_pages_too() -> None:
    banner = " ".join([BANNER.replace("{n}", "1")] * 9)
    assert cut(f"{banner}\n\n{OWN}").strip() == made(OWN, 0).strip()
