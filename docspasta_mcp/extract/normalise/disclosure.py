"""What a page shows only once something was clicked: every panel is read where it stands, under its label.

Accordions with buttons, collapsed panels, custom elements that label themselves.
"""

import re

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import (
    HEADINGS,
    bold_line,
    has_block,
    label_of,
    make,
    remove,
    rename,
    replace,
    text_of,
    unlinked_length,
    unwrap,
    unwrap_all,
    xpath,
)
from docspasta_mcp.extract.glances import has_text, is_whole
from docspasta_mcp.extract.normalise.custom_elements import label_custom
from docspasta_mcp.extract.normalise.hidden import is_hidden
from docspasta_mcp.extract.normalise.places import is_among_words, is_list_of_links, part_words
from docspasta_mcp.extract.selectors import joined, tokens

_HIDDEN_STYLE = re.compile(
    r"(?:display\s*:\s*none|visibility\s*:\s*hidden|(?:max-)?height\s*:\s*0(?:px)?)\s*;?", re.IGNORECASE
)
_FOLDED = frozenset(("collapse", "collapsed", "hidden", "is-hidden", "is-collapsed", "closed"))
_PANEL = re.compile(
    r"(?:^|[\s_-])(?:collapse|collapsible|panel|content|body|accordion|details|answer|expand\w*)(?:$|[\s_-])",
    re.IGNORECASE,
)
_MENU_ROLES = frozenset(("menu", "listbox", "dialog", "tree", "grid", "navigation", "search", "tooltip", "tablist"))
_CONTROLS = "|".join(  # an attribute by its name is found ten times as fast as by a condition on every element
    [".//button", ".//@aria-expanded/.."]
    + [f".//@{name}[.='collapse']/.." for name in ("data-toggle", "data-bs-toggle")]
)
_HIDDEN_PANELS = (
    ".//@hidden/..|.//@style[contains(., 'display') or contains(., 'height')]/..|.//@class[contains(., 'hidden')]/.."
)
_TITLE_NAME = re.compile(
    r"(?:^|[\s_-])(?:toggle\w*|trigger|title|head(?:er|ing)?|summary|question|spoiler|collaps\w+|accordion|expand\w*|fold)"
    r"(?:$|[\s_-])",
    re.IGNORECASE,
)
_WINDOW = re.compile(
    r"modal|dialog|pop-?up|lightbox|overlay|menu|drawer|consent|cookie|feedback|search|template|thanks", re.IGNORECASE
)
_UNFOLDS = re.compile(r"fold|collaps|expand|spoiler|toggle|accordion", re.IGNORECASE)
_LINES = (*HEADINGS, "summary", "dt")  # in which a label stands already
_NO_PANELS = ("nav", "form")
_SAID = 15  # characters of a line of text, outside links
_MAX_TITLE = 120  # characters of what opens a panel
_SIGNS = " +−–▸▾▼►▶›»⌄"  # that say whether a part is folded
_NOWHERE = frozenset(("", "#", "#!", "#0"))  # where links lead that only open something
_BUTTONS = ".//@role[.='button']/.."
_TITLES = ".//div[@class][contains(../@class, 'accordion')]"
_QUOTED = re.compile(r"['\"#]([A-Za-z][\w-]{0,99})['\"]")
_SEVERAL = ("pre", "ul", "ol", "table", *HEADINGS)  # what no label holds


def unfold(root: HtmlElement, may_hold: frozenset[str], names: frozenset[str]) -> None:
    """Show every folded panel below `root` under its label."""
    if "controls" in may_hold:
        _unfold_controlled(root)
    if "hidden panels" in may_hold:
        _unfold_scripted(root)
        panels = xpath(root, _HIDDEN_PANELS)
        for panel in panels:
            _unfold_titled(panel)
        _unfold_linked(root, panels)
    for link in [*root.iter("a"), *(xpath(root, _BUTTONS) if "[role=button]" in names else ()),
                 *(xpath(root, _TITLES) if "accordion" in joined(names) else ())]:  # fmt: skip
        is_control = link.tag != "a" or link.get("href", "").strip() in _NOWHERE
        if link.get("class") and is_control and link.getparent() is not None and _titles_panel(link):
            _make_label(link)
    for folded in xpath(root, ".//div[@class='collapsed']") if "folded twins" in may_hold else ():
        if (whole := folded.getnext()) is not None and whole.get("class") == "expanded":  # of godoc: one or the other
            remove(folded)
    if "madcap" in may_hold:
        _unfold_togglers(root)
    if "radios" in may_hold:
        _unfold_boxes(root)
    if "custom elements" in may_hold:
        label_custom(root)


def _unfold_controlled(root: HtmlElement) -> None:
    """Show what a button, or what says that it opens something, controls."""
    ids: dict[str, HtmlElement] | None = None
    headed: list[HtmlElement] = []
    for control in xpath(root, _CONTROLS):
        if control.getparent() is None or control.get("role") == "tab" or "aria-haspopup" in control.attrib:
            continue
        if not text_of(control) or next(control.iterancestors("nav"), None) is not None:
            continue
        if ids is None:
            ids = {one.get("id", ""): one for one in xpath(root, ".//*[@id]")}
        panel = _panel_of(control, ids)
        if panel is not None and panel.get("role") not in _MENU_ROLES and panel.tag not in _NO_PANELS:
            _show_within(panel, control)
            if next(control.iterancestors(*_LINES), None) is not None:
                headed.append(control)
            else:
                _make_label(control)
    for control in headed:
        for icon in list(control.iter("svg", "i")):
            remove(icon)
    unwrap_all(root, headed)  # one after the other, each would copy the heading's text


def _show_within(panel: HtmlElement, control: HtmlElement) -> None:
    """Show a panel and whatever is folded around it, up to what holds its control as well."""
    _show(panel)
    around = set(control.iterancestors())
    for above in panel.iterancestors():
        if above in around:
            return
        _show(above)


def _unfold_scripted(root: HtmlElement) -> None:
    """Show hidden elements whose ids stand in what is run when something before them is clicked."""
    ids: dict[str, HtmlElement] = {}
    mute: set[HtmlElement] = set()
    for control in xpath(root, ".//@onclick/..|.//a[starts-with(@href, 'javascript:')]"):
        ids = ids or {one.get("id", ""): one for one in xpath(root, ".//*[@id]")}
        for name in _QUOTED.findall(f"{control.get('onclick', '')} {control.get('href', '')}"):
            panel = ids.get(name)
            if panel is None or panel in mute or not is_hidden(panel) or panel.get("role") in _MENU_ROLES:
                continue
            if not _says_something(panel):
                mute.add(panel)
                continue
            if panel.tag in _NO_PANELS or next(control.iterancestors("nav"), None) is not None:
                continue
            _show_within(panel, control)
            if text_of(control) and control.tag in ("a", "span", "div", "button") and not is_among_words(control):
                _make_label(control)


def _unfold_linked(root: HtmlElement, panels: list[HtmlElement]) -> None:
    """Show folded elements that a link within the text leads to, as the plugin of DokuWiki that folds text does."""
    hidden = {place: one for one in panels if (place := one.get("id")) and _folds(one) and is_hidden(one)}
    for link in xpath(root, ".//a[starts-with(@href, '#')]") if hidden else ():
        panel = hidden.pop(link.get("href", "")[1:], None)
        if panel is None or not text_of(link) or not _says_something(panel):
            continue
        if next(link.iterancestors("nav"), None) is None and panel not in link.iterancestors():
            _show_within(panel, link)
            if not is_among_words(link):
                _make_label(link)


def _folds(panel: HtmlElement) -> bool:
    """Tell whether the class of an element says that it is folded text, and neither it nor its id names a window."""
    names = panel.get("class", "")
    is_window = panel.tag in (*_NO_PANELS, "dialog") or panel.get("role") in _MENU_ROLES
    return bool(_UNFOLDS.search(names)) and not is_window and not _WINDOW.search(f"{panel.get('id')} {names}")


def _panel_of(control: HtmlElement, ids: dict[str, HtmlElement]) -> HtmlElement | None:
    for name in ("aria-controls", "data-bs-target", "data-target", "href"):
        value = control.get(name, "").strip()
        place = value.removeprefix("#") if name == "aria-controls" or value.startswith("#") else ""
        if place and place in ids and ids[place] not in control.iterancestors():
            return ids[place] if has_text(ids[place]) else None
    if "aria-expanded" not in control.attrib:
        return None
    block = control
    for _ in range(2):
        following = block.getnext()
        names = following.get("class", "") if following is not None else ""
        if following is not None and has_text(following) and (_is_folded(following) or _PANEL.search(names)):
            return following
        parent = block.getparent()
        if following is not None or parent is None or not is_whole(control, parent):
            return None
        block = parent
    return None


def _says_something(panel: HtmlElement) -> bool:
    """Tell whether a panel holds a line of text or code, not links and pictures alone."""
    lines = panel.iter("p", "li", "td", "dd", "pre") if len(panel) else (panel,)
    return not is_list_of_links(panel) and any(unlinked_length(one) >= _SAID for one in lines)


def _unfold_titled(panel: HtmlElement) -> None:
    """Show a hidden panel under what stands right before it, if that is a button or both say by class what they are."""
    title = panel.getprevious()
    if title is None or panel.tag not in ("div", "section", "pre", "dd") or not 0 < len(text_of(title)) <= _MAX_TITLE:
        return
    if not _is_folded(panel) or panel.get("role") in _MENU_ROLES or not unlinked_length(panel):
        return
    is_titled = _PANEL.search(panel.get("class", "")) and _TITLE_NAME.search(title.get("class", ""))
    is_titled = is_titled or (panel.tag == "dd" and title.tag == "dt")
    if (title.tag != "button" and not is_titled) or next(panel.iterancestors("nav"), None) is not None:
        return
    if "aria-haspopup" in title.attrib or _is_folded(title) or is_list_of_links(panel):
        return
    _show(panel)
    if title.tag in ("button", "div", "span", "a", "p"):
        _make_label(title)


def _titles_panel(link: HtmlElement) -> bool:
    """Tell whether a link stands before a panel that is open, and both say by class what they are."""
    panel = link.getnext()
    if panel is None or panel.tag not in ("div", "section") or not 0 < len(text_of(link)) <= _MAX_TITLE:
        return False
    is_titled = _TITLE_NAME.search(link.get("class", "")) and _PANEL.search(panel.get("class", ""))
    is_plain = not has_block(link) or _says_one_thing(link)
    return bool(is_titled) and is_plain and not (link.tail or "").strip() and link.find(".//pre") is None


def _unfold_togglers(root: HtmlElement) -> None:
    """Show what MadCap Flare hides until a word is clicked: blocks by name, and words behind a word."""
    for panel in xpath(root, ".//@data-mc-target-name/..|.//span[contains(@class, 'MCExpandingBody')]"):
        _show(panel)
    for icon in xpath(root, ".//img[contains(@class, '_Icon')]"):
        remove(icon)
    for head in xpath(root, ".//span[contains(@class, 'MCDropDownHead')]"):
        _make_label(head)
    for said in xpath(root, ".//span[contains(@class, 'MCTextPopupBody')]"):
        _show(said)
        replace(said, make("span", f" ({text_of(said)})"))


def _is_folded(element: HtmlElement) -> bool:
    return (
        "hidden" in element.attrib
        or element.get("aria-hidden") == "true"
        or bool(_HIDDEN_STYLE.search(element.get("style", "")))
        or bool(_FOLDED & tokens(element))
        or element.get("role") == "region"
    )


def _show(panel: HtmlElement) -> None:
    for name in ("hidden", "aria-hidden", "style"):
        panel.attrib.pop(name, None)
    if names := panel.get("class"):
        panel.set("class", " ".join(name for name in names.split() if name.lower() not in _FOLDED))


def _make_label(control: HtmlElement) -> None:
    """Make what opens a panel a heading, if it is or stands in one, else a paragraph in bold."""
    above = next(control.iterancestors(*_LINES), None)
    if above is not None:
        for icon in list(control.iter("svg", "i")):
            remove(icon)
        unwrap(control)
        return
    if has_block(control) and not _says_one_thing(control):
        rename(control, "div")
        return
    part_words(control)
    text = label_of(control)
    label = bold_line(text.rstrip(_SIGNS) or text)
    replace(control, label)
    while (parent := label.getparent()) is not None and parent.tag in ("p", "span"):
        unwrap(parent)


def _says_one_thing(control: HtmlElement) -> bool:
    """Tell whether all words of what opens a panel stand in one element, beside icons at most."""
    if len(text_of(control)) > _MAX_TITLE or next(control.iter(*_SEVERAL), None) is not None:
        return False
    node = control
    while has_block(node):
        told = [one for one in node if text_of(one)]
        if len(told) != 1 or (node.text or "").strip() or any((one.tail or "").strip() for one in node):
            return False
        node = told[0]
    return True


def _unfold_boxes(root: HtmlElement) -> None:
    """Label panels that a ticked box would open: `<input type=checkbox id=x><label for=x>…</label><div>…</div>`."""
    inputs = list(root.iter("input"))
    for box in [one for one in inputs if one.get("type") in ("checkbox", "radio") and one.get("id") is not None]:
        label = box.getnext()
        if label is None or label.tag != "label" or label.get("for") != box.get("id") or not text_of(label):
            continue
        panel = label.getnext()
        if panel is None or panel.tag not in ("div", "section", "ul", "ol", "article") or (label.tail or "").strip():
            continue
        if next(box.iterancestors("nav", "li"), None) is not None:
            continue
        _show(panel)
        if next(label.iter("h2", "h3", "h4"), None) is not None:
            rename(label, "div")
        else:
            replace(label, bold_line(label_of(label)))
        remove(box)
