"""Links and navigations name pages by number; those that wait for room have none yet, and go by a mark of their URL.

A mark is `~` with the beginning of the URL's hash. It is read as the page's number when the job ends, if the page came
to be one; else the link leads out of the document, as others do.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

_NEXT = ">"  # before the mark of the page that a page calls its next one


def mark_of(digest: str) -> str:
    """Return the mark of the page that a hash stands for."""
    return f"~{digest[:12]}"


def links_text(links: Iterable[int | str], following: int | str | None) -> str:
    """Return links as they are stored; a next page without a number is one of them."""
    named = list(map(str, links))
    return ",".join([*named, f"{_NEXT}{following}"] if isinstance(following, str) else named)


def read_links(text: str, following: int | None, marks: Mapping[str, int]) -> tuple[list[int], int | None]:
    """Return the numbers of the pages that a page leads to, and of its next one.

    Args:
        text: what `links_text` made.
        following: the next page, where it had a number.
        marks: the number of each page by its mark.
    """
    if "~" not in text:
        return [int(link) for link in text.split(",")] if text else [], following
    found: dict[int, None] = {}
    for link in text.split(","):
        if link.startswith(_NEXT):
            following = marks.get(link.removeprefix(_NEXT))
        elif number := marks.get(link, 0) if link.startswith("~") else int(link):
            found[number] = None
    return list(found), following


def read_navigations(shown: Iterable[tuple[int, str]], marks: Mapping[str, int]) -> list[tuple[int, str]]:
    """Return navigations with numbers for marks, each with how many pages show it; equal ones are one."""
    counts: Counter[str] = Counter()
    for count, lines in shown:
        counts[_numbered(lines, marks) if '"~' in lines else lines] += count
    return [(count, lines) for lines, count in counts.items()]


def _numbered(lines: str, marks: Mapping[str, int]) -> str:
    read: list[list[Any]] = json.loads(lines)
    numbered = [[level, marks.get(page, 0) if isinstance(page, str) else page, title] for level, page, title in read]
    return json.dumps([line for line in numbered if line[1] or line[2]], ensure_ascii=False, separators=(",", ":"))
