"""What a page tells of its site, as `navigation` and `generator_marks` read it in a worker. Loads no parser."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from docspasta_mcp.discovery.docsify import Docsify
from docspasta_mcp.discovery.storybook import Storybook
from docspasta_mcp.model.frontier import LeftOut, NavEntry
from docspasta_mcp.model.storybook import is_story
from docspasta_mcp.urls import path_of

_NO_PAGES = re.compile(
    r"\.(?:png|jpe?g|gif|svg|webp|ico|css|js|mjs|json|xml|zip|t?gz|bz2|xz|tar|whl|exe|dmg|mp4|webm|woff2?|inv)$",
    re.IGNORECASE,
)


INITIALIZERS = ("swagger-initializer.js", "redoc-init.js", "swagger-init.js")


class Alternate(NamedTuple):
    """A translation of a page, with its language tag; one that is not declared is only called so by a link."""

    language: str
    url: str
    is_declared: bool = False


@dataclass(frozen=True, slots=True)
class PageContext:
    """What a page shows of its site.

    Attributes:
        links: URLs in the scope, in document order, each once.
        navigation: trees of links: the sidebar, and the page's own table of contents.
        following: URL that the page calls its next page.
        canonical: URL that the page calls its own.
        meta_refresh: URL that it sends its reader to at once, by a meta refresh or a script.
        left_out: URLs that are not crawled, with the reason code.
        is_frameset: it only holds frames.
        is_viewer: it only shows API specifications.
        is_translation: it is a translation of a page that is in the language of the scope.
        language: BCP 47 tag that the page gives itself, or empty.
        alternates: its editions in other languages.
        is_listing: a server made it from the files of a directory.
        is_index: it is an index of the manual's words.
        has_search: it has a field to search with.
        tabs: links of the bar above it, one of which leads to the section that its sidebar shows.
    """

    links: tuple[str, ...] = ()
    navigation: tuple[tuple[NavEntry, ...], ...] = ()
    following: str = ""
    canonical: str = ""
    meta_refresh: str = ""
    left_out: tuple[LeftOut, ...] = ()
    is_frameset: bool = False
    is_viewer: bool = False
    is_translation: bool = False
    language: str = ""
    alternates: tuple[Alternate, ...] = ()
    is_listing: bool = False
    is_index: bool = False
    has_search: bool = False
    tabs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GeneratorMarks:
    """What one page tells of its manual; URLs are empty where it tells nothing.

    `root` is where the manual begins, `indexes` are files that list its pages, the best first, `homes` pages that a
    reader is sent to for an overview; `markdown` is the page's own Markdown edition; `docsify` says where a site
    of docsify has its files, `storybook` where a Storybook lies. `is_shell` tells that only its scripts can fill it.
    `fault` is the reason why nothing could be read of it, empty if it was read.
    """

    context: PageContext
    generator: str = ""
    root: str = ""
    indexes: tuple[str, ...] = ()
    homes: tuple[str, ...] = ()
    markdown: str = ""
    docsify: Docsify | None = None
    storybook: Storybook | None = None
    is_shell: bool = False
    fault: str = ""


def is_initializer(url: str) -> bool:
    """Tell whether a URL's name says that it is the script by which a viewer names its API specification."""
    return path_of(url).endswith(INITIALIZERS)


def is_asset(url: str) -> bool:
    """Tell whether a URL says that it is not a page: an image, an archive, a style sheet, a component in action."""
    return bool(_NO_PAGES.search(path_of(url))) or is_story(url)
