r"""TeX that a page leaves to MathJax or KaTeX to draw: \(…\), \[…\], $…$, $$…$$ and environments in running text.

Only on pages that load one of the two. What is between the delimiters is kept as it is written.
"""

import re
from collections.abc import Iterable

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import has_block, make
from docspasta_mcp.extract.placeholders import Placeholders

_RENDERERS = ("mathjax", "katex")
_SKIPPED = frozenset(("pre", "code", "tt", "kbd", "samp", "script", "style", "textarea", "math", "svg", "annotation"))
_FORMULA = re.compile(
    r"\\\[(?P<bracket>(?:(?!\\\[).)+?)\\\]"
    r"|\$\$(?P<dollars>.+?)\$\$"
    r"|(?P<environment>\\begin\{(?P<name>(?:equation|align|alignat|gather|multline|eqnarray|displaymath|flalign)\*?)\}"
    r"(?:(?!\\begin\{(?:equation|align|alignat|gather|multline|eqnarray|displaymath|flalign)\b).)+?\\end\{(?P=name)\})"
    r"|\\\((?P<paren>(?:(?!\\\().)+?)\\\)"
    r"|(?<![\\$\w])\$(?![\s$])(?P<dollar>(?:[^$\\\n]|\\.|\n(?!\n))+?)(?<![\s\\])\$(?![\d$\w])",
    re.DOTALL,
)
_TEX_LIKE = re.compile(r"[\\^_={}<>+*/|]|^[A-Za-z]'*$|^[A-Za-z]\([\w, ]+\)$|^-?[\d.]+$|\w-\w")
_OPEN = re.compile(r"\\\[|\\\(|\$\$|\\begin\{")
_SOFT = frozenset(("br", "em", "i", "strong", "b", "sub", "sup", "wbr"))
_WRITTEN = {"em": "_", "i": "_", "strong": "__", "b": "__"}


def renders_tex(document: HtmlElement) -> bool:
    """Tell whether a page loads what draws TeX. Ask before scripts are dropped."""
    for script in document.iter("script", "link"):
        said = " ".join([*(script.get(name, "") for name in ("src", "href", "id")), (script.text or "")[:2000]])
        if any(name in said.lower() for name in _RENDERERS):
            return True
    return False


def lift_raw_tex(root: HtmlElement, placeholders: Placeholders) -> None:
    """Replace the TeX in the text below `root` by marks."""
    skipped: set[HtmlElement] = set()
    for element in list(root.iter()):
        parent = element.getparent()
        if not isinstance(element.tag, str) or parent in skipped or element.tag in _SKIPPED:
            skipped.add(element)
        if element is not root and parent is not None and parent not in skipped and element.tail:
            _lift(element.tail, placeholders, element, is_tail=True)
        if element not in skipped:
            _join(element)
            if element.text:
                _lift(element.text, placeholders, element, is_tail=False)


def _join(element: HtmlElement) -> None:
    r"""Undo what took TeX for Markdown or broke its lines: `\[ a<br>b \]`, `$a<em>b</em>c$`."""
    if not len(element) or has_block(element) or any(child.tag not in _SOFT or len(child) for child in element):
        return
    pieces = [element.text or "", *((child.tail or "") for child in element)]
    if not any(_OPEN.search(_FORMULA.sub("", piece)) for piece in pieces):
        return
    text = element.text or ""
    for child in element:
        mark = _WRITTEN.get(str(child.tag), "")
        text += f"{mark}{child.text or ''}{mark}" if child.tag != "br" else "\n"
        text += child.tail or ""
    if _FORMULA.search(text):
        for child in list(element):
            element.remove(child)
        element.text = text


def _lift(text: str, placeholders: Placeholders, element: HtmlElement, *, is_tail: bool) -> None:
    if "$" not in text and "\\" not in text:
        return
    pieces: list[str | HtmlElement] = []
    end = 0
    for match in _FORMULA.finditer(text):
        display = match["bracket"] or match["dollars"] or match["environment"]
        tex = (display or match["paren"] or match["dollar"]).strip()
        if not tex or (match["dollar"] and not _TEX_LIKE.search(tex)):
            continue
        pieces.append(text[end : match.start()])
        end = match.end()
        if display:
            pieces.append(make("pre", placeholders.display_math(tex)))
        else:
            pieces.append(placeholders.inline(f"${' '.join(tex.split())}$"))
    if pieces:
        _write([*pieces, text[end:]], element, is_tail=is_tail)


def _write(pieces: Iterable[str | HtmlElement], element: HtmlElement, *, is_tail: bool) -> None:
    last: HtmlElement | None = element if is_tail else None
    if is_tail:
        element.tail = None
    else:
        element.text = None
    for piece in pieces:
        if isinstance(piece, str):
            if last is None:
                element.text = (element.text or "") + piece
            else:
                last.tail = (last.tail or "") + piece
        elif last is None:
            element.insert(0, piece)
            last = piece
        else:
            tail, last.tail = last.tail, None
            last.addnext(piece)
            last.tail = tail
            last = piece
