"""How a question is read: which of its words are looked for."""

import pytest

from docspasta_mcp.document.search.question import read_question


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("the command's output", ("command", "output")),
        ("the users’ and the server’s logs", ("users", "server", "logs")),
        ("why can't I see the log", ("log",)),
        ("it doesn't start", ("start",)),
        ("they've it, I'd open it", ("open",)),
        ("it won't start", ("start",)),
        ("it ain't the 90's format", ("90", "format")),
    ],
)
def test_what_words_are_shortened_to_is_not_looked_for(question: str, words: tuple[str, ...]) -> None:
    assert read_question(question, ("en",)).words == words


def test_a_letter_in_quotes_is_looked_for() -> None:
    assert read_question("split at 's' and 't'", ("en",)).words == ("split", "s", "t")
    assert read_question("split at b's'", ("en",)).words == ("split", "b", "s")


def test_a_phrase_is_known_in_the_form_that_is_spoken() -> None:
    assert "unknown" in {term.text for term in read_question("the host isn't known", ("en",)).terms}
