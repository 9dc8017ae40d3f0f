import pytest

from docspasta_mcp.document.search.closeness import Read, by_closeness
from docspasta_mcp.document.search.question import read_question
from docspasta_mcp.document.search.ranking import Ranked, Statistics
from docspasta_mcp.document.search.words import analyser

FILL = "and so it goes with many words that tell nothing of it at all, " * 6


def order(question: str, *texts: str, first: int = 1) -> list[int]:
    """Return texts of equal rank by falling score; they are the passages of a page from `first` on."""
    asked = read_question(question, ("en",))
    known = Statistics(100, 50.0, {term.text: 10 for term in asked.terms})
    ranked = [Ranked(number, 0, 1.0) for number in range(len(texts))]
    read = {number: Read(text, first + number) for number, text in enumerate(texts)}
    return [one.id for one in by_closeness(ranked, read, asked, known, analyser("en"))]


def test_words_in_one_breath_count_more_than_words_far_apart() -> None:
    assert order("skip header csv", f"Skip it. {FILL} A header. {FILL} CSV.", "To skip a header of CSV files.") == [
        1,
        0,
    ]


def test_words_in_the_order_of_the_question_count_more() -> None:
    texts = "The index is what a scan of a partial row needs.", "It needs what a partial index scan is of a row."
    assert order("partial index", *texts) == [1, 0]


def test_a_word_of_like_meaning_counts_beside_the_others() -> None:
    assert order("remove rows", "There are rows here.", "You can delete rows here.") == [1, 0]


def test_what_a_page_begins_with_gives_way_to_what_says_the_same_below() -> None:
    assert order("remove rows", "Remove rows.", "Remove rows.", first=0) == [1, 0]


def test_a_passage_that_was_not_read_keeps_its_score() -> None:
    asked = read_question("remove rows", ("en",))
    known = Statistics(100, 50.0, {})
    ranked = [Ranked(1, 0, 2.0), Ranked(2, 0, 1.0)]
    found = by_closeness(ranked, {2: Read("Nothing.", 1)}, asked, known, analyser("en"))
    assert [one.score for one in found if one.id == 1] == [2.0]


def test_signs_which_no_text_has_as_terms_make_its_words_weigh_no_less() -> None:
    def gain(question: str) -> float:
        asked = read_question(question, ("en",))
        known = Statistics(100, 50.0, {term.text: 10 for term in asked.terms})
        read = {1: Read("To remove rows.", 1)}
        return by_closeness([Ranked(1, 0, 1.0)], read, asked, known, analyser("en"))[0].score

    assert gain("remove && rows || $@") == pytest.approx(gain("remove rows"), abs=0.2)
    assert gain("remove && rows || $@") > 1.4


def test_the_name_that_two_words_may_be_together_weighs_nothing_itself() -> None:
    asked = read_question("remove rows", ("en",))
    known = Statistics(100, 50.0, {"remov": 30, "row": 60})
    texts = {1: Read("To remove it.", 1), 2: Read("Of rows.", 1)}
    found = by_closeness([Ranked(1, 0, 1.0), Ranked(2, 0, 1.0)], texts, asked, known, analyser("en"))
    assert [one.id for one in found] == [1, 2]  # the rarer word tells more


def pages(question: str) -> list[int]:
    """Return pages by falling standing: one that answers in one passage, and one that does so in three."""
    asked = read_question(question, ("en",))
    known = Statistics(100, 50.0, {term.text: 10 for term in asked.terms})
    ranked = [Ranked(1, 1, 1.0, 9.0), *(Ranked(number, 2, 0.9, 1.0) for number in (2, 3, 4))]
    read = {one.id: Read("To remove rows.", one.id) for one in ranked}
    found = by_closeness(ranked, read, asked, known, analyser("en"))
    return list(dict.fromkeys(one.page for one in sorted(found, key=lambda one: -one.standing)))


def test_a_page_that_answers_in_several_passages_stands_before_one_that_does_in_one() -> None:
    assert pages("remove rows") == [2, 1]


def test_a_page_that_defines_the_name_asked_for_stays_first() -> None:
    assert pages("remove_rows") == [1, 2]


def headed(question: str, *headings: str) -> list[int]:
    """Return passages that differ in their headings alone by falling score."""
    asked = read_question(question, ("en",))
    known = Statistics(100, 50.0, {term.text: 10 for term in asked.terms})
    ranked = [Ranked(number, number, 1.0) for number in range(len(headings))]
    read = {number: Read("Rows have relations.", 1, heading) for number, heading in enumerate(headings)}
    return [one.id for one in by_closeness(ranked, read, asked, known, analyser("en"))]


def test_a_heading_that_stands_in_the_question_word_for_word_lifts_its_section() -> None:
    assert headed("how do I set up a many to many relationship", "One To Many", "Many To One", "Many To Many")[0] == 2


def test_a_heading_stands_in_the_question_without_the_signs_of_both() -> None:
    assert headed("how to chain && commands well", "Other things", "Chain `&&` commands well") == [1, 0]


def test_a_heading_stands_in_the_question_in_its_spoken_form_too() -> None:
    assert headed("the log isn't written to disk", "A log that is", "Log isn’t written to disk")[0] == 1


def test_a_heading_of_two_words_may_stand_in_the_question_by_chance() -> None:
    assert headed("how do I set up a many to many relationship", "One", "Set Up") == [0, 1]
