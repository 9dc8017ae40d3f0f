"""What a page holds ready for scripts, or for readers without them: shadow trees, `noscript`, Markdown, inner pages.

All of it is opened where it stands, before scripts and templates are dropped.
"""

import re
from collections.abc import Callable

from lxml import etree
from lxml.html import HtmlElement, fragment_fromstring

from docspasta_mcp.extract.dom import has_block, make, remove, replace, text_length, text_of, unwrap, xpath
from docspasta_mcp.extract.normalise.hidden import is_hidden
from docspasta_mcp.extract.placeholders import Placeholders
from docspasta_mcp.extract.sanitise import without_hidden
from docspasta_mcp.extract.selectors import tokens
from docspasta_mcp.model.markdown_blocks import fences

_NEEDS_SCRIPTS = re.compile(
    r"\b(?:enabled?|requires?|needs?|turn\w* on|activated?|without|disabled?|supports?)\b.{0,40}\bjava ?script|"
    r"\bjava ?script\b.{0,40}\b(?:enabled?|required|disabled|needed|off)\b",
    re.IGNORECASE,
)
_FEW_WORDS = 200  # characters; a message that scripts are needed is shorter
_SAID = 40  # characters; a text for readers without scripts is longer
_TITLE = re.compile(r"\s*#[ \t]+([^\n]+)(?:\n|\Z)")
_HEADING = re.compile(r"^[ \t]*#{1,6} \S", re.MULTILINE)
_LINK = re.compile(r"(\]\(<?)([^)\s>]+)")
_MARKDOWN = frozenset(("text/markdown", "text/x-markdown", "text/md", "text/x-md"))


def open_sources(
    document: HtmlElement, placeholders: Placeholders, resolve: Callable[[str], str], may_hold: frozenset[str]
) -> bool:
    """Open what scripts would show below `document`, before scripts and templates are dropped.

    Returns:
        Whether there was Markdown that a script would render, or a text for readers without scripts.
    """
    if "shadows" in may_hold:
        for template in xpath(document, ".//template[@shadowrootmode or @shadowroot]"):
            _open_shadow(template)
    for frame in list(document.iter("iframe")):
        _open_frame(frame)
    is_told = False
    for fallback in list(document.iter("noscript")):
        if _says_the_text(fallback) and has_block(fallback) and _is_empty_without(fallback):
            _drop_message(fallback)
            is_told |= text_length(fallback) > _SAID and not _NEEDS_SCRIPTS.search(text_of(fallback))
            unwrap(fallback)
    sources = [source for source in document.iter("script", "xmp", "textarea") if _is_markdown(source)]
    for source in sources:
        block = _read(source, placeholders, resolve)
        parent = source.getparent()
        if parent is not None and parent.tag == "head":
            body = document.find("body")
            if body is not None:
                body.insert(0, block)
            continue
        replace(source, block)
    return is_told or bool(sources)


def _drop_message(fallback: HtmlElement) -> None:
    """Drop the words that scripts are needed before a text that does without them."""
    if not _tells(fallback):
        return
    first = next(iter(fallback), None)
    if _NEEDS_SCRIPTS.search(fallback.text or ""):
        fallback.text = None
        return
    is_first = first is not None and first.getnext() is not None and first.tag in ("p", "div", "strong", "h1", "h2")
    if first is not None and is_first and text_length(first) < _FEW_WORDS and _NEEDS_SCRIPTS.search(text_of(first)):
        remove(first)


def _tells(fallback: HtmlElement) -> bool:
    """Tell whether a text for readers without scripts has a list, a table or code that says more than that."""
    parts = fallback.iter("ul", "ol", "dl", "pre", "table")
    return any(text_length(one) > _SAID and not _NEEDS_SCRIPTS.search(text_of(one)) for one in parts)


def _read(source: HtmlElement, placeholders: Placeholders, resolve: Callable[[str], str]) -> HtmlElement:
    """Return the Markdown of an element as a block, its first heading as that of a page."""
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
    return block


def _open_shadow(template: HtmlElement) -> None:
    """Put a shadow tree in place of its template, and what is slotted where its slots are."""
    host = template.getparent()
    if host is None:
        return
    slots = {slot.get("name", ""): slot for slot in reversed(list(template.iter("slot")))}
    default = slots.get("")
    if default is not None:
        _fill(default, template.tail)
        template.tail = None
    for child in [one for one in host if one is not template]:
        slot = slots.get(child.get("slot", ""))
        tail, child.tail = child.tail, None
        if slot is None:
            child.tail = tail
            continue
        child.attrib.pop("slot", None)
        _fill(slot, child)
        _fill(default if default is not None else slot, tail)
    for slot in list(template.iter("slot")):
        unwrap(slot)
    unwrap(template)


def _fill(slot: HtmlElement, content: HtmlElement | str | None) -> None:
    """Add an element or words to what is shown in a slot; what it shows by itself goes."""
    if content is None or (isinstance(content, str) and not content.strip()):
        return
    if not slot.get("data-filled"):
        slot.set("data-filled", "1")
        slot.text = None
        for old in list(slot):
            slot.remove(old)
    if not isinstance(content, str):
        slot.append(content)
    elif len(slot):
        slot[-1].tail = (slot[-1].tail or "") + content
    else:
        slot.text = (slot.text or "") + content


def _open_frame(frame: HtmlElement) -> None:
    """Put the page that an attribute holds in place of the frame that shows it."""
    source = frame.get("srcdoc", "").strip()
    if not source or is_hidden(frame):
        return
    try:
        inner = fragment_fromstring(source, create_parent="div")
    except (etree.ParserError, ValueError):
        return
    for unseen in list(inner.iter("title", "iframe")):
        unseen.drop_tree()
    if text_of(inner):
        replace(frame, inner)


def _says_the_text(fallback: HtmlElement) -> bool:
    """Tell whether what readers without scripts see is more than the message that scripts are needed."""
    is_message = text_length(fallback) <= _FEW_WORDS and _NEEDS_SCRIPTS.search(text_of(fallback))
    return not is_message or _tells(fallback)


def _is_empty_without(source: HtmlElement) -> bool:
    """Tell whether a page says next to nothing but what it says to readers without scripts, or has ready for one."""
    body = next(source.iterancestors("body"), None)
    if body is None:
        return False
    others = sum(text_length(one) for one in body.iter("noscript", "script", "style", "textarea", "xmp"))
    return text_length(body) - others <= _FEW_WORDS


def _is_markdown(source: HtmlElement) -> bool:
    text = source.text or ""
    if source.tag == "script":
        is_marked = source.get("type", "").lower() in _MARKDOWN or "data-markdown" in source.attrib or _is_slide(source)
        return is_marked and bool(text.strip())
    is_named = (
        source.get("id") in ("source", "markdown") or "data-markdown" in source.attrib or "markdown" in tokens(source)
    )
    has_headings = bool(_HEADING.search(text))
    if source.tag == "textarea":
        is_told = is_named and (len(text.strip()) > _FEW_WORDS / 2 or has_headings)
        return is_told or _is_slide(source) or (has_headings and is_hidden(source) and _is_empty_without(source))
    is_page = "theme" in source.attrib or (has_headings and _is_empty_without(source))
    return is_page or is_named or is_hidden(source)


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
