"""Lists as Markdown nests them: whatever stands in a list stands in one of its items.

Editors write `<ul><li>a</li><ul>…</ul></ul>`, put a `pre` between two items or a `div` around them; browsers show it as
part of the item before.
"""

import re

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import make, remove, rename, replace, text_of, unwrap, xpath

_LISTS = ("ul", "ol", "menu")
_BULLETS = frozenset("•◦▪‣●○·")
_NUMBER = re.compile(r"\d{1,3}[.)]")
_LONG_NUMBER = 6  # figures
_INVISIBLE = frozenset(("script", "style", "template", "link", "meta"))


def repair_lists(root: HtmlElement, names: frozenset[str]) -> None:
    """Make every child of every list below `root` an item, and tell apart ordered lists that follow one another."""
    by_role = ".//@role[.='list' or .='listitem']/.."
    for element in xpath(root, by_role) if "list" in names or "listitem" in names else ():
        if element.tag == "div":
            rename(element, "ul" if element.get("role") == "list" else "li")
    for table in list(root.iter("table")):
        _open_counted(table)
    for item in root.iter("li"):
        _drop_drawn_marks(item)
    for whole in list(root.iter(*_LISTS)):
        if whole.tag != "ol" and whole.find(".//li") is None:  # browsers set it in, without a mark
            rename(whole, "div")
        elif (whole.text or "").strip() or any(child.tag != "li" or (child.tail or "").strip() for child in whole):
            _gather(whole)
    for item in [one for one in root.iterdescendants("li") if _is_list_alone(one)]:
        _nest(item)
    for ordered in root.iter("ol"):
        before = ordered.getprevious()
        if (
            before is not None
            and before.tag == "ol"
            and not (before.tail or "").strip()
            and not _goes_on(before, ordered)
        ):
            ordered.set("data-delimiter", ")" if before.get("data-delimiter", ".") == "." else ".")


def _open_counted(table: HtmlElement) -> None:
    """Make a list of a table whose rows are a number or a bullet and a text, as Help+Manual sets lists."""
    rows = [list(row) for row in table.iter("tr")]
    if any(len(row) != 2 or row[0].tag != "td" or next(row[0].iter("img", "a"), None) is not None for row in rows):
        return
    marks = [text_of(row[0]) for row in rows]
    is_counted = all(map(_NUMBER.fullmatch, marks))
    if (
        not marks
        or not (is_counted or _BULLETS.issuperset(marks))
        or next(table.iterancestors("table"), None) is not None
    ):
        return
    listed = make("ol" if is_counted else "ul")
    if is_counted:
        listed.set("start", marks[0][:-1])
    for row in rows:
        rename(row[1], "li")
        row[1].tail = None
        listed.append(row[1])
    replace(table, listed)


def _goes_on(before: HtmlElement, ordered: HtmlElement) -> bool:
    """Tell whether a list counts on where the one before it ended: both are one."""
    start, first = ordered.get("start", ""), before.get("start", "1")
    if not start.isdecimal() or not first.isdecimal() or len(start) > _LONG_NUMBER:
        return False
    return int(start) == int(first[:_LONG_NUMBER]) + len(before) and before.get("data-delimiter") is None


def _drop_drawn_marks(item: HtmlElement) -> None:
    """Remove the bullet or number that an element of its own draws before an item's text."""
    first = next(iter(item), None)
    if first is None or (item.text or "").strip() or first.tag not in ("div", "span") or first.getnext() is None:
        return
    text = text_of(first)
    if text in _BULLETS or (_NUMBER.fullmatch(text) and item.getparent().tag == "ol"):  # pyright: ignore
        remove(first)


def _is_list_alone(item: HtmlElement) -> bool:
    return len(item) == 1 and item[0].tag in ("ul", "ol") and item.getparent().tag == "ul"  # pyright: ignore


def _nest(item: HtmlElement) -> None:
    """Put a list that is all of an item into the item before, as the supertypes of a class are listed."""
    before = item.getprevious()
    if before is None and "none" in item.get("style", ""):  # without a mark of its own
        inner = item[0]
        unwrap(item)
        unwrap(inner)
        return
    if before is None or (item.text or "").strip() or (item[0].tail or "").strip():
        return
    before.append(item[0])
    remove(item)


def _gather(whole: HtmlElement) -> None:
    for child in list(whole):
        if child.tag not in ("li", *_LISTS) and child.find("li") is not None:
            unwrap(child)
    last: HtmlElement | None = None
    if (text := (whole.text or "").lstrip()) and len(whole):
        last = make("li", text)
        whole.insert(0, last)
        whole.text = None
    for child in list(whole):
        if child is last or child.tag in _INVISIBLE:
            continue
        if child.tag == "li":
            last = child
            if tail := (child.tail or "").strip():
                child.tail = None
                if text_of(child):
                    child.append(make("br"))
                child.append(make("span", tail))
        elif last is not None:
            last.append(child)
        elif child.tag in _LISTS and child.tag != whole.tag and whole.find("li") is not None:
            child.tail = None  # counted or not, it is not an item of the other
            whole.addprevious(child)
        elif child.tag in _LISTS:  # indented by a list of nothing else
            unwrap(child)
            _gather(whole)
            return
        else:
            last = make("li")
            child.addprevious(last)
            last.append(child)
