"""The names that documentation generators share for navigations and their parts."""

import re
from functools import lru_cache

_NAV = re.compile(
    r"(?:^|[\s_-])(?:\w*sidebar\w*|side-?nav\w*|sidemenu|nav-?tree|nav-?list|navigation|menu|toctree\w*|summary|"
    r"chapters?|book-menu|docs-?nav|site-?nav|nav|table-of-contents|toc)(?:$|[\s_-])",
    re.IGNORECASE,
)
_NOT_NAV = re.compile(
    r"(?:^|[\s_-])(?:breadcrumbs?|pagination\w*|pager|prev-?next|related|footer|on-this-page|page-toc|local-?toc|"
    r"in-page|secondary|versions?|languages?|locale\w*|skip\w*|social|theme-doc-toc\w*|headerlink)(?:$|[\s_-])",
    re.IGNORECASE,
)
_TOCTREE = re.compile(
    r"(?:^|\s)(?:toctree-wrapper|toc|contents|toc-contents|sect-toc|menu|chapter-toc|section-toc|mini-toc)(?:$|\s)"
)
_LEVEL = re.compile(r"(?:^|[\s_-])(?:level|depth|lvl|toctree-l)-?(\d{1,2})(?:$|\s)")
_CAPTION = re.compile(r"(?:^|[\s_-])(?:caption|part-title|nav-?title|section-?title|group-?label|heading)(?:$|[\s_-])")
_NAV_STEMS = ("nav", "side", "menu", "toc", "summary", "chapter", "contents")  # one is in whatever `_NAV` finds


@lru_cache(maxsize=8192)
def is_nav_name(names: str) -> bool:
    """Tell whether class names or an id are those of a navigation."""
    return bool(_NAV.search(names))


def is_nav_class(tag: object, names: str) -> bool:
    """Tell whether class names are those of a navigation; a chapter that is no list is the text itself."""
    return bool(names) and not (names == "chapter" and tag in ("div", "section")) and is_nav_name(names)


@lru_cache(maxsize=8192)
def is_other_name(names: str) -> bool:
    """Tell whether class names or an id are those of what only looks like a navigation."""
    return bool(_NOT_NAV.search(names))


@lru_cache(maxsize=4096)
def is_toctree(names: str) -> bool:
    """Tell whether class names are those of a table of contents in the text."""
    return bool(_TOCTREE.search(names))


@lru_cache(maxsize=4096)
def is_caption(names: str) -> bool:
    """Tell whether class names are those of a title over links."""
    return bool(_CAPTION.search(names))


@lru_cache(maxsize=4096)
def level_of(names: str) -> int:
    """Return the level that class names tell, or 0."""
    marked = _LEVEL.search(names)
    return int(marked[1]) if marked else 0


def nav_ids(ids: list[str]) -> set[str]:
    """Return the ids that are called like a navigation; a page has many ids, most without any word of these."""
    joined = "\n".join(ids).lower()
    stems = [stem for stem in _NAV_STEMS if stem in joined]
    return {name for name in ids if any(stem in name.lower() for stem in stems) and is_nav_name(name)}
