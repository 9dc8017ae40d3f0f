"""Labelled tabs: every panel stays, in order, under its label; the row of labels goes.

Works for ARIA tabs (Docusaurus, Starlight, sphinx-tabs, Bootstrap, Microsoft Learn, Paste, Antora), for sets made of
radio buttons (MkDocs Material, sphinx-design, VitePress), of custom elements (Shoelace, devsite) or of plain elements
whose class says so. A panel belongs to the label that names it, within the smallest element that holds both, or else
to the one in its place.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import BLOCKS, ancestors, label_of, rename, text_of, xpath
from docspasta_mcp.extract.glances import before
from docspasta_mcp.extract.normalise.custom_tabs import label_custom_sets
from docspasta_mcp.extract.normalise.linked_panels import label_alternatives, label_blocks, label_linked, label_listed
from docspasta_mcp.extract.normalise.panels import drop_rows, label_panel, said, show
from docspasta_mcp.extract.normalise.tab_labels import LEVELS, TabLabels, labels_near, own_label
from docspasta_mcp.extract.selectors import Search, joined, tokens

_PANELS = Search(
    "[role=tabpanel]", ".tabpanel", ".tab-pane", ".tabbed-set .tabbed-block",
    ".tabbed-set:not(.tabbed-alternate) > .tabbed-content",
    ".sd-tab-content", ".vp-code-group > .blocks > *", ".tabs-panel", ".rp-tabs__content__item",
)  # fmt: skip
_LABELS = (
    "[role=tab]", ".tabbed-labels > label", ".tabbed-set > label", ".sd-tab-label", ".vp-code-group > .tabs > label",
    ".tablist .tab", ".nav-tabs .nav-link", ".nav-tabs > li > a", ".tabs-title", ".rp-tabs__label__item",
)  # fmt: skip
_find_labels = Search(*_LABELS)
_TARGETS = ("aria-controls", "href", "data-target", "data-bs-target", "for", "data-tab")
_LABEL_NAME = re.compile(
    r"(?:^|\s)(?:[\w-]*__)?"
    r"(?:tabs?-?(?:button|btn|link|label|title|header-item|trigger|nav-item|item|head)?|[\w-]+-tab)(?:$|\s)",
    re.IGNORECASE,
)
_PANEL_NAME = re.compile(
    r"(?:^|\s)(?:[\w-]*__)?(?:tabs?[-_]*(?:content|panel|pane|body|page|section|item-content|block)(?:-item)?"
    r"|(?:panel|pane)|[\w-]+-tabs?(?:-|__)(?:content|panel|pane))(?:$|\s)",
    re.IGNORECASE,
)
_MAY_BE_PANEL = re.compile("tab|pane", re.IGNORECASE)  # the part of `_PANEL_NAME` that is cheap to look for
_ROW_NAME = re.compile(r"tab|switch|segment|lang", re.IGNORECASE)
_BLOCKS = ("div", "section", "article", "pre", "figure")
_HOLDERS = frozenset(("div", "section", "article", "figure", "main", "form"))
_LABELS_BETWEEN = frozenset(("button", "a", "label", "span", "div"))
_ROWS = frozenset(("div", "ul", "ol", "nav", "header", "p", "span"))
_MOST_BETWEEN = 200  # elements between a row of labels and its panels
_MAX_LABEL = 60  # characters
_MOST_NAMES = 300  # characters of a class


def label_tabs(root: HtmlElement, names: frozenset[str], may_hold: frozenset[str]) -> None:
    """Put each panel's label in front of its content, and show panels that are hidden until chosen."""
    if "custom elements" in may_hold:
        label_custom_sets(root)
    if "uk-switcher" in names:
        _mark_switchers(root)
        names |= {"tab", "tabpanel", "[role=tab]", "[role=tabpanel]"}
    panels = _PANELS(root, names)
    if "tab" in names:
        panels = list(dict.fromkeys((*panels, *_named_by_tabs(root))))
    if panels:
        _label_known(root, panels, names)
    if "tab" in joined(names) and any(_names_panel(name) for name in names if _MAY_BE_PANEL.search(name)):
        _label_by_class(root, set(panels))
    if "radios" in may_hold:
        _label_radios(root)
    if "styled tables" in may_hold:
        label_linked(root)
    label_listed(root)
    if "hidden panels" in may_hold:
        label_alternatives(root)
    if "controls" in may_hold:
        label_blocks(root)


def _named_by_tabs(root: HtmlElement) -> list[HtmlElement]:
    """Return elements without a role that tabs control, or that say which tab labels them."""
    tabs = xpath(root, ".//@role[.='tab']/..")
    controlled = {one.get("aria-controls") for one in tabs} - {None}
    ids = {one.get("id") for one in tabs} - {None}
    found = xpath(root, ".//@aria-labelledby/..|.//div[@id]|.//section[@id]") if controlled or ids else []
    return [one for one in found if one.get("id") in controlled or one.get("aria-labelledby") in ids]


def _label_known(root: HtmlElement, panels: list[HtmlElement], names: frozenset[str]) -> None:
    labels = _find_labels(root, names)
    texts = {label: label_of(label) or label.get("aria-label", "") for label in labels}
    by_id = {label.get("id", ""): label for label in labels} | {
        label.get(attribute, "").removeprefix("#"): label for label in labels for attribute in _TARGETS
    }
    sets: dict[HtmlElement, list[HtmlElement]] = {}
    used: set[str] = set()
    for panel in panels:
        show(panel)
        named = by_id.get(panel.get("aria-labelledby") or "-")
        if named is None:
            named = by_id.get(panel.get("id") or "-")
        if named is not None:
            label_panel(panel, texts[named])
            used.add(texts[named])
        elif (parent := panel.getparent()) is not None:
            sets.setdefault(parent, []).append(panel)
    near = labels_near(labels, set(panels)) if sets else {}
    for siblings in sets.values():
        found = next((found for above in ancestors(siblings[0], 3) if (found := near.get(above))), list[HtmlElement]())
        if not found:
            found = [own for panel in siblings if (own := own_label(panel, near)) is not None]
            found = found if len(found) == len(siblings) else []
        around = [texts[label] for label in found]
        if len(around) > len(siblings):
            around = [text for text in around if text not in used]
        for panel, text in zip(siblings, around, strict=False):
            label_panel(panel, text)
    drop_rows(labels)


def _mark_switchers(root: HtmlElement) -> None:
    """Give the lists that UIkit switches between, and the list of their labels, the roles that others have."""
    for switcher in [one for one in root.iter("ul", "ol", "div") if "uk-switcher" in tokens(one)]:
        panels, row = list(switcher), switcher.getprevious()
        labels = list(row) if row is not None and row.tag in ("ul", "ol") else []
        if len(labels) != len(panels):
            continue
        rename(switcher, "div")
        for number, (panel, label) in enumerate(zip(panels, labels, strict=True)):
            name = f"uk-switcher-{id(switcher)}-{number}"
            rename(panel, "div")
            panel.set("aria-labelledby", name)
            panel.set("role", "tabpanel")
            label.set("id", name)
            label.set("role", "tab")


def _label_by_class(root: HtmlElement, known: set[HtmlElement]) -> None:
    """Label panels that only their class calls so, if as many labels as panels stand in a row before them."""
    done: set[HtmlElement] = set()
    for panel in xpath(root, ".//@class[contains(.,'tab') or contains(.,'Tab') or contains(.,'pan')]/.."):
        parent = panel.getparent()
        if (
            parent is None
            or parent in done
            or panel in known
            or not _names_panel(panel.get("class", ""))
            or panel.tag in ("a", "button", "label", "table", "td")
        ):
            continue
        done.add(parent)
        panels = [one for one in parent if one.tag == panel.tag and _names_panel(one.get("class", ""))]
        if len(panels) < 2:
            continue
        labels = _labels_between(panels) or _row_of_labels(panels)
        if len(labels) != len(panels):
            continue
        named = TabLabels(labels)
        pairs = [(one, named.naming(one)) for one in panels]
        is_named = all(found is not None for _, found in pairs) and len({id(found) for _, found in pairs}) == len(
            labels
        )
        for number, (one, found) in enumerate(pairs):
            label = found if is_named and found is not None else labels[number]
            show(one)
            label_panel(one, said(label))
        drop_rows(labels)


@lru_cache(maxsize=2048)
def _names_panel(names: str) -> bool:
    return bool(_PANEL_NAME.search(names[:_MOST_NAMES]))


def _labels_between(panels: list[HtmlElement]) -> list[HtmlElement]:
    """Return what stands right before each panel, if all of that is called a label."""
    labels = [one for panel in panels if (one := panel.getprevious()) is not None and one.tag in _LABELS_BETWEEN]
    is_named = all(_LABEL_NAME.search(one.get("class", "")[:_MOST_NAMES]) for one in labels)
    return labels if len(labels) == len(panels) and is_named else []


def _row_of_labels(panels: list[HtmlElement]) -> list[HtmlElement]:
    """Return the short texts of a row that stands before or around panels, one for each."""
    rows = _rows_before(panels[0], _MOST_BETWEEN + 10 * len(panels))
    return next(filter(None, (_labels_of(row, len(panels)) for row in rows)), list[HtmlElement]())


def _rows_before(panel: HtmlElement, most: int) -> Iterator[HtmlElement]:
    """Yield what stands before a panel in its parent, then in the next two around that, each from its start on.

    Args:
        panel: the first of a set.
        most: so many elements before it are looked at.
    """
    near: list[HtmlElement] = []
    around = list(ancestors(panel, 3))
    for one in islice(before(panel), most):
        if one not in around:
            near.append(one)
            continue
        yield from reversed(near)
        near = []
        if one is around[-1]:
            return
    yield from reversed(near)


def _labels_of(row: HtmlElement, count: int) -> list[HtmlElement]:
    """Return the parts of a row if they are so many labels, and nothing else is in it."""
    if row.tag not in _ROWS or not count <= len(row) <= count + 1:
        return []
    parts = [one for one in row if one.tag in ("div", "li", "a", "button", "span", "label")]
    if len(row) > count:  # the title of all of them, which says nothing
        parts = [one for one in parts if text_of(one).strip("\u200b")]
    if len(parts) != count or not all(map(_says_one_thing, parts)):
        return []
    speaks = _ROW_NAME.search(row.get("class", "")) or all(
        _LABEL_NAME.search(one.get("class", "")[:_MOST_NAMES]) for one in parts
    )
    return parts if speaks and all(0 < len(said(one)) <= _MAX_LABEL for one in parts) else []


def _says_one_thing(part: HtmlElement) -> bool:
    """Tell whether an element may be a label: no field, code or list, and at most one block in it."""
    if next(part.iterdescendants("pre", "input", "textarea", "table", "ul", "ol"), None) is not None:
        return False
    return sum(1 for one in part.iterdescendants() if one.tag in BLOCKS) <= 1


def _label_radios(root: HtmlElement) -> None:
    """Label panels that follow radio buttons: all labels first, or each before its panel."""
    done: set[HtmlElement] = set()
    inputs = list(root.iter("input"))
    near = labels_near(root.iter("label"), ())
    for radio in [one for one in inputs if one.get("type") == "radio" and one.get("id") is not None]:
        parent = radio.getparent()
        if parent is None or parent in done or parent.tag not in _HOLDERS:
            continue
        done.add(parent)
        radios = [one.get("id", "") for one in parent.iterchildren("input") if one.get("type") == "radio"]
        known = set(radios)
        labels = {one.get("for", ""): one for one in near.get(parent, ()) if one.get("for") in known}
        if len(radios) < 2 or len(labels) != len(radios):
            continue
        panels = _panels_of(parent, labels)
        if len(panels) != len(radios):
            continue
        for name, panel in zip(radios, panels, strict=True):
            show(panel)
            label_panel(panel, label_of(labels[name]))
        drop_rows(labels.values())


def _panels_of(parent: HtmlElement, labels: dict[str, HtmlElement]) -> list[HtmlElement]:
    """Return the panels beside radio buttons: all blocks of what holds nothing else, else those behind the labels."""
    around = {above for label in labels.values() for above in (label, *ancestors(label, LEVELS))}
    rows = [one for one in parent if one in around]
    if parent.tag not in ("main", "form"):
        panels = [one for one in parent.iterchildren(*_BLOCKS) if one not in around or one.tag == "label"]
        return list(panels[0].iterchildren(*_BLOCKS)) if len(panels) == 1 else panels
    following = list(islice((one for one in rows[-1].itersiblings() if one.tag != "input"), len(labels)))
    return following if {str(one.tag) for one in following} <= set(_BLOCKS) else []
