"""Pages that nearly say the same are found; pages that differ by a word that matters are not alike."""

import random

import pytest

from docspasta_mcp.document.near_duplicates import NearDuplicates, simhash
from docspasta_mcp.model.markdown_blocks import fences

_WORDS = [f"word{number}" for number in range(400)]


def prose(words: int, seed: str = "one") -> str:
    return " ".join(random.Random(seed).choices(_WORDS, k=words))


def is_alike(one: str, other: str) -> bool:
    alike = NearDuplicates()
    assert alike.first(simhash(fences(one)), 1) is None
    return alike.first(simhash(fences(other)), 2) == 1


LONG = f"# Stores\n\n## How\n\n{prose(400)} [next](https://d.example/a/next)\n\n```\nrun it\n```\n"


@pytest.mark.parametrize(
    ("change", "with_this"),
    [("](https://d.example/a/next)", "](https://d.example/old/next)"), ("\n\n```", "\n\nLast updated on 12 May 2026.\n\n```")],
)  # fmt: skip
def test_a_page_that_differs_in_nothing_that_matters_is_alike(change: str, with_this: str) -> None:
    assert is_alike(LONG, LONG.replace(change, with_this, 1))


@pytest.mark.parametrize(
    "other",
    [
        LONG.replace("# Stores", "# Shops"),
        LONG.replace("## How", "## Why"),
        LONG.replace("run it", "run  it"),
        LONG.replace(prose(400), prose(400, "other")),
    ],
)
def test_a_page_with_another_title_heading_code_or_text_is_not(other: str) -> None:
    assert not is_alike(LONG, other)


def test_short_pages_that_differ_by_one_word_are_not() -> None:
    method = f"# get\n\nReturns the {{}} of the store. {prose(90)}\n"
    assert not is_alike(method.format("size"), method.format("name"))
