"""What becomes of a panel that its label shows: it stays, under the label's text, and the row of labels goes."""

from collections.abc import Collection

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import HEADINGS, bold_line, label_of, remove, rename, text_of
from docspasta_mcp.extract.glances import has_text
from docspasta_mcp.extract.selectors import tokens

_TITLES = ("div", "p", "span")
_HIDDEN = frozenset(("hidden", "is-hidden", "d-none", "display-none"))


def said(label: HtmlElement) -> str:
    """Return what a label says: its words, or those of the picture that it is."""
    picture = next(label.iter("img"), None)
    return label_of(label) or label.get("aria-label", "") or (picture.get("alt", "") if picture is not None else "")


def show(panel: HtmlElement) -> None:
    """Take away what hides a panel."""
    for attribute in ("hidden", "aria-hidden", "style"):
        panel.attrib.pop(attribute, None)
    if "hid" in (names := panel.get("class", "")) or "none" in names:
        panel.set("class", " ".join(name for name in names.split() if name not in _HIDDEN))


def label_panel(panel: HtmlElement, text: str) -> None:
    """Put a label in front of what a panel holds, unless a heading there says the same."""
    if not text:
        return
    first = next((one for one in panel.iterdescendants(*HEADINGS, "p") if text_of(one)), None)
    if first is not None and first.tag in HEADINGS and text_of(first) == text and not (panel.text or "").strip():
        return
    again = next(iter(panel), None)
    if again is not None and again.tag in _TITLES and not (panel.text or "").strip() and text_of(again) == text:
        remove(again)  # for print, where all panels stand below one another
    label = bold_line(text)
    if panel.tag in ("pre", "table", "ul", "ol", "code"):
        panel.addprevious(label)
        return
    panel.insert(0, label)
    label.tail, panel.text = panel.text, None
    if "sd-tab-content" in tokens(panel) or panel.tag == "span":
        panel.tag = "div"


def drop_rows(labels: Collection[HtmlElement]) -> None:
    """Remove labels, and the lists or bars around them if nothing else is in those."""
    parents = {parent: None for label in labels if (parent := label.getparent()) is not None}
    for label in labels:
        remove(label)
    for parent in parents:
        _drop_empty(parent)


def _drop_empty(row: HtmlElement | None) -> None:
    while row is not None and row.tag in ("li", "ul", "div", "p", "span", "nav") and not has_text(row):
        above = row.getparent()
        if row.find(".//pre") is not None or row.find(".//img") is not None:
            return
        remove(row)
        row = above


def open_list(listed: HtmlElement) -> None:
    """Show the panels that a custom element for tabs takes from a list of terms, which is hidden until then."""
    label = ""
    for part in list(listed):
        if part.tag == "dt":
            label = text_of(part)
            remove(part)
        else:
            rename(part, "div")
            label_panel(part, label)
    rename(listed, "div")
