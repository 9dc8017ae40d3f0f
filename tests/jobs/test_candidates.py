"""By which words of a question its passages are looked up, in a small manual and in one of a million passages."""

import pytest

from docspasta_mcp.document.search.question import read_question
from docspasta_mcp.document.search.ranking import Statistics
from docspasta_mcp.jobs.candidates import wanted_terms

QUESTION = read_question("rotate logs of nginx server", ("en",))


def looked_up(passages: int, **having: int) -> set[str]:
    """Return the words themselves, of those that so many passages have."""
    found = wanted_terms(QUESTION, Statistics(passages, 100.0, having))
    return {term for one in found for term in one.terms if not term.startswith("^")}


@pytest.mark.parametrize(
    ("passages", "having", "found"),
    [
        (9_000, {"rotat": 30, "log": 900, "nginx": 40, "server": 4_000}, {"rotat", "log", "nginx", "server"}),
        (900_000, {"rotat": 3_000, "log": 30_000, "nginx": 900, "server": 90_000}, {"rotat", "log", "nginx"}),
        (900_000, {"rotat": 0, "log": 80_000, "nginx": 9, "server": 90_000}, {"log", "nginx"}),  # 9 are too few
        (900_000, {"rotat": 0, "log": 80_000, "nginx": 0, "server": 90_000}, {"log"}),
        (900_000, {"rotat": 0, "log": 0, "nginx": 0, "server": 0}, set[str]()),
    ],
)
def test_passages_are_looked_up_by_the_rarest_words_where_all_would_be_too_many(
    passages: int, having: dict[str, int], found: set[str]
) -> None:
    assert looked_up(passages, **having) == found


def test_words_of_like_meaning_are_looked_up_where_there_is_room() -> None:
    synonym = next(term.text for term in QUESTION.terms if term.is_synonym)
    words = {"rotat": 30, "log": 900, "nginx": 40, "server": 4_000}
    assert synonym in looked_up(9_000, **words, **{synonym: 50})
    assert synonym not in looked_up(900_000, **words, **{synonym: 50_000})


def test_what_is_under_an_exact_name_is_looked_at_before_what_says_its_words() -> None:
    question = read_question("git commit --file", ("en",))
    found = wanted_terms(question, Statistics(9_000, 100.0, {"git": 900, "commit": 900, "file": 900}))
    worth = {one.terms[0]: one.worth for one in found}
    assert worth["^file"] > 1.5 * worth["file"]
    assert worth["^git"] < worth["git"]
