"""Addresses that Cloudflare hides from programs: `user@host` and `package@1.2.3` alike, also within code.

A script shows them as soon as a browser has the page; without it each is `[email protected]`.
"""

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import unwrap_all, xpath

_LINK = "/cdn-cgi/l/email-protection#"


def show_addresses(document: HtmlElement) -> None:
    """Put the addresses of a page where it only says that they are protected, and in the links that lead to them."""
    shown: list[HtmlElement] = []
    for element in xpath(document, ".//*[@data-cfemail]"):
        if address := _address(element.get("data-cfemail", "")):
            element[:] = []
            element.text = address
            shown.append(element)
    unwrap_all(document, shown)
    for link in xpath(document, f".//a[contains(@href, '{_LINK}')]"):
        if address := _address(link.get("href", "").partition("#")[2]):
            link.set("href", f"mailto:{address}")


def _address(digits: str) -> str:
    """Return what hexadecimal digits hide: the first byte is the key of all others; nothing if none is seen."""
    try:
        key, *hidden = bytes.fromhex(digits)
        address = bytes(byte ^ key for byte in hidden).decode()
    except ValueError:
        return ""
    return address if address.isprintable() else ""  # a tree takes no control characters
