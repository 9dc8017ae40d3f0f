"""Say which words of a question a document does not have, and which of its words look like them."""

import difflib
from collections.abc import Mapping, Sequence

from docspasta_mcp.document.search.question import Question
from docspasta_mcp.document.search.signs import is_sign
from docspasta_mcp.document.search.words import analyser
from docspasta_mcp.jobs.selection import Selection
from docspasta_mcp.model.job import Job
from docspasta_mcp.store import Store
from docspasta_mcp.store.search_reader import SearchExtent, Wanted
from docspasta_mcp.wording import words

_TOLD = 3  # missing words that are named where others are found
_LOOKED_UP = 2  # of them for which words that look like them are looked for


def missing_words(question: Question, having: Mapping[str, int]) -> list[tuple[str, str]]:
    """Return the words of a question that no passage has, each with its stem.

    A word of like meaning does not stand in for one, nor do the parts of an identifier. Signs are not told: code may
    have one that no passage speaks of.
    """
    there = {term.group for term in question.own if term.weight == 1.0 and having.get(term.text)}
    stems = {term.group: term.text for term in reversed(question.own) if term.weight == 1.0}  # arguments have less
    return [
        (word, stems[group])
        for group, word in enumerate(question.words)
        if group not in there and group in stems and not is_sign(word)
    ]


async def missing(store: Store, job: Job, question: Question, languages: Sequence[str], extent: SearchExtent) -> str:
    """Return a paragraph that names the first words that a document does not have; empty if it has all."""
    having = await store.search.counts(extent, (term.text for term in question.own))
    near: dict[str, list[str]] = {}
    for word, stem in missing_words(question, having)[:_LOOKED_UP]:
        near[word] = await alike(store, job, extent, word, stem, languages)
    return told(question, having, near)


def told(question: Question, having: Mapping[str, int], near: Mapping[str, Sequence[str]] | None = None) -> str:
    """Return a paragraph that names the first words that no passage has, with words that look like them."""
    named = [
        f"{word!r:.60}" + (f" (but {', '.join(like)})" if (like := (near or {}).get(word)) else "")
        for word, _ in missing_words(question, having)[:_TOLD]
    ]
    return f"No passage has {', '.join(named)}.\n\n" if named else ""


async def nothing(
    store: Store,
    job: Job,
    question: Question,
    languages: Sequence[str],
    extent: SearchExtent | None,
    selection: Selection | None,
) -> str:
    """Say which words are nowhere, and which are that look like them."""
    if extent is None or selection is not None:
        where = "These pages" if selection else "This document"
        return f"{where} have no passage with any of these words. Try others, or {words().see_map}."
    lines = [none_of(question, "No passage")]
    for group, word in enumerate(question.words):
        stem = next((term.text for term in question.terms if term.group == group), "")  # none if it was said before
        near = await alike(store, job, extent, word, stem, languages)
        if near:
            lines.append(f"Words like {word!r} that it has: {', '.join(near)}.")
    lines.append(f"Try other words, or {words().see_map}.")
    return "\n".join(lines)


def none_of(question: Question, where: str) -> str:
    """Say that nothing has any word of a question; `where` is a passage, of which manuals."""
    has = "speaks of" if all(map(is_sign, question.words)) else "has any of these words:"
    return f"{where} {has} {', '.join(dict.fromkeys(question.words))}."


async def alike(
    store: Store, job: Job, extent: SearchExtent, word: str, stem: str, languages: Sequence[str]
) -> list[str]:
    """Return words of a document that look like one that it has not."""
    if not stem or is_sign(word):
        return []
    begin = stem[: 2 if len(stem) > 3 else 1]
    near = difflib.get_close_matches(stem, await store.search.beginning(extent, begin), n=8, cutoff=0.7)
    having = await store.search.counts(extent, near)
    found: dict[str, None] = {}
    for term in [term for term in near if having[term]][:3]:
        found[await _spelled(store, job, extent, term, languages) or term] = None
    return [one for one in found if one.lower() != word.lower()]


async def _spelled(store: Store, job: Job, extent: SearchExtent, term: str, languages: Sequence[str]) -> str:
    """Return a term as a page of the document spells it."""
    found = await store.search.find(job, extent, [Wanted((term,), 1.0)], limit=1)
    if not found:
        return ""
    pages = await store.documents.document(job, first=found[0].number, limit=1)
    text = pages[0].markdown[found[0].start : found[0].end] if pages else ""
    for language in languages:
        for token, terms in analyser(language).words(text):
            if term in terms[:1]:
                return token.lstrip("-")
    return ""
