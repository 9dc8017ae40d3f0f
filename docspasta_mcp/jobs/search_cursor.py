"""Where the answer to a question goes on: a place among the ranked passages, and those before it that did not fit.

A cursor is of one question about certain jobs: for another it would leave out the best passages without a word.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence

_MAX_SKIPPED = 6
_CURSOR = re.compile(rf"([0-9a-f]{{6}})-q([0-9]{{1,6}})((?:\.[0-9]{{1,6}}){{0,{_MAX_SKIPPED}}})")


def question_id(query: str, jobs: Iterable[str]) -> str:
    """Return what stands for a question about jobs, given by their ids, in its cursors; blanks do not matter."""
    same = " ".join(query.split())
    return hashlib.sha256("\n".join((same, *sorted(jobs))).encode("utf-8", "replace")).hexdigest()[:6]


def cursor_of(question: str, place: int, skipped: Sequence[int]) -> str:
    """Return the cursor that leads to a place among the passages, and to those before it that were left out."""
    return f"{question}-q{place}" + "".join(f".{one}" for one in skipped[:_MAX_SKIPPED])


def parsed(cursor: str) -> tuple[str, int, tuple[int, ...]] | None:
    """Return the question that a cursor is of, its place and what was left out before it; None if it is none."""
    match = _CURSOR.fullmatch(cursor.strip())
    if match is None:
        return None
    place = int(match[2])
    skipped = tuple(int(one) for one in match[3].split(".") if one)
    return match[1], place, tuple(one for one in skipped if one < place)
