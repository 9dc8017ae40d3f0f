"""Definitions of Scribble, which are tables in boxes: headings with their names, and their forms as code."""

import re

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import HEADINGS, make, remove, rename, replace, text_of
from docspasta_mcp.extract.normalise.linked_code import links_of
from docspasta_mcp.extract.placeholders import Placeholders
from docspasta_mcp.extract.selectors import tokens

_INSETS = frozenset("SubFlow leftindent SVInsetFlow SCodeFlow SIntrapara RBackgroundLabel".split())
_SPACE = re.compile(r"[ \t\r\n\xa0]+")


def name_definitions(root: HtmlElement, placeholders: Placeholders) -> None:
    """Name definitions and keep their forms as code; insets that only indent are not quotations."""
    levels: dict[HtmlElement, int] = {}
    level = 1
    for element in root.iter(*HEADINGS, "table"):
        if element.tag == "table":
            levels[element] = level
        else:
            level = int(str(element.tag)[1])
    for table in [one for one in root.iter("table") if "RBoxed" in tokens(one) or "boxed" in tokens(one)]:
        if (
            table.getparent() is None
            or next((up for up in table.iterancestors("table") if "boxed" in tokens(up)), None) is not None
        ):
            continue
        _define(table, levels.get(table, 1), placeholders)
    for quote in list(root.iter("blockquote")):
        if "SCodeFlow" in tokens(quote):
            for table in [one for one in quote.iterchildren("table") if not tokens(one)]:
                table.set("class", "RktBlk")
        if _INSETS & tokens(quote):
            rename(quote, "div")


def _define(table: HtmlElement, level: int, placeholders: Placeholders) -> None:
    kinds = [one for one in table.iter("div") if "RBackgroundLabelInner" in tokens(one)]
    kind = text_of(kinds[0]) if kinds else ""
    for label in [one for one in table.iter("div") if "RBackgroundLabel" in tokens(one)]:
        remove(label)
    defined = [one for one in table.iter("a") if tokens(one) & {"RktStxDef", "RktValDef", "RktModLink", "RktDef"}]
    named = dict.fromkeys(text_of(one) for one in defined if tokens(one) & {"RktStxDef", "RktValDef", "RktDef"})
    links = links_of(table)
    text = "\n".join(
        line.rstrip() for line in "".join(_aligned(table)).replace("\xa0", " ").split("\n") if line.strip()
    )
    block = make("div")
    if named:
        heading = make(f"h{min(6, level + 1)}", f"{kind} " if kind else "")
        for name in named:
            code = make("code", name)
            code.tail = " "
            heading.append(code)
        block.append(heading)
    elif kind:
        block.append(make("p", "", make("em", kind)))
    if text:
        block.append(make("pre", placeholders.code(text, "racket")))
    if links is not None:
        block.append(links)
    replace(table, block)


def _aligned(element: HtmlElement) -> list[str]:
    """Return the text of nested tables, a line for each row that holds no other table."""
    parts: list[str] = []
    is_line = element.tag in ("tr", "p", "div")
    if is_line:
        parts.append("\n")
    if element.tag not in ("table", "tbody", "tr"):
        parts.append(_SPACE.sub(" ", element.text) if element.text and "\n" in element.text else element.text or "")
    for child in element:
        parts += ["\n"] if child.tag == "br" else _aligned(child)
        if element.tag not in ("table", "tbody", "tr"):
            parts.append(child.tail or "")
    return parts
