"""Addresses that Cloudflare hides from programs: `user@host` and `package@1.2.3` alike, also within code.

A script shows them as soon as a browser has the page; without it each is `[email protected]`.
"""

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import unwrap, xpath

_LINK = "/cdn-cgi/l/email-protection#"


def show_addresses(document: HtmlElement) -> None:
    """Put the addresses of a page where it only says that they are protected, and in the links that lead to them."""
    for element in xpath(document, ".//*[@data-cfemail]"):
        if address := _address(element.get("data-cfemail", "")):
            element[:] = []
            element.text = address
            unwrap(element)
    for link in xpath(document, f".//a[contains(@href, '{_LINK}')]"):
        if address := _address(link.get("href", "").partition("#")[2]):
            link.set("href", f"mailto:{address}")


def _address(digits: str) -> str:
    """Return what hexadecimal digits hide: the first byte is the key of all others; nothing if they hide no text."""
    try:
        key, *hidden = bytes.fromhex(digits)
        return bytes(byte ^ key for byte in hidden).decode()
    except ValueError:
        return ""
