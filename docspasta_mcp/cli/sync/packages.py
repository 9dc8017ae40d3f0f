"""A package of a project, and the manual that its own description names."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from docspasta_mcp.errors import InvalidUrl
from docspasta_mcp.model.repository import FORGES, repository_of
from docspasta_mcp.urls import host_of, parse_url

_LABELS = (  # of Project-URL, the best first, as packages write them
    ("documentation", "docs", "doc", "readthedocs", "manual", "userguide", "reference", "apireference", "guide"),
    ("homepage", "home", "website", "web", "project"),
    ("repository", "source", "sourcecode", "code", "github", "gitlab"),
)
_NO_MANUALS = ("pepy.tech", "twitter.com", "x.com", "discord.gg")
_OF_AN_INDEX = re.compile(r"/(?:project|package)/(?:@[^/]+/)?[^/]+/?$")  # as indexes of packages address one
_GIT = re.compile(r"(?:ssh|git)://(?:git@)?|git@|github:|gitlab:")


@dataclass(frozen=True, slots=True)
class Package:
    """A package that is asked for or installed; `manual` is empty if it names none, `version` if it is not there."""

    name: str
    version: str
    ecosystem: str
    manual: str = ""
    is_direct: bool = False

    @property
    def release(self) -> str:
        """Its version in numbers, without what marks builds and candidates."""
        found = re.match(r"v?(\d+(?:\.\d+)*)", self.version)
        return found[1] if found else ""

    @property
    def minor(self) -> str:
        """The first two parts of its version, as sites name versions."""
        found = re.match(r"v?(\d+(?:\.\d+)?)", self.version)
        return found[1] if found else ""


def best_manual(urls: Mapping[str, str]) -> str:
    """Return the URL of a package's manual by the labels of its URLs; an empty string if none is one."""
    known = {re.sub(r"[^a-z]", "", label.lower()): url for label, url in urls.items()}
    for labels in _LABELS:
        for label in labels:
            if found := usable(known.get(label, "")):
                return found
    return ""


def usable(url: str) -> str:
    """Return a URL as it is crawled, of a repository its home; an empty string for what is no manual.

    A page about a package at an index of packages is none.
    """
    text = url.strip().partition("#")[0].removeprefix("git+")
    if match := _GIT.match(text):
        host = {"github:": "github.com/", "gitlab:": "gitlab.com/"}.get(match[0], "")
        text = f"https://{host}{text[match.end() :].replace(':', '/', 1)}"
    try:
        parsed = parse_url(text)
    except InvalidUrl:
        return ""
    if host_of(parsed) in _NO_MANUALS or _OF_AN_INDEX.match(urlsplit(parsed).path):
        return ""
    repository = repository_of(parsed, FORGES)
    return repository.home if repository is not None and not repository.below else parsed


def in_order(packages: Iterable[Package]) -> list[Package]:
    """Return packages with those first that the project asks for itself, each by name."""
    return sorted(packages, key=lambda one: (not one.is_direct, one.ecosystem, one.name))
