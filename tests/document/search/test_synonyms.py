"""The table of words that mean nearly the same."""

from docspasta_mcp.document.search.synonyms import _GROUPS, synonyms  # pyright: ignore[reportPrivateUsage]
from docspasta_mcp.document.search.words import analyser


def test_no_group_stands_whole_in_another() -> None:
    groups = [frozenset(analyser("en").terms(line)) for line in _GROUPS.strip().split("\n")]
    within = [sorted(one) for one in groups if sum(one <= other for other in groups) > 1]
    assert not within


def test_words_of_a_group_mean_one_another() -> None:
    assert "delet" in synonyms()["remov"]
    assert "remov" in synonyms()["delet"]
