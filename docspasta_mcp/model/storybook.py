"""The pages of a Storybook: what a reader opens (`?path=/docs/ID`) holds a frame, and the frame's page has the text."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

_FRAME = "iframe.html"
_DOCS = ("viewMode", "docs")
_SHOWN = ("viewMode", "story")
_STORY = re.compile(r"/story/[\w.-]+--[\w.-]+$")
_OPENED = re.compile(r"/docs/([\w.-]+--[\w.-]+)$")  # an id has two hyphens between its title and its name


def page_of(base: str, identifier: str) -> str:
    """Return the URL of a page of documentation, as Storybook's own frame asks for it.

    Args:
        base: the directory of the Storybook.
        identifier: of the page, as in `guide-install--docs`.
    """
    return f"{base}{_FRAME}?{urlencode((_DOCS, ('id', identifier)), errors='replace')}"


def framed(url: str) -> str:
    """Return the URL of the page in the frame, where a parsed URL is that of the page around it; else the URL."""
    if "path=" not in url:
        return url
    parts = urlsplit(url)
    opened = _OPENED.match(dict(parse_qsl(parts.query)).get("path", ""))
    if opened is None:
        return url
    base = urlunsplit(parts._replace(path=parts.path[: parts.path.rindex("/") + 1], query="", fragment=""))
    return page_of(base, opened[1])


def is_page(url: str) -> bool:
    """Tell whether a URL is one that `page_of` makes."""
    parts = urlsplit(url)
    return parts.path.endswith(f"/{_FRAME}") and _DOCS in parse_qsl(parts.query)


def is_story(url: str) -> bool:
    """Tell whether a URL is that of a component in action, which is no page of documentation."""
    if "/story/" not in url and _SHOWN[0] not in url:
        return False
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query)
    in_frame = parts.path.endswith(f"/{_FRAME}") and _SHOWN in pairs
    return in_frame or bool(_STORY.match(dict(pairs).get("path", "")))
