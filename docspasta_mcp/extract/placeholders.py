"""Text that nothing may touch between the page and its Markdown: code and formulas.

A mark of private-use characters stands for each while the tree is normalised and converted; `restore` puts the text
in at the very end, indented with the list or quote it stands in.
"""

import re

from docspasta_mcp.model.markdown_blocks import fenced

_BLOCK = "\ue000{}\ue001"
_INLINE = "\ue002{}\ue003"
_MARKS = re.compile("\ue000(\\d{1,9})\ue001|\ue002(\\d{1,9})\ue003")
_LEAD = re.compile(r"[ \t>]*(?:(?:-|\d{1,9}[.)]) +)*\Z")  # what a line begins with before a block
_MAX_LEAD = 200  # characters looked back for it
_BULLET = re.compile(r"-|\d+[.)]")


class Placeholders:
    """The texts that were lifted out of one page."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def code(self, text: str, language: str) -> str:
        """Keep a code block and return the mark that stands for it."""
        return self._block(fenced(text, language))

    def display_math(self, tex: str) -> str:
        """Keep a formula that stands alone and return its mark."""
        return self._block(f"$$\n{tex}\n$$")

    def markdown(self, text: str) -> str:
        """Keep a text that is Markdown already, and return its mark."""
        return self._block(text)

    def inline(self, text: str) -> str:
        """Keep a text within a line, as Markdown, and return its mark."""
        self._texts.append(text)
        return _INLINE.format(len(self._texts) - 1)

    def _block(self, text: str) -> str:
        self._texts.append(text)
        return _BLOCK.format(len(self._texts) - 1)

    def is_mark(self, text: str) -> bool:
        """Tell whether a text is the mark of a block."""
        return _MARKS.fullmatch(text) is not None

    def has_lines(self, mark: str) -> bool:
        """Tell whether a mark stands for code of more than one line, which no table cell can hold."""
        match = _MARKS.search(mark)
        return match is not None and match[1] is not None and self._text(match[1]).count("\n") > 2

    def in_cell(self, text: str) -> str:
        """Return a cell's text; bars in the formulas that its marks stand for end no cell any more (GFM §4.10)."""
        for match in _MARKS.finditer(text):
            if match[2] and int(match[2]) < len(self._texts):
                self._texts[int(match[2])] = self._text(match[2]).replace("|", r"\|")
        return text

    def in_line(self, mark: str) -> str:
        """Return the code that a mark stands for as one line of Markdown, for a table cell."""
        match = _MARKS.search(mark)
        if match is None or match[1] is None:
            return mark
        lines = self._text(match[1]).split("\n")[1:-1]
        return " ".join(f"`{line.strip()}`" for line in lines if line.strip())

    def _text(self, number: str) -> str:
        """Return what a mark's number stands for; nothing if the page wrote the mark itself."""
        return self._texts[int(number)] if int(number) < len(self._texts) else ""

    def restore(self, markdown: str) -> str:
        """Put the texts where their marks are; a mark that we did not make goes."""
        parts: list[str] = []
        end = 0
        for match in _MARKS.finditer(markdown):
            before, end = markdown[end : match.start()], match.end()
            text = self._text(match[1] or match[2])
            lead = _LEAD.search(before[-_MAX_LEAD:].rpartition("\n")[2]) if match[1] and text else None
            if lead is not None:
                indent = _BULLET.sub(lambda bullet: " " * len(bullet[0]), lead[0])
                bare = indent.rstrip()
                first, *rest = text.split("\n")
                text = "\n".join([first, *(indent + line if line else bare for line in rest)])
            parts += (before, text)
        return "".join([*parts, markdown[end:]])
