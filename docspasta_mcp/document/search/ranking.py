"""Rank passages for a question: BM25F (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009).

A passage has five fields: its text, the names that it defines, the headings over it, its page's title and the words
of its URL. What a field says counts by its weight; a term's count saturates over all fields together. What the
passages beside it say counts a little too. A page stands as high as its best passage; its others gain by that, and most
of all the one that it begins with: what a page is about is said there, often in other words than those asked.
"""

import math
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from docspasta_mcp.document.search.exact_names import AS_ASKED, COMMAND, DEFINED, TITLED, ExactName

K1 = 2.0  # how soon a term's count saturates
B = 0.6  # how far a long passage's counts are taken down
WEIGHTS = {"names": 1.5, "headings": 1.6, "title": 1.2, "url": 0.6}  # of one occurrence; the text has 1
BESIDE = 0.3  # what an occurrence in the passage before or after counts
DEFINES = 1.5  # a passage that defines an identifier of the question, in shares of the best score
PAGE_SHARE = 0.35  # how much of its page's standing a passage gets
PAGE_BEST = 3  # passages that tell how high their page stands among those of an answer
LEAD_SHARE = 0.6  # and the one that the page begins with, beside
SECTION_SHARE = 0.15  # of the best of a section, for the passage that it begins with
LINK_LIST = 60  # per cent of links from which a passage only leads elsewhere
DEMOTED = 0.5  # what such a passage keeps
_DAMPED = 0.9  # exponent of a term's rarity: a rare word alone tells less than its rarity says
HISTORY = 0.6  # what a passage of a page of news keeps: it tells of a change, not of how things are


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a question. `group` numbers the word it belongs to, whose best term alone counts as covered."""

    text: str
    group: int
    weight: float = 1.0
    is_synonym: bool = False


class Candidate(NamedTuple):
    """A passage that may answer: how often each term of the question stands in its text, and which its fields have.

    Passages that follow one another on a page have numbers that do. `is_lead` tells that its page begins with it;
    `section` is the same for all under one heading.
    """

    id: int
    page: int
    length: int
    text: Mapping[str, int]
    fields: Mapping[str, frozenset[str]]
    links: int = 0
    is_history: bool = False
    is_lead: bool = False
    section: str = ""


@dataclass(frozen=True, slots=True)
class Statistics:
    """What is known of all passages of a manual: how many, their average length in terms, how many have a term."""

    passages: int
    average: float
    having: Mapping[str, int]


class Ranked(NamedTuple):
    """A passage, its score, and that of its page."""

    id: int
    page: int
    score: float
    standing: float = 0.0


Scored: TypeAlias = dict[int, tuple[int, float]]
"""By the id of a passage how many are beside it, which only become more, and its score."""

_UNKNOWN = (-1, 0.0)


def rank(
    terms: Sequence[Term],
    candidates: Sequence[Candidate],
    known: Statistics,
    *,
    exact: Sequence[ExactName] = (),
    leads: bool = True,
    scored: Scored | None = None,
) -> list[Ranked]:
    """Return passages by falling score; equal ones in the order of their ids.

    Args:
        terms: of the question.
        candidates: passages that may answer it.
        known: of the manual.
        exact: names that are asked for: what defines them is first.
        leads: whether what a page begins with gains; not where the pages were chosen by who asks.
        scored: what was found of passages before, for a question that is ranked again with more of them.
    """
    at = {one.id: one for one in candidates}.get
    asked = {
        term.text: (term.group, term.weight * rarity(known, term.text) ** _DAMPED * (K1 + 1), term.is_synonym)
        for term in terms
    }
    before: Scored = {} if scored is None else scored
    heads: dict[int, dict[str, float]] = {}
    own: dict[int, float] = {}
    standing: dict[int, float] = {}
    for one in candidates:
        id_, page = one.id, one.page
        beside = [other for other in (at(id_ - 1), at(id_ + 1)) if other is not None and other.page == page]
        known_of, score = before.get(id_, _UNKNOWN)
        if known_of != len(beside):
            score = _score(one, beside, asked, known.average, heads)
            before[id_] = len(beside), score
        own[id_] = score
        if score >= standing.get(page, 0.0):
            standing[page] = score
    best = max(own.values(), default=0.0)
    pages = {one.id: one.page for one in candidates}
    scores = {id_: score and score + PAGE_SHARE * standing[pages[id_]] for id_, score in own.items()}
    for one in _leads(candidates) if leads else ():
        scores[one.id] += LEAD_SHARE * standing[one.page]
    for first, most in _section_heads(candidates, own):
        scores[first] += SECTION_SHARE * most
    standing = _standing(candidates, scores)
    names = _names(exact, candidates)
    gains: dict[int, float] = {}
    for one in candidates if names else ():
        if defined := len(names & one.fields["names"]):
            gain = DEFINES * best * defined / len(names)
            scores[one.id] += gain
            gains[one.page] = max(gain, gains.get(one.page, 0.0))
    standing |= {page: standing[page] + PAGE_BEST * gain for page, gain in gains.items()}
    order = sorted([(-score, id_) for id_, score in scores.items()])
    return [Ranked(id_, page := pages[id_], scores[id_], standing[page]) for _, id_ in order]


def _standing(candidates: Sequence[Candidate], scores: Mapping[int, float]) -> dict[int, float]:
    """Return what the best passages of each page have together, but for those that no word of the question stands in.

    A page that says a thing once says it by the way.
    """
    of_page: dict[int, list[float]] = {}
    by_the_way: dict[int, float] = {}
    for one in candidates:
        if one.text:
            of_page.setdefault(one.page, []).append(scores[one.id])
        else:
            by_the_way.setdefault(one.page, scores[one.id])
    found = {page: sum(sorted(some, reverse=True)[:PAGE_BEST]) for page, some in of_page.items()}
    return by_the_way | found


def _names(exact: Sequence[ExactName], candidates: Sequence[Candidate]) -> frozenset[str]:
    """Return what stands for each name among those that passages define, as near to what is asked as there is any."""
    there = frozenset[str]().union(*(one.fields["names"] for one in candidates)) if exact else frozenset[str]()
    exact = [one for one in exact if not one.is_joined or f"{TITLED}{one.term}" in there]
    forms = ((*(f"{mark}{one.term}" for mark in (TITLED, COMMAND, AS_ASKED, DEFINED)), one.term) for one in exact)
    return frozenset(next((form for form in some if form in there), some[-1]) for some in forms)


def _score(
    one: Candidate,
    beside: Sequence[Candidate],
    asked: Mapping[str, tuple[int, float, bool]],
    average: float,
    heads: dict[int, dict[str, float]],
) -> float:
    length = (one.length + BESIDE * sum([other.length for other in beside])) / (1 + BESIDE * len(beside))
    norm = 1 - B + B * length / average
    counts = _over(one, heads, asked).copy()
    counted = counts.get
    for term, count in one.text.items():
        counts[term] = counted(term, 0.0) + count / norm
    share = BESIDE / norm
    for other in beside:
        for term, count in other.text.items():
            counts[term] = counted(term, 0.0) + share * count
    said: dict[int, float] = {}
    meant: dict[int, float] = {}
    for text, count in counts.items():
        group, weight, is_synonym = asked[text]
        gain = weight * count / (count + K1)
        if not is_synonym:
            said[group] = said[group] + gain if group in said else gain
        elif group not in meant or gain > meant[group]:
            meant[group] = gain
    for group, gain in meant.items():
        if gain > said.get(group, 0.0):
            said[group] = gain
    score = sum(said.values())
    if one.links >= LINK_LIST:
        score *= DEMOTED
    return score * HISTORY if one.is_history else score


def _over(one: Candidate, heads: dict[int, dict[str, float]], asked: Container[str]) -> dict[str, float]:
    """Return what the terms asked count that stand over a passage; the passages of a section have the same fields."""
    found = heads.get(id(one.fields))
    if found is None:
        found = heads[id(one.fields)] = {}
        for field, worth in WEIGHTS.items():
            for term in one.fields[field]:
                if term in asked:
                    found[term] = found.get(term, 0.0) + worth
    return found


def _leads(candidates: Sequence[Candidate]) -> Iterable[Candidate]:
    return (one for one in candidates if one.is_lead and one.links < LINK_LIST)


def _section_heads(candidates: Sequence[Candidate], own: Mapping[int, float]) -> list[tuple[int, float]]:
    """Return the first passage found of each section, with the best score there, unless it is a list of links."""
    heads: dict[tuple[int, str], tuple[Candidate, float]] = {}
    for one in candidates:
        key, score = (one.page, one.section), own[one.id]
        first, most = heads.get(key, (one, score))
        heads[key] = one if one.id < first.id else first, max(score, most)
    return [(first.id, most) for first, most in heads.values() if first.links < LINK_LIST]


def rarity(known: Statistics, term: str) -> float:
    """Return how much a term tells: the fewer passages have it, the more."""
    having = known.having.get(term, 0)
    return math.log(1 + (known.passages - having + 0.5) / (having + 0.5))
