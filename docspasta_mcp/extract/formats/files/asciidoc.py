"""AsciiDoc, read for its text: what documentation is written with becomes Markdown, and nothing is included or run.

Line by line: a block is a delimiter's, a list's, or a paragraph's; what stands before it (`[source,python]`, `.Title`)
is kept until it comes. The constructs are those of the language's quick reference.
"""

import re
from collections.abc import Iterator
from itertools import islice
from textwrap import dedent

from docspasta_mcp.extract.charset import decode
from docspasta_mcp.extract.formats.files.asciidoc_inline import Inline
from docspasta_mcp.extract.formats.files.read import Converted
from docspasta_mcp.model.markdown_blocks import fenced

_HEADING = re.compile(r"^(={1,6}|#{1,6})[ \t]+(\S.*?)(?:[ \t]+\1)?$")
_ATTRIBUTE = re.compile(r"^:(!?[\w-]+!?):(?:[ \t]+(.*))?$")
_FENCE = re.compile(r"^(-{4,}|\.{4,}|={4,}|\*{4,}|_{4,}|\+{4,}|/{4,}|--|`{3,}\w*|\|={3,}|!={3,}|,={3,})$")
_LIST = re.compile(r"^\s*(\*{1,6}|-|\.{1,6}|\d+\.|[a-z]\.|<\d+>|<\.>)[ \t]+(.*)$")
_TERM = re.compile(r"^\s*(\S.*?)(:{2,4}|;;)(?:[ \t]+(.*))?$")
_ADMONITION = re.compile(r"^(NOTE|TIP|IMPORTANT|WARNING|CAUTION):[ \t]+(.*)$")
_BLOCK = re.compile(r"^\[([^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*)\]$")
_TITLE = re.compile(r"^\.([^\s.].*)$")
_MACRO = re.compile(r"^(image|video|audio|include|toc)::([^\s\[]*+)\[(.*)\]$")
_CONDITION = re.compile(r"^(ifdef|ifndef|ifeval|endif)::[^\s\[]*+\[(.*)\]\s*$")
_MAX_DEPTH = 40  # of blocks in blocks and lists in lists; what is deeper is read as text and as one list


def convert(body: bytes, charset: str) -> Converted:
    """Return AsciiDoc as Markdown."""
    lines = decode(body, charset or "utf-8").replace("\r\n", "\n").expandtabs(4).split("\n")
    reader = _Reader([line for one in lines for line in _conditional(one)])
    return Converted("\n\n".join(block for block in reader.blocks() if block.strip()) + "\n")


def _conditional(line: str) -> list[str]:
    """Return what a line of the preprocessor leaves: a condition's own text; other lines are as they were."""
    found = _CONDITION.match(line)
    if not found:
        return [line]
    return [found[2]] if found[2] and found[1] in ("ifdef", "ifndef") else []


class _Reader:
    """Reads the blocks of a text, one after the other."""

    def __init__(self, lines: list[str], inline: Inline | None = None, depth: int = 0) -> None:
        self._lines = lines
        self._depth = depth
        self._at = 0
        self._inline = inline or Inline()
        self._style: list[str] = []
        self._title = ""

    def blocks(self) -> Iterator[str]:
        """Yield the blocks as Markdown."""
        while self._at < len(self._lines):
            line = self._lines[self._at].rstrip()
            self._at += 1
            yield from self._block(line)

    def _block(self, line: str) -> Iterator[str]:
        if not line or (line.startswith("//") and not _FENCE.match(line)):
            return
        if found := _ATTRIBUTE.match(line):
            self._inline.attributes[found[1].strip("!")] = found[2] or ""
        elif found := _MACRO.match(line):
            yield from self._macro(found[1], found[2], found[3])
        elif found := _FENCE.match(line):
            yield from self._titled(self._delimited(found[1]))
        elif found := _HEADING.match(line):
            self._style = []
            yield f"{'#' * len(found[1])} {self._inline.markdown(found[2])}"
            if len(found[1]) == 1:
                self._header()
        elif (found := _BLOCK.match(line)) and not line.startswith("[["):
            self._style = [part.strip() for part in found[1].replace("%", ",").split(",")]
        elif line.startswith("[["):
            return
        elif (found := _TITLE.match(line)) and not _LIST.match(line):
            self._title = found[1]
        elif line in ("'''", "---", "***", "<<<") or line == "+":
            return
        elif _LIST.match(line) or _TERM.match(line):
            self._at -= 1
            yield from self._titled(self._list())
        else:
            self._at -= 1
            yield from self._titled(self._paragraph())

    def _header(self) -> None:
        """Pass over what stands below a document's title: its authors, its revision, and attributes."""
        while self._at < len(self._lines) and (line := self._lines[self._at].rstrip()):
            self._at += 1
            if found := _ATTRIBUTE.match(line):
                self._inline.attributes[found[1].strip("!")] = found[2] or ""

    def _titled(self, block: str) -> Iterator[str]:
        title, self._title, self._style = self._title, "", []
        if title and block:
            yield f"**{self._inline.markdown(title)}**"
        yield block

    def _macro(self, kind: str, target: str, text: str) -> Iterator[str]:
        if kind == "image":
            yield f"![{text.partition(',')[0]}]({self._inline.put_in(target)})"
        elif kind == "include":
            yield f"*(includes {target})*"

    def _take(self, fence: str) -> list[str]:
        """Return the lines up to the delimiter that closes a block."""
        end = re.match(r"`*", fence)
        closing = end[0] if end and end[0] else fence
        start = self._at
        while self._at < len(self._lines) and self._lines[self._at].rstrip() != closing:
            self._at += 1
        taken = self._lines[start : self._at]
        self._at += 1
        return taken

    def _delimited(self, fence: str) -> str:
        style, lines = self._style, self._take(fence)
        kind = fence[0] if fence != "--" else "--"
        if kind == "/":
            return ""
        if kind in ("-", ".", "`") or (style and style[0] in ("source", "listing", "literal")):
            return fenced("\n".join(lines), fence.strip("`") if kind == "`" else self._language(style))
        if kind == "+":
            return "\n".join(lines)
        if fence.endswith("===") and kind in "|!,":
            return self._table(lines, style, "," if kind == "," else kind)
        inner = self._inner(lines)
        name = style[0].upper() if style else ""
        if name in ("NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION"):
            inner = f"**{name.title()}**\n\n{inner}"
        elif kind != "_":
            return inner
        return "\n".join(f"> {line}".rstrip() for line in inner.split("\n"))

    def _inner(self, lines: list[str]) -> str:
        """Return what a delimited block holds."""
        if self._depth >= _MAX_DEPTH:
            return self._inline.markdown("\n".join(line for line in lines if not _FENCE.match(line)))
        reader = _Reader(lines, self._inline, self._depth + 1)
        return "\n\n".join(block for block in reader.blocks() if block.strip())

    def _language(self, style: list[str]) -> str:
        if style and style[0] in ("source", ""):
            named = next(
                (part for part in style[1:] if part and part not in ("linenums", "subs") and "=" not in part), ""
            )
            return named or self._inline.attributes.get("source-language", "")
        return ""

    def _paragraph(self) -> str:
        lines: list[str] = []
        while self._at < len(self._lines) and (line := self._lines[self._at].rstrip()):
            if lines and (_FENCE.match(line) or _BLOCK.match(line) or _MACRO.match(line) or line == "+"):
                break
            self._at += 1
            if not line.startswith("//"):
                lines.append(line)
        if self._style and self._style[0] in ("source", "listing", "literal"):
            return fenced("\n".join(lines), self._language(self._style))
        if lines and lines[0].startswith(" "):
            return fenced(dedent("\n".join(lines)))
        text = "\n".join(lines)
        found = _ADMONITION.match(lines[0]) if lines else None
        name = found[1] if found else self._style[0] if self._style else ""
        if name in ("NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION"):
            text = text[len(name) + 1 :].lstrip() if found else text
            return f"> **{name.title()}**\n>\n> " + self._inline.markdown(text).replace("\n", "\n> ")
        return self._inline.markdown(text)

    def _list(self) -> str:
        """Return a list with its nested ones and the blocks that `+` attaches."""
        lines: list[str] = []
        marks: list[str] = []
        indent = ""
        while self._at < len(self._lines):
            line = self._lines[self._at].rstrip()
            item, term = _LIST.match(line), None if line.startswith(" " * 8) else _TERM.match(line)
            if item or term:
                self._at += 1
                mark, text = (item[1], item[2]) if item else (term[2], term[3] or "") if term else ("", "")
                mark = re.sub(r"\d+\.|<[\d.]+>", "1.", mark)
                marks = marks[: marks.index(mark)] if mark in marks else marks
                lead = "   " * len(marks)
                marks.append(mark)
                if term and not item:
                    lines.append(f"{lead}- **{self._inline.markdown(term[1])}**")
                    lines += [f"{lead}  {self._inline.markdown(text)}"] if text else []
                else:
                    lines.append(
                        f"{lead}{'1.' if mark[0] in '.1' or mark[0].isalpha() else '-'} {self._inline.markdown(text)}"
                    )
                indent = lead + ("   " if mark[0] in ".1" else "  ")
            elif line == "+":
                self._at += 1
                lines += self._attached(indent)
            elif not line:
                if not self._goes_on():
                    break
                self._at += 1
            elif line.startswith("//") or any(
                kind.match(line) for kind in (_FENCE, _BLOCK, _HEADING, _ATTRIBUTE, _TITLE, _MACRO)
            ):
                break
            else:
                self._at += 1
                lines.append(f"{indent}{self._inline.markdown(line.strip())}")
        return "\n".join(lines)

    def _goes_on(self) -> bool:
        """Tell whether a list goes on after an empty line."""
        following = next((line for line in islice(self._lines, self._at, None) if line.strip()), "")
        return bool(_LIST.match(following) or (_TERM.match(following) and "::" in following))

    def _attached(self, indent: str) -> list[str]:
        for _ in range(3):  # attributes and a title may stand before the block
            if self._at >= len(self._lines) or self._depth >= _MAX_DEPTH:
                return []
            line = self._lines[self._at].rstrip()
            self._at += 1
            self._depth += 1
            block = "\n\n".join(self._block(line))
            self._depth -= 1
            if block:
                return ["", *(f"{indent}{one}".rstrip() for one in block.split("\n")), ""]
        return []

    def _table(self, lines: list[str], style: list[str], mark: str) -> str:
        """Return a table; its columns are counted by `cols`, else by its first line."""
        has_header = "header" in style or any("options" in part and "header" in part for part in style)
        cells: list[str] = []
        width = 0
        found = re.search(r'cols="?([^"\]]+)', ",".join(style))
        if found:
            given = re.split(r"[,;]", found[1].rstrip('"'))
            width = sum(
                int(one.partition("*")[0]) if "*" in one and one.partition("*")[0].isdigit() else 1 for one in given
            )
        splitter = re.compile(
            rf"(?<!\\)(?:(?<=\s)|^)(?:[\d.+*]*[<^>.]*[a-zA-Z]?)?{re.escape(mark)}" if mark != "," else ","
        )
        for number, line in enumerate(lines):
            if not line.strip():
                has_header = has_header or (0 < number <= 2 and bool(cells))
                continue
            parts = splitter.split(line)
            if mark == ",":
                cells += [part.strip().strip('"') for part in parts]
            else:
                if parts[0].strip() and cells:
                    cells[-1] = f"{cells[-1]} {parts[0].strip()}"
                cells += [part.strip() for part in parts[1:]]
            width = width or (len(parts) if mark == "," else len(parts) - 1)
        width = max(1, width)
        rows = [[self._inline.markdown(cell).replace("|", "\\|").replace("\n", " ") for cell in cells[at : at + width]]
                for at in range(0, len(cells), width)]  # fmt: skip
        if not rows:
            return ""
        rows = [row + [""] * (width - len(row)) for row in rows]
        head = rows.pop(0) if has_header or len(rows) > 1 else [""] * width
        return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * width, *rows))
