"""Mark a question's words in passages, as the index reads them: a word's other forms are marked too.

Marks are tokens between tokens of text, which are escaped like all others; nothing that a site wrote becomes HTML here.
"""

from collections.abc import Iterable, Iterator, Sequence

from markdown_it.token import Token

from docspasta_mcp.document.search.question import read_question
from docspasta_mcp.document.search.words import analyser

_SOURCE = "Source: "  # our own line below a passage's title


def mark(tokens: Sequence[Token], query: str, languages: Iterable[str]) -> None:
    """Put marks around a question's words, whatever stands around them but code blocks.

    Args:
        tokens: of passages, changed in place.
        query: the question.
        languages: BCP 47 tags of the manuals; English if there are none.
    """
    wanted = [(one, _terms(query, one)) for one in sorted({one or "en" for one in languages}) or ["en"]]
    for token in tokens:
        if token.type == "inline" and token.children and not token.content.startswith(_SOURCE):
            token.children = [part for child in token.children for part in _parts(child, wanted)]


def _terms(query: str, language: str) -> frozenset[str]:
    return frozenset(term.text for term in read_question(query, [language]).own)


def _parts(token: Token, wanted: Sequence[tuple[str, frozenset[str]]]) -> Iterator[Token]:
    """Yield a token, or if it is text with words to mark, the tokens that it is split into."""
    spans = _spans(token.content, wanted) if token.type in ("text", "code_inline") else []
    if not spans:
        yield token
        return
    at = 0
    for start, end in spans:
        yield _like(token, token.content[at:start])
        yield Token("html_inline", "", 0, content="<mark>")
        yield _like(token, token.content[start:end])
        yield Token("html_inline", "", 0, content="</mark>")
        at = end
    yield _like(token, token.content[at:])


def _spans(text: str, wanted: Sequence[tuple[str, frozenset[str]]]) -> list[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    for language, terms in wanted:
        found |= {(start, end) for start, end, own in analyser(language).spans(text) if not terms.isdisjoint(own)}
    return sorted(found)


def _like(token: Token, content: str) -> Token:
    """Return a token of the same kind; one of code without content is text, which leaves nothing behind."""
    return Token(token.type if content else "text", token.tag if content else "", 0, content=content)
