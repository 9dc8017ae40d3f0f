"""Find a page's title: its own heading, not the site's name and not the heading of its first section."""

import re
from itertools import islice

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import BLOCKS, HEADINGS, remove, text_of
from docspasta_mcp.extract.inline import subscript, superscript
from docspasta_mcp.extract.normalise.places import stands_first
from docspasta_mcp.model.characters import drop_invisible

_LONGEST = 500  # characters of a title that are looked at
_FACTS = 80  # characters before a heading that are no text yet
_MOST_AGAIN = 4  # headings that repeat the title
_BY_LATEX2HTML = "meta[@name='Generator']"
_PASSAGES = frozenset(("p", "pre", "ul", "ol", "dl", "table", "blockquote", "img"))
_SEPARATOR = re.compile(r"(?<!\s)\s+[|–—·»:-]+\s+")
_NUMBER = re.compile(r"\A(?:(?:chapter|section|appendix|part)\s+)?(?:\d++|[A-Z])(?:\.\d++)*+[.:]?\s+", re.IGNORECASE)
_WAY = re.compile(r"(?<=\s)>\s+|\s*[»›→]\s*")  # from section to page
_MANUAL = re.compile(r"(\S{1,60}(?: \S{1,60}){0,3}?)\s+[-–—]{1,2}\s")  # the first words of a manual page
_FIRST_LINKS = 10  # of a page, among which its site's name is looked for
_IN_SQUARE = re.compile(r"\s+\[([^\[\]]+)\]$")  # as DokuWiki appends it
_SITE = re.compile(r"\s+\([^()]*(?:\([^()]*\)[^()]*)*\)$")  # as Texinfo appends it


def clean(text: str) -> str:
    """Return a heading's text without marks and what is not seen."""
    return " ".join(drop_invisible(text).split()).strip("¶# ")


def page_title(document: HtmlElement) -> str:
    """Return what the page's `title` says; nothing if it is the name that LaTeX2HTML gives to all its files."""
    title = document.find("head/title")
    said = clean(text_of(title))[:_LONGEST] if title is not None else ""
    if not said or document.find(f"head/{_BY_LATEX2HTML}") is None:
        return said
    sheets = {link.get("href", "") for link in document.iter("link")}
    return "" if f"{said}.css" in sheets else said


def own_words(document: HtmlElement, root: HtmlElement, said: str, *, has_title: bool, begins_with_site: bool) -> str:
    """Return what a title says of the page: of a manual page the name, of one without a heading no more of its site.

    The site's name is what the page's first links or their pictures say.

    Args:
        document: the page.
        root: its content.
        said: what its `title` says.
        has_title: whether it has a heading of level 1 or a title of its generator's, which tells.
        begins_with_site: whether its generator sets the site's name first.
    """
    if said.casefold() in ("", "name"):
        return _manual_name(root) or said
    if has_title:
        return said
    if begins_with_site and (rest := said.partition(": ")[2]):
        return rest
    places = list(_SEPARATOR.finditer(said))
    if not places:
        return said
    first, last = said[: places[0].start()], said[places[-1].end() :]
    names: set[str] = set()
    for link in islice(document.iter("a"), _FIRST_LINKS):
        picture = link.find(".//img")
        names |= {text_of(link).casefold(), (picture.get("alt", "") if picture is not None else "").strip().casefold()}
    if last.casefold() in names and first.casefold() not in names:
        return said[: places[-1].start()]
    return said[places[0].end() :] if first.casefold() in names and last.casefold() not in names else said


def named_title(element: HtmlElement) -> str:
    """Return the text of a title that is not a heading, without the blocks that follow in it."""
    said = element.text or ""
    for child in element:
        if child.tag in BLOCKS or "-" in str(child.tag):
            break
        said += " " if child.tag == "br" else ""
        for text in (text_of(child), child.tail or ""):
            said += f" {text}" if said[-1:].isalnum() and text[:1].isalnum() else text
    return clean(said)


def title_beside(document: HtmlElement, root: HtmlElement) -> str:
    """Return the text of the only heading of level 1 that stands in the page's `main`, but outside of its content."""
    found = [
        heading
        for heading in document.iter("h1")
        if root not in heading.iterancestors() and heading not in root.iterancestors() and text_of(heading)
        if any(above.tag == "main" or above.get("role") == "main" for above in heading.iterancestors())
    ]
    return named_title(found[0]) if len(found) == 1 else ""


def find_title(root: HtmlElement, said: str, *, named: str, outside: list[str], beside: str = "") -> str:
    """Return a page's title, taken out of its content if it stands there; other headings of level 1 go below it.

    Args:
        root: the content.
        said: what the page's `title` says.
        named: what the generator's own element for titles says, outside the content.
        outside: the texts of all headings of level 1 on the page.
        beside: the text of the only one in the page's `main` that is not in the content.
    """
    said = said.replace("`", "")  # as Markdown writes names of code
    parts = _SEPARATOR.split(_IN_SQUARE.sub(r" | \1", said))
    short = _head_of(root, said) or parts[0]
    title = _site_named(root, short, parts) or _own(root, short, said, named=named, outside=outside)
    title = (
        title
        or named
        or next((text for text in outside if text in said), "")
        or beside
        or _SITE.sub("", short if next(root.iter(*HEADINGS), None) is not None else said)  # which part is its own?
        or next(iter(outside), "")
        or _only_part(root)
    )
    _drop_again(root, title)
    _lower_chapters(root)
    return title


def _manual_name(root: HtmlElement) -> str:
    """Return what a manual page says under its first heading, NAME, before a dash."""
    heading = next(root.iter(*HEADINGS), None)
    after = heading.getnext() if heading is not None and text_of(heading).casefold() == "name" else None
    match = _MANUAL.match(text_of(after)) if after is not None else None
    return match[1] if match is not None else ""


def _lower_chapters(root: HtmlElement) -> None:
    """Move headings of level 1 to level 2, and with them those below, where sections of level 2 stand in chapters."""
    headings = list(root.iter(*HEADINGS))
    first = next((at for at, heading in enumerate(headings) if heading.tag == "h1"), len(headings))
    below = headings[first:]
    has_sections = any(heading.tag == "h2" for heading in below)
    for heading in below:
        if heading.tag == "h1" or (has_sections and heading.tag != "h6"):
            heading.tag = f"h{int(str(heading.tag)[1]) + 1}"


def _only_part(root: HtmlElement) -> str:
    """Return the name of the one part that a page without a title lists, if it lists all others below that."""
    contents = next(root.iter("ul", "ol"), None)
    if contents is None or sum(1 for _ in contents.iterchildren("li")) != 1:
        return ""
    link = next(contents.iter("a"), None)
    return clean(text_of(link)) if link is not None else ""


def _drop_again(root: HtmlElement, title: str) -> None:
    """Remove headings above the text that only say the title again, a line of facts before them left aside."""
    for _ in range(_MOST_AGAIN if title else 0):
        heading = next(root.iter(*HEADINGS), None)
        if heading is None or heading.find(".//code") is not None:
            return
        text = _bare(heading)
        if title.casefold() not in (text.casefold(), _NUMBER.sub("", text, count=1).casefold()):
            return
        if not _is_first(heading, root) and not _is_below_facts(heading, root):
            return
        remove(heading)


def _is_below_facts(heading: HtmlElement, root: HtmlElement) -> bool:
    """Tell whether only a few words, as a date or the name of a package, stand before a heading."""
    before, around = 0, set(heading.iterancestors())
    for element in root.iter():
        if element is heading:
            return True
        if element.tag in _PASSAGES:
            return False
        before += len((element.text or "").strip()) if element not in around else 0
        if before > _FACTS:
            return False
    return False


def _is_first(element: HtmlElement, root: HtmlElement) -> bool:
    """Tell whether nothing at all stands before an element."""
    node = element
    while node is not root:
        parent = node.getparent()
        if parent is None:
            return True
        before = list(node.itersiblings(preceding=True))
        if (parent.text or "").strip() or any((one.tail or "").strip() or not _is_blank(one) for one in before):
            return False
        node = parent
    return True


def _is_blank(element: HtmlElement) -> bool:
    return not text_of(element) and element.tag != "img" and element.find(".//img") is None


def _head_of(root: HtmlElement, said: str) -> str:
    """Return what a title with several separators begins with, if a heading says so much: `Connecting - the Engine`."""
    heads = [said[: one.start()] for one in _SEPARATOR.finditer(said)]
    if len(heads) < 2:
        return ""
    told = {_bare(heading).casefold() for heading in root.iter("h1", "h2")}
    return next((head for head in reversed(heads) if head.casefold() in told), "")


def _site_named(root: HtmlElement, short: str, parts: list[str]) -> str:
    """Return the title where the only heading of level 1 is the site's name, and take both out."""
    site = next(root.iter("h1"), None)
    names = {part.casefold() for part in parts[1:]}
    if site is None or clean(text_of(site)).casefold() not in names:
        return ""
    for heading in root.iter("h1", "h2"):
        way = _WAY.split(_bare(heading))
        if heading is not site and way[-1].casefold() == short.casefold():
            remove(site)
            remove(heading)
            return way[-1]
    return ""


def _shown(heading: HtmlElement) -> str:
    """Return a heading's text with its powers and indices written as such."""
    for script in heading.iter("sup", "sub"):
        write = superscript if script.tag == "sup" else subscript
        text = write("".join(script.itertext()), is_code=True)
        del script[:]
        script.text = text
    return clean(text_of(heading))


def _lead(root: HtmlElement, heading: HtmlElement) -> HtmlElement | None:
    """Return the first paragraph if it stands before a heading: word processors write the title so."""
    first = next((one for one in root.iter("p", "h1") if one is heading or text_of(one)), None)
    return first if first is not None and first.tag == "p" and _is_first(first, root) else None


def _own(root: HtmlElement, short: str, said: str, *, named: str, outside: list[str]) -> str:
    heading = next(root.iter("h1"), None)
    if heading is None:
        return _lower(root, short, said)
    text = clean(text_of(heading))
    if short and text != short and (lead := _lead(root, heading)) is not None and clean(text_of(lead)) == short:
        remove(lead)
        return short
    if named and text != named:
        return named
    is_more = text.startswith(f"{short} ") and _is_first(heading, root)
    is_same = is_more and (text.startswith(f"{short} (") or _without_badges(heading) == short)
    if short and text.casefold() not in short.casefold() and not is_same:
        if sum(1 for _ in root.iter("h1")) > 1:  # manual pages: every section has an h1
            return ""
        inside = {clean(text_of(one)) for one in root.iter("h1")}
        names = [one for one in outside if one in said and one not in inside]
        own = [one for one in names if one in short or (short not in text and one in _SEPARATOR.split(said))]
        if own or not stands_first(heading, root):
            return ""  # else what stands outside is the name of the site, behind the page's in `title`
    if text:
        text = _shown(heading)
        remove(heading)
        again = next(root.iter(*HEADINGS), None)
        if again is not None and again.tag == "h1" and clean(text_of(again)) == text:  # the theme's, then the author's
            remove(again)
    return text


def _without_badges(heading: HtmlElement) -> str:
    """Return the text of a heading without the small words that stand behind it in elements of their own."""
    said = heading.text or ""
    for part in heading:
        is_badge = part.tag == "small" or (part.tag in ("span", "code") and part.get("class"))
        said += ("" if is_badge and said.strip() else text_of(part)) + (part.tail or "")
    return clean(said)


def _lower(root: HtmlElement, short: str, said: str) -> str:
    """Take a first heading of a lower level that says what `title` says, or begins with, its number aside."""
    heading = next(root.iter(*HEADINGS), None)
    if heading is None:
        return ""
    text, bare = clean(text_of(heading)), _NUMBER.sub("", _bare(heading), count=1)
    if len(way := _WAY.split(text)) > 1 and way[-1].casefold() == short.casefold():
        text = bare = way[-1]
    is_short = short.casefold() in (text.casefold(), bare.casefold())
    begins = said.startswith(f"{bare} (") or (said.startswith(f"{bare}: ") and _is_first(heading, root))
    if not text or not (is_short or (bare and begins) or said.endswith(f": {text}")):
        return ""
    remove(heading)
    return text


def _bare(heading: HtmlElement) -> str:
    """Return a heading's text without the mark that links it."""
    return clean(text_of(heading))[:_LONGEST]
