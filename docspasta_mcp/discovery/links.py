"""Where references lead, and the URL that relative ones of a page start from."""

from functools import lru_cache

from lxml.html import HtmlElement

from docspasta_mcp.errors import InvalidUrl
from docspasta_mcp.urls import MAX_URL_LENGTH, join_url


def join(base: str, reference: str) -> str:
    """Return the absolute URL of a reference without its fragment, or an empty string if it leads nowhere."""
    if len(reference) > MAX_URL_LENGTH:  # nor is it kept: a data: URI has megabytes
        return ""
    is_whole = reference.startswith(("https://", "http://"))
    return _joined(reference if is_whole else base, reference)  # the same on all pages


@lru_cache(maxsize=4096)  # navigation repeats itself within a page, and from page to page of a worker
def _joined(base: str, reference: str) -> str:
    try:
        return join_url(base, reference)
    except InvalidUrl:
        return ""


def base_url(document: HtmlElement, url: str) -> str:
    """Return the URL that relative references of a page start from.

    Args:
        document: the page.
        url: where it was found; if empty, where its canonical link says that it is.
    """
    if not url:
        canonical = (
            link.get("href", "") for link in document.iter("link") if link.get("rel", "").lower() == "canonical"
        )
        url = next((found for href in canonical if "://" in href and (found := join(href, href))), "")
    for element in document.iter("base"):
        return join(url, element.get("href", "")) or url
    return url
