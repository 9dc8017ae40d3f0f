"""Custom elements: those that fold a part away show it under its label, others become blocks or parts of a line."""

import re

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import bold_line, has_block, rename, replace, text_of, xpath

_NAMES = ("summary", "label", "heading", "header", "title", "name", "question")
_FOLDING = re.compile(
    r"-(?:details|accordion(?:-item)?|collapse|collapsible|disclosure|expand(?:er|able)?|toggle|panel|spoiler|faq|question)$|^(?:faq|accordion)-"
)
_NAMED = "|".join(f".//@{name}/.." for name in _NAMES)


def label_custom(root: HtmlElement) -> None:
    """Show what custom elements fold away, under the label that an attribute of theirs gives."""
    for element in xpath(root, _NAMED):
        if "-" in str(element.tag) and _FOLDING.search(str(element.tag)):
            _label_custom(element)


def _label_custom(element: HtmlElement) -> None:
    text = next((value for name in _NAMES if (value := " ".join(element.get(name, "").split()))), "")
    first = next(iter(element), None)
    if not text or (first is not None and text_of(first) == text):
        return
    label = bold_line(text)
    label.tail, element.text = element.text, None
    element.insert(0, label)
    rename(element, "div")


def settle_custom(root: HtmlElement) -> None:
    """Make custom elements that hold blocks blocks; what holds words alone stays within its line, apart from others."""
    for title in xpath(root, ".//@slot[.='title' or .='heading' or .='header' or .='label' or .='summary']/.."):
        parent = title.getparent()
        if parent is not None and "-" in str(parent.tag) and title.tag == "span" and not has_block(title):
            replace(title, bold_line(text_of(title)))
    for element in xpath(root, ".//*[contains(name(), '-')]"):
        if has_block(element):
            element.tag = "div"
        elif (following := element.getnext()) is not None and not element.tail and "-" in str(following.tag):
            element.tail = " "
