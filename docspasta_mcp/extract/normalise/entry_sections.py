"""Sections of API references that generators set as lists, tables or headers: the headings and blocks they show.

Javadoc and Groovydoc put every section in an item of a list; Documenter names an entry in a `header`, Natural Docs in
a `div`; Dokka sets parameters as rows of `div`.
"""

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import HEADINGS, make, rename, replace, text_of
from docspasta_mcp.extract.selectors import Search, tokens

_LAYOUT_LISTS = Search("ul.blockList", "ul.blockListLast", "ul.details-list", "ul.member-list", "ul.summary-list")
_DOCSTRINGS = Search("article.docstring > header", "article.docstring > summary")
_VARIANTS = Search("div.odoc-spec ol")
_PAIRS = Search(".main-subrow.keyValue")
_TOPICS = Search("div.CTitle")
_PROTOTYPES = Search("div.NDPrototype")
_HEADED = (*HEADINGS, "section", "pre", "table", "dl")


def name_sections(root: HtmlElement, names: frozenset[str]) -> None:
    """Make plain headings and blocks of sections below `root`."""
    for whole in _LAYOUT_LISTS(root, names):
        items = list(whole.iterchildren("li"))
        if any(next(item.iter(*_HEADED), None) is not None for item in items):
            for item in items:
                rename(item, "div")
            rename(whole, "div")
    for header in _DOCSTRINGS(root, names):
        _name_docstring(header)
    for variants in _VARIANTS(root, names):  # nobody sees numbers beside them
        variants.tag = "ul"
    for pair in _PAIRS(root, names):
        _define(pair)
    if "NDPrototype" in names or "CTitle" in names:
        _name_topics(root, names)


def _name_docstring(header: HtmlElement) -> None:
    """Make a heading of the name and kind of an entry of Documenter."""
    heading = make("h3")
    for code in list(header.iter("code")):
        heading.append(make("code", text_of(code)))
        heading[-1].tail = " "
    kinds = [text_of(one) for one in header.iter("span") if "docstring-category" in tokens(one)]
    if len(heading):
        heading[-1].tail = f" — {kinds[0]}" if kinds else None
        replace(header, heading)


def _define(pair: HtmlElement) -> None:
    """Make a name and what it means, side by side in Dokka, an entry of a list of definitions."""
    parts = [part for part in pair if text_of(part)]
    if len(parts) == 2:  # a name and its meaning
        term, said = make("dt", text_of(parts[0])), make("dd")
        said.extend(list(parts[1]))
        said.text = parts[1].text
        replace(pair, make("dl", "", term, said))


def _name_topics(root: HtmlElement, names: frozenset[str]) -> None:
    """Make headings of the titles of Natural Docs, and code of its prototypes, which are tables of their parts."""
    for title in _TOPICS(root, names):
        rename(title, "h3")
    for prototype in _PROTOTYPES(root, names):
        if "NDPrototype" in tokens(prototype):
            cells = [text for cell in prototype.iter("td", "div") if not len(cell) and (text := text_of(cell))]
            text = " ".join(cells) or text_of(prototype)
            replace(prototype, make("pre", text.replace("( ", "(").replace(" )", ")")))
    for heading in [one for one in root.iter("div") if "CHeading" in tokens(one)]:
        rename(heading, "h4")
