"""The page in a Storybook's frame: beside it stand messages for when it is missing, which a script hides."""

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import remove, xpath

STORYBOOK = "Storybook"  # the profile of pages that this is for
_MESSAGES = "../*[contains(concat(' ', normalize-space(@class), ' '), ' sb-wrapper ')]"


def drop_messages(document: HtmlElement) -> None:
    """Remove the messages beside a page that is there."""
    for page in xpath(document, ".//*[@id='storybook-docs'][*]"):
        for message in xpath(page, _MESSAGES):
            remove(message)
