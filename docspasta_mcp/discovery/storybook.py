"""Read a Storybook's own list of its pages, in the order of its sidebar: index.json, as versions from 7 on write it.

Its pages are empty without their scripts, so a browser renders them. Pure: the list is fetched by `discover`.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, cast

from docspasta_mcp.errors import InvalidUrl
from docspasta_mcp.model.frontier import NavEntry
from docspasta_mcp.model.storybook import page_of
from docspasta_mcp.urls import join_url

_HEAD = 400_000  # characters in which its scripts are looked for
_SCRIPTS = re.compile(r"""["'](?:\./)?sb-(?:manager|preview)/""")
_USUAL = "Docs"  # the name of a page that is the only one of its title


@dataclass(frozen=True, slots=True)
class Storybook:
    """Where a Storybook lies: the directory of its pages."""

    base: str

    @property
    def index(self) -> str:
        """The URL of its list."""
        return f"{self.base}index.json"


def storybook_of(text: str, url: str) -> Storybook | None:
    """Return where a Storybook lies, if its page, or the one in its frame, was found at this URL."""
    if not _SCRIPTS.search(text[:_HEAD]):
        return None
    try:
        return Storybook(join_url(url, "./"))
    except InvalidUrl:
        return None


def listed_pages(body: bytes, site: Storybook) -> tuple[NavEntry, ...]:
    """Return the pages of documentation that a list names, below captions for the parts of their titles."""
    try:
        found: Any = json.loads(body)
    except (ValueError, RecursionError):
        return ()
    listed: Any = cast("dict[str, Any]", found).get("entries") if isinstance(found, dict) else None
    entries: list[NavEntry] = []
    above: tuple[str, ...] = ()
    for one in cast("dict[str, Any]", listed).values() if isinstance(listed, dict) else ():
        page = cast("dict[str, Any]", one) if isinstance(one, dict) else {}
        if page.get("type") != "docs" or not isinstance(page.get("id"), str):
            continue
        *captions, title = [part.strip() for part in str(page.get("title", "")).split("/")]
        name = str(page.get("name", _USUAL))
        path = tuple(captions) if name == _USUAL else (*captions, title)
        same = next(
            (at for at, (a, b) in enumerate(zip(path, above, strict=False)) if a != b), min(len(path), len(above))
        )
        entries += [NavEntry(level, "", caption) for level, caption in enumerate(path) if level >= same]
        entries.append(NavEntry(len(path), page_of(site.base, page["id"]), title if name == _USUAL else name))
        above = path
    return tuple(entries)
