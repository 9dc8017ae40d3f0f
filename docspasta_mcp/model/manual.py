"""A manual in an owner's library: what its crawls have in common, and which of them is read.

The newest crawl is read, unless it has only a part of what an earlier one has: because it was allowed fewer pages or
fewer links, because the page that it began with was missing or many others failed, or because it asked for some pages
by `include`. A small crawl, or one of a mistyped URL, would otherwise hide the whole manual.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from docspasta_mcp.model.folder import called
from docspasta_mcp.model.job import JobState
from docspasta_mcp.model.page import NOT_THERE
from docspasta_mcp.model.scope import Scope, is_language, is_version

_READABLE = (JobState.COMPLETED, JobState.PARTIAL)
ABOUT_ALL = 0.9  # of an earlier crawl's pages: with fewer, a crawl that may have missed some has missed too many


@dataclass(frozen=True, slots=True)
class Edition:
    """One crawl of a manual, as a library lists it; sizes are those of its document. Times are Unix seconds.

    `scope` is the whole scope as text, `include` and `exclude` are the globs that the crawl was made with, `given` is
    the name that its caller gave it, `reason` why it ended as it did, `seed_fault` why the page that it began with is
    missing. `met` counts all pages that count towards its `max_pages`, read or not.
    """

    job_id: str
    seed_url: str
    origin: str
    prefix: str
    scope: str
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    state: JobState
    created_at: float
    finished_at: float | None
    title: str
    language: str
    pages: int
    tokens: int
    corpus_hash: str
    is_pinned: bool
    used_at: float
    given: str = ""
    reason: str = ""
    seed_fault: str = ""
    met: int = 0
    max_pages: int = 0
    max_depth: int = 0

    @property
    def site(self) -> str:
        """Where the manual lies: what the URLs of its pages begin with."""
        return self.origin + self.prefix

    @property
    def name(self) -> str:
        """What it is called: its title, or its address while it has none."""
        return self.title or called(self.site)

    @property
    def version(self) -> str:
        """The version that its address names, or that was chosen among several; empty if none is known."""
        return next((one for one in self._chosen("version") if is_version(one)), "")

    @property
    def tongue(self) -> str:
        """The language of its pages, or that its address names; empty if none is known."""
        return self.language or next((one for one in self._chosen("translation") if is_language(one)), "")

    @property
    def is_readable(self) -> bool:
        """Whether it ended with a document in reading order."""
        return self.state in _READABLE

    @property
    def is_shown(self) -> bool:
        """Whether it has something to read, or may yet: a URL that was mistyped is not a manual."""
        return self.pages > 0 or self.state is JobState.RUNNING

    @property
    def is_cut(self) -> bool:
        """Whether it used up its budget of pages, so that there may be more."""
        return self.met >= self.max_pages

    def is_part_of(self, earlier: "Edition") -> bool:
        """Tell whether this crawl has only a part of what an earlier one of the same manual has.

        One that began at a page which is not there counts as such a part of a completed one, whatever it has: it was
        asked for by a mistyped URL, unless the earlier one began there too and the page is gone since.
        """
        if self._began_nowhere and earlier.state is JobState.COMPLETED and self.seed_url != earlier.seed_url:
            return True
        if self.pages > earlier.pages:
            return False
        if self.is_cut and self.max_pages < earlier.max_pages:
            return self.pages < earlier.pages or self.seed_url != earlier.seed_url  # as many may be others
        may_lack = self.state is JobState.PARTIAL or self.max_depth < earlier.max_depth
        return may_lack and self.pages < ABOUT_ALL * earlier.pages

    @property
    def _began_nowhere(self) -> bool:
        return self.state is JobState.PARTIAL and self.seed_fault in NOT_THERE

    def _chosen(self, kind: str) -> list[str]:
        kept = [one.name for one in Scope.from_json(self.scope).kept if one.kind == kind]
        return [*kept, *self.prefix.split("/")]


@dataclass(frozen=True, slots=True)
class Manual:
    """All crawls of one manual.

    `best` is the one that is read: the newest with a whole document that is not a part of an earlier one. `newest` may
    still run, have failed, or be such a part. `current` is one after `best` that runs or has failed, else `best`.
    `older` and `newer` count the crawls before and after `best`; `editions` are all of them, the newest first.
    """

    best: Edition
    newest: Edition
    current: Edition
    older: int = 0
    newer: int = 0
    editions: tuple[Edition, ...] = ()

    @classmethod
    def of(cls, group: Sequence[Edition]) -> "Manual":
        """Return the manual that crawls, the newest first, are of."""
        best = _best(group)
        newer = group[: group.index(best)]
        current = next((one for one in newer if not one.is_readable), best)
        return cls(best, group[0], current, len(group) - len(newer) - 1, len(newer), tuple(group))

    @property
    def is_shown(self) -> bool:
        """Whether it has something to read, or may yet."""
        return self.best.is_shown

    @property
    def has_earlier(self) -> bool:
        """Whether a crawl before `best` has a document to compare it with."""
        return any(one.is_readable and one.pages for one in self.editions[self.newer + 1 :])


def manuals_of(editions: Iterable[Edition]) -> list[Manual]:
    """Return the manuals that some editions are of, those crawled last first.

    A crawl of chosen pages is an edition of the manual that has them all, and a manual of its own where none has.

    Args:
        editions: the newest first.
    """
    places: dict[tuple[str, str], dict[Any, list[Edition]]] = {}
    for one in editions:
        groups = places.setdefault((one.origin, one.prefix), {})
        groups.setdefault((one.include, one.exclude), []).append(one)
    manuals = [Manual.of(group) for groups in places.values() for group in _joined(list(groups.values()))]
    return sorted(manuals, key=lambda one: (-one.best.created_at, one.best.job_id))


def shown_of(manuals: Iterable[Manual]) -> list[Manual]:
    """Return those of some manuals that have something to read, or may yet."""
    return [one for one in manuals if one.is_shown]


def _joined(groups: Sequence[list[Edition]]) -> Sequence[list[Edition]]:
    """Return the crawls of one place by manual, with those of chosen pages among those of all pages."""
    whole = next((group for group in groups if _has_all(_best(group))), None)
    if whole is None:
        return groups
    parts = [group for group in groups if _best(group).include and _best(group).pages <= _best(whole).pages]
    if not parts:
        return groups
    joined = sorted((one for group in (whole, *parts) for one in group), key=lambda one: -one.created_at)
    return [joined, *(group for group in groups if group is not whole and group not in parts)]


def _has_all(edition: Edition) -> bool:
    return edition.is_readable and not (edition.include or edition.exclude or edition.is_cut)


def _best(group: Sequence[Edition]) -> Edition:
    """Return the crawl that is read; of chosen pages only where there is no other."""
    readable = [one for one in reversed(group) if one.is_readable]
    best = None
    for one in [one for one in readable if not one.include] or readable:
        if best is None or not one.is_part_of(best):
            best = one
    return best or next((one for one in group if one.pages), group[0])
