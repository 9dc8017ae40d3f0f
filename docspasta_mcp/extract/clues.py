"""What a page's source says before it is parsed: its generators, and which rules cannot find anything on it.

A search of the source takes a few µs, a walk over the tree ten times as many; most rules find nothing on most pages.
All that is looked for is looked for at once: one after another, the words of all generators took a tenth of a page's
time.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from ahocorasick_rs import BytesAhoCorasick, Implementation
from lxml import etree
from lxml.html import HtmlElement

from docspasta_mcp.extract.generators import PROFILES, Profile
from docspasta_mcp.extract.normalise.math import MATH_MARKS
from docspasta_mcp.extract.selectors import RARE

_TAGS = frozenset(("input", "button"))
_SMALL = "translate(., 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')"
_HIDES = " or ".join(f"contains({_SMALL}, '{word}')" for word in ("display", "height", "visibility", "opacity"))


def _path_of(name: str) -> str:
    """Return the XPath of elements called so, or with an attribute called so."""
    if name in _TAGS:
        return f"descendant-or-self::{name}"
    return f"descendant-or-self::*/@style[{_HIDES}]" if name == "style of hiding" else f"descendant-or-self::*/@{name}"


_CUSTOM = re.compile(rb"<[a-z][^\s<>/-]*-")
_MARKS = {  # what is never written without these words, in lower case
    "boxes": ("checkbox", "radio", "data-checked", "data-task", "data-inline-task"),
    "controls": ("<button", "aria-expanded", "collapse"),
    "counted steps": (">1<", ">1.<", ">1)<", ">01<", "\n1\n", " 1\n", "> 1 <"),
    "fallbacks": ("<noscript",),
    "folded twins": ("collapsed",),
    "hidden panels": ("hidden", "display", "height"),
    "madcap": ("madcap", "mctoggler", "mcexpanding"),
    "named headings": ('"heading', "'heading", "=heading", "= heading"),
    "paragraphs by attribute": ("data-as",),
    "passwords": ("password",),
    "protected addresses": ("cfemail", "email-protection"),
    "radios": ("radio", "checkbox"),
    "readonly": ("readonly",),
    "parts for the eye": ("aria-hidden",),
    "shadows": ("shadowroot",),
    "shifted text": ("vertical-align",),
    "styles": (  # however the colour of a text is spelled
        "<style", "color", "background", "popover", "&#", "\\", "opacity", "filter", "var(", "data:text/css",
    ),
    "specifications": (
        "swagger", "redoc", "scalar", "rapi", "elements-api", "api-reference", "openapi", "spec-url", "specurl",
        "apidescriptionurl", "data-url=", "data-url =", "document-url", "data-configuration", "asyncapi",
    ),
    "styled lines": ("white-space",),
    "typed text": ("mono", "courier", "consolas", "menlo"),
    "styled tables": ("display",),
}  # fmt: skip
_RARE = {
    "[hidden]": "hidden",
    "[itemprop=articleBody]": "articlebody",
    "[data-footnote-ref]": "data-footnote-ref",
    "sup": "<sup",
}
_NEEDED = {  # tags and attributes of which one is on whatever element a clue is about
    "boxes": {"input", "role", "data-checked", "data-task", "data-inline-task-id"},
    "controls": {"button", "aria-expanded", "data-toggle", "data-bs-toggle"},
    "hidden panels": {"hidden", "style of hiding", "class of hiding"},
    "radios": {"input"},
    "readonly": {"input"},
    "shifted text": {"style"},
    "typed text": {"style"},
    "styled lines": {"style"},
    "styled tables": {"hidden", "style"},
}
_IS_HELD = {
    name: etree.XPath(f"boolean({_path_of(name)})")
    for name in frozenset[str]().union(*_NEEDED.values()) - {"class of hiding"}
}
_IN_LOWER = {mark.encode() for mark in chain(*RARE.values(), *_MARKS.values())}
_AS_WRITTEN = {mark.encode() for profile in PROFILES for mark in profile.marks} | {mark.encode() for mark in MATH_MARKS}
_SPELT = {mark.lower(): [one for one in _AS_WRITTEN if one.lower() == mark.lower()] for mark in _AS_WRITTEN}
_HELD = {name: frozenset(mark.encode() for mark in marks) for name, marks in _MARKS.items()}
_NAMED = [(profile, frozenset(mark.encode() for mark in profile.marks)) for profile in PROFILES]
_MATHEMATICAL = frozenset(mark.encode() for mark in MATH_MARKS)
_RARE_MARKS = {part: frozenset(mark.encode() for mark in marks) for part, marks in RARE.items()}
_SOUGHT = tuple(sorted(_IN_LOWER | _SPELT.keys()))
_SEARCH = BytesAhoCorasick(_SOUGHT, implementation=Implementation.DFA)


@dataclass(frozen=True, slots=True)
class Clues:
    """What the source of a page says.

    `profiles` are those of the generators that it names; `may_hold` names what it may hold, `rare` those of `RARE`
    that it may; only what is missing there is certain.
    """

    profiles: Sequence[Profile]
    is_mathematical: bool
    may_hold: frozenset[str]
    rare: frozenset[str]


def held_in(root: HtmlElement, may_hold: frozenset[str], names: frozenset[str]) -> frozenset[str]:
    """Return what of `may_hold` a part of the page may hold: much of it is often around the text alone.

    Args:
        root: the part.
        may_hold: what the whole page may hold.
        names: class names that occur in it.
    """
    if _NEEDED.keys().isdisjoint(may_hold):
        return may_hold
    said = "\n".join(names - RARE.keys())
    held = {"class of hiding": "hidden" in said or "d-none" in said}

    def holds(name: str) -> bool:
        if name not in held:
            held[name] = bool(_IS_HELD[name](root))
        return held[name]

    return frozenset(clue for clue in may_hold if clue not in _NEEDED or any(map(holds, _NEEDED[clue])))


def clues_of(source: bytes) -> Clues:
    """Return what a page's source, in UTF-8, says."""
    lower = source.lower()
    found = {_SOUGHT[number] for number, _, _ in _SEARCH.find_matches_as_indexes(lower, overlapping=True)}
    written = {mark for lowered in found & _SPELT.keys() for mark in _SPELT[lowered] if mark in source}
    held = {name for name, marks in _HELD.items() if not marks.isdisjoint(found)}
    if _CUSTOM.search(lower):
        held.add("custom elements")
    profiles = tuple(profile for profile, marks in _NAMED if not marks.isdisjoint(written))
    rare = frozenset(part for part, marks in _RARE_MARKS.items() if not marks.isdisjoint(found))
    return Clues(profiles, not _MATHEMATICAL.isdisjoint(written), frozenset(held), rare)
