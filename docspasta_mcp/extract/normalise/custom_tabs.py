"""Tabs that are custom elements: `<x-tab panel=a>` beside `<x-tab-panel name=a>`, or `<x-tab label=A>`."""

from collections import Counter

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import label_of, remove, rename, xpath
from docspasta_mcp.extract.normalise.panels import label_panel, open_list, show
from docspasta_mcp.extract.normalise.tab_labels import TabLabels, labels_near, own_label

_TITLES = ("label", "title", "header", "heading", "tab-title")


def label_custom_sets(root: HtmlElement) -> None:
    """Label the panels of custom elements, in order; the labels of a set go once its last panel is labelled."""
    for listed in xpath(root, ".//dl[contains(name(..), '-tabs')]"):
        open_list(listed)
    custom = xpath(root, ".//*[contains(name(), '-')]")
    found = [one for one in custom if _is_panel(one)]
    near = labels_near([one for one in custom if _is_label(one)], set(found)) if found else {}
    left = Counter(panel.getparent() for panel in found)
    places: Counter[HtmlElement | None] = Counter()
    labels: dict[HtmlElement, TabLabels] = {}
    for panel in found:
        above = panel.getparent()
        if above is None:
            continue
        if above not in labels:
            labels[above] = TabLabels(near.get(above, ()))
        text = _label_of(panel, places[above], labels[above])
        if not text and (own := own_label(panel, near)) is not None:
            text = label_of(own)
            remove(own)
        text = text or panel.get("name", "")
        places[above] += 1
        show(panel)
        rename(panel, "div")
        label_panel(panel, text)
        if places[above] == left[above]:
            for label in labels.pop(above).labels:
                remove(label)


def _label_of(panel: HtmlElement, place: int, labels: TabLabels) -> str:
    """Return what labels the panel in a place of its set: its own words, the label that names it, or the one there."""
    own = next((value for name in _TITLES if (value := panel.get(name, "").strip())), "")
    if own:
        return own
    label = labels.naming(panel)
    if label is None and place < len(labels.labels):
        label = labels.labels[place]
    return label_of(label) if label is not None else ""


def _is_label(element: HtmlElement) -> bool:
    tag = element.tag
    is_tab = isinstance(tag, str) and tag.endswith(("-tab", "-tab-label", "-tab-button"))
    return is_tab and not _is_panel(element)


def _is_panel(element: HtmlElement) -> bool:
    tag = str(element.tag)
    if "-" not in tag or "tab" not in tag:
        return False
    if tag.endswith(("tab-panel", "tab-pane", "tab-content", "tabpanel")):
        return True
    return tag.endswith(("-tab", "tab-item", "tabs-item")) and any(element.get(name) for name in _TITLES)
