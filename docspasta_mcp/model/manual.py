"""A manual in an owner's library: what its crawls have in common, and which of them is read."""

from collections.abc import Iterable
from dataclasses import dataclass

from docspasta_mcp.model.job import JobState
from docspasta_mcp.model.scope import Scope, is_language, is_version

_READABLE = (JobState.COMPLETED, JobState.PARTIAL)


@dataclass(frozen=True, slots=True)
class Edition:
    """One crawl of a manual, as a library lists it; sizes are those of its document. Times are Unix seconds.

    `scope` is the whole scope as text, `globs` are those that the crawl was made with,
    `given` is the name that its caller gave it.
    """

    job_id: str
    seed_url: str
    origin: str
    prefix: str
    scope: str
    globs: str
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

    @property
    def site(self) -> str:
        """Where the manual lies: what the URLs of its pages begin with."""
        return self.origin + self.prefix

    @property
    def name(self) -> str:
        """What it is called: its title, or its address while it has none."""
        return self.title or self.site

    @property
    def version(self) -> str:
        """The version that its address names, or that was chosen among several; empty if none is known."""
        return next((one for one in self._chosen("version") if is_version(one)), "")

    @property
    def tongue(self) -> str:
        """The language of its pages, or that its address names; empty if none is known."""
        return self.language or next((one for one in self._chosen("translation") if is_language(one)), "")

    def _chosen(self, kind: str) -> list[str]:
        kept = [one.name for one in Scope.from_json(self.scope).kept if one.kind == kind]
        return [*kept, *self.prefix.split("/")]


@dataclass(frozen=True, slots=True)
class Manual:
    """All crawls of one manual: `best` is the newest with a whole document, `newest` may still run or have failed."""

    best: Edition
    newest: Edition
    older: int


def manuals_of(editions: Iterable[Edition]) -> list[Manual]:
    """Return the manuals that some editions are of, those crawled last first.

    Args:
        editions: the newest first.
    """
    groups: dict[tuple[str, str, str], list[Edition]] = {}
    for edition in editions:
        groups.setdefault((edition.origin, edition.prefix, edition.globs), []).append(edition)
    manuals = [Manual(_best(group), group[0], len(group) - 1) for group in groups.values()]
    return sorted(manuals, key=lambda one: (-one.best.created_at, one.best.job_id))


def _best(group: list[Edition]) -> Edition:
    whole = next((one for one in group if one.state in _READABLE), None)
    return whole or next((one for one in group if one.pages), group[0])
