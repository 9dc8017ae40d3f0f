"""Repositories on GitHub, GitLab and their self-hosted kin: which URLs lead to one, and where its archive is.

A page of one has the address under which the forge shows its file, `…/blob/REF/path`, so that a reader can open it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from posixpath import basename
from urllib.parse import quote, unquote

from docspasta_mcp.urls import path_of

DEFAULT_REF = "HEAD"
MAX_REF_PARTS = 3  # a branch may be called release/2.0/next: which part of a path it is, only the forge knows
_USUAL_BRANCHES = ("main", "master")  # that links of a README name, though it was asked for by no name
_NO_OWNERS = frozenset(
    "about apps collections contact customer-stories dashboard enterprise events explore features groups help issues"
    " login marketplace new notifications orgs organizations pricing projects pulls readme search security sessions"
    " settings site sponsors stars topics trending users -".split()
)


class ForgeKind(StrEnum):
    """Whose addresses a forge has."""

    GITHUB = "github"
    GITLAB = "gitlab"


FORGES = {"https://github.com": ForgeKind.GITHUB, "https://gitlab.com": ForgeKind.GITLAB}


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository at a branch, tag or commit, and the directory of it that a URL names."""

    kind: ForgeKind
    home: str
    ref: str = DEFAULT_REF
    below: str = ""

    @property
    def base(self) -> str:
        """The URL below which its pages are."""
        return f"{self.home}{self._dash}/blob/{quote(self.ref, safe='')}/"

    @property
    def names(self) -> tuple[str, ...]:
        """Other URLs below which its files are, too."""
        refs = [self.ref, *(_USUAL_BRANCHES if self.ref == DEFAULT_REF else ())]
        bases = [f"{self.home}{self._dash}/{view}/{quote(ref, safe='')}/" for ref in refs for view in ("blob", "tree")]
        return tuple(base for base in bases if base != self.base)

    @property
    def archive(self) -> str:
        """The URL of its archive."""
        ref = quote(self.ref, safe="/")
        if self.kind is ForgeKind.GITHUB:
            return f"{self.home}/archive/{ref}.tar.gz"
        return f"{self.home}/-/archive/{ref}/{basename(self.home)}-{ref.replace('/', '-')}.tar.gz"

    @property
    def _dash(self) -> str:
        return "/-" if self.kind is ForgeKind.GITLAB else ""

    def readings(self) -> Iterator["Repository"]:
        """Yield what its URL may mean: this first, then branches whose names go on with the directory's parts."""
        yield self
        parts = self.below.split("/") if self.below and "/" not in self.ref else []
        for count in range(1, min(len(parts), MAX_REF_PARTS - 1) + 1):
            ref = "/".join((self.ref, *parts[:count]))
            yield replace(self, ref=ref, below="/".join(parts[count:]))


def repository_of(url: str, forges: Mapping[str, ForgeKind]) -> Repository | None:
    """Return the repository whose files a parsed URL leads to; None for any other URL."""
    for base, kind in forges.items():
        if url.startswith(f"{base}/"):
            parts = [part for part in path_of(url)[len(path_of(base)) :].split("/") if part]
            if len(parts) < 2 or parts[0] in _NO_OWNERS:
                return None
            return (_on_github if kind is ForgeKind.GITHUB else _on_gitlab)(base, parts)
    return None


def _on_github(base: str, parts: list[str]) -> Repository | None:
    home = f"{base}/{parts[0]}/{parts[1].removesuffix('.git')}"
    return _at(Repository(ForgeKind.GITHUB, home), parts[2:])


def _on_gitlab(base: str, parts: list[str]) -> Repository | None:
    end = parts.index("-") if "-" in parts else len(parts)
    home = f"{base}/{'/'.join(parts[:end]).removesuffix('.git')}"
    return _at(Repository(ForgeKind.GITLAB, home), parts[end + 1 :])


def _at(repository: Repository, view: list[str]) -> Repository | None:
    if not view:
        return repository
    if view[0] not in ("tree", "blob") or len(view) < 2:
        return None
    return replace(repository, ref=unquote(view[1]), below="/".join(map(unquote, view[2:])))
