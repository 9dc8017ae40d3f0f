"""Comparing two versions of a page word by word, within bounds."""

import pytest

from docspasta_mcp.document.word_diff import MAX_DIFFED, Kind, WordDiff, word_diff


def side(diff: WordDiff, kind: Kind) -> str:
    """Return one of the two texts, put together again; only whole where there is no gap."""
    return "".join(one.text for one in diff.stretches if one.kind in (Kind.SAME, kind))


def test_the_words_that_differ_are_told_apart_from_those_that_do_not() -> None:
    diff = word_diff("Run the old installer first.\n", "Run the new installer first.\n")
    assert [(one.kind, one.text) for one in diff.stretches] == [
        (Kind.SAME, "Run the "),
        (Kind.REMOVED, "old "),
        (Kind.ADDED, "new "),
        (Kind.SAME, "installer first.\n"),
    ]
    assert (diff.added, diff.removed, diff.is_cut) == (1, 1, False)


def test_lines_far_from_a_change_are_counted_and_not_shown() -> None:
    lines = [f"line {number}\n" for number in range(40)]
    changed = [*lines[:20], "another line\n", *lines[21:]]
    diff = word_diff("".join(lines), "".join(changed))
    assert [one.lines for one in diff.stretches if one.kind is Kind.GAP] == [18, 17]
    assert "line 18\nline 19\n" in side(diff, Kind.ADDED)


@pytest.mark.parametrize(
    ("before", "after"),
    [("", "all new\n"), ("all gone\n", ""), ("a b c\n", "x y z\n"), ("same\n", "same\n"), ("", ""), ("a\n\nb", "a\nb")],
)
def test_both_versions_can_be_read_from_it(before: str, after: str) -> None:
    diff = word_diff(before, after)
    assert side(diff, Kind.REMOVED).split() == before.split()
    assert side(diff, Kind.ADDED) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x " * 150_000, "y " * 150_000),
        ("\n".join(f"a {n % 7}" for n in range(40_000)), "\n".join(f"b {n % 5}" for n in range(40_000))),
        ("\n".join(f"{n % 90}" for n in range(3_900)), "\n".join(f"{n % 70}" for n in range(3_900))),
        ("\n".join("same" for _ in range(3_900)), "\n".join("same" for _ in range(3_000))),
    ],
)
def test_no_page_is_too_long_or_too_strange(before: str, after: str) -> None:
    diff = word_diff(before, after)  # quadratic time would meet the suite's timeout
    assert diff.is_cut == (max(len(before), len(after)) > MAX_DIFFED)
    assert diff.stretches
