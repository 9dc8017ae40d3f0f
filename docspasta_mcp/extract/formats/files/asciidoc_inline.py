"""What stands within a line of AsciiDoc: marks, links, code, and attributes that are put in."""

import re
from collections.abc import Callable

_Put = str | Callable[[re.Match[str]], str]
_INLINE: tuple[tuple[re.Pattern[str], _Put], ...] = (
    (re.compile(r"\[\[[^\[\]]*\]\]|\[#[\w-]+\](?=[#*_`])|anchor:\S+?\[[^\]]*\]|\(\(\([^()]*\)\)\)"), ""),
    (re.compile(r"(?<![\w\\])(?:link:)?(https?://[^\s\[\]<>]+)\[([^\]]*?)\^?\]"), lambda m: _link(m[1], m[2])),
    (re.compile(r"\b(?:link|xref):([^\s\[\]]+)\[([^\]]*?)\^?\]"), lambda m: _link(m[1], m[2])),
    (
        re.compile(r"<<([^<>,]+)(?:,\s*([^<>]+))?>>"),
        lambda m: _link(m[1] if ".adoc" in m[1] else f"#{m[1]}", m[2] or m[1]),
    ),
    (re.compile(r"\bimage:([^\s:\[\]]+)\[([^\],]*)[^\]]*\]"), r"![\2](\1)"),
    (re.compile(r"\b(?:kbd|btn|menu|stem|latexmath|pass|footnote):[^\s\[\]]*\[([^\]]*)\]"), r"\1"),
    (re.compile(r"\(\(([^()]+)\)\)"), r"\1"),
    (re.compile(r"(?<![\w*])\*\*?(?=\S)([^*\n]+?)(?<=\S)\*\*?(?![\w*])"), r"**\1**"),
    (re.compile(r"(?<![\w_])_(?=\S)([^_\n]+?)(?<=\S)_(?![\w_])"), r"*\1*"),
    (re.compile(r"(?<![\w#])(?:\[[^\]\n]{0,200}\])?##?(?=\S)([^#\n]+?)(?<=\S)##?(?![\w#])"), r"\1"),
    (re.compile(r"(?<=\S)[ \t]\+$", re.MULTILINE), "  "),
)
_REFERENCE = re.compile(r"(?<!\\)\{([\w-]+)\}")
_CODE = re.compile(r"``([^\n]+?)``|`\+?([^`\n]+?)\+?`(?!\w)|(?<![\w+])\+(?=\S)([^+\n]+?)(?<=\S)\+(?![\w+])")
_BUILT_IN = {"nbsp": " ", "empty": "", "sp": " ", "lt": "<", "gt": ">", "amp": "&", "plus": "+", "asterisk": "*",
             "vbar": "|", "apos": "'", "quot": '"', "startsb": "[", "endsb": "]", "caret": "^", "tilde": "~",
             "backtick": "`", "two-colons": "::", "cpp": "C++", "zwsp": "", "wj": "", "blank": ""}  # fmt: skip
_MAX_REFERENCES = 10_000  # that attributes are put in for


class Inline:
    """Turns text within lines into Markdown; `attributes` are those that the document has set so far."""

    def __init__(self) -> None:
        self.attributes = dict(_BUILT_IN)
        self._references = 0

    def markdown(self, text: str) -> str:
        """Return text with its marks as Markdown has them; what is code stays as it is."""
        parts: list[str] = []
        end = 0
        for found in _CODE.finditer(text):
            code = self.put_in(found[1] or found[2] or found[3])
            parts += [self._marked(text[end : found.start()]), f"`{code}`" if "`" not in code else f"`` {code} ``"]
            end = found.end()
        return "".join((*parts, self._marked(text[end:])))

    def _marked(self, text: str) -> str:
        text = self.put_in(text)
        for pattern, put in _INLINE:
            text = pattern.sub(put, text)
        return text

    def put_in(self, text: str) -> str:
        """Return text with the values of the attributes that it names."""

        def value(found: re.Match[str]) -> str:
            self._references += 1
            return self.attributes.get(found[1], found[0]) if self._references < _MAX_REFERENCES else found[0]

        return _REFERENCE.sub(value, text)


def _link(target: str, text: str) -> str:
    where = target.removeprefix("xref:")
    return f"[{text.partition(',')[0].strip() or where.lstrip('#')}]({where.replace(' ', '-')})"
