"""Choose one of the languages and one of the versions that lie side by side, each below a directory.

A directory that is called like one may be a section: `/ml/` of a manual in English, `/2/` of a book. What decides, the
surest first: hreflang and the switcher, the language of a page in it, a sidebar that leads into several of them, and
pages that exist in two of them.
"""

import re
from collections.abc import Callable, Iterable, Sequence

from docspasta_mcp.discovery.evidence import ScopeEvidence
from docspasta_mcp.discovery.preferred_editions import nearest_version, preferred_language, preferred_version
from docspasta_mcp.discovery.query_editions import query_editions
from docspasta_mcp.model.languages import same_language, speaks
from docspasta_mcp.model.scope import EditionChoice, is_language, is_version
from docspasta_mcp.urls import path_of

MOST = 0.9  # of what is known below a directory lies in editions
MIN_TWINS = 2  # pages that exist in two editions, to call them editions
MAX_PROBED = 6  # directories that are looked into
MAX_VERSIONS_PROBED = 2

_DATE = re.compile(r"(?:19|20)\d\d(?:-\d\d){0,2}")


def editions(
    seed_url: str, prefix: str, known: Sequence[str], evidence: ScopeEvidence, *, version: str = ""
) -> tuple[str, tuple[EditionChoice, ...], list[str]]:
    """Return the root of the edition to crawl, the editions kept, and why.

    Args:
        seed_url: the page that was asked for.
        prefix: where the manual begins, in all its editions.
        known: what is known of its pages.
        evidence: what discovery saw.
        version: the one that was asked for, or empty.
    """
    known = [*known, *(url for found in evidence.probed.values() for url in found.links)]
    kept: tuple[EditionChoice, ...] = _on_path(prefix, evidence)
    chosen: list[str] = []
    path = path_of(seed_url)
    for _ in range(3):  # a language, a version, and a product between them at most
        below = f"{path}/"[len(prefix) :].split("/", 1)[0] if path.startswith(prefix) else ""
        for kind in ("translation", "version"):
            look = _Below(prefix, kind, known, evidence)
            names = look.names
            wanted = nearest_version(names, version) if kind == "version" else ""
            if wanted and (look.lie_apart() or look.is_beside()):
                name = wanted
            elif below in names and look.lie_apart():
                name = below
            elif look.are_all(seed_url) and look.are_editions(path):
                name = preferred_language(names, evidence) if kind == "translation" else preferred_version(names)
            else:
                continue
            others = sorted(names - {name})
            kept += (look.kept(name),)
            prefix = f"{prefix}{name}/"
            if others:
                chosen.append(f"of the {kind}s {', '.join(sorted(names)[:6])} only {name}")
            break
        else:
            break
    beside = [
        look for kind in ("translation", "version") if (look := _Below(prefix, kind, known, evidence)).is_beside()
    ]
    asked, said = query_editions(seed_url, known, evidence, version=version)
    return prefix, (*kept, *(look.kept("") for look in beside), *asked), [*chosen, *said]


def to_probe(seed_url: str, known: Iterable[str], evidence: ScopeEvidence) -> list[str]:
    """Return a page of each directory beside the seed's that may be an edition, though nothing says so for sure."""
    own = path_of(seed_url)
    above = {own[: place + 1] for place, sign in enumerate(own) if sign == "/"}
    sure: dict[str, frozenset[str]] = {}
    found: dict[str, dict[str, str]] = {"translation": {}, "version": {}}
    for url in known:
        path = path_of(url)
        for parent in above:
            segment, slash, _ = path[len(parent) :].partition("/") if path.startswith(parent) else ("", "", "")
            if not slash or f"{parent}{segment}/" in above:
                continue
            kind = "version" if is_version(segment) else "translation"
            is_open = is_language(segment) and segment not in sure.setdefault(
                parent, _declared(parent, evidence, sure=True)
            )
            if kind == "version" or is_open:
                sample = found[kind].setdefault(f"{parent}{segment}/", url)
                if path == f"{parent}{segment}/" != path_of(sample):
                    found[kind][path] = url
    versions = list(found["version"].values())[:MAX_VERSIONS_PROBED]
    return [*list(found["translation"].values())[:MAX_PROBED], *(versions if len(versions) > 1 else ())]


class _Below:
    """What is known of the directories below a prefix that are called like editions of a kind."""

    def __init__(self, prefix: str, kind: str, known: Sequence[str], evidence: ScopeEvidence) -> None:
        self._prefix = prefix
        self._kind = kind
        self._evidence = evidence
        self._paths = {path_of(url) for url in known if path_of(url).startswith(prefix)}
        self._below = {path[len(prefix) :].removesuffix("index.html") for path in self._paths}
        self._declared = _declared(prefix, evidence) if kind == "translation" else frozenset[str]()
        called = self._called_so(is_language if kind == "translation" else is_version)
        self._twins = self._twin_counts(called)
        self._sections = {name for name in called if self._is_section(name)}
        self.names = called - self._sections

    def kept(self, name: str) -> EditionChoice:
        is_kind = is_language if self._kind == "translation" else is_version
        others = tuple(sorted(one for one in self._declared - {name} if not is_kind(one)))
        return EditionChoice(self._kind, self._prefix, name, tuple(sorted(self._sections)), others)

    def lie_apart(self) -> bool:
        """Tell whether these are several, and no sidebar leads to two of them, or whether the site says so."""
        if self.names & self._declared:
            return True
        return len(self._shown() & self.names) < 2 and len(self.names) > 1

    def are_all(self, seed_url: str) -> bool:
        """Tell whether what is known, but for a front page, lies in editions, more than one of them."""
        front = {"", "index.html", path_of(seed_url)[len(self._prefix) :]}
        below = {path[len(self._prefix) :] for path in self._paths} - front
        inside = [path for path in below if path.split("/", 1)[0] in self.names]
        return len(self.names) > 1 and len(inside) >= MOST * len(below)

    def are_editions(self, path: str) -> bool:
        """Tell whether directories that hold a whole site are its editions, and not sections that are called so."""
        if path.startswith(self._prefix) and "/" in path[len(self._prefix) :]:
            return False  # a page in one of them: its own sidebar has been asked already
        if self.names & self._declared:
            return True
        if len(self._shown(is_deep=True) & self.names) > 1 or self._differ():
            return False
        if self._kind == "version":
            return True
        languages = {name.lower().replace("_", "-").split("-")[0] for name in self.names}
        return bool({"en", self._evidence.language.split("-")[0]} & languages)

    def is_beside(self) -> bool:
        """Tell whether these lie beside an edition that has no directory of its own."""
        if self.names & self._declared:
            return True
        if self.names & self._shown() or self._differ():
            return False
        is_switch = self._kind == "version" and len(self.names) > 1
        return is_switch or any(self._twins[name] >= MIN_TWINS for name in self.names)

    def _called_so(self, is_kind: Callable[[str], bool]) -> set[str]:
        firsts = {path.partition("/")[0] for path in self._below if "/" in path}
        return {name for name in firsts if is_kind(name) or name in self._declared}

    def _shown(self, *, is_deep: bool = False) -> set[str]:
        """Return the directories that the page's sidebar leads to, or leads deeper into."""
        found: set[str] = set()
        for url in self._evidence.navigation:
            path = path_of(url)
            if path.startswith(self._prefix):
                name, _, rest = path[len(self._prefix) :].partition("/")
                segments = [one for one in rest.split("/") if one and not is_language(one) and not is_version(one)]
                if segments or not is_deep:
                    found.add(name)
        return found

    def _twin_counts(self, names: set[str]) -> dict[str, int]:
        """Return for each name how many of its pages exist beside it, or below another name, too."""
        rests = {name: self._rests(name) for name in names}
        beside = {path for path in self._below if path.partition("/")[0] not in names}
        return {
            name: len(rests[name] & beside.union(*(rest for other, rest in rests.items() if other != name)))
            for name in names
        }

    def _rests(self, name: str) -> set[str]:
        return {path[len(name) + 1 :] for path in self._below if path.startswith(f"{name}/")} - {""}

    def _is_section(self, name: str) -> bool:
        """Tell whether a directory is called like an edition, and is none.

        Its pages are in the language of the manual, or it is called after a year or day, and has no page that another
        has too: an archive.
        """
        if self._kind == "version":
            return bool(_DATE.fullmatch(name)) and not self._twins[name]
        if name in self._declared:
            return False
        spoken = self._evidence.probed.get(f"{self._prefix}{name}/")
        if spoken is None or not same_language(spoken.language, self._evidence.language):
            return False
        return not speaks(name, spoken.language)

    def _differ(self) -> bool:
        """Tell whether two that were looked into lead to pages of their own, none of which both have."""
        seen = [name for name in self.names if f"{self._prefix}{name}/" in self._evidence.probed and self._rests(name)]
        return len(seen) > 1 and not any(self._twins[name] for name in seen)


def _declared(prefix: str, evidence: ScopeEvidence, *, sure: bool = False) -> frozenset[str]:
    """Return the directories below a prefix that hreflang, the pages in them or a switcher call translations.

    A switcher's links are known by their names alone, so that they do not count if it must be `sure`.
    """
    found: set[str] = set()
    for one in evidence.alternates:
        if sure and not one.is_declared:
            continue
        path = path_of(one.url)
        name, slash, _ = path[len(prefix) :].partition("/")
        if (
            path.startswith(prefix)
            and slash
            and speaks(name, one.language)
            and _says(prefix, name, evidence) != "other"
        ):
            found.add(name)
    for path in evidence.probed:
        name = path.removeprefix(prefix).removesuffix("/")
        if path.startswith(prefix) and "/" not in name and _says(prefix, name, evidence) == "so":
            found.add(name)
    return frozenset(found)


def _says(prefix: str, name: str, evidence: ScopeEvidence) -> str:
    """Return whether the pages of a directory are in the language that it is called after: `so`, `other` or nothing."""
    spoken = evidence.probed.get(f"{prefix}{name}/")
    if spoken is None or not spoken.language or not evidence.language:
        return ""
    if same_language(spoken.language, evidence.language) and not speaks(name, spoken.language):
        return "other"
    return "so" if speaks(name, spoken.language) else ""


def _on_path(prefix: str, evidence: ScopeEvidence) -> tuple[EditionChoice, ...]:
    """Return the editions that a root path names already."""
    kept: list[EditionChoice] = []
    parent = "/"
    for segment in prefix.strip("/").split("/"):
        if is_language(segment) and _says(parent, segment, evidence) != "other":
            kept.append(EditionChoice("translation", parent, segment))
        elif is_version(segment):
            kept.append(EditionChoice("version", parent, segment))
        parent += f"{segment}/"
    return tuple(kept)
