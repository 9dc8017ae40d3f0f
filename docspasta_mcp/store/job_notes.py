"""A job's notes as its row has them: what discovery decided, and beside it what its end had to say.

The end's notes are kept apart, as a list in the list, because a job whose failed pages are tried again ends again, and
its new end speaks for itself.
"""

import json
from collections.abc import Iterable


def notes_of(stored: str) -> tuple[str, ...]:
    """Return all notes, discovery's first."""
    notes: list[str] = []
    for one in json.loads(stored):
        notes += [one] if isinstance(one, str) else one
    return tuple(notes)


def with_end(stored: str, notes: Iterable[str]) -> str:
    """Return what is stored with the notes of an end instead of those of an earlier end."""
    begun = [one for one in json.loads(stored) if isinstance(one, str)]
    return json.dumps([*begun, [note for note in notes if note not in begun]], ensure_ascii=False)
