"""Rank the best passages again by where the words of a question stand in their text.

A passage that says them in one breath tells of what is asked; one that has each somewhere may tell of anything. Only
its text shows that, so that the first ranking, which knows counts alone, chooses the passages whose text is read. What
a page begins with was ranked first for its page's sake; here it gives way a little to what answers.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import compress, pairwise

from docspasta_mcp.document.search.feedback import by_common_terms
from docspasta_mcp.document.search.known_texts import KnownTexts, Numbers
from docspasta_mcp.document.search.question import Question, in_full
from docspasta_mcp.document.search.ranking import Ranked, Statistics, rarity
from docspasta_mcp.document.search.signs import is_sign
from docspasta_mcp.document.search.words import Analyser

WINDOW = 30  # terms that are one breath: a sentence or two
CLOSE = 0.5  # what all words within a window are worth, in shares of the best score
PAIRS = 0.3  # what all pairs of words are worth that follow one another as in the question
MEANT = 0.1  # what a word of like meaning for each word of the question is worth
LEAD = 0.2  # what the passage loses that its page begins with
LATE = 0.1  # and one far down its page: what is usual is said before what is rare
HEADED = 0.3  # what a heading is worth that stands in the question word for word
HEADING_WORDS = 3  # that it must have; two of a question often are a heading by chance
PAGE_BEST = 5  # passages that tell how high their page stands, unless names alone are asked for
_MAX_HEADINGS = 8_000
_FAR = 40  # passages down a page, from which all are far
_LIKE = 0.5  # of a word of like meaning within a window
_APART = 3  # terms from a word to the next of its pair


_known = KnownTexts()


@dataclass(frozen=True, slots=True)
class Read:
    """The text of a passage, which of its page's passages it is, and the heading that it stands under."""

    text: str
    place: int
    heading: str = ""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question's groups of terms: what each weighs, and which group a term is of, and if by its meaning alone.

    `phrase` is the whole question, words that are in every text among them.
    """

    weights: Mapping[int, float]
    groups: Mapping[str, tuple[int, bool]]
    phrase: str


def by_closeness(
    ranked: Sequence[Ranked], read: Mapping[int, Read], question: Question, known: Statistics, analyser: Analyser
) -> list[Ranked]:
    """Return passages by falling score, those that have been read with what their text adds.

    Pages stand as high as their best passages do then, but for a question of names alone: what defines them is first.
    """
    asked = _asked(question, known)
    best = max((one.score for one in ranked), default=0.0)
    terms, numbers = _known.read({id_: one.text for id_, one in read.items()}, asked.groups, analyser)
    groups = {numbers[term]: group for term, group in asked.groups.items()}
    gains = {id_: _gain(one, terms[id_], groups, asked, analyser) for id_, one in read.items()}
    found = [
        Ranked(one.id, one.page, one.score + best * gains[one.id], one.standing) if one.id in read else one
        for one in ranked
    ]
    found.sort(key=lambda one: (-one.score, one.id))
    return found if question.is_lookup else by_common_terms(_restood(found), terms, groups)


def _restood(ranked: Sequence[Ranked]) -> list[Ranked]:
    """Return the same passages, each with what the best of its page have together."""
    of_page: dict[int, list[float]] = {}
    for one in ranked:
        of_page.setdefault(one.page, []).append(one.score)
    standing = {page: math.fsum(scores[:PAGE_BEST]) for page, scores in of_page.items()}
    return [Ranked(one.id, one.page, one.score, standing[one.page]) for one in ranked]


def _asked(question: Question, known: Statistics) -> _Asked:
    weights: dict[int, float] = {}
    joined = {one.term for one in question.exact if one.is_joined}
    for term in question.own:
        if is_sign(question.words[term.group]) or term.text in joined:  # no term of a text, or of few
            continue
        weights[term.group] = max(weights.get(term.group, 0.0), term.weight * rarity(known, term.text))
    whole = math.fsum(weights.values()) or 1.0
    groups = {term.text: (term.group, term.is_synonym) for term in question.terms if term.group in weights}
    return _Asked({group: weight / whole for group, weight in weights.items()}, groups, _spaced(question.phrase))


@lru_cache(maxsize=_MAX_HEADINGS)
def _heading(analyser: Analyser, text: str) -> str:
    """Return a heading as it would stand in a phrase; empty if it is too short to be told from chance."""
    terms = analyser.terms(in_full(text))
    return _spaced(terms) if len(terms) >= HEADING_WORDS else ""


def _spaced(terms: Sequence[str]) -> str:
    return f" {' '.join(terms)} "


def _gain(
    one: Read, terms: Numbers, groups: Mapping[int, tuple[int, bool]], asked: _Asked, analyser: Analyser
) -> float:
    places = compress(range(len(terms)), map(groups.__contains__, terms))  # most terms are none of the question's
    found = [(place, *groups[terms[place]]) for place in places]
    gain = -LEAD if not one.place else -LATE * min(one.place, _FAR) / _FAR
    likes = {terms[place] for place, _, is_like in found if is_like}
    if (heading := _heading(analyser, one.heading)) and heading in asked.phrase:
        gain += HEADED
    gain += MEANT * len(likes) / len(asked.weights) if asked.weights else 0.0
    return gain + CLOSE * _window(found, asked) + PAIRS * _pairs(found, asked)


def _window(found: Sequence[tuple[int, int, bool]], asked: _Asked) -> float:
    """Return how much of a question stands within one window, at best."""
    weights = asked.weights
    said, meant = dict.fromkeys(weights, 0), dict.fromkeys(weights, 0)
    best = has = 0.0
    first = 0
    for place, group, is_like in found:
        while place - found[first][0] > WINDOW:
            _, gone, was_like = found[first]
            has -= _worth(said, meant, gone) * weights[gone]
            (meant if was_like else said)[gone] -= 1
            has += _worth(said, meant, gone) * weights[gone]
            first += 1
        counted = meant if is_like else said
        if not counted[group]:
            has -= _worth(said, meant, group) * weights[group]
            counted[group] = 1
            has += _worth(said, meant, group) * weights[group]
            best = max(best, has)
        else:
            counted[group] += 1
    return best


def _worth(said: Mapping[int, int], meant: Mapping[int, int], group: int) -> float:
    return 1.0 if said[group] else _LIKE if meant[group] else 0.0


def _pairs(found: Sequence[tuple[int, int, bool]], asked: _Asked) -> float:
    """Return what the pairs of words weigh that stand beside one another in the question and in a text."""
    own = [(place, group) for place, group, is_like in found if not is_like]
    pairs = {
        min(group, other)
        for (place, group), (following, other) in pairwise(own)
        if abs(group - other) == 1 and following - place <= _APART
    }
    weights = asked.weights
    return sum(min(weights[group], weights[group + 1]) for group in pairs)
