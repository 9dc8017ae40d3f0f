"""What the phrases of a question mean."""

import pytest

from docspasta_mcp.document.search.phrases import phrases_of
from docspasta_mcp.document.search.question import read_question


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("turn off warnings", 0),
        ("turn all the warnings off", 0),
        ("how do i turn it off", 3),
        ("switch warnings off", 0),
    ],
)
def test_a_phrase_is_known_with_words_between(question: str, place: int) -> None:
    assert {place} == {one.places[0] for one in phrases_of(question.split()) if "disabl" in one.meant}


@pytest.mark.parametrize(
    "question", ["turn", "off", "off turn", "turn one two three four off", "get a rid", "at the very same time"]
)
def test_words_that_stand_otherwise_are_no_phrase(question: str) -> None:
    assert not phrases_of(question.split())


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("refuse files that are too big", "maximum"),
        ("too many open files", "limit"),
        ("keep a folder out of the result", "exclud"),
        ("throw a waiting message out of the queue", "delet"),
    ],
)
def test_what_is_asked_in_everyday_words_means_what_a_manual_says(question: str, meant: str) -> None:
    assert meant in {term.text for term in read_question(question, ["en"]).terms if term.is_synonym}


def test_a_phrase_counts_less_than_the_words_and_more_than_one_of_like_meaning() -> None:
    weights = {term.text: term.weight for term in read_question("turn off the colour", ["en"]).terms}
    assert weights["turn"] > weights["disabl"] > weights["highlight"]


def test_words_of_a_phrase_mean_what_it_means_and_nothing_else() -> None:
    alone = {term.text for term in read_question("set the colour", ["en"]).terms}
    assert "paramet" in alone
    within = {term.text for term in read_question("set up the colour", ["en"]).terms}
    assert "paramet" not in within
    assert {"set", "instal", "highlight"} <= within


def test_a_question_in_another_language_has_no_english_phrases() -> None:
    assert "disabl" not in {term.text for term in read_question("turn off", ["de"]).terms}


def test_what_is_done_in_order_to_do_more_asks_for_no_order() -> None:
    assert read_question("What do I need in order to build the docs?", ["en"]).words == ("build", "docs")
    assert "sort" in {term.text for term in read_question("list files in size order", ["en"]).terms}
