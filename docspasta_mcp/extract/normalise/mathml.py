"""Presentation MathML, and the boxes that MathJax draws of it, as TeX."""

import re
import unicodedata
from collections.abc import Iterable

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import text_of
from docspasta_mcp.extract.normalise.hidden import is_hidden

_CHTML_CHAR = re.compile(r"mjx-c([0-9A-F]{2,6})$")
_NAMESPACE = re.compile(r"^(?:\{[^}]*\})?(?:\w+:)?(?:mjx-(?=m[a-z]))?")
_UNREAD = frozenset(
    (
        "annotation",
        "annotation-xml",
        "mphantom",
        "mjx-surd",
        "mjx-assistive-mml",
        "mjx-nstrut",
        "mjx-dstrut",
        "mjx-line",
    )
)
_CHTML_FRACTIONS = frozenset(("mjx-frac",))
_SYMBOLS = {
    "−": "-", "×": r"\times", "⋅": r"\cdot", "·": r"\cdot", "≤": r"\leq", "≥": r"\geq", "≠": r"\neq", "≈": r"\approx",
    "∑": r"\sum", "∏": r"\prod", "∫": r"\int", "∞": r"\infty", "∂": r"\partial", "∇": r"\nabla", "∈": r"\in",
    "→": r"\to", "⇒": r"\Rightarrow", "∀": r"\forall", "∃": r"\exists", "±": r"\pm", "√": r"\sqrt", "…": r"\ldots",
    "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "δ": r"\delta", "ε": r"\epsilon", "θ": r"\theta", "λ": r"\lambda",
    "μ": r"\mu", "π": r"\pi", "ρ": r"\rho", "σ": r"\sigma", "τ": r"\tau", "φ": r"\phi", "ω": r"\omega",
    "Δ": r"\Delta", "Σ": r"\Sigma", "Ω": r"\Omega", "\u2061": "", "\u2062": "", "\u2063": "",
}  # fmt: skip


def local_name(element: HtmlElement) -> str:
    """Return the name of an element of MathML, whatever stands for it."""
    return _NAMESPACE.sub("", element.tag) if isinstance(element.tag, str) else ""


def rewritten(element: HtmlElement) -> str:
    """Write presentation MathML (MathML Core §3) as TeX."""
    name = local_name(element)
    if name in ("mi", "mn", "mo", "mtext", "ms") or (name == "math" and not len(element)):
        text = text_of(element) or _chtml_text(element)
        if name == "mtext":
            return rf"\text{{{text}}}" if text else " "
        return "".join(_SYMBOLS.get(char, char) + (" " if char in _SYMBOLS else "") for char in text)
    if name in _CHTML_FRACTIONS:
        return _chtml_fraction(element)
    parts = [rewritten(child) for child in element if local_name(child) not in _UNREAD and not is_hidden(child)]
    if name in ("math", "mrow", "mstyle", "semantics") and (element.text or "").strip():
        parts.insert(0, (element.text or "").strip())
    return _combined(name, parts)


def _chtml_text(element: HtmlElement) -> str:
    """Return the characters that MathJax's CHTML draws by class names alone."""
    matches = (_CHTML_CHAR.match(name) for one in element.iter("mjx-c") for name in one.get("class", "").split())
    return unicodedata.normalize("NFKC", "".join(chr(int(match[1], 16)) for match in matches if match))


def _chtml_fraction(element: HtmlElement) -> str:
    above = next(element.iter("mjx-num"), None)
    below = next(element.iter("mjx-den"), None)
    top = "".join(map(rewritten, above)) if above is not None else ""
    bottom = "".join(map(rewritten, below)) if below is not None else ""
    return rf"\frac{{{top}}}{{{bottom}}}" if top and bottom else "".join(map(rewritten, element))


def _combined(name: str, parts: list[str]) -> str:  # noqa: PLR0911  # a table
    match name, parts:
        case "mfrac", [top, bottom]:
            return rf"\frac{{{top}}}{{{bottom}}}"
        case "msqrt", _:
            return rf"\sqrt{{{''.join(parts)}}}"
        case "mroot", [body, degree]:
            return rf"\sqrt[{degree}]{{{body}}}"
        case (("msub" | "munder"), [base, below]):
            return f"{base}_{{{below}}}"
        case (("msup" | "mover"), [base, above]):
            return f"{base}^{{{above}}}"
        case (("msubsup" | "munderover"), [base, below, above]):
            return f"{base}_{{{below}}}^{{{above}}}"
        case "mtable", _:
            return r"\begin{matrix}" + _joined(parts, r" \\ ") + r"\end{matrix}"
        case "mtr", _:
            return _joined(parts, " & ")
        case "mspace", _:
            return " "
        case _:
            return "".join(parts)


def _joined(parts: Iterable[str], separator: str) -> str:
    return separator.join(part.strip() for part in parts)
