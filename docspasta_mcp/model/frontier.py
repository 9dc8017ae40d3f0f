"""What a page mentions of its site: lines of a navigation, and URLs that are left out.

Tuples, since worker processes send hundreds of them with a page: pickling a dataclass costs ten times as much. They lie
apart from `job`, whose pydantic a worker would have to load.
"""

from typing import NamedTuple


class NavEntry(NamedTuple):
    """A line of a site's own navigation; a caption has a title and no URL. Lower levels enclose higher ones."""

    level: int
    url: str
    title: str = ""


class LeftOut(NamedTuple):
    """A URL that was met and is not crawled, with its reason code."""

    url: str
    reason: str
