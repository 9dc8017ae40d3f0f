"""Walls: pages that a site sends its readers to before it shows the one that they asked for."""

import re
from urllib.parse import unquote

from docspasta_mcp.urls import path_of

_PASSWORD = re.compile(rb"<input\b[^>]{0,500}\btype\s*=\s*[\"']?password", re.IGNORECASE)


def leads_back(way: str, url: str) -> bool:
    """Tell whether a URL has a page's address in its query, as walls for cookies and sign-ins do."""
    return len(path_of(url)) > 1 and path_of(url) in unquote(way.partition("?")[2])


def is_sign_in(way: str, url: str, body: bytes) -> bool:
    """Tell whether a site has sent the reader of a page to one that asks for a password, and would lead back."""
    return leads_back(way, url) and bool(_PASSWORD.search(body))
