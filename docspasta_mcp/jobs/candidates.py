"""Passages as the ranking sees them: what they are looked for by, which others are looked at, what their text adds."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from docspasta_mcp.document.search.closeness import Read, by_closeness
from docspasta_mcp.document.search.entries import HEAD, counts, path_words
from docspasta_mcp.document.search.exact_names import commands_of, defined, titled
from docspasta_mcp.document.search.meaning import Meaning
from docspasta_mcp.document.search.passages import SEPARATOR
from docspasta_mcp.document.search.question import Question
from docspasta_mcp.document.search.ranking import Candidate, Ranked, Statistics, Term, rarity
from docspasta_mcp.document.search.references import PageText
from docspasta_mcp.document.search.words import analyser, head_terms, name_terms
from docspasta_mcp.store.search_index import PLACE_BITS
from docspasta_mcp.store.search_reader import SearchHit, Wanted

LEADS = 16  # pages whose beginning is ranked too, whatever words it has
AROUND = 48  # of the best passages: those beside them are ranked too, since what they say counts a little
READ = 100  # of the best passages: their text tells how close together the words stand
MOST_LOOKED_UP = 40_000  # passages that a question's words have together; a database adds up so many in 20 ms
ENOUGH_FOUND = 2_000  # from so many on no further word is looked up that would be too much
HEAD_WORTH = 0.8  # of a term over a passage, beside what it is worth in the passage
NAME_WORTH = 2.0  # of one that is an exact name: what defines it must be among those that are ranked
_HISTORY = re.compile(r"\b(?:change ?logs?|changes|release ?(?:notes?|log)|releases?|history|what.?s new|news)\b", re.I)
_MAX_TITLES = 20_000  # pages whose title and URL are kept as terms, with 1 kB each
_NONE = frozenset[str]()
_NOTHING = {"names": _NONE, "title": _NONE, "url": _NONE, "headings": _NONE}
_PLACES = (1 << PLACE_BITS) - 1


def missing_context(ranked: Sequence[Ranked], *, leads: bool = True) -> list[tuple[int, int]]:
    """Return passages that no word found, with their pages: the best pages' beginnings, and what is beside the best.

    Args:
        ranked: passages by falling score.
        leads: whether the beginnings are wanted.
    """
    found = {one.id for one in ranked}
    begins = {one.page: one.id & ~_PLACES for one in sorted(ranked, key=lambda one: -one.standing)}
    missing = {lead: page for page, lead in list(begins.items())[: LEADS if leads else 0]}
    for one in ranked[:AROUND]:
        missing |= {one.id + step: one.page for step in (-1, 1) if 0 <= (one.id & _PLACES) + step <= _PLACES}
    return [(id_, page) for id_, page in missing.items() if id_ not in found]


def wanted_terms(question: Question, known: Statistics) -> list[Wanted]:
    """Return what passages are found by: each word, in the text and over it, and the words of like meaning.

    In a large manual the rarest have to do; those found are ranked by all.
    """
    likes = [term for term in question.terms if term.is_synonym]
    chosen = _affordable((question.own, likes), known)
    wanted: list[Wanted] = []
    for term in question.own:
        if term.text in chosen:
            worth = term.weight * rarity(known, term.text)
            over = NAME_WORTH if term.text in question.names else HEAD_WORTH
            wanted += [Wanted((term.text,), worth), Wanted((HEAD + term.text,), over * worth)]
    groups: dict[int, list[Term]] = {}
    for term in likes:
        if term.text in chosen:
            groups.setdefault(term.group, []).append(term)
    for some in groups.values():
        worth = max(term.weight * rarity(known, term.text) for term in some)
        wanted += [
            Wanted(tuple(term.text for term in some), worth),
            Wanted(tuple(HEAD + term.text for term in some), HEAD_WORTH * worth),
        ]
    return wanted


def _affordable(kinds: Iterable[Sequence[Term]], known: Statistics) -> frozenset[str]:
    """Return the terms that passages are found by: of each kind in turn the rarest, as many as may be looked up."""
    chosen: set[str] = set()
    rows = 0
    for terms in kinds:
        for having, text in sorted((known.having.get(term.text, 0), term.text) for term in terms):
            if having and (rows < ENOUGH_FOUND or rows + having <= MOST_LOOKED_UP):
                chosen.add(text)
                rows += having
    return frozenset(chosen)


class LookedFor:
    """What passages were looked for by: tells which of a question's terms each has, mostly without its text."""

    def __init__(self, question: Question, wanted: Iterable[Wanted], known: Statistics) -> None:
        """Take what `wanted_terms` returned for a question and what is known of the manual."""
        self.question = question
        self.asked = frozenset(term.text for term in question.terms)
        terms = {term for one in wanted for term in one.terms}
        self._too_frequent = sorted(term for term in self.asked - terms if known.having.get(term))

    def found(self, found_by: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
        """Return the terms that a passage has in its text, and those that it may have there or over it."""
        over = [term[1:] for term in found_by if term[0] == HEAD]
        if not over:
            return found_by, self._too_frequent
        sure = [term for term in found_by if term[0] != HEAD and term not in over]
        return sure, over + self._too_frequent


def candidates_of(found: Sequence[SearchHit], looked_for: LookedFor) -> list[Candidate]:
    """Return passages of one manual as the ranking sees them: which terms of a question stand where in each."""
    question, asked = looked_for.question, looked_for.asked
    pages: dict[int, tuple[dict[str, frozenset[str]], bool]] = {}
    over: dict[tuple[int, str], dict[str, frozenset[str]]] = {}
    firsts = _firsts(found if question.exact else ())
    commands = commands_of(one.title for one in found) if question.exact else frozenset[str]()
    candidates: list[Candidate] = []
    for one in found:
        sure, unsure = looked_for.found(one.found_by)
        page = pages.get(one.number)
        if page is None:
            title, path, is_history = _page_terms(one.title, one.url)
            page = pages[one.number] = ({"names": _NONE, "title": asked & title, "url": asked & path}, is_history)
        fields, is_lead = _NOTHING, not one.id & _PLACES
        if unsure:
            fields = over.get((one.number, one.headings))
            if fields is None:
                fields = over[one.number, one.headings] = {**page[0], "headings": asked & head_terms(one.headings)}
            begins = firsts.get((one.number, one.headings)) == one.id
            if one.names or begins or (is_lead and question.exact):
                names = asked & name_terms(one.names) if one.names else _NONE
                if question.exact:
                    heading = one.headings.rpartition(SEPARATOR)[2] if begins else ""
                    names |= defined(question.exact, one.names, heading, _terms_over(fields))
                    names |= titled(question.exact, one.title, commands) if is_lead else _NONE
                fields = {**fields, "names": names}
        candidates.append(
            Candidate(
                one.id,
                one.number,
                one.length,
                counts(one.terms, sure, unsure),
                fields,
                one.links,
                page[1],
                is_lead,
                one.headings,
            )
        )
    return candidates


def _terms_over(fields: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return fields["title"] | fields["url"] | fields["headings"]


def _firsts(found: Sequence[SearchHit]) -> Mapping[tuple[int, str], int]:
    """Return the first passage of each section, as far as it was found: a heading says what that one defines."""
    firsts: dict[tuple[int, str], int] = {}
    for one in found:
        key = one.number, one.headings
        firsts[key] = min(one.id, firsts.get(key, one.id))
    return firsts


@lru_cache(maxsize=_MAX_TITLES)
def _page_terms(title: str, url: str) -> tuple[frozenset[str], frozenset[str], bool]:
    """Return the terms of a page's title and of its URL's path, and whether it tells of changes."""
    path = path_words(url.partition("://")[2].partition("/")[2])
    return head_terms(title), head_terms(path), bool(_HISTORY.search(title) or _HISTORY.search(path))


def closer(
    ranked: Sequence[Ranked],
    found: Mapping[int, SearchHit],
    texts: Mapping[int, PageText],
    question: Question,
    known: Statistics,
    language: str,
    meaning: Meaning | None = None,
) -> list[Ranked]:
    """Rank the best passages again by their text, as far as their pages have been read.

    Args:
        ranked: passages by falling score.
        found: each of them.
        texts: the pages that have been read, by what the ranking calls them.
        question: what is asked.
        known: of the manual.
        language: its words are in.
        meaning: ranks them by what they mean too.
    """
    read: dict[int, Read] = {}
    for one in ranked[:READ]:
        if page := texts.get(one.page):
            hit = found[one.id]
            read[one.id] = Read(
                page.markdown[hit.start : hit.end], one.id & _PLACES, hit.headings.rpartition(SEPARATOR)[2]
            )
    near = by_closeness(ranked[:READ], read, question, known, analyser(language))
    if meaning is not None:
        near = meaning.fused(near, {id_: one.text for id_, one in read.items()}, " ".join(question.words))
    return [*near, *ranked[READ:]]  # these stay in their order, so that a cursor's place does
