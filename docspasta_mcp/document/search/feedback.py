"""Rank passages again by the words that the best of them have in common (pseudo-relevance feedback).

What answers a question is often said in other words than the question's: those that stand in several of the best
passages and in few of the others. They count less than the question's own, so that they order what comes after
the best passages more than these themselves.
"""

import math
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from itertools import chain

from docspasta_mcp.document.search.known_texts import Numbers
from docspasta_mcp.document.search.ranking import Ranked

BEST = 10  # passages that words are taken from
TERMS = 10  # that tell most
WORTH = 0.5  # what all of them are worth, in shares of the best score
_OFTEN = 3  # more of one term in a passage tell nothing new
_SEVERAL = 2  # passages that must have a term: one has words that are its own
_SHORT = 0.4  # of a passage's length that counts as the average: what is short has few of them


def by_common_terms(ranked: Sequence[Ranked], terms: Mapping[int, Numbers], asked: Container[int]) -> list[Ranked]:
    """Return passages by falling score, those whose terms are known with what the common ones add.

    Args:
        ranked: passages by falling score.
        terms: of those that have been read, in order.
        asked: terms that the question has itself.
    """
    known = [one for one in ranked if one.id in terms]
    if len(known) <= BEST:
        return list(ranked)
    weights = _common([terms[one.id] for one in known], asked)
    average = sum(len(terms[one.id]) for one in known) / len(known) or 1.0
    best = ranked[0].score
    found = [
        Ranked(one.id, one.page, one.score + WORTH * best * _gain(terms[one.id], weights, average), one.standing)
        if one.id in terms
        else one
        for one in ranked
    ]
    return sorted(found, key=lambda one: (-one.score, one.id))


def _common(texts: Sequence[Numbers], asked: Container[int]) -> dict[int, float]:
    """Return the terms that the first texts have in common and others have not, with their shares of 1."""
    counted = [Counter(text) for text in texts[:BEST]]
    having = Counter(chain.from_iterable(counted))
    chosen = [term for term, count in having.items() if count >= _SEVERAL and term not in asked]
    wanted = frozenset(chosen)
    having.update(chain.from_iterable(map(wanted.intersection, texts[BEST:])))
    often = dict.fromkeys(chosen, 0)
    for counts in counted:
        for term in wanted.intersection(counts):
            often[term] += min(counts[term], _OFTEN)
    whole = len(texts)
    worth = {term: often[term] * math.log(1 + (whole - having[term] + 0.5) / (having[term] + 0.5)) for term in chosen}
    best = sorted(worth.items(), key=lambda one: -one[1])[:TERMS]
    total = math.fsum(value for _, value in best) or 1.0
    return {term: value / total for term, value in best}


def _gain(text: Numbers, weights: Mapping[int, float], average: float) -> float:
    norm = _SHORT + (1 - _SHORT) * len(text) / average
    counts = Counter(filter(weights.__contains__, text))
    return math.fsum(weights[term] * count / (count + norm) for term, count in counts.items())
