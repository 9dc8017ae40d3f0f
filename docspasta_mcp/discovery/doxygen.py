"""Read the navigation of Doxygen, which its pages fetch by scripts: navtreedata.js, navtreeindexN.js, menudata.js.

They are read as data: names and places are picked out, and nothing is run. Pure: `site_lists` has fetched them.
"""

import re
from collections.abc import Iterable
from itertools import islice

from docspasta_mcp.errors import InvalidUrl
from docspasta_mcp.model.frontier import NavEntry
from docspasta_mcp.urls import join_url, path_of

MAX_TREE_FILES = 60  # navtreeindexN.js that are fetched; each has 250 lines, and those of a page's members among them
MAX_PREVIEWED_FILES = 6  # the same for a dry run, which has no time for more
MAX_TREE_BYTES = 2_000_000  # of one file; Doxygen writes some twenty kilobytes
MAX_LINES = 50_000
_HEAD = 20_000  # characters in which a page names its scripts
_STRING = r'"((?:[^"\\\n]|\\.){0,1000})"'
_SCRIPT = re.compile(r"""<script[^>]{0,200}\bsrc=["']?((?:[^"'\s>]*/)?(?:navtreedata|menudata)\.js)\b""", re.IGNORECASE)
_INDEX = re.compile(r"\bNAVTREEINDEX\s*=\s*\[([^\]]*)\]")
_NAME = re.compile(_STRING)
_LINE = re.compile(_STRING + r"\s*:\s*\[([\d,\s]{0,400})\]")
_TREE = re.compile(r"\[\s*" + _STRING + r"\s*,\s*" + _STRING + r"\s*,")
_MENU = re.compile(r"\burl\s*:\s*" + _STRING + r"|\b(children)\s*:\s*\[|(\])")
_MEMBERS = re.compile(r"(?:functions|globals|namespacemembers)(?:_\w+)?\.x?html?|classes\.x?html?")


def tree_scripts(text: str, url: str) -> tuple[str, ...]:
    """Return the files in which a page's navigation is, the best first; none for a page that is not Doxygen's."""
    if "oxygen" not in text[:_HEAD]:
        return ()
    found: dict[str, None] = {}
    for match in islice(_SCRIPT.finditer(text[:_HEAD]), 4):
        try:
            found[join_url(url, match[1])] = None
        except InvalidUrl:
            continue
    return tuple(sorted(found, key=lambda one: "menudata" in one))


def is_tree_script(url: str) -> bool:
    """Tell whether a file holds a navigation of Doxygen."""
    return path_of(url).endswith(("/navtreedata.js", "/menudata.js"))


def index_files(text: str, url: str) -> list[str]:
    """Return the files that say where each page stands in the tree of a navtreedata.js, in their order."""
    listed = _INDEX.search(text)
    count = len(_NAME.findall(listed[1])) if listed else 0
    return [join_url(url, f"navtreeindex{number}.js") for number in range(count)]


def tree_of(script: str, indexes: Iterable[str], url: str) -> tuple[NavEntry, ...]:
    """Return the lines of a navigation in reading order.

    Args:
        script: navtreedata.js or menudata.js.
        indexes: the files that `index_files` names, as far as they could be had.
        url: of the script.
    """
    if path_of(url).endswith("/menudata.js"):
        return _entries(_menu(script), url)
    places: dict[str, tuple[int, ...]] = {}
    for text in indexes:
        for match in islice(_LINE.finditer(text), MAX_LINES):
            page, _, member = match[1].partition("#")
            place = tuple(int(part) for part in match[2].replace(" ", "").split(",") if part)
            if not member or page not in places:  # without a line of its own a page stands where its first member does
                places[page] = place
    placed = sorted(places.items(), key=lambda one: one[1])
    found = [(len(place), page) for page, place in placed]
    return _entries([*found, *((1, match[2]) for match in islice(_TREE.finditer(script), MAX_LINES))], url)


def is_member_list(url: str) -> bool:
    """Tell whether a page of Doxygen lists the names of classes or of their members by the alphabet."""
    return bool(_MEMBERS.fullmatch(path_of(url).rpartition("/")[2]))


def _menu(script: str) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    level = 0
    for match in islice(_MENU.finditer(script), MAX_LINES):
        if match[1] is not None:
            found.append((max(level, 1), match[1]))
        else:
            level += 1 if match[2] else -1
    return found


def _entries(lines: Iterable[tuple[int, str]], url: str) -> tuple[NavEntry, ...]:
    entries: dict[str, NavEntry] = {}
    for level, reference in islice(lines, MAX_LINES):
        place = reference.partition("#")[0]
        if not place or "\\" in place or "://" in place:
            continue
        try:
            page = join_url(url, place)
        except InvalidUrl:
            continue
        entries.setdefault(page, NavEntry(level, page))
    return tuple(entries.values())
