"""Navigations that still name the place that a manual has moved from: what they lead to redirects to the new one."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import takewhile

from docspasta_mcp.discovery.seen import SeedPage
from docspasta_mcp.model.frontier import NavEntry
from docspasta_mcp.model.scope import Scope
from docspasta_mcp.urls import origin_of, path_of

MOST = 0.5  # of what a navigation names lies outside the scope, if the manual has moved


def strays(seed: SeedPage, scope: Scope) -> list[str]:
    """Return what the seed's navigation or else its links name outside the scope on its own site, if that is most."""
    context = seed.marks.context
    shown = [entry.url for tree in context.navigation for entry in tree if entry.url] or list(context.links)
    outside = [url for url in shown if origin_of(url) == scope.origin and scope.refusal(url) == "outside"]
    return outside if len(outside) > MOST * len(shown) else []


def moved_directory(old: str, new: str) -> tuple[str, str] | None:
    """Return the directories that differ in two URLs of one page; None if more than these differs.

    Args:
        old: that redirects.
        new: where to.
    """
    pairs = zip(reversed(old), reversed(new), strict=False)
    tail = "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    cut = tail.rfind("/")  # it is written backwards
    if cut < 0:
        return None
    own, theirs = old[: len(old) - cut], new[: len(new) - cut]
    return (own, theirs) if path_of(own) != "/" and own != theirs else None


def at_new_place(seed: SeedPage, moved: tuple[str, str]) -> SeedPage:
    """Return the seed with its links and navigation as they will redirect."""
    context = seed.marks.context
    trees = tuple(tuple(_moved(tree, moved)) for tree in context.navigation)
    links = tuple(dict.fromkeys(_at(url, moved) for url in context.links))
    marks = replace(seed.marks, context=replace(context, navigation=trees, links=links))
    return replace(seed, marks=marks, moved=moved)


def _moved(tree: Iterable[NavEntry], moved: tuple[str, str]) -> Iterable[NavEntry]:
    return (entry._replace(url=_at(entry.url, moved)) for entry in tree)


def _at(url: str, moved: tuple[str, str]) -> str:
    return moved[1] + url.removeprefix(moved[0]) if url.startswith(moved[0]) else url
