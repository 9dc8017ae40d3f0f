"""What a reader gets of a page's Markdown, whichever of its forms it is written in.

Inline HTML counts as what it shows: `<br>` is a line end, `<sup>` and Unicode's superscripts are the same. A line end
inside a table's cell reads ⏎. White space counts as one space, but in code and where lines are asked for.
"""

import html
import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

BREAK = "⏎"
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁱⁿᵃ", "0123456789+-()ina")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋ᵢ", "0123456789+-i")
_SHOWN = {("br", False): BREAK, ("sup", False): "^", ("sub", False): "_"}
_PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


@dataclass(frozen=True, slots=True)
class Code:
    """A code block, without the blanks at its lines' ends, and the language that its fence names."""

    text: str
    language: str


@dataclass(slots=True)
class Item:
    """An item of a list: how deep it lies, its number as written, and its first line of text."""

    depth: int
    number: str
    text: str = ""


@dataclass(slots=True)
class CasePage:
    """A page's Markdown, read."""

    source: str
    codes: list[Code] = field(default_factory=list[Code])
    spans: list[str] = field(default_factory=list[str])
    headings: list[str] = field(default_factory=list[str])
    labels: list[str] = field(default_factory=list[str])
    rows: list[list[str]] = field(default_factory=list[list[str]])
    items: list[Item] = field(default_factory=list[Item])
    links: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    images: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    _parts: list[tuple[bool, str]] = field(default_factory=list[tuple[bool, str]])  # (is prose, text)

    def view(self, name: str) -> str:
        """Return the page as `text`, `prose` (no code blocks), `code`, `raw` (the Markdown) or `lines` (as it is)."""
        match name:
            case "lines":
                return self.source
            case "raw":
                return squashed(self.source)
            case "code":
                return "\n".join([code.text for code in self.codes] + self.spans)
            case "prose":
                return squashed("\n".join(text for is_prose, text in self._parts if is_prose))
            case _:
                return squashed("\n".join(text for _, text in self._parts))

    def add(self, text: str, *, is_prose: bool) -> None:
        """Add a block's text."""
        self._parts.append((is_prose, text))


def read_markdown(source: str) -> CasePage:
    """Read a page's Markdown."""
    page = CasePage(source)
    _Walk(page).run(_PARSER.parse(source))
    page.labels += page.headings + [item.text for item in page.items]
    return page


def squashed(text: str) -> str:
    """Return a text with single spaces, without the characters that are not seen."""
    return " ".join(re.sub("[\u200b\ufeff\u00ad]", "", text).replace(BREAK, " ").split())


def trimmed(code: str) -> str:
    """Return code without what no reader sees: blanks at the end of lines, blank lines around it."""
    return "\n".join(line.rstrip() for line in code.replace("\u00a0", " ").split("\n")).strip("\n")


class _Walk:
    """Walks over the blocks of a document."""

    def __init__(self, page: CasePage) -> None:
        self._page = page
        self._depth = 0
        self._open: list[Item] = []
        self._row: list[str] | None = None
        self._is_heading = False

    def run(self, tokens: list[Token]) -> None:
        for token in tokens:
            self._block(token)

    def _block(self, token: Token) -> None:
        page = self._page
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                self._depth += 1
            case "bullet_list_close" | "ordered_list_close":
                self._depth -= 1
            case "list_item_open":
                self._open.append(Item(self._depth, token.info))
                page.items.append(self._open[-1])
            case "list_item_close":
                self._open.pop()
            case "tr_open":
                self._row = []
            case "tr_close":
                page.rows.append(self._row or [])
                page.add(" | ".join(self._row or []), is_prose=True)
                self._row = None
            case "heading_open" | "heading_close":
                self._is_heading = token.type == "heading_open"
            case "fence" | "code_block":
                page.codes.append(Code(trimmed(token.content), (token.info.split() or [""])[0].lower()))
                page.add(token.content, is_prose=False)
            case "html_block":
                self._html(token.content)
            case "inline":
                self._text(token)
            case _:
                pass

    def _text(self, token: Token) -> None:
        page = self._page
        text, label = _Line(page).read(token.children or [])
        text = re.sub(r"[^\S\n]+", " ", text).strip()
        if self._row is not None:
            self._row.append(text)
            return
        page.add(text, is_prose=True)
        if self._is_heading:
            page.headings.append(squashed(text))
        page.labels += [squashed(label), squashed(text)]
        if self._open and not self._open[-1].text:
            self._open[-1].text = squashed(text)

    def _html(self, source: str) -> None:
        for row in re.findall(r"(?is)<tr\b.*?(?=<tr\b|</table|$)", source):
            cells = re.findall(r"(?is)<t[hd]\b[^>]*>(.*?)(?=<t[hd]\b|</t[hdr]|$)", row)
            self._page.rows.append([squashed(_shown(cell)) for cell in cells])
        if summary := re.search(r"(?is)<summary\b[^>]*>(.*?)</summary>", source):
            self._page.labels.append(squashed(_shown(summary[1])))
        self._page.add(_shown(source), is_prose=True)


class _Line:
    """Reads the text of one block, and the bold words that it begins with."""

    def __init__(self, page: CasePage) -> None:
        self._page = page
        self._out: list[str] = []
        self._links: list[tuple[int, str]] = []
        self._bold = 0
        self._bold_at: int | None = None
        self._label = ""

    def read(self, tokens: list[Token]) -> tuple[str, str]:
        for token in tokens:
            self._out.append(self._piece(token))
        return "".join(self._out), self._label

    def _piece(self, token: Token) -> str:
        match token.type:
            case "text" | "text_special":
                return _plain_scripts(token.content)
            case "code_inline":
                span = _plain_scripts(token.content.replace("<sup>", "^").replace("</sup>", ""))
                self._page.spans.append(span)
                return span
            case "softbreak":
                return "\n"
            case "hardbreak":
                return BREAK
            case "html_inline":
                tag = re.match(r"<(/?)([a-zA-Z]+)", token.content)
                return _SHOWN.get((tag[2].lower(), bool(tag[1])), "") if tag else ""
            case "image":
                self._page.images.append((squashed(token.content), unquote(str(token.attrs.get("src", "")))))
                return token.content
            case _:
                self._mark(token)
                return ""

    def _mark(self, token: Token) -> None:
        if token.type == "link_open":
            self._links.append((len(self._out), unquote(str(token.attrs.get("href", "")))))
        elif token.type == "link_close" and self._links:
            start, target = self._links.pop()
            self._page.links.append((squashed("".join(self._out[start:])), target))
        elif token.type == "strong_open":
            self._bold += 1
            if not "".join(self._out).strip():
                self._bold_at = len(self._out)
        elif token.type == "strong_close":
            self._bold -= 1
            if not self._bold and self._bold_at is not None and not self._label:
                self._label = "".join(self._out[self._bold_at :])


def _plain_scripts(text: str) -> str:
    text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁱⁿᵃ]+", lambda found: "^" + found[0].translate(_SUPERSCRIPTS), text)
    return re.sub("[₀₁₂₃₄₅₆₇₈₉₊₋ᵢ]+", lambda found: "_" + found[0].translate(_SUBSCRIPTS), text)


def _shown(source: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", " ", re.sub(r"(?i)<br\s*/?>", BREAK, source)))
