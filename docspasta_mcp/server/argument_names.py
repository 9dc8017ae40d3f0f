"""Names of arguments that a caller got wrong: which one was probably meant."""

import difflib
import re
from collections.abc import Iterable

_LIKE = {
    word: name
    for name, words in {
        "query": "q question search searchquery text",
        "job_id": "id job jobs crawlid",
        "docs": "doc manual manuals library libraries jobids",
        "max_tokens": "limit tokens maxlength",
        "max_pages": "pagelimit",
        "max_depth": "depth",
        "wait_seconds": "wait timeout",
        "pages": "page",
        "page": "pages",
        "url": "seed uri link site",
        "force_refresh": "force refresh",
        "cursor": "nextcursor",
        "format": "output",
        "at": "heading",
        "since": "hash",
    }.items()
    for word in words.split()
}


def letters(name: str) -> str:
    """Return a name's letters and digits in small letters, as `max_pages`, `maxPages` and `max-pages` share them."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def unknown_name(whose: str, kind: str, name: str, known: Iterable[str]) -> str:
    """Return the sentence about a name that does not exist, as in "search has no parameter 'q'; did you mean query?".

    Args:
        whose: what was called.
        kind: what the name is of, `argument` or `parameter`.
        name: as it was given.
        known: those that exist, in the order in which to list them.
    """
    by_letters = {letters(one): one for one in known}
    close = difflib.get_close_matches(letters(name), by_letters, n=1, cutoff=0.7)
    meant = by_letters[close[0]] if close else _LIKE.get(letters(name), "")
    hint = f"did you mean {meant}? It" if meant in by_letters.values() else "it"
    return f"{whose} has no {kind} {name!r:.50}; {hint} takes {', '.join(by_letters.values()) or 'none'}."
