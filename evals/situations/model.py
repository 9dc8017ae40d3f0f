"""What a situation is: a site, the crawls of it in one data directory, and what each must give."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evals.situations.site import Pages


@dataclass(frozen=True)
class Crawl:
    """One crawl and what it must give. Patterns are regular expressions.

    `pages` are the paths of the document, in any order unless `in_order`; None is not looked at. `notes` are each
    found in a note or in the reason, `first_note` in the first of them, `silent` in none. `coverage` are found in
    the coverage report. `refused` is found in the error of a crawl that must not start.
    """

    seed: str
    pages: tuple[str, ...] | None = None
    in_order: bool = False
    state: str = "completed"
    exit_code: int = 0
    notes: tuple[str, ...] = ()
    first_note: str = ""
    silent: tuple[str, ...] = ()
    coverage: tuple[str, ...] = ()
    missing: int | None = None
    at_least: int = 0
    refused: str = ""
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Situation:
    """A site and the crawls of it, which come one after another and then all once more."""

    name: str
    pages: Pages
    crawls: tuple[Crawl, ...]
    other: Pages | None = None
