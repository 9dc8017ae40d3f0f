"""Footnotes as `[^1]` where they are called and `[^1]: text` where they stand.

A footnote is a link within the page, in a `sup` or of a footnote class, to an element that is listed as one:
Sphinx, Python-Markdown, GitHub, markdown-it, Asciidoctor, DocBook, MediaWiki.
"""

import re
from copy import deepcopy

from lxml import etree
from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import make, remove, rename, replace, text_of, unwrap
from docspasta_mcp.extract.placeholders import Placeholders
from docspasta_mcp.extract.selectors import Search, tokens

_CALLS = Search(
    "sup > a[href^='#']", "a.footnote-reference", "a.footnote-ref", "a[data-footnote-ref]", "a.footnote[href^='#']",
    "a[id^='DOCF']",
)  # fmt: skip
_BACK = Search(
    "a.footnote-backref", "a.footnote-back", "a[data-footnote-backref]", "a.fn-backref", ".mw-cite-backlink",
    "a.reversefootnote",
    "aside.footnote > .label", "dt.label > .fn-backref", "aside.footnote > .backrefs", "a.data-footnote-backref",
)  # fmt: skip
_NUMBER = re.compile(r"\[?(\w{1,12}|\*|†)[\])]?")
_BACKWARD = re.compile(r"[\[(]?(?:[↩↵⏎⤴↑⇑^]\ufe0e?\ufe0f?|back|return|jump up)[\])]?", re.IGNORECASE)
_BOXES = frozenset(("footnotes", "footnote", "footnotes-segment", "endnotes"))  # ids and classes
_MOST_SHARED = 5  # numbers of one note
_LISTED = ("li", "table", "aside", "dt", "tr", "div", "p", "td", "section", "a", "span")


def take_in_notes(document: HtmlElement, root: HtmlElement, names: frozenset[str]) -> None:
    """Append to `root` the boxes of notes beside it that its links lead to: Asciidoctor and Texinfo set them there."""
    if names.isdisjoint(_BOXES):
        return
    called = {href[1:] for one in root.iter("a") if (href := one.get("href", "")).startswith("#")} - {""}
    above = set(root.iterancestors())
    seen = {root}  # what stands inside was looked at with it
    for box in document.xpath("//*[@id or @class][not(self::a or self::sup or self::span)]"):  # those are calls
        is_box = not {box.get("id"), *tokens(box)}.isdisjoint(_BOXES) and box not in above
        if not is_box or box in seen or not seen.isdisjoint(box.iterancestors()):
            continue
        seen.add(box)
        if _has_one_of(box, called):
            remove(box)
            box.tail = None
            root.append(box)


def _has_one_of(box: HtmlElement, ids: set[str]) -> bool:
    return any(one.get("id") in ids or one.get("name") in ids for one in box.iter(etree.Element))


def mark_footnotes(root: HtmlElement, placeholders: Placeholders, names: frozenset[str]) -> None:
    """Write calls and notes below `root` in Markdown's form."""
    calls = [call for call in _CALLS(root, names) if _NUMBER.fullmatch(text_of(call))]
    if not calls:
        return
    if "fn_bot" in names:
        _repeat_shared(root)
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
    notes: dict[HtmlElement, _Note] = {}
    for call in calls:
        number = text_of(call).strip("[])")
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
            if note not in notes:
                notes[note] = _Note(note)
            notes[note].number(number, placeholders)
    for one in notes.values():
        one.write()


def _note(target: HtmlElement) -> HtmlElement | None:
    if target.tag in ("a", "span"):  # Asciidoctor and DocBook put the anchor inside
        parent = target.getparent()
        if parent is not None and parent.tag == "h5":  # Texinfo sets the number above
            note = parent.getnext()
            remove(parent)
            return note
        if parent is not None and parent.tag == "sup":
            return _dokuwiki_note(parent)
        return parent if parent is not None and parent.tag in ("div", "p", "td") else None
    if target.tag == "dt":
        return target.getnext()
    return _docutils_note(target) if target.tag == "table" else target


def _docutils_note(table: HtmlElement) -> HtmlElement | None:
    """Return the text of a note that Docutils sets in a table beside its label, in its place."""
    cells = list(table.iter("td"))
    if len(cells) != 2 or "footnote" not in tokens(table):
        return None
    rename(cells[1], "div")
    replace(table, cells[1])
    return cells[1]


def _repeat_shared(root: HtmlElement) -> None:
    """Write the note of DokuWiki that several numbers share once for each of them."""
    for box in [one for one in root.iter("div") if "fn" in tokens(one)]:
        numbers = [one for one in box.iterchildren("sup") if one.find("a") is not None]
        if not 1 < len(numbers) <= _MOST_SHARED:
            continue
        for number in numbers:
            number.tail = None
        for number in numbers[1:]:
            remove(number)
        for number in reversed(numbers[1:]):
            copy = deepcopy(box)
            replace(copy[0], number)
            box.addnext(copy)


def _dokuwiki_note(raised: HtmlElement) -> HtmlElement | None:
    """Return the box of a note of DokuWiki or Org: it holds the raised number and a box with the text, nothing else."""
    box = raised.getparent()
    if box is None or not tokens(box) & {"fn", "footdef"} or box.xpath("count(sup/a)") != 1:
        return None
    raised.tail = (raised.tail or "").strip()
    for text in box.findall("div"):
        unwrap(text)
    if (first := box.find("p")) is not None:
        unwrap(first)
    return box


class _Note:
    """One note, or a block with several."""

    def __init__(self, note: HtmlElement) -> None:
        self._note = note
        self._marks: list[str] = []
        self._links: dict[str, list[HtmlElement]] = {}  # by their texts
        for anchor in list(note.iter("a")):
            text = text_of(anchor)
            if anchor.get("href", "").startswith("#") and _BACKWARD.fullmatch(text):
                remove(anchor)
            else:
                self._links.setdefault(text.strip("[])."), []).append(anchor)

    def number(self, number: str, placeholders: Placeholders) -> None:
        """Write the number as Markdown does instead of as the page does."""
        for anchor in self._links.pop(number, ()):
            if anchor.getparent() is not None:
                anchor.tail = (anchor.tail or "").lstrip(". ]")
                remove(anchor)
        if not self._marks:
            self._drop_raised(number)
        self._marks.append(placeholders.inline(f"[^{number}]: "))

    def _drop_raised(self, number: str) -> None:
        note, first = self._note, next(iter(self._note), None)
        if first is not None and first.tag == "p" and not (note.text or "").strip():  # of Quarto's margin
            note, first = first, next(iter(first), None)
        if first is None or first.tag != "sup" or (note.text or "").strip() or text_of(first).strip("[].") != number:
            return
        note.text = (first.tail or "").lstrip()
        first.tail = None
        remove(first)

    def write(self) -> None:
        """Put the marks where the note begins, and make it a block of its own."""
        note = self._note
        before = (note.text or "").lstrip().lstrip("[")
        note.text = before
        first = next(iter(note), None)
        holder = first if first is not None and first.tag == "p" and not before.strip() else note
        holder.text = "".join(reversed(self._marks)) + (holder.text or "").lstrip()
        if note.tag not in ("li", "aside", "dd"):
            return
        parent = note.getparent()
        if note.tag == "li" and parent is not None and parent.tag in ("ol", "ul"):
            rename(parent, "div")
        elif note.tag == "dd" and parent is not None and tokens(parent) & {"footnote", "citation"}:
            for term in list(parent.iterchildren("dt")):
                remove(term)
            rename(parent, "div")
        rename(note, "div")
