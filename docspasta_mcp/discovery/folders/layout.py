"""Lay a folder of documentation out: where it begins, its pages in order, and what is left aside. Run in a worker."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import Any, cast

from docspasta_mcp.discovery.folders import lists
from docspasta_mcp.discovery.folders.tree import MAX_FILES, Tree, first_fronts, is_front, natural
from docspasta_mcp.fetch.unpack import is_archive
from docspasta_mcp.model.counted import counted
from docspasta_mcp.model.frontier import NavEntry
from docspasta_mcp.model.page_files import HTML_ENDINGS, ending_of
from docspasta_mcp.model.scope import is_language

MAX_POSITIONS = 5_000  # pages whose front matter is asked for their place; of more, their names decide
_FOLDERS = (
    "docs",
    "doc",
    "documentation",
    "website/docs",
    "site/docs",
    "docs/source",
    "docs/src",
    "manual",
    "book/src",
)
_LIST_PLACES = ("", "docs", "doc", "documentation", "website", "site", "book", "src", "docs/source", "docs/src")
_MAX_SPHINX = 20  # manuals of one project; of more, some are tests
_PROJECT = ("pyproject.toml", "setup.py", "setup.cfg", "package.json", "Cargo.toml", "go.mod", "Gemfile", "pom.xml")
_LISTS = (
    "mkdocs.yml", "mkdocs.yaml", "docs.json", "mint.json", "sidebars.js", "sidebars.ts", "sidebars.json",
    "sidebars.mjs", "sidebars.cjs", "SUMMARY.md", "_sidebar.md", "_toc.yml",
)  # fmt: skip
_AIDS = frozenset(("summary.md", "_sidebar.md", "_navbar.md", "_coverpage.md", "_footer.md", "_404.md"))
_POSITION = re.compile(r"^(?:sidebar_position|nav_order|weight|order):[ \t]*[\"']?(-?\d+(?:\.\d+)?)", re.MULTILINE)
_FRONT_BYTES = 2_000


@dataclass(frozen=True, slots=True)
class Layout:
    """What a folder holds.

    `is_site` tells that it is a built site, which shows its order itself. `start` is the first page, `entries` are
    lines of contents whose `url` is a path, `source` names the list that they come from, `below` the directory of all.
    `left_out` are pages that are not the manual's, with their reason codes.
    """

    is_site: bool
    start: str
    entries: tuple[NavEntry, ...]
    source: str = ""
    below: str = ""
    left_out: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


def lay_out(root: str, below: str = "") -> Layout:
    """Lay a folder out.

    Args:
        root: its path.
        below: directory in it that is asked for, or a page; empty for all of it.
    """
    tree = Tree(Path(root))
    if tree.has(below):
        return replace(_laid_out(tree, dirname(below)), start=below)
    return _laid_out(tree, below)


def _laid_out(tree: Tree, below: str) -> Layout:
    notes = (f"The folder has more than {MAX_FILES:,} pages; the others are not read.",) if tree.is_cut else ()
    archives = tuple((path, "archive") for path in sorted(tree.others) if is_archive(path) and path.startswith(below))
    if archives:
        lie = counted(len(archives), "archive lies", "archives lie")
        notes = (*notes, f"{lie} in the folder, which coverage names: crawl one by itself, or unpack it first.")
    aside = (*archives, *((path, "unreadable") for path in sorted(tree.unnamed) if path.startswith(below)))
    everything = tree.below(below)
    html = [page for page in everything if ending_of(page) in HTML_ENDINGS]
    found = _own_list(tree, below)
    start = tree.front(join(below, "index.html"))
    if found is None and start in html and 2 * len(html) >= len(everything):
        return Layout(
            True,
            start,
            tuple(NavEntry(0, page) for page in html),
            below=below,
            left_out=aside,
            notes=notes,
        )
    source, listed, folder = found or ("", [], _docs_folder(tree, below))
    left_out = _left_out(tree, folder, {entry.url for entry in listed})
    own = {page for page in tree.below(folder) if page not in left_out and not _is_aid(page)}
    placed = {entry.url for entry in listed} or set(first_fronts(everything, below))  # by the list, or by their names
    fronts = [front for front in tree.fronts(below)[:1] if folder != below or front not in placed]
    rest = _sorted(tree, folder, frozenset(own) - {entry.url for entry in listed})
    entries = _once([*(NavEntry(0, front) for front in fronts), *listed, *rest])
    taken = {entry.url for entry in entries}
    outside = {page: "outside" for page in everything if page not in taken and not _is_aid(page)}
    start = next((entry.url for entry in entries if entry.url), "")
    return Layout(False, start, tuple(entries), source, below, (*(outside | left_out).items(), *aside), notes)


def _own_list(tree: Tree, below: str) -> tuple[str, list[NavEntry], str] | None:
    """Return the folder's own list of contents: its file's name, its lines, and the directory that its pages are in."""
    directories = _directories(tree, below)
    for place in _LIST_PLACES:
        base = join(below, directories.get(place, place)) if place else below
        for name in _LISTS:
            path = join(base, name)
            if tree.has(path) and (found := _read_list(tree, path)) and sum(bool(one.url) for one in found[0]) > 1:
                return name, *found
        if lines := _toctrees(tree, base):
            return "toctree", lines, base
    found = [(base, _toctrees(tree, base)) for base in _sphinx_folders(tree, below)]
    base, lines = max(found, key=lambda one: len(one[1]), default=("", list[NavEntry]()))
    return ("toctree", lines, base) if lines else None


def _toctrees(tree: Tree, base: str) -> list[NavEntry]:
    """Return the lines of the toctrees that begin at a directory's front page; none if it has none."""
    found = (lists.toctrees(start, tree) for start in tree.fronts(base))
    return next((lines for lines in found if len(lines) > 1), list[NavEntry]())


def _sphinx_folders(tree: Tree, below: str) -> list[str]:
    """Return the directories that Sphinx builds a manual from, wherever in a project they are."""
    start = f"{below}/" if below else ""
    named = (path for path in tree.others if path.startswith(start) and path.rpartition("/")[2] == "conf.py")
    return sorted(dirname(path) for path in named)[:_MAX_SPHINX]


def _directories(tree: Tree, below: str) -> dict[str, str]:
    """Return directories with pages, two levels deep, by their names in lower case."""
    start = len(below) + 1 if below else 0
    found: dict[str, str] = {}
    for page in tree.below(below):
        parts = page[start:].split("/")[:-1]
        for depth in (1, 2):
            if len(parts) >= depth:
                name = "/".join(parts[:depth])
                found.setdefault(name.lower(), name)
    return found


def _read_list(tree: Tree, path: str) -> tuple[list[NavEntry], str] | None:
    """Return the lines of a list and the directory of its pages; None if it is something else of that name."""
    base, _, name = path.rpartition("/")
    text = tree.text(path)
    if name.startswith("mkdocs"):
        return _mkdocs(tree, base, text)
    if name in ("SUMMARY.md", "_sidebar.md"):
        return lists.markdown_list(text, lambda link: tree.page(base, link)), base
    beside = (join(base, "docs"), normpath(join(base, "../docs"))) if name.startswith("sidebars") else ()
    folder = next((one for one in beside if not one.startswith("..") and tree.below(one)), base)

    def page(reference: str) -> str:
        return tree.page(folder, reference)

    def generated(below: str) -> Sequence[NavEntry]:
        return _sorted(tree, normpath(join(folder, below)).removeprefix(".").lstrip("/"))

    if name.startswith("_toc"):
        return lists.structure(lists.parsed_yaml(text), page, generated), folder
    if name.endswith(".json"):
        value = lists.parsed_json(text)
        navigation = cast("dict[str, Any]", value).get("navigation", value) if isinstance(value, dict) else value
        return lists.structure(navigation, page, generated), folder
    return lists.program(text, page, generated), folder


def _mkdocs(tree: Tree, base: str, text: str) -> tuple[list[NavEntry], str] | None:
    config = lists.parsed_yaml(text)
    if not isinstance(config, dict):
        return None
    found = cast("dict[str, Any]", config)
    folder = normpath(join(base, str(found.get("docs_dir") or "docs")))
    nav = found.get("nav")
    if not nav:
        return _sorted(tree, folder), folder
    return lists.structure(nav, lambda one: tree.page(folder, one), lambda _: ()), folder


def _docs_folder(tree: Tree, below: str) -> str:
    """Return the directory of the documentation of a project; the folder itself if it is not a project."""
    is_project = any(tree.has(join(below, name)) for name in _PROJECT) or (tree.root / below / ".git").exists()
    directories = _directories(tree, below) if is_project else {}
    for name in _FOLDERS:
        if name in directories:
            return _one_language(tree, join(below, directories[name]))
    return _one_language(tree, below)


def _one_language(tree: Tree, folder: str) -> str:
    """Return the English edition of a manual whose editions lie side by side in directories named by language."""
    start = len(folder) + 1 if folder else 0
    names = {page[start:].partition("/")[0] for page in tree.below(folder) if "/" in page[start:]}
    if "en" in names and sum(map(is_language, names)) > 1:
        return join(folder, "en")
    return folder


def _left_out(tree: Tree, folder: str, listed: set[str]) -> dict[str, str]:
    """Return the translations of a manual whose list names none of them, with their reason code."""
    languages = {_first_part(page, folder) for page in listed}
    found: dict[str, str] = {}
    for page in tree.below(folder) if listed else ():
        first = _first_part(page, folder)
        if page not in listed and is_language(first) and first != "en" and first not in languages:
            found[page] = "translation"
    return found


def _is_aid(page: str) -> bool:
    name = page.rpartition("/")[2].lower()
    is_partial = ending_of(name) in (".md", ".mdx") and any(
        part.startswith("_") and not part.startswith("_index") for part in page.split("/")
    )
    return name in _AIDS or is_partial


def _first_part(page: str, folder: str) -> str:
    below = page[len(folder) + 1 :] if folder else page
    return below.partition("/")[0] if "/" in below else ""


def _sorted(tree: Tree, folder: str, wanted: frozenset[str] | None = None) -> list[NavEntry]:
    """Return lines for pages by their place and name, each directory under its front page or its own name."""
    pages = [page for page in tree.below(folder) if (page in wanted if wanted is not None else not _is_aid(page))]
    places = _positions(tree, pages) if len(pages) <= MAX_POSITIONS else {}
    start = len(folder) + 1 if folder else 0

    def place(page: str) -> tuple[object, ...]:
        parts = page.split("/")
        keys: list[object] = []
        for depth in range(folder.count("/") + bool(folder), len(parts)):
            path = "/".join(parts[: depth + 1])
            is_file = depth == len(parts) - 1
            keys.append((0 if is_file and is_front(path) else 1, places.get(path, float("inf")), natural(parts[depth])))
        return tuple(keys)

    lines: list[NavEntry] = []
    opened: set[str] = {folder}
    for page in sorted(pages, key=place):
        parts = page[start:].split("/")[:-1]
        for depth in range(1, len(parts) + 1):
            path = join(folder, *parts[:depth])
            if path not in opened:
                opened.add(path)
                if not (depth == len(parts) and is_front(page)):
                    lines.append(NavEntry(depth - 1, "", parts[depth - 1]))
        level = max(len(parts) - 1, 0) if is_front(page) else len(parts)
        lines.append(NavEntry(level, page))
    return lines


def _positions(tree: Tree, pages: Sequence[str]) -> dict[str, float]:
    """Return the places that pages claim in their front matter; a directory has that of its front page."""
    places: dict[str, float] = {}
    for page in pages:
        if ending_of(page) not in (".md", ".mdx"):
            continue
        try:
            with (tree.root / page).open("rb") as file:
                head = file.read(_FRONT_BYTES).decode("utf-8", "replace")
        except OSError:
            continue
        if head.startswith("---") and (found := _POSITION.search(head.partition("\n---")[0])):
            places[page] = float(found[1])
            if is_front(page) and dirname(page):
                places[dirname(page)] = float(found[1])
    return places


def _once(entries: Sequence[NavEntry]) -> list[NavEntry]:
    """Return lines without those of pages that stand before."""
    seen: set[str] = set()
    kept: list[NavEntry] = []
    for entry in entries:
        if entry.url not in seen or not entry.url:
            seen.add(entry.url)
            kept.append(entry)
    return kept
