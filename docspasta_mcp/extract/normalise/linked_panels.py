"""Panels that style hides until a link to them is chosen: `<a href="#js">` for `<div id=js>`, of whatever class."""

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import text_of, xpath
from docspasta_mcp.extract.normalise.hidden import is_hidden
from docspasta_mcp.extract.normalise.panels import drop_row, label_panel, show

_HIDEABLE = ".//@hidden/.. | .//@style[contains(., 'display')]/.."
_LINKS = ".//a[starts-with(@href, '#')] | .//@data-target[starts-with(., '#')]/.."
_MAX_LABEL = 60  # characters


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
    for parent in {one: None for panel in hidden if (one := panel.getparent()) is not None}:
        panels = [one for one in parent if one.get("id") in labels and labels[one.get("id", "")] not in one.iter()]
        if len(panels) < 2 or not any(panel in hidden for panel in panels):
            continue
        if len({_row_of(labels[panel.get("id", "")]) for panel in panels}) > 1:
            continue
        for panel in panels:
            label = labels[panel.get("id", "")]
            show(panel)
            label_panel(panel, text_of(label))
            drop_row(label)


def _row_of(label: HtmlElement) -> HtmlElement | None:
    """Return the list or bar that a label stands in."""
    return next((above for above in label.iterancestors() if above.tag in ("ul", "ol", "div", "nav", "p")), None)
