"""Headings without what leads back to themselves or to the list of contents, and link icons without their brackets."""

import re

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import BLOCKS, HEADINGS, ancestors, remove, text_length, text_of, unwrap, xpath
from docspasta_mcp.extract.normalise.code_lines import raw
from docspasta_mcp.extract.selectors import tokens

_PAGE_OPEN = re.compile(r"^((?:.*\S)?)\s*\((?:p\.|page|pp\.|see)?[\s\xa0]*$", re.DOTALL | re.IGNORECASE)
_HINT = "\u200b"
_AROUND = 3  # elements
_LONGEST = 300  # characters of a heading
_ICON = re.compile(r"\[\*\]|\[?(?:cross-?ref(?:erence)?|link|citation|footnote)\]?|", re.IGNORECASE)
_TOPS = frozenset(("top", "podtop", "pod_top"))  # where pod2html leads from each heading


def name_headings(document: HtmlElement) -> None:
    """Make headings of the elements below `document` that only a role calls so."""
    for element in xpath(document, ".//@role[.='heading']/.."):
        if element.tag not in ("div", "span", "p", "strong", "b") or element.find(".//p") is not None:
            continue
        if "caption" in tokens(element):  # of a list of contents of Sphinx: no section of the page
            continue
        if any(next(element.iter(tag), None) is not None for tag in HEADINGS):
            continue
        if next(element.iterancestors(*HEADINGS, "p", "button", "summary", "dt", "nav"), None) is None:
            level = element.get("aria-level", "2").strip()
            element.attrib.pop("role")
            element.tag = f"h{level}" if level in "123456" and level else "h2"


def join_parted_names(document: HtmlElement) -> None:
    """Mark the places in headings where a name may break: the parts on both sides are one word."""
    for place in list(document.iter("wbr")):
        before = place.getprevious()
        if before is None or before.tail or place.text or place.tail or not (len(place) or place.getnext() is not None):
            continue  # the parser takes what follows for its content
        if any(above.tag in HEADINGS for above in ancestors(place, _AROUND)):
            following = place[0] if len(place) else place.getnext()
            if before.tag == "code" and following is not None and following.tag == "code":
                _join(before, following)
            else:
                before.tail = _HINT


def _join(code: HtmlElement, following: HtmlElement) -> None:
    """Make one code of two."""
    following.text = f"{raw(code)}{following.text or ''}"
    remove(code)


def unlink_headings(root: HtmlElement) -> None:
    """Remove the links of headings below `root` that lead to the heading itself or to its line of the contents."""
    for heading in root.iter(*HEADINGS):
        for picture in list(heading.iter("img")) if len(heading) else ():
            alternative, text = picture.get("alt", "").strip().casefold(), text_of(heading).casefold()
            if alternative and text.startswith(alternative) and not text[len(alternative) :][:1].isalnum():
                remove(picture)  # an icon that says the same word once more
        above = heading.getparent()
        anchors = [*heading.iter("a"), *([above] if above is not None and above.tag == "a" else ())]
        own = {heading.get("id"), *(one.get("id") for one in heading.iter("a", "span"))} if anchors else ()
        for anchor in anchors:
            place = anchor.get("href", "").partition("#")[2]
            if not place:
                continue
            if (
                place in own
                or place in (anchor.get("id"), anchor.get("name"))
                or place.lower().startswith(("toc", "contents"))
                or place.lower().strip("_") in _TOPS
            ):
                anchor.attrib.pop("href", None)


def split_headings(root: HtmlElement) -> None:
    """Move blocks out of a heading that was never closed, and headings out of the terms that are no more than they."""
    lists: dict[HtmlElement, None] = {}
    for heading in list(root.iter(*HEADINGS)):
        listed = _list_of_term(heading)
        if listed is not None:
            lists[listed] = None
        if not len(heading) or text_length(heading) <= _LONGEST:
            continue
        blocks = [child for child in heading if child.tag in BLOCKS]
        if (
            blocks
            and text_length(blocks[0]) < _LONGEST
            and not (heading.text or "").strip()
            and blocks[0].getprevious() is None
        ):
            blocks = blocks[1:]
        if not blocks:
            continue
        rest = [blocks[0], *blocks[0].itersiblings()]
        tail, heading.tail = heading.tail, None
        for part in reversed(rest):
            heading.addnext(part)
        rest[-1].tail = (rest[-1].tail or "") + (tail or "")
    for listed in lists:
        _open_list(listed)


def _list_of_term(heading: HtmlElement) -> HtmlElement | None:
    """Return the list in which a heading is all that a term says, if it is so."""
    term = heading.getparent()
    if term is None or term.tag != "dt" or next(term.iter(*HEADINGS)) is not heading:
        return None
    listed = term.getparent()
    is_listed = listed is not None and listed.tag == "dl" and text_of(term) == text_of(heading)
    return listed if is_listed else None


def _open_list(listed: HtmlElement) -> None:
    """Make blocks of a list whose terms are headings of sections."""
    if listed.tag != "dl" or any(part.tag == "dt" and next(part.iter(*HEADINGS), None) is None for part in listed):
        return
    for part in list(listed):
        if part.tag == "dt":
            unwrap(part)
        elif part.tag == "dd":
            part.tag = "div"
    listed.tag = "div"


def open_icons(root: HtmlElement) -> None:
    """Link the words before a link icon in brackets, as LaTeX2HTML writes `term (p. [icon])`, and drop the brackets."""
    for anchor in list(root.iter("a")):
        if len(anchor) != 1:
            _drop_brackets(anchor)
            continue
        pictures = list(anchor)
        if pictures[0].tag != "img" or (anchor.text or "").strip() or (pictures[0].tail or "").strip():
            continue
        if not _ICON.fullmatch(pictures[0].get("alt", "").strip()):
            continue
        before, parent = anchor.getprevious(), anchor.getparent()
        if parent is None:
            continue
        match = _PAGE_OPEN.match((before.tail if before is not None else parent.text) or "")
        tail = anchor.tail or ""
        if match is None or not tail.lstrip().startswith(")"):
            continue
        words = match[1]
        lead, _, last = words.rpartition("\n") if len(words) > 80 else ("", "", words)
        remove(pictures[0])
        anchor.tail = tail.lstrip()[1:]
        if last.strip():
            anchor.text, rest = last.strip(), lead + last[: len(last) - len(last.lstrip())]
        elif before is not None and text_of(before):
            anchor.text, before.tail = text_of(before), None
            remove(before)
            continue
        else:
            rest = words
        if before is not None:
            before.tail = rest
        else:
            parent.text = rest


def _drop_brackets(anchor: HtmlElement) -> None:
    """Remove `(page )` around a link that shows nothing."""
    before, parent = anchor.getprevious(), anchor.getparent()
    if len(anchor) or (anchor.text or "").strip() or not anchor.get("href") or parent is None:
        return
    words = (before.tail if before is not None else parent.text) or ""
    match, tail = _PAGE_OPEN.match(words), anchor.tail or ""
    if match is None or not tail.lstrip().startswith(")"):
        return
    anchor.tail = tail.lstrip()[1:]
    if before is not None:
        before.tail = match[1]
    else:
        parent.text = match[1]
    remove(anchor)
