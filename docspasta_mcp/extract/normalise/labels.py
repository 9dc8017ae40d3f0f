"""Boxes that are ticked and icons that mean something, as text: `[x]`, `[ ]`, ✓, ✗ or their label.

Only in lists and cells, where an icon is an answer; beside running text it decorates.
"""

import re
from collections.abc import Iterable
from typing import cast

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import BLOCKS, HEADINGS, ancestors, make, remove, replace, text_length, text_of, xpath
from docspasta_mcp.extract.glances import is_whole
from docspasta_mcp.extract.normalise.hidden import UNSEEN
from docspasta_mcp.extract.normalise.named_icons import DRAWN_BY_NAME, LIGATURES, drop_named_icons
from docspasta_mcp.extract.normalise.places import is_among_words
from docspasta_mcp.extract.selectors import tokens

_YES = re.compile(
    r"(?:^|[\s_/-])(?:check(?:ed|mark)?(?:-?(?:circle|square|bold|lg|all|o))?|tick|yes|ok(?:-?(?:sign|circle))?|true|supported|done|success)"
    r"(?=$|[\s_.-])",
    re.IGNORECASE,
)
_NO = re.compile(
    r"(?:^|[\s_/-])(?:times|xmark|cross|remove|close|x|no|false|ban|unsupported|cancel|clear)(?:-?(?:circle|square|sign|o|thick))?"
    r"(?=$|[\s_.-])",
    re.IGNORECASE,
)
_BOX = re.compile(
    r"(?:^|[\s_-])(?:check-square|square-check|checkbox-checked|check-box|checkbox-on|(square-o|fa-square|checkbox-unchecked|checkbox-off))(?:-o)?(?=$|[\s_-])"
)
_TOGGLE = re.compile(
    r"toggle|menu|nav|dropdown|collapse|expand|tree|btn|button|link|copy|anchor|edit|external|caret|chevron|arrow",
    re.IGNORECASE,
)
_PICTURE = re.compile(r"icon|symbol|anchor|emoji|glyph|(?:^|\s)fa[srbl]?(?:-|\s|$)", re.IGNORECASE)
_TIP = re.compile(r"(?:^|[\s_-])(?:tool-?tip|hint|cop(?:y|ied)|loading|badge)(?:$|[\s_-])", re.IGNORECASE)
_WORDS = frozenset("span b strong em i small mark sup sub".split())
_RAISED = frozenset(("sup", "sub"))
_CONTROLS = frozenset(("button", "label", "summary", "pre", "code", "nav"))
_LABELLED = frozenset(("button", "input", "select", "textarea"))
_TASK = re.compile(r"task|todo|check", re.IGNORECASE)
_STARS = frozenset("★☆⭐✩✭✮⯪½ ")
_MAX_LABEL = 60  # characters
_CELLS = frozenset(("td", "th"))
_ROLES = frozenset(("cell", "gridcell"))
_EMPTY = tuple("i span svg em b div mark ion-icon mat-icon fa-icon iconify-icon sl-icon img".split())


def speak_labels(root: HtmlElement, names: frozenset[str], may_hold: frozenset[str]) -> None:
    """Write what boxes and icons in lists and cells below `root` say, and icons within a sentence that are named."""
    if names & UNSEEN:
        _speak_for_cells(root)
    is_spoken = "parts for the eye" in may_hold
    for mark in xpath(root, ".//@aria-hidden[.='true']/..") if is_spoken else ():  # `.//td//…` would take the square
        cell = next(mark.iterancestors("td"), None)
        if cell is not None and text_of(mark) and is_whole(mark, cell) and next(mark.iter("a", "button"), None) is None:
            mark.attrib.pop("aria-hidden")  # nothing else is there to be read
        elif _is_word_for_eyes(mark):
            mark.attrib.pop("aria-hidden")
            _part(mark)
    if "boxes" in may_hold:
        _speak_boxes(root)
    if names & DRAWN_BY_NAME:
        drop_named_icons(root)
    if "menuseq" in names:  # of Asciidoctor
        for caret in [one for one in root.iter("i") if "caret" in tokens(one)]:
            replace(caret, make("span", "›"))
    places: dict[HtmlElement, float] = {}
    for icon in list(root.iter(*_EMPTY)):
        if icon.tag == "svg" or not (len(icon) or (icon.text and icon.text not in LIGATURES)):
            _speak_icon(icon, places)


def _is_word_for_eyes(mark: HtmlElement) -> bool:
    """Tell whether words that screen readers pass over stand in a sentence, or beside others that are for them."""
    names = mark.get("class", "")
    if mark.tag not in _WORDS or _PICTURE.search(names) or _TIP.search(names):
        return False
    text = text_of(mark)
    if not any(map(str.isalnum, text)) and not (text and _STARS.issuperset(text)):
        return False
    around = {str(above.tag) for above in ancestors(mark, 3)}
    if not around.isdisjoint(_CONTROLS):
        return False
    beside = [one for one in (mark.getprevious(), mark.getnext()) if one is not None]
    if any(one.tag in _LABELLED for one in beside):
        return False
    if any(UNSEEN & tokens(one) for one in beside):
        return True
    return (len(text) > 1 or _is_in_word(mark)) and around.isdisjoint(("a", *HEADINGS)) and is_among_words(mark)


def _is_in_word(mark: HtmlElement) -> bool:
    """Tell whether a word goes on right behind a part of it."""
    return (mark.tail or "")[:1].islower() and text_of(mark).isalpha()


def _part(mark: HtmlElement) -> None:
    """Put spaces between what the eye reads for what the ear is told and the words right beside it."""
    before, after, parent = mark.getprevious(), mark, mark.getparent()
    text = text_of(mark)
    if mark.tag in _RAISED or parent is None or len(text) == 1:  # the first letter of a word
        return
    beside = (before if before is not None and not before.tail else None, mark.getnext() if not mark.tail else None)
    is_told = any(one is not None and UNSEEN & tokens(one) for one in beside)
    if not is_told and text.isalpha() and _is_in_word(mark):
        return
    while before is not None and not before.tail and UNSEEN & tokens(before):
        before = before.getprevious()
    words = parent.text if before is None else before.tail or ("" if before.tag in BLOCKS else text_of(before))
    if words and words[-1].isalnum() and text[0].isalnum():
        mark.text = f" {mark.text or ''}"
    while not after.tail and (following := after.getnext()) is not None and UNSEEN & tokens(following):
        after = following
    if after.tail and after.tail[0].isalnum() and text[-1].isalnum():
        after.tail = f" {after.tail}"


def _speak_for_cells(root: HtmlElement) -> None:
    """Show what only screen readers are told where a cell says nothing else."""
    for cell in list(root.iter(*_CELLS)):
        if not (cell.text or "").strip() and 0 < text_length(cell) <= _MAX_LABEL:
            said = [one for one in cell.iterdescendants("span", "div", "p") if UNSEEN & tokens(one)]
            if said and sum(map(text_length, said)) >= text_length(cell) - len(said):
                for one in said:
                    one.attrib.pop("class")


def _speak_boxes(root: HtmlElement) -> None:
    inputs = ".//input[@type='checkbox' or @type='radio' or @type='CHECKBOX']|"
    has_inputs = next(root.iter("input"), None) is not None
    for box in xpath(root, f"{inputs if has_inputs else ''}.//@role[.='checkbox']/.."):
        _speak_box(box)
    for item in xpath(root, ".//li/@data-inline-task-id/.."):  # of Confluence
        _begin(item, _mark("checked" in tokens(item)))
    for item in xpath(root, ".//li/@data-checked/..|.//li/@data-task/.."):
        if "[x]" not in text_of(item)[:3] and "[ ]" not in text_of(item)[:3]:
            is_done = item.get("data-checked", item.get("data-task", "")).lower() in ("true", "x", "checked", "1")
            _begin(item, _mark(is_done))


def _mark(is_checked: bool) -> str:
    return "[x]" if is_checked else "[ ]"


def _speak_box(box: HtmlElement) -> None:
    place = next(
        (above for above in ancestors(box, 5) if above.tag in ("li", *_CELLS) or above.get("role") in _ROLES), None
    )
    is_checked = "checked" in box.attrib or box.get("aria-checked") == "true"
    if place is None:
        if box.tag != "input":  # drawn by the page itself
            box.attrib.pop("role")
            box.text = f"{_mark(is_checked)} {text_of(box) or box.get('aria-label', '')}"
            del box[:]
        elif (task := next((one for one in ancestors(box, 2) if "task-item" in tokens(one)), None)) is not None:
            remove(box)
            _begin(task, _mark(is_checked))
        elif "disabled" in box.attrib:  # nobody can tick it: it says how things are
            replace(box, make("span", _mark(is_checked)))
    elif place.tag == "li":
        parent = place.getparent()
        names = (
            f"{place.get('class', '')} {parent.get('class', '') if parent is not None else ''} {box.get('class', '')}"
        )
        is_task = "disabled" in box.attrib or bool(_TASK.search(names)) or "data-checked" in place.attrib
        if not is_task and (box.get("id") or _TOGGLE.search(names)):
            return
        remove(box)
        _begin(place, _mark(is_checked))
    else:
        replace(box, make("span", _mark(is_checked)))


def _begin(item: HtmlElement, mark: str) -> None:
    """Put a mark before an item's first words, in the block that holds them."""
    holder = item
    while not (holder.text or "").strip():
        first = next((child for child in holder if text_of(child)), None)
        before = first.getprevious() if first is not None else None
        if (
            first is None
            or first.tag not in ("p", "div", "label")
            or (before is not None and (before.tail or "").strip())
        ):
            break
        holder = first
    if not (holder.text or "").strip() and len(holder) and not text_of(holder[0]):
        holder[0].tail = (holder[0].tail or "").lstrip()
    holder.text = f"{mark} {(holder.text or '').lstrip()}"


def _speak_icon(icon: HtmlElement, places: dict[HtmlElement, float]) -> None:
    names = icon.get("class", "")
    said = (icon.text or "").strip() if icon.tag != "svg" else ""
    if said and not (said in LIGATURES and ("material" in names or icon.tag == "mat-icon")):
        return
    place = next(
        (above for above in ancestors(icon, 4) if above.tag in ("li", "dd", *_CELLS) or above.get("role") in _ROLES),
        None,
    )
    if icon.get("role") == "button" or any(
        above.tag in ("button", "pre", "code", "nav") for above in ancestors(icon, 3)
    ):
        return
    if place is None:
        _speak_in_sentence(icon)
    elif _is_box(icon, place) or _speak_in_place(icon, place, said, places):
        places.update({one: float("inf") for one in (place, *place.iterancestors()) if one in places})


def _speak_in_place(icon: HtmlElement, place: HtmlElement, said: str, places: dict[HtmlElement, float]) -> bool:
    """Write what an icon says in a cell or item; tell whether it says something.

    Args:
        icon: stands in `place`.
        place: the item or cell.
        said: the icon's own text.
        places: how long the texts of places are, whose icons have said nothing so far.
    """
    names = icon.get("class", "")
    if place not in places:
        places[place] = text_length(place)
    is_alone = places[place] <= text_length(icon)
    label = _label(icon) or LIGATURES.get(said, "")
    if not label and (is_alone or place.tag == "li"):
        known = f"{names} {icon.get('src', '')} {icon.get('name', '')} {icon.get('icon', '')} {_used(icon)}"
        label = "✓" if _YES.search(known) else "✗" if _NO.search(known) and not _TOGGLE.search(known) else ""
    if not label or (not is_alone and _TOGGLE.search(f"{names} {label}")):
        return False
    if not is_alone and _begins_with(place, label):
        return False  # decoration beside the same word
    if icon.tag == "img":
        if icon.get("alt") or not is_alone:
            return False
        replace(icon, make("span", label))
        return True
    following = icon.tail or ""
    replace(icon, make("span", label if following[:1].isspace() or not following else f"{label} "))
    return True


def _begins_with(place: HtmlElement, label: str) -> bool:
    """Tell whether the text of an item or cell begins with a label."""
    start, wanted = "", label.lower()
    for piece in cast("Iterable[str]", place.itertext()):
        start = " ".join(f"{start}{piece}".lower().split())
        start += " " if start and piece[-1:].isspace() else ""
        if len(start) >= len(wanted):
            break
    return start.startswith(wanted)


def _is_box(icon: HtmlElement, place: HtmlElement) -> bool:
    """Write the box that an icon at the start of an item draws; tell whether it draws one."""
    box = _BOX.search(icon.get("class", ""))
    if place.tag != "li" or box is None or icon.getprevious() is not None or (place.text or "").strip():
        return False
    remove(icon)
    _begin(place, _mark(not box[1]))
    return True


def _speak_in_sentence(icon: HtmlElement) -> None:
    """Write the name of an icon that a sentence cannot do without: "Press [gear] and wait"."""
    parent, before = icon.getparent(), icon.getprevious()
    if parent is None or parent.tag != "p" or icon.tag == "img":
        return
    words = (before.tail if before is not None else parent.text) or ""
    label = _label(icon)
    if label and words.endswith((" ", "\n", "\xa0", "(")) and words.strip() and (icon.tail or "").strip():
        replace(icon, make("span", label))


def _label(icon: HtmlElement) -> str:
    title = icon.find("{*}title") if icon.tag == "svg" else None
    if icon.get("aria-hidden") == "true" and not icon.get("title"):
        return ""
    label = (
        icon.get("aria-label")
        or icon.get("title")
        or icon.get("data-label")
        or (text_of(title) if title is not None else "")
    )
    label = " ".join(label.split())
    return label if len(label) <= _MAX_LABEL else ""


def _used(icon: HtmlElement) -> str:
    """Return the names of the drawings that an SVG takes from a sprite."""
    if icon.tag != "svg":
        return ""
    return " ".join(
        use.get("href") or use.get("{http://www.w3.org/1999/xlink}href") or use.get("xlink:href") or ""
        for use in icon.iter("use")
    ).replace("#", " ")
