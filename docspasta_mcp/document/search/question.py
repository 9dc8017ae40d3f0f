"""Read a question: its words as terms, with what their parts and words of like meaning are worth."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from docspasta_mcp.document.search.ranking import Term
from docspasta_mcp.document.search.synonyms import synonyms
from docspasta_mcp.document.search.words import COMMON, analyser

MAX_WORDS = 24  # of a question; more tell nothing new
_MAX_PHRASE = 100  # words of a question that a heading is looked for in
PART = 0.3  # what a part of an identifier is worth, where the whole has 1
LIKE = 0.4  # what a word of like meaning is worth
_STOP = re.compile(r"[?!,;]")


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for. `words` are as they were asked, by the group that their terms have.

    `phrase` has the terms of all words in order, of those too that are in every text.
    """

    terms: tuple[Term, ...]
    words: tuple[str, ...]
    phrase: tuple[str, ...] = ()

    @property
    def own(self) -> tuple[Term, ...]:
        """The terms of its words themselves, without those of like meaning."""
        return tuple(term for term in self.terms if not term.is_synonym)

    @property
    def names(self) -> frozenset[str]:
        """The terms of exact names that are asked for."""
        return frozenset(term.text for term in self.terms if term.is_name)


def read_question(text: str, languages: Sequence[str]) -> Question:
    """Return a question's terms in the languages of a manual; none if it has only words that are in every text."""
    terms: dict[str, Term] = {}
    words: list[str] = []
    first = analyser(languages[0])
    tokens = [(token, found) for token, found in first.words(_STOP.sub(" ", text)) if found]
    telling = [(token, found) for token, found in tokens if token.lower() not in COMMON] or tokens
    for token, found in telling[:MAX_WORDS]:
        group = len(words)
        is_name = len(found) > 1 or len(telling) == 1
        for place, term in enumerate(found):
            terms.setdefault(term, Term(term, group, PART if place else 1.0, is_name=is_name and not place))
        for language in languages[1:]:
            for term in analyser(language).terms(token):
                terms.setdefault(term, Term(term, group))
        words.append(token)
    own = dict(terms)
    if any(language.partition("-")[0] == "en" for language in languages):
        for term in own.values():
            if term.weight == 1.0 and not term.is_name:
                for other in sorted(synonyms().get(term.text, ())):
                    terms.setdefault(other, Term(other, term.group, LIKE, is_synonym=True))
    phrase = tuple(term for _, found in tokens[:_MAX_PHRASE] for term in found)
    return Question(tuple(terms.values()), tuple(words), phrase)
