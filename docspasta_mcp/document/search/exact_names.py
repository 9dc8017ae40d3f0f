"""Exact names: how they are asked for, and whether a passage defines them.

`lists:map/2`, `Enum.map(list, fun)`, `Class::method`, `object->member` and `page.html#fragment` name something by
where it stands, and often by how many arguments it takes. Manuals define it by its own name alone, on a page or under
a heading that says the rest.
"""

import re
from collections import Counter
from collections.abc import Iterable, Set
from dataclasses import dataclass
from functools import lru_cache

from docspasta_mcp.document.search.signs import named_signs
from docspasta_mcp.document.search.words import Analyser, analyser

DEFINED = "="  # before a name's term: a passage defines it as a whole, not as a part of another name
AS_ASKED = "=="  # and where it was asked for, with as many arguments
COMMAND = "==="  # the page that a passage begins is about it as the part of a command, as `git-clone` about `clone`
TITLED = "===="  # and about it as a whole
_PART = r"[^\W\d][\w$]*+"
_ASKED = re.compile(
    rf"(?P<path>(?:{_PART}(?:::|->|[.:#\\])(?=[^\W\d]))*+)(?P<last>{_PART}[!?]?)"
    r"(?://?(?P<arity>\d{1,2})(?![\w/]|\.\d)|(?P<call>\())?"
)
_SEPARATOR = re.compile(r"::|->|[.:#\\]")
_SIGNATURE = re.compile(r"(?:[^\s()*&]++[\s*&]++){0,3}?(?P<name>[^\s()]*\w[!?]?)(?:\(|\s\(\)|/\d{1,2}$)")
_LABELLED = re.compile(r"(?:[^\s()*&]++[\s*&]++){0,3}?(?P<name>[^\s()]*\w[!?]?)\s?\(")
_CODED = re.compile(r"(?=[^\s]*[\d_]|[A-Z]{3}|-)(?P<name>[\w.:-]*\w)(?=[\s:,(\[]|$)")
_LABEL = re.compile(
    r"(?:class|command|event|function|macro|method|module|struct|type|enum|trait|interface|variable)\s*:?\s+", re.I
)
_SUFFIXES = frozenset({"html", "htm", "md", "php"})  # of a page, before a fragment
_KIND = re.compile(
    r"\s(?:class|command|directive|event|function|macro|method|module|option|pragma|property|setting|statement|type|variable)$",
    re.I,
)
_ASIDE = re.compile(r"^(?:\[[^\]\s]*\]\s*)+")  # such as [det] before a predicate
_VARIABLE = re.compile(r"(?<!\S)\$\{?\w+\}?(?=/\w)")  # that a path begins with, which is no definition of it
_MAX_NAMES = 8_000  # passages whose names are kept as terms; they are 400 characters at most
_MAX_ARGUMENTS = 300  # characters of a signature
_MAX_HEADING = 200  # characters of one that may name something


@dataclass(frozen=True, slots=True)
class ExactName:
    """A name that is asked for: its term, the term of its last part, those of the part before, its arguments.

    `arity` is -1 if it is not told; `spelled` is the last part as it was written, an option with its dashes. One that
    is made of two words, as `git-log` of `git log`, is a name only where a page is about it.
    """

    term: str
    last: str
    within: frozenset[str] = frozenset()
    arity: int = -1
    spelled: str = ""
    is_call: bool = False
    is_joined: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """Where a name stands in a query: from `start` to `end` with its arguments, its last part at `last`."""

    start: int
    last: int
    name_end: int
    end: int
    path: str
    spelled: str
    arity: int
    is_call: bool


def written_names(query: str) -> list[Written]:
    """Return the names in a query that are written as such: by a path, as a call or with a number of arguments."""
    found: list[Written] = []
    for match in _ASKED.finditer(query):
        path, last, end = match["path"], match["last"], match.end()
        arity = match["arity"] if last[0].islower() else ""  # HTTP/2 is a version
        if not (path or arity or match["call"]) or (path and len(last) < 2 and not match["call"]):
            continue
        count = int(arity) if arity else -1
        if match["call"]:
            inside = _inside(query, match.end())
            end = match.end() + len(inside) + 1
            count = _arguments(inside) if inside.strip(" .…") else -1
        found.append(
            Written(match.start(), match.start("last"), match.end("last"), end, path, last, count, bool(match["call"]))
        )
    return found


def exact_name(one: Written, term: str, language: Analyser) -> ExactName:
    """Return what a name that stands in a query asks for; `term` is what the index calls it."""
    parts = [part for part in _SEPARATOR.split(one.path) if part and part.lower() not in _SUFFIXES]
    within = frozenset(language.terms(parts[-1])) if parts else frozenset[str]()
    last = next(iter(language.terms(one.spelled)), term)
    return ExactName(term, last, within, one.arity, one.spelled, one.is_call)


def defined(asked: Iterable[ExactName], names: str, heading: str, over: Set[str]) -> frozenset[str]:
    """Return what a passage defines of the names that are asked for: their terms, with marks before them.

    Args:
        asked: the names.
        names: that the passage defines.
        heading: that it begins with; empty if it begins with none.
        over: the terms of its page's title and URL, and of the headings over it.
    """
    shown = f"{names} {heading}" if (named := heading_name(heading)) else names
    terms = _wholes(f"{names} {named}")
    found: set[str] = set()
    for one in asked:
        is_whole = one.term in terms
        if not is_whole and one.last not in terms:
            continue
        found.add(DEFINED + one.term)
        is_there = one.within <= over or (is_whole and one.term != one.last)
        if is_there and _agrees(one, shown):
            found.add(AS_ASKED + one.term)
    return frozenset(found)


def titled(asked: Iterable[ExactName], title: str, commands: Set[str]) -> frozenset[str]:
    """Return the names that are asked for, without arguments, which a page's title says it is about, with marks.

    Args:
        asked: the names.
        title: of the page.
        commands: see `commands_of`.
    """
    name = heading_name(title)
    command, _, part = name.partition("-")
    wholes = _wholes(name) if name else frozenset[str]()
    parts = _wholes(part) if part and command in commands else frozenset[str]()
    plain = [one.term for one in asked if one.arity < 0 and not one.is_call and one.spelled[:1].isalnum()]
    return frozenset(
        [TITLED + one for one in plain if one in wholes] + [COMMAND + one for one in plain if one in parts]
    )


def commands_of(titles: Iterable[str]) -> frozenset[str]:
    """Return what several pages are called by before a dash, as `git` in `git-log` and `git-clone`."""
    parts = (heading_name(title).partition("-") for title in set(titles))
    counted = Counter(command for command, _, part in parts if part)
    return frozenset(command for command, count in counted.items() if count > 1)


@lru_cache(maxsize=_MAX_NAMES)
def _wholes(names: str) -> frozenset[str]:
    """Return the terms of names as wholes, and of the last part of those that have a path."""
    english = analyser("en")
    names = _VARIABLE.sub(" ", names)
    found = {terms[0] for _, terms in english.words(names) if terms}
    lasts = [_SEPARATOR.split(token)[-1] for token, _ in english.words(names) if _SEPARATOR.search(token)]
    wholes = {terms[0] for _, terms in english.words(" ".join(lasts)) if terms}
    return frozenset(found | wholes | named_signs(names))


@lru_cache(maxsize=_MAX_NAMES)  # of a title it is asked for each passage that begins a page, and for each ranking
def heading_name(heading: str) -> str:
    """Return the name that a heading defines: a signature's, one that is all of it, or a code that it begins with."""
    text, labels = _LABEL.subn("", _KIND.sub("", _ASIDE.sub("", heading[:_MAX_HEADING].strip())).rstrip(), count=1)
    match = (_LABELLED if labels else _SIGNATURE).match(text)
    if match is None and " " not in text:
        return text
    match = match or _CODED.match(text)
    return match["name"] if match else ""


def _agrees(one: ExactName, text: str) -> bool:
    """Tell whether a definition is written as what is asked for: as an option, a call, with as many arguments."""
    if one.spelled.startswith("-"):
        return re.search(rf"(?<![\w-]){re.escape(one.spelled)}(?![\w-])", text) is not None
    if one.arity < 0:
        return not one.is_call or re.search(rf"(?<!\w){re.escape(one.spelled)}\s?\(", text, re.I) is not None
    shown: set[int] = set()
    for match in re.finditer(rf"(?<!\w){re.escape(one.spelled)}(?:/(\d{{1,2}})|\s?\()", text, re.IGNORECASE):
        shown.add(int(match[1]) if match[1] else _arguments(_inside(text, match.end())))
    return not shown or one.arity in shown


def _inside(text: str, start: int) -> str:
    """Return what stands between a bracket that was opened before `start` and the one that closes it."""
    depth = 1
    for place, char in enumerate(text[start : start + _MAX_ARGUMENTS], start):
        depth += (char in "([{") - (char in ")]}")
        if not depth:
            return text[start:place]
    return text[start : start + _MAX_ARGUMENTS]


def _arguments(inside: str) -> int:
    """Count arguments: what commas part that stand in no further brackets."""
    depth, commas = 0, 0
    for char in inside:
        depth += (char in "([{<") - (char in ")]}>")
        commas += char == "," and depth <= 0
    return commas + 1 if inside.strip() else 0
