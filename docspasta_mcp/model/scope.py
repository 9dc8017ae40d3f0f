"""Scope: the part of a site that a crawl may enter, and why anything else is left out.

A scope is inferred by `discovery.infer_scope`; here it only answers. Reasons are stable codes: `outside`, `excluded`,
`translation`, `version`, `blog`, `print`, `listing`, `source`, `action`, `trap`, `file` and `missing_extra`.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from docspasta_mcp.model.file_formats import FilesMode, file_refusal
from docspasta_mcp.model.hash_route import is_route, route_of, without_route
from docspasta_mcp.model.page_identity import is_action, is_trap, plain_url
from docspasta_mcp.urls import authority_of, origin_of, path_of

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_CODES = (  # ISO 639-1, two letters each
    "aaabafakamarasavayazbabebgbhbibmbnbobrbscacechcocrcscucvcydadedvdzeeeleneoeseteufafffifjfofrfygagdgl"
    "gngugvhahehihohrhthuhyhziaidieigiiikioisitiujajvkakgkikjkkklkmknkokrkskukvkwkylalblglilnloltlulvmgmh"
    "mimkmlmnmrmsmtmynanbndnengnlnnnonrnvnyocojomorospapiplpsptqurmrnrorurwsascsdsesgsiskslsmsnsosqsrssst"
    "susvswtatetgthtitktltntotrtstttwtyugukuruzvevivowawoxhyiyozazhzu"
)
_LANGUAGES = frozenset(_CODES[place : place + 2] for place in range(0, len(_CODES), 2))
_LANGUAGE = re.compile(r"([a-z]{2})(?:[-_](?:[a-z]{4}|[a-z]{2}|\d{3}))?", re.IGNORECASE)
_VERSION = re.compile(
    r"(?:v|version-|release-|rel-)?\d+(?:[._]\d+)*(?:[._]x)?(?:[._-]?(?:a|b|rc|dev|alpha|beta|pre)[._]?\d*)?"
    r"|v?\d+(?:\.\d+)+-(?:snapshot|lts|final|ga)|20\d\d-(?:0[1-9]|1[0-2])(?:-\d\d)?"
    r"|latest|stable|current|next|main|master|trunk|dev|devel|develop|development|nightly|edge|canary|unreleased|lts|snapshot",
    re.IGNORECASE,
)
_CHANGELOG = re.compile(r"change-?_?logs?", re.IGNORECASE)
_KINDS = {  # of a manual's top level: a function may well be called print, and a tutorial be about a blog
    "blog": re.compile(r"blogs?", re.IGNORECASE),
    "print": re.compile(r"_?print(?:_page|able)?|singlehtml|single-?page|one-?page|all-?in-?one", re.IGNORECASE),
    "listing": re.compile(r"404", re.IGNORECASE),
    "source": re.compile(r"_modules|_sources", re.IGNORECASE),
}
_SHAPES = {  # of file names, at any depth, that only a generator of such listings writes
    "source": re.compile(
        r"(?:.*/)?(?:(?:[^/]+_8\w{1,12}_source|src-html/.+|src/(?:[A-Z]\w*\.)+[A-Z]\w*)\.html|_(?:modules|sources)/.+)"
    ),
    "listing": re.compile(
        r"(?:.*/)?(?:(?:class|struct|union|interface)\w*-members|class-use/[^/]+|package-use|"
        r"(?:class|method|file|tag|mixin)_list)\.html"
    ),
    "print": re.compile(r"all\.html"),
}
_SUFFIX = re.compile(r"\.(?:x?html?|md|php)$", re.IGNORECASE)


class ScopeMode(StrEnum):
    """How a scope is found: from what the manual says, the directory of the URL, or the whole host."""

    AUTO = "auto"
    PREFIX = "prefix"
    HOST = "host"


@dataclass(frozen=True, slots=True)
class EditionChoice:
    """Of the languages or versions that lie side by side below `parent`, the one that is crawled.

    `name` is its path segment; an empty one stands for pages that name none. A `parent` such as `?version` is the name
    of a query's parameter, and `name` its value. `sections` are directories that only look like other editions,
    `others` such that do not look like some and are.
    """

    kind: str
    parent: str
    name: str
    sections: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of a site a crawl may enter: one origin, one path prefix, no other edition of it, and globs.

    A glob is matched against the path and against the path below the prefix, each with its query and without; `*`
    crosses slashes. `aliases` are
    URL prefixes under which the site speaks of itself, each with the one that stands for it; `language` is the
    manual's, where its pages say so; `hosts` are further ones whose pages belong to it, each with a path.
    `routes` tells that routes behind a `#` are pages: a browser renders them.
    """

    origin: str
    prefix: str
    reason: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    mode: ScopeMode = ScopeMode.PREFIX
    kept: tuple[EditionChoice, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    language: str = ""
    hosts: tuple[str, ...] = ()
    files: FilesMode = FilesMode.LINKED
    routes: bool = False

    def __contains__(self, url: str) -> bool:
        """Tell whether a parsed URL may be entered."""
        return not self.refusal(url)

    def refusal(self, url: str) -> str:  # noqa: PLR0911  # one return for each kind of reason
        """Return the reason code why a parsed URL is left out; empty if it is in scope."""
        path = path_of(url)
        if origin_of(url) != self.origin:
            return self._on_other_host(url)
        if not f"{path}/".startswith(self.prefix):
            return self._edition(path) or "outside"
        if self._matches(url, self.exclude):
            return "excluded"
        if refusal := file_refusal(url, self.files):
            return refusal
        is_included = self.brings_back(url)
        if is_trap(url) and not is_included:
            return "trap"
        if self.mode is not ScopeMode.AUTO or is_included:
            return ""
        if "?" in url and (refusal := "action" if is_action(url) else self._edition_asked(url)):
            return refusal
        return self._edition(path) or page_kind(path.removeprefix(self.prefix))

    def _on_other_host(self, url: str) -> str:
        place = f"{authority_of(url)}{path_of(url)}"
        if not any(f"{place}/".startswith(host) for host in self.hosts):
            return "outside"
        if self._matches(url, self.exclude):
            return "excluded"
        return "trap" if is_trap(url) and not self.brings_back(url) else ""

    def is_changelog(self, url: str) -> bool:
        """Tell whether a URL in scope is a changelog, which belongs to a manual only if its navigation shows it."""
        below = path_of(url).removeprefix(self.prefix)
        is_wanted = self.brings_back(url)
        return (
            self.mode is ScopeMode.AUTO
            and not is_wanted
            and any(_CHANGELOG.fullmatch(_SUFFIX.sub("", segment)) for segment in below.split("/"))
        )

    def wants(self, url: str) -> bool:
        """Tell whether a URL in scope belongs into the document, by the `include` globs."""
        return not self.include or self._matches(url, self.include)

    def brings_back(self, url: str) -> bool:
        """Tell whether an `include` glob names a URL that would else be left out."""
        return bool(self.include) and self._matches(url, self.include)

    def to_json(self) -> str:
        """Return the whole scope as text, for the store."""
        return _adapter().dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> "Scope":
        """Return the scope that `to_json` wrote."""
        return _adapter().validate_json(text)

    def normal(self, url: str) -> str:
        """Return a parsed URL as this crawl spells it: under the site's own origin, without session ids."""
        for alias, own in self.aliases:
            if url.startswith(alias):
                url = own + url[len(alias) :]
                break
        return plain_url(url)

    def _edition(self, path: str) -> str:
        for kept in self.kept:
            if path.startswith(kept.parent):
                segment = path[len(kept.parent) :].split("/", 1)[0]
                is_kind = is_language if kept.kind == "translation" else is_version
                if segment in kept.others or (is_kind(segment) and segment not in (kept.name, *kept.sections)):
                    return kept.kind
        return ""

    def _edition_asked(self, url: str) -> str:
        """Return the kind of edition that a URL's query asks for, if it is another than the one that is crawled."""
        query = dict(parse_qsl(without_route(url).partition("?")[2]))
        asked = (kept for kept in self.kept if kept.parent.startswith("?"))
        return next((kept.kind for kept in asked if query.get(kept.parent[1:], "") != kept.name), "")

    def _matches(self, url: str, globs: tuple[str, ...]) -> bool:
        if not globs:
            return False
        path, query = path_of(url), without_route(url).partition("?")[2]
        names = {path, path.removeprefix(self.prefix)}
        if query:
            names |= {f"{name}?{query}" for name in names}
        if is_route(url):
            names.add(f"#{route_of(url)}")
        return any(fnmatchcase(name, glob) for glob in globs for name in names)


@cache
def _adapter() -> "TypeAdapter[Scope]":
    from pydantic import TypeAdapter  # noqa: PLC0415  # 15 MB that worker processes need not load

    return TypeAdapter(Scope)


def page_kind(path: str) -> str:
    """Return the reason code of a path below a manual's root outside of the manual, such as `blog`; else ""."""
    first = _SUFFIX.sub("", path.strip("/").split("/", 1)[0])
    by_name = next((kind for kind, pattern in _KINDS.items() if pattern.fullmatch(first)), "")
    return by_name or next((kind for kind, pattern in _SHAPES.items() if pattern.fullmatch(path.strip("/"))), "")


def is_search(url: str) -> bool:
    """Tell whether a URL calls a page "search": one to search with, or one about searching; its content tells which."""
    return _SUFFIX.sub("", path_of(url).rstrip("/").rpartition("/")[2]).lower() == "search"


def is_language(segment: str) -> bool:
    """Tell whether a path segment is a language tag, such as `de` or `pt-br`."""
    match = _LANGUAGE.fullmatch(segment)
    return match is not None and match[1].lower() in _LANGUAGES


def is_version(segment: str) -> bool:
    """Tell whether a path segment names a version, such as `v2.1`, `3.x` or `latest`."""
    return bool(_VERSION.fullmatch(segment))
