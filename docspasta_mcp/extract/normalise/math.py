r"""Formulas as TeX between dollar signs, from KaTeX, MathJax 2 and 3, MathML, Sphinx, Arithmatex and MediaWiki.

What a renderer draws is dropped; what it was given is kept: the TeX annotation, an `alttext`, a `math/tex` script, or
text between \( and \). MathML without TeX is rewritten element by element.
"""

import re
from collections.abc import Iterable

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import Search, ancestors, empty, make, remove, replace, text_of, tokens, xpath
from docspasta_mcp.extract.placeholders import Verbatims

_RENDERED = Search(
    ".MathJax_Preview", ".MathJax", ".MathJax_Display", ".MathJax_SVG", ".katex-html", "mjx-container > svg"
)
_RAW = Search("span.math", "div.math", ".arithmatex", "div.mathblock", "script[type^='math/tex']", "img.math")
_DELIMITED = re.compile(r"^\s*(?:\\\((.*)\\\)|\\\[(.*)\\\]|\$\$(.*)\$\$|\$(.*)\$)\s*$", re.DOTALL)
_DISPLAYSTYLE = re.compile(r"^\{\\displaystyle\s*(.*)\}$", re.DOTALL)
_NAMESPACE = re.compile(r"^(?:\{[^}]*\})?(?:\w+:)?")
_SYMBOLS = {
    "−": "-", "×": r"\times", "⋅": r"\cdot", "·": r"\cdot", "≤": r"\leq", "≥": r"\geq", "≠": r"\neq", "≈": r"\approx",
    "∑": r"\sum", "∏": r"\prod", "∫": r"\int", "∞": r"\infty", "∂": r"\partial", "∇": r"\nabla", "∈": r"\in",
    "→": r"\to", "⇒": r"\Rightarrow", "∀": r"\forall", "∃": r"\exists", "±": r"\pm", "√": r"\sqrt", "…": r"\ldots",
    "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "δ": r"\delta", "ε": r"\epsilon", "θ": r"\theta", "λ": r"\lambda",
    "μ": r"\mu", "π": r"\pi", "ρ": r"\rho", "σ": r"\sigma", "τ": r"\tau", "φ": r"\phi", "ω": r"\omega",
    "Δ": r"\Delta", "Σ": r"\Sigma", "Ω": r"\Omega", "\u2061": "", "\u2062": "", "\u2063": "",
}  # fmt: skip


def has_math(html: str) -> bool:
    """Tell whether a page's source may hold a formula."""
    return "math" in html or "katex" in html or "arithmatex" in html or "mjx-" in html or "MathJax" in html


def lift_math(root: HtmlElement, verbatims: Verbatims, names: frozenset[str]) -> None:
    """Replace every formula below `root` by the mark of its TeX."""
    for math in [element for element in root.iter() if _name(element) == "math"]:
        tex = _tex_of(math)
        wrapper = _wrapper(math)
        is_display = math.get("display") == "block" or any(
            tokens(above) & {"katex-display", "math-display"} or above.get("display") == "true"
            for above in [wrapper, *ancestors(wrapper, 2)]
        )
        _put(wrapper, tex, verbatims, is_display=is_display)
    for element in _RAW(root, names):
        if element.getparent() is not None and not element.xpath("contains(., '\ue002') or contains(., '\ue000')"):
            _lift_raw(element, verbatims)
    for element in _RENDERED(root, names):
        remove(element)


def _lift_raw(element: HtmlElement, verbatims: Verbatims) -> None:
    if element.tag == "img":
        _put(element, element.get("alt", ""), verbatims, is_display=False)
        return
    for number in xpath(element, ".//*[contains(@class, 'eqno')]"):
        remove(number)
    text = "".join(element.itertext()).strip()
    match = _DELIMITED.match(text)
    is_display = (
        element.tag == "div" or "mode=display" in element.get("type", "") or bool(match and (match[2] or match[3]))
    )
    tex = next((group for group in match.groups() if group), "") if match else text
    if tex:
        _put(element, tex, verbatims, is_display=is_display)


def _put(element: HtmlElement, tex: str, verbatims: Verbatims, *, is_display: bool) -> None:
    tex = tex.strip()
    if not tex:
        remove(element)
    elif is_display:
        replace(element, make("pre", verbatims.display_math(tex)))
    elif element.tag in ("script", "img") or len(element):
        replace(element, make("span", verbatims.inline(f"${' '.join(tex.split())}$")))
    else:
        empty(element, verbatims.inline(f"${' '.join(tex.split())}$"))


def _wrapper(math: HtmlElement) -> HtmlElement:
    """Return the outermost element that a renderer put around MathML."""
    wrapper = math
    for above in ancestors(math, 6):
        names = tokens(above)
        if names & {"katex", "katex-display", "mwe-math-element", "MathJax"} or above.tag == "mjx-container":
            wrapper = above
    return wrapper


def _tex_of(math: HtmlElement) -> str:
    for annotation in math.iter():
        if _name(annotation) == "annotation" and annotation.get("encoding", "") in (
            "application/x-tex",
            "TeX",
            "LaTeX",
        ):
            return _bare("".join(annotation.itertext()))
    alternative = math.get("alttext") or math.get("data-tex") or ""
    return _bare(alternative) if alternative else " ".join(_rewritten(math).split())


def _bare(tex: str) -> str:
    match = _DISPLAYSTYLE.match(tex.strip())
    return match[1].strip() if match else tex


def _name(element: HtmlElement) -> str:
    return _NAMESPACE.sub("", element.tag) if isinstance(element.tag, str) else ""


def _rewritten(element: HtmlElement) -> str:
    """Write presentation MathML (MathML Core §3) as TeX."""
    name = _name(element)
    if name in ("mi", "mn", "mo", "mtext", "ms"):
        text = text_of(element)
        if name == "mtext":
            return rf"\text{{{text}}}" if text else " "
        return "".join(_SYMBOLS.get(char, char) + (" " if char in _SYMBOLS else "") for char in text)
    parts = [_rewritten(child) for child in element if _name(child) not in ("annotation", "annotation-xml")]
    return _combined(name, parts)


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
