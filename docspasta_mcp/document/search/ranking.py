"""Rank passages for a question: BM25F (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009).

A passage has five fields: its text, the names that it defines, the headings over it, its page's title and the words
of its URL. What a field says counts by its weight; a term's count saturates over all fields together. Passages of a
page that is about the question as a whole come before those of one that only touches on it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

K1 = 1.0  # how soon a term's count saturates
B = 0.55  # how far a long passage's counts are taken down
WEIGHTS = {"names": 3.0, "headings": 1.6, "title": 1.2, "url": 0.6}  # of one occurrence; the text has 1
DEFINES = 1.5  # a passage that defines an identifier of the question, in shares of the best score
COVERS = 0.5  # what a passage keeps that has hardly any of the words
PAGE_SHARE = 0.35  # how much of a page's standing its passages get
BESIDE_SHARE = 0.15  # of what the passages before and after it score
LINK_LIST = 60  # per cent of links from which a passage only leads elsewhere
DEMOTED = 0.5  # what such a passage keeps
HISTORY = 0.6  # what a passage of a page of news keeps: it tells of a change, not of how things are


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a question. `group` numbers the word it belongs to, whose best term alone counts as covered."""

    text: str
    group: int
    weight: float = 1.0
    is_name: bool = False
    is_synonym: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that may answer: how often each term of the question stands in its text and in its other fields."""

    id: int
    page: int
    length: int
    text: Mapping[str, int]
    fields: Mapping[str, frozenset[str]]
    links: int = 0
    is_history: bool = False
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Statistics:
    """What is known of all passages of a manual: how many, their average length in terms, how many have a term."""

    passages: int
    average: float
    having: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage and its score."""

    id: int
    page: int
    score: float


def rank(terms: Sequence[Term], candidates: Sequence[Candidate], known: Statistics) -> list[Ranked]:
    """Return passages by falling score; equal ones in the order of their ids."""
    weights = {term.text: term.weight * rarity(known, term.text) for term in terms}
    groups: dict[int, float] = {}
    for term in terms:
        if not term.is_synonym:
            groups[term.group] = max(groups.get(term.group, 0.0), weights[term.text])
    whole = sum(groups.values()) or 1.0
    scores = {one.id: _score(one, terms, weights, whole, known) for one in candidates}
    best = max(scores.values(), default=0.0)
    names = {term.text for term in terms if term.is_name}
    for one in candidates:
        if names & one.fields["names"]:
            scores[one.id] += DEFINES * best * len(names & one.fields["names"]) / len(names)
    pages: dict[int, list[float]] = {}
    for one in candidates:
        pages.setdefault(one.page, []).append(scores[one.id])
    standing = {page: _standing(found) for page, found in pages.items()}
    beside = _beside(candidates, scores)
    ranked = [
        Ranked(one.id, one.page, scores[one.id] + PAGE_SHARE * standing[one.page] + BESIDE_SHARE * beside[one.id])
        for one in candidates
    ]
    return sorted(ranked, key=lambda one: (-one.score, one.id))


def _score(
    one: Candidate, terms: Sequence[Term], weights: Mapping[str, float], whole: float, known: Statistics
) -> float:
    norm = K1 * (1 - B + B * one.length / known.average)
    said: dict[int, float] = {}
    meant: dict[int, float] = {}
    covered: dict[int, float] = {}
    for term in terms:
        count = float(one.text.get(term.text, 0))
        for field, weight in WEIGHTS.items():
            if term.text in one.fields[field]:
                count += weight
        if not count:
            continue
        weight = weights[term.text]
        gain = weight * count * (K1 + 1) / (count + norm)
        if term.is_synonym:
            meant[term.group] = max(meant.get(term.group, 0.0), gain)
        else:
            said[term.group] = said.get(term.group, 0.0) + gain
        covered[term.group] = max(covered.get(term.group, 0.0), weight)
    score = sum(max(said.get(group, 0.0), meant.get(group, 0.0)) for group in covered)
    score *= COVERS + (1 - COVERS) * sum(covered.values()) / whole
    if one.links >= LINK_LIST:
        score *= DEMOTED
    return score * HISTORY if one.is_history else score


def _beside(candidates: Sequence[Candidate], scores: Mapping[int, float]) -> dict[int, float]:
    """Return what the passages just before and after each one score: what they say, it goes on with."""
    starts = {(one.page, one.start): scores[one.id] for one in candidates}
    ends = {(one.page, one.end): scores[one.id] for one in candidates}
    return {one.id: starts.get((one.page, one.end), 0.0) + ends.get((one.page, one.start), 0.0) for one in candidates}


def _standing(scores: Sequence[float]) -> float:
    """Return how much a page is about the question: its best passages, each further one counting half."""
    return sum(score / 2**place for place, score in enumerate(sorted(scores, reverse=True)[:4])) / 2


def rarity(known: Statistics, term: str) -> float:
    """Return how much a term tells: the fewer passages have it, the more."""
    having = known.having.get(term, 0)
    return math.log(1 + (known.passages - having + 0.5) / (having + 0.5))
