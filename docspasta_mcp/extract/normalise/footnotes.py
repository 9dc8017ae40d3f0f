"""Footnotes as `[^1]` where they are called and `[^1]: text` where they stand.

A footnote is a link within the page, in a `sup` or of a footnote class, to an element that is listed as one:
Sphinx, Python-Markdown, GitHub, markdown-it, Asciidoctor, DocBook, MediaWiki.
"""

import re

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import Search, make, remove, rename, replace, text_of, tokens
from docspasta_mcp.extract.placeholders import Placeholders

_CALLS = Search(
    "sup > a[href^='#']", "a.footnote-reference", "a.footnote-ref", "a[data-footnote-ref]", "a.footnote[href^='#']",
    "a[id^='DOCF']",
)  # fmt: skip
_BACK = Search(
    "a.footnote-backref", "a.footnote-back", "a[data-footnote-backref]", "a.fn-backref", ".mw-cite-backlink",
    "a.reversefootnote",
    "aside.footnote > .label", "dt.label > .fn-backref", "aside.footnote > .backrefs", "a.data-footnote-backref",
)  # fmt: skip
_NUMBER = re.compile(r"\[?(\w{1,12}|\*|†)\]?")
_BACKWARD = re.compile(r"[\[(]?(?:[↩↵⏎⤴↑⇑^]\ufe0e?\ufe0f?|back|return|jump up)[\])]?", re.IGNORECASE)
_LISTED = ("li", "aside", "dt", "tr", "div", "p", "td", "section", "a", "span")


def mark_footnotes(root: HtmlElement, placeholders: Placeholders, names: frozenset[str]) -> None:
    """Write calls and notes below `root` in Markdown's form."""
    calls = [call for call in _CALLS(root, names) if _NUMBER.fullmatch(text_of(call))]
    if not calls:
        return
    targets: dict[str, HtmlElement | None] = {call.get("href", "").partition("#")[2]: None for call in calls}
    for element in root.iter(*_LISTED):
        if element.get("id") in targets:
            targets[element.get("id", "")] = element
    for back in _BACK(root, names):
        remove(back)
    for rule in list(root.iter("hr")):
        parent = rule.getparent()
        if parent is not None and ({"footnote", "footnotes"} & tokens(parent) or parent.get("id") == "footnotes"):
            remove(rule)
    noted: set[str] = set()
    for call in calls:
        number = text_of(call).strip("[]")
        target_id = call.get("href", "").partition("#")[2]
        target = targets[target_id]
        note = _note(target) if target is not None else None
        if note is None:
            continue
        parent = call.getparent()
        outer = parent if parent is not None and parent.tag == "sup" and len(parent) == 1 else call
        replace(outer, make("span", placeholders.inline(f"[^{number}]")))
        if target_id not in noted:
            noted.add(target_id)
            _number(note, number, placeholders)


def _note(target: HtmlElement) -> HtmlElement | None:
    if target.tag in ("a", "span"):  # Asciidoctor and DocBook put the anchor inside
        parent = target.getparent()
        if parent is not None and parent.tag == "h5":  # Texinfo sets the number above
            note = parent.getnext()
            remove(parent)
            return note
        return parent if parent is not None and parent.tag in ("div", "p", "td") else None
    if target.tag == "dt":
        return target.getnext()
    return target


def _number(note: HtmlElement, number: str, placeholders: Placeholders) -> None:
    for anchor in list(note.iter("a")):
        if anchor.get("href", "").startswith("#") and _BACKWARD.fullmatch(text_of(anchor)):
            remove(anchor)
        elif text_of(anchor).strip("[].") == number and anchor.getparent() is not None:
            anchor.tail = (anchor.tail or "").lstrip(". ]")
            remove(anchor)
    first = next(iter(note), None)
    if (
        first is not None
        and first.tag == "sup"
        and not (note.text or "").strip()
        and text_of(first).strip("[].") == number
    ):
        note.text = (first.tail or "").lstrip()
        first.tail = None
        remove(first)
    before = (note.text or "").lstrip().lstrip("[")
    note.text = before
    first = next(iter(note), None)
    holder = first if first is not None and first.tag == "p" and not before.strip() else note
    holder.text = placeholders.inline(f"[^{number}]: ") + (holder.text or "").lstrip()
    if note.tag in ("li", "aside", "dd"):
        parent = note.getparent()
        if note.tag == "li" and parent is not None and parent.tag in ("ol", "ul"):
            rename(parent, "div")
        elif note.tag == "dd" and parent is not None and tokens(parent) & {"footnote", "citation"}:
            for term in list(parent.iterchildren("dt")):
                remove(term)
            rename(parent, "div")
        rename(note, "div")
