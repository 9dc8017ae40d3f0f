"""Labelled tabs: every panel stays, in order, under its label; the row of labels goes.

Works for ARIA tabs (Docusaurus, Starlight, sphinx-tabs, Bootstrap, Microsoft Learn, Paste, Antora) and for the sets
made of radio buttons (MkDocs Material, sphinx-design, VitePress), and for Rspress's rows of plain elements.
"""

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import Search, ancestors, make, remove, text_of, tokens

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


def label_tabs(root: HtmlElement, names: frozenset[str]) -> None:
    """Put each panel's label in front of its content, and show panels that are hidden until chosen."""
    panels = _PANELS(root, names)
    if not panels:
        return
    labels = _find_labels(root, names)
    texts = {label: text_of(label) or label.get("aria-label", "") for label in labels}
    by_id = {label.get("id", ""): label for label in labels} | {
        label.get(attribute, "").removeprefix("#"): label for label in labels for attribute in _TARGETS
    }
    sets: dict[HtmlElement, list[HtmlElement]] = {}
    for panel in panels:
        for attribute in ("hidden", "aria-hidden", "style"):
            panel.attrib.pop(attribute, None)
        named = by_id.get(panel.get("aria-labelledby") or "-")
        if named is None:
            named = by_id.get(panel.get("id") or "-")
        if named is not None:
            _label(panel, texts[named])
        elif (parent := panel.getparent()) is not None:
            sets.setdefault(parent, []).append(panel)
    for siblings in sets.values():
        _label_by_position(siblings, texts, names)
    for label in labels:
        if label.getparent() is not None:
            _drop_row(label)


def _label_by_position(panels: list[HtmlElement], texts: dict[HtmlElement, str], names: frozenset[str]) -> None:
    """Label panels that no id ties to a label: the first gets the first label of the smallest set around them."""
    for above in ancestors(panels[0], 3):
        labels = [label for label in _find_labels(above, names) if label in texts]
        if labels:
            for panel, label in zip(panels, labels, strict=False):
                _label(panel, texts[label])
            return


def _label(panel: HtmlElement, text: str) -> None:
    if not text:
        return
    label = make("p", "", make("strong", text))
    if panel.tag in ("pre", "table", "ul", "ol", "code"):
        panel.addprevious(label)
        return
    panel.insert(0, label)
    label.tail, panel.text = panel.text, None
    if "sd-tab-content" in tokens(panel) or panel.tag == "span":
        panel.tag = "div"


def _drop_row(label: HtmlElement) -> None:
    """Remove a label, and the list or bar around it once nothing else is in it."""
    parent = label.getparent()
    remove(label)
    while parent is not None and parent.tag in ("li", "ul", "div", "p", "span", "nav") and not text_of(parent):
        above = parent.getparent()
        if parent.find(".//pre") is not None or parent.find(".//img") is not None:
            return
        remove(parent)
        parent = above
