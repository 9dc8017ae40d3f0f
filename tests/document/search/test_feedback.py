"""Words that the best passages have in common: they lift what says the same without the question's words."""

from array import array

from docspasta_mcp.document.search.feedback import BEST, by_common_terms
from docspasta_mcp.document.search.ranking import Ranked

ASKED, COMMON, ELSEWHERE, OWN = 1, 2, 3, 1_000


def ranking(*others: list[int]) -> list[int]:
    """Return passages by falling score: the best ones have a term in common that was not asked for."""
    texts = [[ASKED, COMMON, ELSEWHERE, OWN + number] for number in range(BEST)]
    texts += [[ELSEWHERE, 100 + number] for number in range(20)]
    first = len(texts)
    texts += others
    ranked = [Ranked(number, 0, 1.0 if number < BEST else 0.5 - number / 1_000, 7.0) for number in range(len(texts))]
    terms = {number: array("I", text * 20) for number, text in enumerate(texts)}
    found = by_common_terms(ranked, terms, {ASKED})
    assert [one.standing for one in found] == [7.0] * len(texts)
    return [one.id - first for one in found if one.id >= first]


def test_a_passage_with_what_the_best_have_in_common_rises() -> None:
    assert ranking([500], [COMMON, 501]) == [1, 0]


def test_what_stands_everywhere_tells_little() -> None:
    assert ranking([ELSEWHERE, 500], [COMMON, 501]) == [1, 0]


def test_what_one_passage_alone_has_tells_nothing() -> None:
    assert ranking([500], [OWN, 501]) == [0, 1]


def test_the_words_of_the_question_are_not_counted_twice() -> None:
    assert ranking([500], [ASKED, 501]) == [0, 1]


def test_few_passages_have_nothing_in_common_that_others_lack() -> None:
    ranked = [Ranked(number, 0, 1.0 - number / 10) for number in range(BEST)]
    assert by_common_terms(ranked, {number: array("I", [COMMON]) for number in range(BEST)}, ()) == ranked


def test_a_passage_that_was_not_read_keeps_its_score() -> None:
    ranked = [Ranked(number, 0, 1.0 - number / 100) for number in range(BEST + 2)]
    found = by_common_terms(ranked, {number: array("I", [COMMON]) for number in range(BEST + 1)}, ())
    assert [one.score for one in found if one.id == BEST + 1] == [ranked[-1].score]
