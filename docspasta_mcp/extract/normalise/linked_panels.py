"""Panels of whatever class that style hides until a link to them, or the label in their place, is chosen."""

from collections.abc import Iterator
from itertools import islice

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import HEADINGS, ancestors, label_of, text_of, xpath
from docspasta_mcp.extract.normalise.hidden import is_hidden
from docspasta_mcp.extract.normalise.panels import drop_rows, label_panel, said, show
from docspasta_mcp.extract.selectors import tokens

_HIDEABLE = ".//@hidden/.. | .//@style[contains(., 'display')]/.."
_LINKS = ".//a[starts-with(@href, '#')] | .//@data-target[starts-with(., '#')]/.."
_HIDDEN = (
    ".//@hidden/..|.//@style[contains(., 'display')]/..|.//@class[contains(., 'hidden') or contains(., 'd-none')]/.."
)
_STATES = frozenset(
    "hidden is-hidden d-none active is-active show shown selected is-selected current open visible block".split()
)
_BLOCKS = frozenset(("div", "section", "pre", "article", "figure", "ul", "ol", "table", "li"))
_MAX_LABEL = 60  # characters
_Kind = tuple[str, frozenset[str]]  # of an element: its tag, and its class names without those of states


def label_linked(root: HtmlElement) -> None:
    """Show panels side by side of which some are hidden and each is named by a short link above; label them."""
    hidden = [one for one in xpath(root, _HIDEABLE) if one.get("id") and is_hidden(one)]
    if not hidden:
        return
    labels = {
        (link.get("data-target") or link.get("href", ""))[1:]: link
        for link in xpath(root, _LINKS)
        if 0 < len(text_of(link)) <= _MAX_LABEL
    }
    folded = set(hidden)
    for parent in {one: None for panel in hidden if (one := panel.getparent()) is not None}:
        panels = [one for one in parent if one.get("id") in labels and labels[one.get("id", "")] not in one.iter()]
        if len(panels) < 2 or folded.isdisjoint(panels):
            continue
        if len({_row_of(labels[panel.get("id", "")]) for panel in panels}) > 1:
            continue
        for panel in panels:
            show(panel)
            label_panel(panel, label_of(labels[panel.get("id", "")]))
        drop_rows([labels[panel.get("id", "")] for panel in panels])


def label_alternatives(root: HtmlElement) -> None:
    """Show elements of one class of which one is shown, under the labels that stand before them, one for each."""
    done: set[tuple[HtmlElement, _Kind]] = set()
    families: dict[HtmlElement, dict[_Kind, list[HtmlElement]]] = {}
    rows: dict[HtmlElement, list[list[HtmlElement]]] = {}  # what may be labels in each
    for hidden in xpath(root, _HIDDEN):
        parent = hidden.getparent()
        if parent is None or hidden.tag not in _BLOCKS or not is_hidden(hidden):
            continue
        kind = _kind_of(hidden)
        if (parent, kind) in done or not kind[1]:
            continue
        done.add((parent, kind))
        if parent not in families:
            families[parent] = _by_kind(parent)
        panels = [one for one in families[parent].get(kind, []) if text_of(one)]
        if sum(1 for one in panels if not is_hidden(one)) != 1:
            continue
        labels = _labels_before(panels[0], len(panels), rows)
        if not labels and all(map(_begins_with_heading, panels)):
            for panel in panels:
                show(panel)
        for changed in (*panels, *labels) if labels else ():
            for above in (changed, *changed.iterancestors()):
                rows.pop(above, None)
        for panel, label in zip(panels, labels, strict=False):
            show(panel)
            panel.attrib.pop("class")
            label_panel(panel, said(label))
        drop_rows(labels)


def _begins_with_heading(panel: HtmlElement) -> bool:
    first = next((one for one in panel if text_of(one)), None)
    return first is not None and first.tag in HEADINGS


def label_listed(root: HtmlElement) -> None:
    """Label blocks without headings of their own by the row of links right before them, one for each, in order."""
    for first in [one for one in root.iter("div", "section") if one.get("id")]:
        row = first.getprevious()
        if row is None or row.tag not in ("nav", "ul", "div", "p"):
            continue
        if (link := next(row.iter("a"), None)) is None or link.get("href") != f"#{first.get('id')}":
            continue
        links = [one for one in row.iter("a") if text_of(one)]
        names = [link.get("href", "") for link in links]
        if len(links) < 2 or len(set(names)) < len(names):
            continue
        panels = list(islice(row.itersiblings(), len(links)))
        if [f"#{one.get('id')}" for one in panels] != names or any(one.tag not in _BLOCKS for one in panels):
            continue
        if any(next(one.iter(*HEADINGS), None) is not None for one in panels):
            continue
        for panel, link in zip(panels, links, strict=True):
            show(panel)
            label_panel(panel, label_of(link))
        row.drop_tree()


def _kind_of(element: HtmlElement) -> _Kind:
    return str(element.tag), frozenset(tokens(element) - _STATES)


def _by_kind(parent: HtmlElement) -> dict[_Kind, list[HtmlElement]]:
    found: dict[_Kind, list[HtmlElement]] = {}
    for child in parent:
        found.setdefault(_kind_of(child), []).append(child)
    return found


def label_blocks(root: HtmlElement) -> None:
    """Label blocks of code that stand side by side under a row of buttons, one for each."""
    for first in list(root.iter("pre")):
        following, parent = first.getnext(), first.getparent()
        if following is None or following.tag != "pre" or parent is None or first.getprevious() is not None:
            continue
        row = parent.getprevious()
        if row is None or any(child.tag != "pre" for child in parent):
            continue
        labels = list(row.iter("button"))
        if len(labels) == len(parent) and all(0 < len(text_of(one)) <= _MAX_LABEL for one in labels):
            for block, label in zip(list(parent), labels, strict=True):
                label_panel(block, label_of(label))
            drop_rows(labels)


def _labels_before(
    panel: HtmlElement, count: int, rows: dict[HtmlElement, list[list[HtmlElement]]]
) -> list[HtmlElement]:
    """Return the short texts of a row before a panel or what holds it, if they are as many as panels."""
    for node in (panel, *ancestors(panel, 2)):
        row = node.getprevious()
        if row is None:
            continue
        if row not in rows:
            rows[row] = list(_labels_in(row))
        if (parts := next((one for one in rows[row] if len(one) == count), None)) is not None:
            return parts
    return []


def _labels_in(row: HtmlElement) -> Iterator[list[HtmlElement]]:
    """Yield the short texts of a row that may be labels: those of its controls, items, parts, choices or words."""
    leaves = [one for one in row.iterdescendants() if not len(one)]
    kinds = (list(row.iter("a", "button", "label")), list(row.iter("li")), list(row), list(row.iter("option")), leaves)
    for says in (text_of, said):  # pictures are labels where words are none
        for found in kinds:
            told = [(one, text) for one in found if (text := says(one))]
            is_named = all(any(map(str.isalnum, text)) for _, text in told)  # not a sign beside a word
            if is_named and all(len(text) <= _MAX_LABEL for _, text in told):
                yield [one for one, _ in told]


def _row_of(label: HtmlElement) -> HtmlElement | None:
    """Return the list or bar that a label stands in."""
    return next((above for above in label.iterancestors() if above.tag in ("ul", "ol", "div", "nav", "p")), None)
