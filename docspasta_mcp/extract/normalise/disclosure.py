"""What a page shows only once something was clicked, loaded or run: every part of it is read where it stands.

Accordions with buttons, collapsed panels, custom elements that label themselves, declarative shadow trees, text for
readers without scripts, and Markdown that a script would render.
"""

import re
from collections.abc import Callable

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import (
    HEADINGS,
    has_block,
    make,
    remove,
    rename,
    replace,
    text_length,
    text_of,
    tokens,
    unlinked_length,
    unwrap,
    xpath,
)
from docspasta_mcp.extract.normalise.places import is_list_of_links
from docspasta_mcp.extract.placeholders import Placeholders
from docspasta_mcp.extract.sanitise import without_hidden
from docspasta_mcp.model.markdown_blocks import fences

_HIDDEN_STYLE = re.compile(
    r"(?:display\s*:\s*none|visibility\s*:\s*hidden|(?:max-)?height\s*:\s*0(?:px)?)\s*;?", re.IGNORECASE
)
_FOLDED = frozenset(("collapse", "collapsed", "hidden", "is-hidden", "is-collapsed", "closed"))
_PANEL = re.compile(
    r"(?:^|[\s_-])(?:collapse|collapsible|panel|content|body|accordion|details|answer|expand\w*)(?:$|[\s_-])",
    re.IGNORECASE,
)
_MENU_ROLES = frozenset(("menu", "listbox", "dialog", "tree", "grid", "navigation", "search", "tooltip", "tablist"))
_NAMES = ("summary", "label", "heading", "header", "title", "name", "question")
_FOLDING = re.compile(
    r"-(?:details|accordion(?:-item)?|collapse|collapsible|disclosure|expand(?:er|able)?|toggle|panel|spoiler|faq|question)$|^(?:faq|accordion)-"
)
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
_MAX_TITLE = 120  # characters of what opens a panel
_NAMED = "|".join(f".//@{name}/.." for name in _NAMES)
_NEEDS_SCRIPTS = re.compile(
    r"\b(?:enabled?|requires?|needs?|turn\w* on|activated?|without|disabled?|supports?)\b.{0,40}\bjava ?script|"
    r"\bjava ?script\b.{0,40}\b(?:enabled?|required|disabled|needed|off)\b",
    re.IGNORECASE,
)
_FEW_WORDS = 200  # characters; a message that scripts are needed is shorter
_TITLE = re.compile(r"\s*#[ \t]+([^\n]+)(?:\n|\Z)")
_HEADING = re.compile(r"^[ \t]*#{1,6} \S", re.MULTILINE)
_LINK = re.compile(r"(\]\(<?)([^)\s>]+)")
_MARKDOWN = frozenset(("text/markdown", "text/x-markdown", "text/md", "text/x-md"))


def open_sources(
    document: HtmlElement, placeholders: Placeholders, resolve: Callable[[str], str], may_hold: frozenset[str]
) -> bool:
    """Open what scripts would show below `document`, before scripts and templates are dropped.

    Returns:
        Whether there was Markdown that a script would render.
    """
    if "shadows" in may_hold:
        for template in xpath(document, ".//template[@shadowrootmode or @shadowroot]"):
            _open_shadow(template)
    for fallback in list(document.iter("noscript")):
        if _says_the_text(fallback) and has_block(fallback) and _is_empty_without(fallback):
            unwrap(fallback)
    sources = [source for source in document.iter("script", "xmp", "textarea") if _is_markdown(source)]
    for source in sources:
        text = without_hidden(_dedented("".join(source.itertext())))
        block = make("div")
        if match := _TITLE.match(text):
            block.append(make("h1", match[1].strip(" \t#")))
            text = text[match.end() :]
        parts = (
            part if is_code else _LINK.sub(lambda link: link[1] + (resolve(link[2]) or link[2]), part)
            for is_code, part in fences(text)
        )
        block.append(make("pre", placeholders.markdown("".join(parts).strip("\n"))))
        parent = source.getparent()
        if parent is not None and parent.tag == "head":
            body = document.find("body")
            if body is not None:
                body.insert(0, block)
            continue
        replace(source, block)
    return bool(sources)


def _open_shadow(template: HtmlElement) -> None:
    """Put a shadow tree in place of its template, and what is slotted where its slots are."""
    host = template.getparent()
    if host is None:
        return
    slots = {slot.get("name", ""): slot for slot in reversed(list(template.iter("slot")))}
    for child in [one for one in host if one is not template]:
        slot = slots.get(child.get("slot", ""))
        if slot is not None:
            if not slot.get("data-filled"):
                slot.set("data-filled", "1")
                slot.text = None
                for content in list(slot):
                    slot.remove(content)
            slot.append(child)
    if (text := (template.tail or "").strip()) and "" in slots:
        slots[""].append(make("span", text))
        template.tail = None
    for slot in list(template.iter("slot")):
        unwrap(slot)
    unwrap(template)


def _says_the_text(fallback: HtmlElement) -> bool:
    """Tell whether what readers without scripts see is more than the message that scripts are needed."""
    return text_length(fallback) > _FEW_WORDS or not _NEEDS_SCRIPTS.search(text_of(fallback))


def _is_empty_without(fallback: HtmlElement) -> bool:
    """Tell whether a page says next to nothing but what it says to readers without scripts."""
    body = next(fallback.iterancestors("body"), None)
    if body is None:
        return False
    others = sum(text_length(one) for one in body.iter("noscript", "script", "style"))
    return text_length(body) - others <= _FEW_WORDS


def _is_markdown(source: HtmlElement) -> bool:
    text = source.text or ""
    if source.tag == "script":
        is_marked = source.get("type", "").lower() in _MARKDOWN or "data-markdown" in source.attrib or _is_slide(source)
        return is_marked and bool(text.strip())
    is_named = (
        source.get("id") in ("source", "markdown") or "data-markdown" in source.attrib or "markdown" in tokens(source)
    )
    if source.tag == "textarea":
        return _is_slide(source) or (is_named and (len(text.strip()) > _FEW_WORDS / 2 or bool(_HEADING.search(text))))
    parent = source.getparent()
    is_page = parent is not None and parent.tag == "body" and "theme" in source.attrib
    return is_page or is_named or bool(_HIDDEN_STYLE.search(source.get("style", "")))


def _is_slide(source: HtmlElement) -> bool:
    """Tell whether an element is the template of a slide in Markdown, as reveal.js has them."""
    parent = source.getparent()
    is_template = source.get("type", "") == "text/template" or "data-template" in source.attrib
    return is_template and parent is not None and "data-markdown" in parent.attrib


def _dedented(text: str) -> str:
    lines = text.replace("\r\n", "\n").strip("\n").split("\n")
    indents = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    least = min(indents, default=0)
    return "\n".join(line[least:] for line in lines).rstrip()


def unfold(root: HtmlElement, may_hold: frozenset[str]) -> None:
    """Show every folded panel below `root` under its label."""
    ids: dict[str, HtmlElement] | None = None
    for control in xpath(root, _CONTROLS) if "controls" in may_hold else ():
        if (
            control.getparent() is None
            or control.get("role") == "tab"
            or "aria-haspopup" in control.attrib
            or not text_of(control)
        ):
            continue
        if next(control.iterancestors("nav"), None) is not None:
            continue
        if ids is None:
            ids = {one.get("id", ""): one for one in xpath(root, ".//*[@id]")}
        panel = _panel_of(control, ids)
        if panel is not None and panel.get("role") not in _MENU_ROLES and panel.tag not in ("nav", "form"):
            _show(panel)
            _make_label(control)
    for panel in xpath(root, _HIDDEN_PANELS) if "hidden panels" in may_hold else ():
        _unfold_titled(panel)
    for folded in xpath(root, ".//div[@class='collapsed']") if "folded twins" in may_hold else ():
        if (whole := folded.getnext()) is not None and whole.get("class") == "expanded":  # of godoc: one or the other
            remove(folded)
    if "madcap" in may_hold:
        _unfold_togglers(root)
    if "radios" in may_hold:
        _unfold_boxes(root)
    for element in xpath(root, _NAMED) if "custom elements" in may_hold else ():
        if "-" in str(element.tag) and _FOLDING.search(str(element.tag)):
            _label_custom(element)


def _panel_of(control: HtmlElement, ids: dict[str, HtmlElement]) -> HtmlElement | None:
    for name in ("aria-controls", "data-bs-target", "data-target", "href"):
        value = control.get(name, "").strip()
        place = value.removeprefix("#") if name == "aria-controls" or value.startswith("#") else ""
        if place and place in ids and ids[place] not in control.iterancestors():
            return ids[place] if text_of(ids[place]) else None
    if "aria-expanded" not in control.attrib:
        return None
    block = control
    for _ in range(2):
        following = block.getnext()
        if (
            following is not None
            and text_of(following)
            and (_is_folded(following) or _PANEL.search(following.get("class", "")))
        ):
            return following
        parent = block.getparent()
        if following is not None or parent is None or text_of(parent) != text_of(control):
            return None
        block = parent
    return None


def _unfold_titled(panel: HtmlElement) -> None:
    """Show a hidden panel under what stands right before it, if that is a button or both say by class what they are."""
    title = panel.getprevious()
    if title is None or panel.tag not in ("div", "section", "pre", "dd") or not 0 < len(text_of(title)) <= _MAX_TITLE:
        return
    if not _is_folded(panel) or panel.get("role") in _MENU_ROLES or not unlinked_length(panel):
        return
    is_titled = _PANEL.search(panel.get("class", "")) and _TITLE_NAME.search(title.get("class", ""))
    if (title.tag != "button" and not is_titled) or next(panel.iterancestors("nav"), None) is not None:
        return
    if "aria-haspopup" in title.attrib or _is_folded(title) or is_list_of_links(panel):
        return
    _show(panel)
    if title.tag in ("button", "div", "span", "a", "p"):
        _make_label(title)


def _unfold_togglers(root: HtmlElement) -> None:
    """Show what MadCap Flare hides until a word is clicked: blocks by name, and words behind a word."""
    for panel in xpath(root, ".//@data-mc-target-name/..|.//span[contains(@class, 'MCExpandingBody')]"):
        _show(panel)
    for icon in xpath(root, ".//img[contains(@class, '_Icon')]"):
        remove(icon)


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
    above = next(control.iterancestors(*HEADINGS, "summary", "dt"), None)
    if above is not None:
        for icon in list(control.iter("svg", "i")):
            remove(icon)
        unwrap(control)
        return
    if has_block(control):
        rename(control, "div")
        return
    label = make("p", "", make("strong", text_of(control)))
    replace(control, label)
    while (parent := label.getparent()) is not None and parent.tag in ("p", "span"):
        unwrap(parent)


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
        heading = label.find(".//h2") is not None or label.find(".//h3") is not None or label.find(".//h4") is not None
        if heading:
            rename(label, "div")
        else:
            replace(label, make("p", "", make("strong", text_of(label))))
        remove(box)


def _label_custom(element: HtmlElement) -> None:
    text = next((value for name in _NAMES if (value := " ".join(element.get(name, "").split()))), "")
    first = next(iter(element), None)
    if not text or (first is not None and text_of(first) == text):
        return
    label = make("p", "", make("strong", text))
    label.tail, element.text = element.text, None
    element.insert(0, label)
    rename(element, "div")


def settle_custom(root: HtmlElement) -> None:
    """Make custom elements that hold blocks blocks; what holds words alone stays within its line."""
    for element in xpath(root, ".//*[contains(name(), '-')]"):
        if has_block(element):
            element.tag = "div"
