"""Labelled tabs: every panel stays, in order, under its label; the row of labels goes.

Works for ARIA tabs (Docusaurus, Starlight, sphinx-tabs, Bootstrap, Microsoft Learn, Paste, Antora), for sets made of
radio buttons (MkDocs Material, sphinx-design, VitePress), of custom elements (Shoelace, devsite) or of plain elements
whose class says so. A panel belongs to the label that names it, within the smallest element that holds both, or else
to the one in its place.
"""

import re
from functools import lru_cache

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import BLOCKS, Search, ancestors, joined, remove, rename, text_of, tokens, xpath
from docspasta_mcp.extract.normalise.linked_panels import label_alternatives, label_blocks, label_linked, label_listed
from docspasta_mcp.extract.normalise.panels import drop_row, label_panel, open_list, said, show

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
_NAMES = (
    "aria-controls", "href", "data-target", "data-bs-target", "for", "data-tab", "data-tab-target", "data-panel",
    "panel",
    "data-id", "data-tab-id", "data-name", "data-value", "data-lang", "value", "name", "tab", "id", "data-index",
    "data-key",
)  # fmt: skip
_LABEL_NAME = re.compile(
    r"(?:^|\s)(?:[\w-]*__)?"
    r"(?:tabs?-?(?:button|btn|link|label|title|header-item|trigger|nav-item|item|head)?|[\w-]+-tab)(?:$|\s)",
    re.IGNORECASE,
)
_PANEL_NAME = re.compile(
    r"(?:^|\s)(?:[\w-]*__)?(?:tabs?[-_]*(?:content|panel|pane|body|page|section|item-content|block)(?:-item)?"
    r"|(?:panel|pane)|[\w-]+-tabs?-(?:content|panel|pane))(?:$|\s)",
    re.IGNORECASE,
)
_MAY_BE_PANEL = re.compile("tab|pane", re.IGNORECASE)  # the part of `_PANEL_NAME` that is cheap to look for
_ROW_NAME = re.compile(r"tab|switch|segment|lang", re.IGNORECASE)
_BLOCKS = ("div", "section", "article", "pre", "figure")
_HOLDERS = frozenset(("div", "section", "article", "figure", "main", "form"))
_MAX_LABEL = 60  # characters
_MOST_NAMES = 300  # characters of a class


def label_tabs(root: HtmlElement, names: frozenset[str], may_hold: frozenset[str]) -> None:
    """Put each panel's label in front of its content, and show panels that are hidden until chosen."""
    if "custom elements" in may_hold:
        _custom_sets(root)
    if "uk-switcher" in names:
        _mark_switchers(root)
        names |= {"tab", "tabpanel", "[role=tab]", "[role=tabpanel]"}
    panels = _PANELS(root, names)
    if "tab" in names:
        panels += [one for one in _named_by_tabs(root) if one not in panels]
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
    texts = {label: text_of(label) or label.get("aria-label", "") for label in labels}
    by_id = {label.get("id", ""): label for label in labels} | {
        label.get(attribute, "").removeprefix("#"): label for label in labels for attribute in _TARGETS
    }
    sets: dict[HtmlElement, list[HtmlElement]] = {}
    for panel in panels:
        show(panel)
        named = by_id.get(panel.get("aria-labelledby") or "-")
        if named is None:
            named = by_id.get(panel.get("id") or "-")
        if named is not None:
            label_panel(panel, texts[named])
        elif (parent := panel.getparent()) is not None:
            sets.setdefault(parent, []).append(panel)
    for siblings in sets.values():
        _label_by_position(siblings, texts, names)
    for label in labels:
        if label.getparent() is not None:
            drop_row(label)


def _label_by_position(panels: list[HtmlElement], texts: dict[HtmlElement, str], names: frozenset[str]) -> None:
    """Label panels that no id ties to a label: the first gets the first label of the smallest set around them."""
    for above in ancestors(panels[0], 3):
        labels = [label for label in _find_labels(above, names) if label in texts]
        if labels:
            for panel, label in zip(panels, labels, strict=False):
                label_panel(panel, texts[label])
            return


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


def _custom_sets(root: HtmlElement) -> None:
    """Label the panels of custom elements: `<x-tab panel=a>` beside `<x-tab-panel name=a>`, or `<x-tab label=A>`."""
    for listed in xpath(root, ".//dl[contains(name(..), '-tabs')]"):
        open_list(listed)
    sets: dict[HtmlElement, list[HtmlElement]] = {}
    for panel in [one for one in xpath(root, ".//*[contains(name(), '-')]") if _is_custom_panel(one)]:
        above = panel.getparent()
        if above is None:
            continue
        panels = sets.setdefault(above, [one for one in above if _is_custom_panel(one)])
        own = next(
            (
                value
                for name in ("label", "title", "header", "heading", "tab-title")
                if (value := panel.get(name, "").strip())
            ),
            "",
        )
        labels = [
            one
            for one in above.iter()
            if isinstance(one.tag, str)
            and one.tag.endswith(("-tab", "-tab-label", "-tab-button"))
            and not _is_custom_panel(one)
        ]
        found = _named(panel, labels)
        if found is None and labels and not own:
            place = panels.index(panel)
            found = labels[place] if place < len(labels) else None
        text = own or (text_of(found) if found is not None else "") or panel.get("name", "")
        show(panel)
        rename(panel, "div")
        label_panel(panel, text)
        if not any(_is_custom_panel(one) for one in above):
            for label in labels:
                remove(label)


def _is_custom_panel(element: HtmlElement) -> bool:
    tag = str(element.tag)
    if "-" not in tag or "tab" not in tag:
        return False
    if tag.endswith(("tab-panel", "tab-pane", "tab-content", "tabpanel")):
        return True
    has_label = any(element.get(name) for name in ("label", "title", "header", "heading", "tab-title"))
    return has_label and tag.endswith(("-tab", "tab-item", "tabs-item"))


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
        labels = _row_of_labels(panels)
        if len(labels) != len(panels):
            continue
        pairs = [(one, _named(one, labels)) for one in panels]
        is_named = all(found is not None for _, found in pairs) and len({id(found) for _, found in pairs}) == len(
            labels
        )
        for number, (one, found) in enumerate(pairs):
            label = found if is_named and found is not None else labels[number]
            show(one)
            label_panel(one, said(label))
        for label in labels:
            drop_row(label)


@lru_cache(maxsize=2048)
def _names_panel(names: str) -> bool:
    return bool(_PANEL_NAME.search(names[:_MOST_NAMES]))


def _row_of_labels(panels: list[HtmlElement]) -> list[HtmlElement]:
    """Return the short texts of a row that stands before or around panels, one for each."""
    inside = set(panels)
    for above in ancestors(panels[0], 3):
        for row in above.iterdescendants("div", "ul", "ol", "nav", "header", "p", "span"):
            if row is panels[0]:
                break
            if (
                row in inside
                or any(one in inside for one in row.iterancestors())
                or any(one in inside for one in row.iterdescendants())
            ):
                continue
            parts = [one for one in row if one.tag in ("div", "li", "a", "button", "span", "label")]
            if len(parts) != len(panels) or len(parts) != len(row) or not all(map(_says_one_thing, parts)):
                continue
            speaks = _ROW_NAME.search(row.get("class", "")) or all(
                _LABEL_NAME.search(one.get("class", "")[:_MOST_NAMES]) for one in parts
            )
            if speaks and all(0 < len(said(one)) <= _MAX_LABEL for one in parts):
                return parts
    return []


def _says_one_thing(part: HtmlElement) -> bool:
    """Tell whether an element may be a label: no field, code or list, and at most one block in it."""
    if next(part.iterdescendants("pre", "input", "textarea", "table", "ul", "ol"), None) is not None:
        return False
    return sum(1 for one in part.iterdescendants() if one.tag in BLOCKS) <= 1


def _label_radios(root: HtmlElement) -> None:
    """Label panels that follow radio buttons: all labels first, or each before its panel."""
    done: set[HtmlElement] = set()
    inputs = list(root.iter("input"))
    for radio in [one for one in inputs if one.get("type") == "radio" and one.get("id") is not None]:
        parent = radio.getparent()
        if parent is None or parent in done or parent.tag not in _HOLDERS:
            continue
        done.add(parent)
        radios = [one.get("id", "") for one in parent.iterchildren("input") if one.get("type") == "radio"]
        labels = {one.get("for", ""): one for one in parent.iter("label") if one.get("for") in radios}
        if len(radios) < 2 or len(labels) != len(radios):
            continue
        panels = _panels_of(parent, labels)
        if len(panels) != len(radios):
            continue
        for name, panel in zip(radios, panels, strict=True):
            show(panel)
            label_panel(panel, text_of(labels[name]))
        for label in labels.values():
            drop_row(label)


def _panels_of(parent: HtmlElement, labels: dict[str, HtmlElement]) -> list[HtmlElement]:
    """Return the panels beside radio buttons: all blocks of what holds nothing else, else those behind the labels."""
    rows = [one for one in parent if any(label is one or one in label.iterancestors() for label in labels.values())]
    if parent.tag not in ("main", "form"):
        panels = [one for one in parent.iterchildren(*_BLOCKS) if one not in rows or one.tag == "label"]
        return list(panels[0].iterchildren(*_BLOCKS)) if len(panels) == 1 else panels
    following = [one for one in rows[-1].itersiblings() if one.tag != "input"][: len(labels)]
    return following if {str(one.tag) for one in following} <= set(_BLOCKS) else []


def _named(panel: HtmlElement, labels: list[HtmlElement]) -> HtmlElement | None:
    """Return the label that has a value in common with a panel."""
    own = {value.removeprefix("#") for name in _NAMES if (value := panel.get(name, ""))}
    for label in labels:
        parts = [label, *label.iterdescendants("a", "button")]
        if own & {value.removeprefix("#") for one in parts for name in _NAMES if (value := one.get(name, ""))}:
            return label
    return None
