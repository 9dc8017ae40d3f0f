"""API entries as headings with their code: Sphinx objects, rustdoc items, Javadoc and Doxygen members.

A signature becomes a heading one level below the one it stands under, its text as inline code, its description plain
blocks under it. Where a generator has a heading of its own (rustdoc, Javadoc, Doxygen) only the code is made whole.
"""

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import HEADINGS, empty, make, remove, rename, replace, text_of, unwrap, xpath
from docspasta_mcp.extract.glances import has_more
from docspasta_mcp.extract.normalise.entries import name_entries
from docspasta_mcp.extract.normalise.entry_sections import name_sections
from docspasta_mcp.extract.normalise.linked_code import linked_code, links_of
from docspasta_mcp.extract.placeholders import Placeholders
from docspasta_mcp.extract.selectors import Search, tokens

_SPHINX = Search("dl > dt.sig", "dl.class > dt", "dl.function > dt", "dl.method > dt", "dl.attribute > dt",
                  "dl.data > dt", "dl.exception > dt", "dl.staticmethod > dt", "dl.classmethod > dt")  # fmt: skip
_DECORATION = Search(
    ".viewcode-link", "a.headerlink", "a.src", ".rightside", "a.anchor", ".out-of-band", "span.permalink",
    ".Documentation-sinceVersion", ".Documentation-idLink", "[id^='copy-path']", "#copy-path",
    ".code-attribute + button", ".anchor-wrapper > .copy-popup-wrapper",
)  # fmt: skip
_ANCHORS = frozenset(("anchor", "headerlink"))
_SIGNS = "¶#§🔗"
_SOURCES = Search("a.Documentation-source")  # names that lead to the source, not to what they name
_JAVADOC = Search(
    "div.member-signature", "div.type-signature", "ul.blockList li.blockList > pre", "section.detail > pre"
)
_DOXYGEN = Search("div.memproto")
_PDOC = Search("main.pdoc section > div.attr", "main.pdoc div.classattr > div.attr")
_TYPEDOC = Search("div.tsd-signature", "li.tsd-signature")
_LINKED = Search("div.refsect2 > pre.programlisting", "pre.item-decl", ".item-decl > pre", ".doc-signature pre",
    ".detail-header .specs pre")  # fmt: skip
_DART = Search("section.multi-line-signature")
_DOKKA = Search("div.symbol.monospace", "div.cover-header + div.signature.monospace", "div.signature-long.monospace")
_SPACE = re.compile(r"[ \t\r\n\xa0]+")


def name_signatures(root: HtmlElement, placeholders: Placeholders, names: frozenset[str]) -> None:
    """Make API signatures below `root` readable."""
    for element in [one for one in _DECORATION(root, names) if not (_ANCHORS & tokens(one) and _is_heading(one))]:
        remove(element)
    for anchor in _SOURCES(root, names):
        unwrap(anchor)
    _sphinx(root, names)
    name_entries(root, placeholders, names)
    for element in _JAVADOC(root, names):
        links, code = links_of(element), element
        if element.tag != "pre":
            code = _replaced(element, make("pre", placeholders.code(_java(element), "java")))
        _after(code, links)
    for element in _LINKED(root, names):
        _after(element, links_of(element))
    for element in _PDOC(root, names):
        is_member = next(element.iterancestors("div", "section")).tag == "div"
        text = _SPACE.sub(" ", "".join(element.itertext())).strip()
        replace(element, make("h3" if is_member else "h2", "", make("code", text)))
    for element in _TYPEDOC(root, names):
        text = "".join(_with_breaks(element)).replace("\xa0", " ").strip()
        parent, links = element.getparent(), links_of(element)
        if element.tag == "li" and parent is not None:
            parent.tag = "div"
            for part in parent.iterchildren("li"):
                part.tag = "div"
        _after(_replaced(element, make("pre", placeholders.code(text, "typescript"))), links)
    _dokka(root, placeholders, names)
    _dart(root, placeholders, names)
    for element in _DOXYGEN(root, names):
        labels = _labels_beside(element)
        text = (
            _SPACE.sub(" ", " ".join(element.itertext()))
            .replace("( ", "(")
            .replace(" )", ")")
            .replace(" ,", ",")
            .strip()
        )
        links = links_of(element)
        code = _replaced(element, make("pre", placeholders.code(text, "cpp")))
        _after(code, links)
        _after(code, labels)
    for heading in list(root.iter("h3", "h4", "h5")) if "code-header" in names else ():
        if "code-header" in tokens(heading):  # rustdoc
            made = linked_code(heading)
            empty(heading)
            heading.extend(made)
    name_sections(root, names)


def _is_heading(anchor: HtmlElement) -> bool:
    """Tell whether what is called a heading's mark is all that the heading says: some themes set its words in it."""
    heading = next(anchor.iterancestors(*HEADINGS), None)
    text = text_of(anchor)
    if heading is None or not any(map(str.isalnum, text)):
        return False
    return not has_more(heading, len("".join(text.split())), without=_SIGNS)


def _dokka(root: HtmlElement, placeholders: Placeholders, names: frozenset[str]) -> None:
    for element in _DOKKA(root, names):
        names_of_it = tokens(element)
        drawn = {"clearfix", "top-right-position", "copy-popup-wrapper"}
        for source in [one for one in element.iterdescendants("span", "div") if drawn & tokens(one)]:
            remove(source)
        for line in [
            one for one in element.iterdescendants("div") if "block" in tokens(one) and one.find("div") is None
        ]:
            line.tail = f"\n{(line.tail or '').lstrip()}"  # of an annotation
        text, links = "".join(_with_breaks(element)).replace("\xa0", " ").strip(), links_of(element)
        _after(
            _replaced(element, make("pre", placeholders.code(text, "kotlin" if "symbol" in names_of_it else "scala"))),
            links,
        )


def _dart(root: HtmlElement, placeholders: Placeholders, names: frozenset[str]) -> None:
    """Make code of the signatures of dartdoc, whose annotations and parameters are lists."""
    for element in _DART(root, names):
        lines: list[str] = []
        for listed in [one for one in element.iter("ol") if "annotation-list" in tokens(one)]:
            lines += map(text_of, listed)
            remove(listed)
        links, lines = links_of(element), [*lines, _SPACE.sub(" ", "".join(element.itertext())).strip()]
        _after(_replaced(element, make("pre", placeholders.code("\n".join(lines), "dart"))), links)


def _replaced(old: HtmlElement, new: HtmlElement) -> HtmlElement:
    replace(old, new)
    return new


def _labels_beside(element: HtmlElement) -> HtmlElement | None:
    """Return a paragraph of what Doxygen writes beside a signature, such as `inline`, taken out of its table."""
    beside = next((cell for cell in element.iter("td") if "mlabels-right" in tokens(cell)), None)
    if beside is None:
        return None
    labels = [text_of(one) for one in beside.iter("span") if "mlabel" in tokens(one)]
    remove(beside)
    line = make("p", "", *(make("code", label) for label in labels))
    for code in line[:-1]:
        code.tail = ", "
    return line


def _after(block: HtmlElement, links: HtmlElement | None) -> None:
    """Put the links of a signature under it."""
    if links is not None and block.getparent() is not None:
        links.tail, block.tail = block.tail, None
        block.addnext(links)


def _with_breaks(element: HtmlElement) -> Iterator[str]:
    """Yield an element's text, with a line end for every br."""
    yield element.text or ""
    for part in element:
        yield from ["\n"] if part.tag == "br" else _with_breaks(part)
        yield part.tail or ""


def _java(element: HtmlElement) -> str:
    """Return a Javadoc signature; its lines are its own, its spaces do not break."""
    for part in element.iterdescendants("span"):
        before = part.getprevious()
        if "extends-implements" in tokens(part) and before is not None and not before.tail:
            before.tail = "\n"  # set on a line of its own by style
    lines = "".join(element.itertext()).replace("\xa0", " ").split("\n")
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _sphinx(root: HtmlElement, names: frozenset[str]) -> None:
    signatures = _SPHINX(root, names)
    if not signatures:
        return
    lists: dict[HtmlElement, None] = {}
    levels = _levels(root)
    for signature in signatures:
        entry = signature.getparent()
        if entry is None or "field-list" in tokens(entry):
            continue
        lists[entry] = None
        nested = sum(1 for above in signature.iterancestors("dl") if above in lists)
        _rejoin(signature)
        made = linked_code(signature)
        level = min(6, levels.get(signature, 1) + nested)
        empty(signature)
        rename(signature, f"h{level}")
        signature.extend(made)
        if made and made[-1].tag == "code":
            made[-1].text = (made[-1].text or "").removesuffix("[source]").rstrip("¶ ")
    for entry in lists:
        for description in list(entry.iterchildren("dd")):
            rename(description, "div")
        rename(entry, "div")
    for entry in lists:  # deep classes would only cost depth
        unwrap(entry)


def _rejoin(signature: HtmlElement) -> None:
    """Put parameters that Sphinx sets a line each back into their signature: the parser ends a term before a list."""
    following = signature.getnext()
    if following is None or following.tag != "dl" or text_of(signature)[-1:] not in ("(", "["):
        return
    if len(signature):
        signature[-1].tail = (signature[-1].tail or "").rstrip()
    else:
        signature.text = (signature.text or "").rstrip()
    for part in list(signature.itersiblings()):
        if part.tag in ("dd", "dt"):
            return
        signature.append(part)
        if part.tag != "dl":
            continue
        part.text, part.tail = None, (part.tail or "").strip()
        lines = list(part)
        for line in lines:
            line.tail = " "
        if lines:
            last = lines[-1]
            last.tail = None
            if len(last):
                last[-1].tail = (last[-1].tail or "").removesuffix(",")
        for line in (part, *lines):
            line.tag = "span"


def _levels(root: HtmlElement) -> dict[HtmlElement, int]:
    """Return the level of the heading that each term stands under."""
    levels: dict[HtmlElement, int] = {}
    level = 1
    for element in root.iter(*HEADINGS, "dt"):
        if element.tag == "dt":
            levels[element] = level
        else:
            level = int(str(element.tag)[1])
    return levels


def summary_grids(root: HtmlElement, names: frozenset[str]) -> None:
    """Turn Javadoc's summary grids, rows of `div` since JDK 16, into tables; filters beside a caption go."""
    if "activeTableTab" in names:
        for tab in xpath(root, ".//caption/span[contains(@class, 'tableTab')]"):
            remove(tab)
    if "summary-table" not in names:
        return
    for grid in xpath(root, ".//div[contains(concat(' ', @class, ' '), ' summary-table ')]"):
        kind = " ".join(tokens(grid))
        width = 3 if "three-column" in kind else 4 if "four-column" in kind else 2
        cells = [child for child in grid if child.tag == "div"]
        table = make("table")
        for start in range(0, len(cells) - width + 1, width):
            row = make("tr")
            for cell in cells[start : start + width]:
                is_head = "table-header" in tokens(cell)
                rename(cell, "th" if is_head else "td")
                row.append(cell)
            table.append(row)
        if not len(table):
            continue
        above = grid.getprevious()
        if above is not None and "caption" in tokens(above) and text_of(above):
            rename(above, "caption")
            table.insert(0, above)
        replace(grid, table)
