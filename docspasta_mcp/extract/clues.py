"""What a page's source says before it is parsed: its generators, and which rules cannot find anything on it.

A search of the source takes a few µs, a walk over the tree ten times as many; most rules find nothing on most pages.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from docspasta_mcp.extract.generators import Profile, recognise
from docspasta_mcp.extract.normalise.math import has_math

_CUSTOM = re.compile(rb"<[a-z][^\s<>/-]*-")
_MARKS = {  # what is never written without these words, in lower case
    "boxes": ("checkbox", "radio", "data-checked", "data-task"),
    "controls": ("<button", "aria-expanded", "collapse"),
    "fallbacks": ("<noscript",),
    "passwords": ("password",),
    "radios": ("radio", "checkbox"),
    "readonly": ("readonly",),
    "shadows": ("shadowroot",),
    "styles": ("<style", "color:", "background:"),
    "specifications": (
        "swagger", "redoc", "scalar", "rapi", "elements-api", "api-reference", "openapi", "spec-url", "specurl",
        "apidescriptionurl", "data-url", "document-url", "data-configuration",
    ),
    "styled lines": ("white-space",),
    "styled tables": ("display",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Clues:
    """What the source of a page says.

    `profiles` are those of the generators that it names; `may_hold` names what it may hold; only what is missing there
    is certain.
    """

    profiles: Sequence[Profile]
    is_mathematical: bool
    may_hold: frozenset[str]


def clues_of(text: str) -> Clues:
    """Return what a page's source says."""
    lower = text.encode().lower()
    held = {name for name, marks in _MARKS.items() if any(mark.encode() in lower for mark in marks)}
    if _CUSTOM.search(lower):
        held.add("custom elements")
    return Clues(recognise(text), has_math(text), frozenset(held))
