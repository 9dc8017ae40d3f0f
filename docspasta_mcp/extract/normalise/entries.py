"""Entries of API references whose generators write no heading that Markdown could keep.

Haddock, Scaladoc, YARD, RDoc, Scribble, PlDoc, Texinfo, ExDoc, JSDoc, Qt and cppreference: a heading with the signature
as code, its links kept, the description plain blocks under it. A heading keeps the level that the outline gives it.
"""

from collections import Counter

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import HEADINGS, empty, make, remove, rename, replace, text_of, unwrap
from docspasta_mcp.extract.normalise.linked_code import linked_code, links_of
from docspasta_mcp.extract.normalise.places import is_list_of_links
from docspasta_mcp.extract.normalise.scribble import name_definitions
from docspasta_mcp.extract.placeholders import Placeholders
from docspasta_mcp.extract.selectors import Search, tokens

_DECORATION = Search(
    "p.src > a.link", "p.src > a.selflink", "td.src > a.link", "td.src > a.selflink", ".rightedge",  # Haddock
    "div.template .permalink", "#template span.permalink", "#definition span.permalink",
    "h4.signature + span.permalink",  # Scaladoc
    ".showSourceToggle", ".toggleSource", "a.inheritanceTree",  # YARD
    ".method-click-advice", ".method-controls",  # RDoc
    "a.copiable-anchor", "a.copiable-link", "span.copiable-anchor",  # Texinfo
    ".detail-link", ".icon-action", "a.view-source",  # ExDoc
    "a.summary_toggle", "div.navhdr",  # YARD, PlDoc
    ".decl__source", ".method-path > a.up", ".comment-delim",  # PureScript, Swagger, odoc
    "a.sourceLink", "a.headerLink",  # pydoctor
    "div.navsettop", "div.navsetbottom", "div.tocset",  # Scribble
)  # fmt: skip
_HEADED = Search(
    "h4.signature",
    "h3.signature",
    "h1.signature",
    "h3.fn",
    "h3.flags",
    "h3.fngroupitem",
    "h4.name",
    "div.detail-header h1",
)
_LINES = Search(
    "div.top > p.src", "div.subs.methods > p.src", "div.method-heading", "dt.pubdef", "dt.privdef", "dt.multidef",
    "dl.def > dt", "dl.deffn > dt", "dl.deftypefn > dt", "dl.defvr > dt", "dl.deftp > dt",
    "dl.deftypevr > dt", "dl.defop > dt",
    "dl.first-deffn > dt", "dl.first-deftypefn > dt", "dl.first-defvr > dt", "dl.first-deftp > dt",
    "dl.first-defun > dt",
    ".documentableElement div.signature.monospace", ".documentableElement div.header > div.signature",
    "div.functionHeader", "div.odoc-spec > div.value", "div.odoc-spec > div.exception",  # pydoctor, odoc
    "dt.deffn", "dt.deftypefn", "dt.defvr", "dt.defun", "dt.deftp", "dt.def-line", "dt.deftypevr", "dt.defmac",
)  # fmt: skip
_KINDS = frozenset(("category", "category-def", "kind"))


def name_entries(root: HtmlElement, placeholders: Placeholders, names: frozenset[str]) -> None:
    """Make the entries below `root` headings with code."""
    for element in _DECORATION(root, names):
        remove(element)
    if "RForeground" in names or "RktBlk" in names:
        name_definitions(root, placeholders)
    _part_marks(root, names)
    if "args-list" in names:
        _join_arguments(root)
    if "Nd" in names:
        _join_descriptions(root)
    if "fullcomment" in names or "members" in names:
        _scaladoc(root)
    if "tag_title" in names or "tags" in names:
        _plain_tags(root)
    if "t-lines" in names:
        _part_lines(root)
    if "t-dcl-begin" in names:
        _cppreference(root, placeholders)
    for heading in _HEADED(root, names):
        if heading.tag in HEADINGS:
            _code_heading(heading, str(heading.tag) if heading.tag != "h1" else "h3")
    lines = _LINES(root, names)
    if lines:
        _headings_of(root, lines)


def _join_descriptions(root: HtmlElement) -> None:
    """Put what a manual page is about into the line of its name, where mandoc's style shows it."""
    for said in [one for one in root.iter("div") if "Nd" in tokens(one)]:
        before = said.getprevious()
        if before is not None and before.tag == "p" and not (before.tail or "").strip():
            rename(said, "span")
            said.tail = None
            before.append(said)


def _part_marks(root: HtmlElement, names: frozenset[str]) -> None:
    """Set apart from names what JSDoc sets small behind them, and drop the tools that PlDoc floats beside them."""
    if "attribute-access-type" in names:
        for mark in [one for one in root.iter("span") if "attribute-access-type" in tokens(one)]:
            mark.text = f" {mark.text or ''}"
    if "aliases" in names:
        for aliases in [one for one in root.iter("span") if "aliases" in tokens(one)]:
            _put_under(aliases)
    if "documentableBrief" in names:
        for brief in [one for one in root.iter("div") if "documentableBrief" in tokens(one)]:
            whole = brief.getnext()  # shown in its place
            if whole is not None and text_of(whole).startswith(text_of(brief)):
                remove(brief)
    if "signature-attributes" in names:
        for mark in [one for one in root.iter("span") if "signature-attributes" in tokens(one)]:
            mark.text = f" {mark.text or ''}"
    if names & {"pubdef", "multidef", "privdef"}:
        for tools in [one for one in root.iter("span") if "float" in one.get("style", "")]:
            if is_list_of_links(tools) or not text_of(tools):
                remove(tools)


def _join_arguments(root: HtmlElement) -> None:
    """Put the arguments that YUIDoc lists behind a name into its heading."""
    for args in [one for one in root.iter("div") if "args" in tokens(one)]:
        name, listed = args.getprevious(), args.find("ul")
        code = name.find("code") if name is not None and name.tag in HEADINGS else None
        if code is not None and listed is not None:
            code.text = f"{code.text or ''}({', '.join(map(text_of, listed.iterchildren('li')))})"
            remove(args)


def _put_under(aliases: HtmlElement) -> None:
    """Put the other names of a method of YARD, which stand in its heading on a line of their own, under it."""
    heading = aliases.getparent()
    if heading is None or heading.tag not in HEADINGS:
        return
    aliases.tail = None
    heading.remove(aliases)
    rename(aliases, "p")
    aliases.tail, heading.tail = heading.tail, None
    heading.addnext(aliases)


def _code_heading(element: HtmlElement, tag: str, label: str = "") -> None:
    """Make an element a heading that says its text as code, links kept, after a label that is plain text."""
    made = linked_code(element)
    if not made:
        return
    ids = element.get("id", "")
    empty(element)
    rename(element, tag)
    if ids:
        element.set("id", ids)
    element.text = f"{label} " if label else None
    element.extend(made)


def _headings_of(root: HtmlElement, lines: list[HtmlElement]) -> None:
    wanted, lists = set(lines), dict[HtmlElement, None]()
    level = 1
    levels: dict[HtmlElement, int] = {}
    around = _entries_of(lines)
    for element in root.iter(*HEADINGS, "dt", "p", "div"):
        if element in wanted:
            levels[element] = level
        elif element.tag in HEADINGS and not (around and any(above in around for above in element.iterancestors())):
            level = int(str(element.tag)[1])
    for line in lines:
        parent = line.getparent()
        if parent is None or (line.tag == "dt" and parent.tag != "dl"):
            continue
        outer = parent if line.tag == "dt" else line  # terms of one list are of one level
        nested = sum(1 for above in outer.iterancestors() if above in lists or "methods" in tokens(above))
        if line.tag == "dt":
            lists[parent] = None
        kind = next((one for one in line.iterdescendants("span", "strong", "em") if _KINDS & tokens(one)), None)
        label = ""
        if kind is not None and "signature" not in tokens(line):  # of Scaladoc, whose kinds are Scala's own words
            label = text_of(kind).strip(" :")
            remove(kind)
            label = f"{label}:" if label else ""
        _code_heading(line, f"h{min(6, levels.get(line, 1) + 1 + nested)}", label)
    for entry in lists:
        for description in list(entry.iterchildren("dd")):
            rename(description, "div")
        rename(entry, "div")
    for entry in lists:
        unwrap(entry)


def _entries_of(lines: list[HtmlElement]) -> set[HtmlElement]:
    """Return the boxes that hold an entry each, whose own headings say nothing of the next one."""
    boxes = [box for line in lines if line.tag != "dt" and (box := line.getparent()) is not None]
    kinds = Counter((box.tag, box.get("class", "")) for box in set(boxes))
    return {box for box in boxes if box.get("class") and kinds[box.tag, box.get("class", "")] > 1}


def _scaladoc(root: HtmlElement) -> None:
    for kind in [one for one in root.iter("span") if "modifier_kind" in tokens(one)]:
        kind.tail = kind.tail or " "
    for members in root.iter("ol", "ul"):
        if members.find("./li/h4[@class='signature']") is None and members.find("./li/span[@class='symbol']") is None:
            continue
        for item in list(members.iterchildren("li")):
            full = next((one for one in item if "fullcomment" in tokens(one)), None)
            short = next((one for one in item if "shortcomment" in tokens(one)), None)
            if full is not None and short is not None and any("comment" in tokens(one) for one in full):
                remove(short)
            rename(item, "div")
        rename(members, "div")


def _plain_tags(root: HtmlElement) -> None:
    """Keep the tags of YARD and PlDoc: parameters, returns and the like, each under its title."""
    for tags in list(root.iter("div", "dl")):
        if "tags" not in tokens(tags):
            continue
        if tags.tag == "dl":
            tags.attrib.pop("class")
            continue
        titles = [one for one in tags.iterdescendants("p") if tokens(one) & {"tag_title", "example_title"}]
        if not titles:
            continue
        tags.attrib.pop("class")
        for title in titles:
            text = text_of(title)
            rename(title, "p")
            if text:
                empty(title)
                title.append(make("strong", text))
        for inline in [one for one in tags.iterdescendants("div") if "inline" in tokens(one)]:
            for paragraph in list(inline.iterchildren("p")):
                unwrap(paragraph)
            unwrap(inline)


def _cppreference(root: HtmlElement, placeholders: Placeholders) -> None:
    """Make each declaration of a table of them a block, under its number and the versions that have it."""
    for table in [one for one in root.iter("table") if "t-dcl-begin" in tokens(one)]:
        block = make("div")
        for row in table.iter("tr"):
            cells = list(row.iterchildren("td", "th"))
            if not tokens(row) & {"t-dcl"} or not cells:
                if text_of(row):
                    block.append(_line_of(row))
                continue
            said = " ".join(text for cell in cells[1:] if (text := text_of(cell)))
            if said:
                block.append(make("p", said))
            links = links_of(cells[0])
            block.append(make("pre", placeholders.code(_declared(cells[0]), "cpp")))
            if links is not None:
                block.append(links)
        replace(table, block)


def _line_of(row: HtmlElement) -> HtmlElement:
    """Return a paragraph of what the cells of a row hold, links and code kept."""
    line = make("p")
    for part in list(row.iterdescendants("td", "th", "div")):
        rename(part, "span")
        part.tail = f" {part.tail or ''}"
    line.extend(list(row))
    return line


def _part_lines(root: HtmlElement) -> None:
    """Set the names that style sets on lines of their own apart."""
    for lines in [one for one in root.iter("span") if "t-lines" in tokens(one)]:
        shown = [one for one in lines.iterchildren("span") if text_of(one)]
        for line in shown[:-1]:
            line.addnext(make("br"))


def _declared(cell: HtmlElement) -> str:
    for line_break in cell.iter("br"):
        line_break.tail = "\n" + (line_break.tail or "").lstrip("\n ")
    lines = "".join(cell.itertext()).replace("\xa0", " ").split("\n")
    return "\n".join(line.rstrip() for line in lines if line.strip()).strip()
