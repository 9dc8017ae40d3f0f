"""Read a question: its words as terms, with what their parts and words of like meaning are worth."""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from operator import itemgetter

from docspasta_mcp.document.search.exact_names import ExactName, Written, exact_name, written_names
from docspasta_mcp.document.search.phrases import Said, phrases_of
from docspasta_mcp.document.search.ranking import Term
from docspasta_mcp.document.search.signs import asked_signs, last_of, term_of
from docspasta_mcp.document.search.synonyms import synonyms
from docspasta_mcp.document.search.words import COMMON, Analyser, analyser

MAX_WORDS = 24  # of a question; more tell nothing new
_MAX_PHRASE = 100  # words of a question that a heading is looked for in
_FEW = 2  # words of a query that is no sentence: codes among them are names
PART = 0.3  # what a part of an identifier is worth, where the whole has 1
LIKE = 0.4  # what a word of like meaning is worth
MEANT = 0.6  # and one that a phrase means: it says so more surely than one word does
_PURPOSE = re.compile(r"\bin order to\b", re.IGNORECASE)  # asks for no order
_STOP = re.compile(r"[?!,;]")
_NOT = re.compile(r"\b([a-z]+)n['’]t\b", re.IGNORECASE)
_NOT_OF = {"ca": "can", "wo": "will", "sha": "shall", "ai": "is"}  # that is shortened to it, as in can't
_ENDING = re.compile(r"(?<=[a-z\d])['’](?:s|re|ve|ll|d|m)\b(?!['’])", re.IGNORECASE)  # as in command's
_PLACEHOLDER = re.compile(r"[A-Z][A-Z_]+")  # what an option's value is called, as in --file=NAME
_CODE = re.compile(r"[A-Z][A-Z\d]{2,}|\d{3,}")  # such as ENOENT, SIGKILL, 404


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for. `words` are as they were asked, by the group that their terms have.

    `phrase` has the terms of all words in order, of those too that are in every text. `exact` are the names that are
    asked for; `is_lookup` tells that nothing else is.
    """

    terms: tuple[Term, ...]
    words: tuple[str, ...]
    phrase: tuple[str, ...] = ()
    exact: tuple[ExactName, ...] = ()
    is_lookup: bool = False

    @property
    def own(self) -> tuple[Term, ...]:
        """The terms of its words themselves, without those of like meaning."""
        return tuple(term for term in self.terms if not term.is_synonym)

    @property
    def names(self) -> frozenset[str]:
        """The terms of exact names that are asked for, and of their last parts."""
        return frozenset(term for one in self.exact for term in (one.term, one.last))


@dataclass(frozen=True, slots=True)
class _Token:
    """A word of a query with its terms. `written` is the name that it is or ends.

    What is beside a name is of its path or one of its arguments.
    """

    text: str
    terms: tuple[str, ...]
    written: Written | None = None
    is_path: bool = False
    is_argument: bool = False
    is_sign: bool = False

    @property
    def is_beside(self) -> bool:
        return self.is_path or self.is_argument


def in_full(text: str) -> str:
    """Return a text without what English shortens words to: a `t` or an `s` alone would be looked for."""
    if "'" not in text and "’" not in text:
        return text
    return _ENDING.sub("", _NOT.sub(lambda match: f"{_NOT_OF.get(match[1].lower(), match[1])} not", text))


def read_question(text: str, languages: Sequence[str]) -> Question:
    """Return a question's terms in the languages of a manual; none if it has only words that are in every text."""
    terms: dict[str, Term] = {}
    words: list[str] = []
    exact: dict[str, ExactName] = {}
    first = analyser(languages[0])
    tokens = _tokens(in_full(_PURPOSE.sub("to", text)), first)
    telling = [one for one in tokens if one.written or one.text.lower() not in COMMON] or tokens
    main = sum(not one.is_beside for one in telling)
    for one in telling[:MAX_WORDS]:
        group = len(words)
        for place, term in enumerate(one.terms):
            terms.setdefault(term, Term(term, group, PART if place or one.is_argument else 1.0))
        if _is_name(one, main):
            name = (
                exact_name(one.written, one.terms[0], first)
                if one.written
                else ExactName(one.terms[0], _last_of(one), spelled=one.text)
            )
            exact.setdefault(name.term, name)
            terms.setdefault(name.last, Term(name.last, group, PART))
        for language in languages[1:]:
            for term in analyser(language).terms(one.text):
                terms.setdefault(term, Term(term, group))
        words.append(one.text)
    is_lookup = len(exact) == main
    if main == _FEW and not exact and (command := _joined(telling, first)):
        exact[command.term] = command
        terms.setdefault(command.term, Term(command.term, len(words) - 1, PART))
    likes: dict[str, Term] = {}
    if any(language.partition("-")[0] == "en" for language in languages):
        said = phrases_of([one.text.lower() for one in tokens])
        likes = _meant(said, tokens, telling, terms)
        in_phrases = {term for phrase in said for place in phrase.places for term in tokens[place].terms}
        for other in _likes(terms, {*exact, *in_phrases}):
            likes.setdefault(other.text, other)
    phrase = tuple(term for one in tokens[:_MAX_PHRASE] if not one.is_sign for term in one.terms)
    return Question((*terms.values(), *likes.values()), tuple(words), phrase, tuple(exact.values()), is_lookup)


def _tokens(text: str, first: Analyser) -> list[_Token]:
    written = written_names(text)
    found = [(sign.start, _Token(sign.text, (term_of(sign.text),), is_sign=True)) for sign in asked_signs(text)]
    is_option = False
    for start, end, terms in first.spans(_STOP.sub(" ", text)):
        word = text[start:end]
        name = next((one for one in written if start <= one.last < end), None)
        is_path = name is None and any(one.start <= start < one.last for one in written)
        is_argument = name is None and any(one.name_end <= start < one.end for one in written)
        is_argument |= is_option and bool(_PLACEHOLDER.fullmatch(word))
        is_option = word.startswith("-")
        is_count = is_argument and text[start - 1] == "/"  # of arguments: no word of a text
        if terms and not is_count:
            found.append((start, _Token(word, terms, name, is_path, is_argument)))
    return [token for _, token in sorted(found, key=itemgetter(0))]


def _is_name(one: _Token, main: int) -> bool:
    """Tell whether a word is an exact name; `main` is how many words there are, but for what is beside names."""
    if one.is_beside:
        return False
    is_code = main <= _FEW and bool(_CODE.fullmatch(one.text))
    return one.is_sign or bool(one.written) or len(one.terms) > 1 or one.text.startswith("-") or main == 1 or is_code


def _joined(words: Sequence[_Token], first: Analyser) -> ExactName | None:
    """Return the name that two words are together, as those of a command with its part are."""
    joined = "-".join(one.text for one in words)
    terms = first.terms(joined) if len(words) == _FEW and joined.replace("-", "").isalnum() else []
    return ExactName(terms[0], terms[0], spelled=joined, is_joined=True) if terms else None


def _last_of(one: _Token) -> str:
    return term_of(last_of(one.text)) if one.is_sign else one.terms[0]


def _meant(
    said: Sequence[Said], tokens: Sequence[_Token], telling: Sequence[_Token], own: Mapping[str, Term]
) -> dict[str, Term]:
    """Return the terms of what phrases mean, in the group of the telling word that each has, or is next to."""
    groups = {id(one): group for group, one in enumerate(telling[:MAX_WORDS])}
    found: dict[str, Term] = {}
    for phrase in said:
        place = phrase.places[0]
        near = (*tokens[place:], *reversed(tokens[:place]))
        group = next(groups[id(one)] for one in near if id(one) in groups)
        for other in sorted(phrase.meant - own.keys()):
            found.setdefault(other, Term(other, group, MEANT, is_synonym=True))
    return found


def _likes(own: Mapping[str, Term], without: Set[str]) -> Iterator[Term]:
    """Yield the terms of words of like meaning; words of a phrase mean what it means, names nothing else."""
    for term in own.values():
        if term.weight == 1.0 and term.text not in without:
            for other in sorted(synonyms().get(term.text, frozenset[str]()) - own.keys()):
                yield Term(other, term.group, LIKE, is_synonym=True)
