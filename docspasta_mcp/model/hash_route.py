"""Routes of a browser application that stand behind the `#` of a URL: `https://docs.example/#/guide`.

They are pages where a browser renders them. Every other fragment is a place on a page, and part of no URL here.
"""

import re

MAX_ROUTE = 500  # characters
_ROUTE = re.compile(r"!?/[^\s#<>\"\\^`{|}]*")
_PLACE = re.compile(r"[?&]id=[^&]*")  # docsify's way to name a heading


def route_of(reference: str) -> str:
    """Return the route that a reference names, as in `/guide`; empty for the application's start and for none."""
    match = _ROUTE.match(reference.partition("#")[2][:MAX_ROUTE])
    route = _PLACE.sub("", match[0]) if match else ""
    return "" if route in ("/", "!/") else route


def with_route(url: str, route: str) -> str:
    """Return the URL of a route of the application at a parsed URL."""
    return f"{url}#{route}" if route else url


def without_route(url: str) -> str:
    """Return the URL of the application."""
    return url.partition("#")[0]


def is_route(url: str) -> bool:
    """Tell whether a URL of ours is one of a route."""
    return "#" in url
