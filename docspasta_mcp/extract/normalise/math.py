r"""Formulas as TeX between dollar signs, from KaTeX, MathJax 2 and 3, MathML, Sphinx, Arithmatex and MediaWiki.

What a renderer draws is dropped; what it was given is kept: the TeX annotation, an `alttext`, a `math/tex` script, or
text between \( and \). MathML without TeX is rewritten element by element.
"""

import re
import unicodedata
from collections.abc import Iterable

from lxml.html import HtmlElement, fragment_fromstring

from docspasta_mcp.extract.dom import Search, ancestors, empty, make, remove, rename, replace, text_of, tokens, xpath
from docspasta_mcp.extract.normalise.hidden import is_hidden
from docspasta_mcp.extract.placeholders import Placeholders

MATH_MARKS = (
    "math",
    "mjx-",
    "MathJax",
    "MATH",
    '="$',
    "='$",
    "formula",
    "mimetex",
    "arithmatex",
    "katex",
    "latex",
    "displaystyle",
)
"""A page whose source holds none of these has no formula."""

_RENDERED = Search(
    ".MathJax_Preview", ".MathJax", ".MathJax_Display", ".MathJax_SVG", ".katex-html", "mjx-container > svg"
)
_RAW = Search("span.math", "div.math", ".arithmatex", "div.mathblock", "script[type^='math/tex']", "img.math")
_DELIMITED = re.compile(r"^\s*(?:\\\((.*)\\\)|\\\[(.*)\\\]|\$\$(.*)\$\$|\$(.*)\$)\s*$", re.DOTALL)
_DISPLAYSTYLE = re.compile(r"^\{\\displaystyle\s*(.*)\}$", re.DOTALL)
_DISPLAYSTYLE_COMMAND = re.compile(r"^\\displaystyle\s*")
_ENVIRONMENT = re.compile(r"\\begin\{(\w+)\*?\}.*\\end\{\1\*?\}\s*$", re.DOTALL)
_FORMULA_NAMES = frozenset(
    "math math-display math-inline formulaInl formulaDsp tex latex texrender mimetex mathtex equation".split()
)
_FORMULA_SOURCE = re.compile(
    r"codecogs|mimetex|mathtex|/math/|latex(?:\.php|\?|/render)|wp-latex|/cgi-bin/tex", re.IGNORECASE
)
_TEX_LIKE = re.compile(r"[\\^_{}=]")
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
_COMMAND = re.compile(
    r"\\(?:begin|end|label|ref|eqref|tag|color|textcolor|colorbox|class|cssId|href|style|operatorname)\*?\{[^{}]{0,99}\}|"
    r"\\[A-Za-z]+"
)
_WORD = re.compile(r"[A-Za-z]{4,}")
_MAX_UNSEEN_WORDS = 2  # of a formula's TeX: such as names of colours and options
_BREAKS_OUT = frozenset("b big code em font i img p pre s small span strong strike sub sup table tt u var".split())
"""Elements that are not of MathML: HTML's parser ends a `math` before them (WHATWG HTML, parsing, foreign content)."""
_TEXT_OF_HTML = frozenset(("mtext", "annotation", "annotation-xml", "ms", "mi", "mn", "mo"))
_CHTML_FRACTIONS = frozenset(("mjx-frac",))
_SYMBOLS = {
    "−": "-", "×": r"\times", "⋅": r"\cdot", "·": r"\cdot", "≤": r"\leq", "≥": r"\geq", "≠": r"\neq", "≈": r"\approx",
    "∑": r"\sum", "∏": r"\prod", "∫": r"\int", "∞": r"\infty", "∂": r"\partial", "∇": r"\nabla", "∈": r"\in",
    "→": r"\to", "⇒": r"\Rightarrow", "∀": r"\forall", "∃": r"\exists", "±": r"\pm", "√": r"\sqrt", "…": r"\ldots",
    "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "δ": r"\delta", "ε": r"\epsilon", "θ": r"\theta", "λ": r"\lambda",
    "μ": r"\mu", "π": r"\pi", "ρ": r"\rho", "σ": r"\sigma", "τ": r"\tau", "φ": r"\phi", "ω": r"\omega",
    "Δ": r"\Delta", "Σ": r"\Sigma", "Ω": r"\Omega", "\u2061": "", "\u2062": "", "\u2063": "",
}  # fmt: skip


def lift_math(root: HtmlElement, placeholders: Placeholders, names: frozenset[str]) -> None:
    """Replace every formula below `root` by the mark of its TeX."""
    for math in [one for one in xpath(root, ".//*[contains(name(), 'math')]") if _name(one) == "math"]:
        if math.getparent() is None:
            continue
        if _is_html(math):
            rename(math, "span")
            continue
        wrapper = _wrapper(math)
        _put(wrapper, _tex_of(math), placeholders, is_display=_is_display(math, wrapper))
    for container in list(root.iter("mjx-container")):  # without MathML for screen readers
        drawn = container.find("mjx-math")
        if drawn is not None and container.getparent() is not None:
            tex = " ".join(_rewritten(drawn).split())
            _put(container, tex, placeholders, is_display=container.get("display") == "true")
    for drawn in xpath(root, ".//@data-mathml/.."):
        script = drawn.getnext()
        if drawn.getparent() is not None and (script is None or not script.text_content().strip()):
            math = fragment_fromstring(drawn.get("data-mathml", "") or "<math></math>", create_parent="div")
            above = any("MathJax_Display" in tokens(one) for one in ancestors(drawn, 2))
            _put(drawn, " ".join(_rewritten(math).split()), placeholders, is_display=above)
    for picture in list(root.iter("img")):
        _lift_picture(picture, placeholders)
    for element in _RAW(root, names):
        if element.getparent() is not None and not element.xpath("contains(., '\ue002') or contains(., '\ue000')"):
            _lift_raw(element, placeholders)
    for element in _RENDERED(root, names):
        remove(element)


def _is_html(math: HtmlElement) -> bool:
    """Tell whether what stands in a `math` is a formula in HTML's own elements, as it was written before MathML."""
    return any(
        element.tag in _BREAKS_OUT and not any(_name(above) in _TEXT_OF_HTML for above in ancestors(element, 3))
        for element in math.iterdescendants()
    )


def _is_display(math: HtmlElement, wrapper: HtmlElement) -> bool:
    """Tell whether a formula stands alone; KaTeX says so by class, whatever its MathML says."""
    around = [wrapper, *ancestors(wrapper, 2)]
    if any(tokens(above) & {"katex-display", "math-display"} or above.get("display") == "true" for above in around):
        return True
    if any(
        tokens(above) & {"katex", "math-inline", "inline-math"} or above.get("display") == "false" for above in around
    ):
        return False
    return math.get("display") == "block" or math.get("mode") == "display"


def _lift_picture(picture: HtmlElement, placeholders: Placeholders) -> None:
    """Read a formula that is drawn: its alternative text is TeX, as LaTeX2HTML, Doxygen and many wikis write it."""
    alternative = picture.get("alt", "").strip()
    if not alternative or picture.getparent() is None:
        return
    match = _DELIMITED.match(alternative)
    names = tokens(picture)
    environment = _ENVIRONMENT.match(alternative)
    if (
        match is None
        and environment is None
        and not _DISPLAYSTYLE.match(alternative)
        and not _is_drawn(picture, alternative)
    ):
        return
    tex = next((group for group in match.groups() if group), "") if match else alternative
    is_display = (
        "formulaDsp" in names
        or bool(match and (match[2] or match[3]))
        or (environment is not None and environment[1] not in ("math", "tabular"))
    )
    tex = _DISPLAYSTYLE_COMMAND.sub("", _bare(tex.strip()))
    _put(picture, tex, placeholders, is_display=is_display)


def _is_drawn(picture: HtmlElement, alternative: str) -> bool:
    """Tell whether class or address say that a picture is a formula, and its text looks like TeX."""
    if tokens(picture) & _FORMULA_NAMES - {"math"}:
        return True
    return bool(_FORMULA_SOURCE.search(picture.get("src", "")) and _TEX_LIKE.search(alternative))


def _lift_raw(element: HtmlElement, placeholders: Placeholders) -> None:
    if element.tag == "img":
        _put(element, element.get("alt", ""), placeholders, is_display=False)
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
        _put(element, tex, placeholders, is_display=is_display)


def _put(element: HtmlElement, tex: str, placeholders: Placeholders, *, is_display: bool) -> None:
    tex = tex.strip()
    if not tex:
        remove(element)
    elif is_display:
        replace(element, make("pre", placeholders.display_math(tex)))
    elif element.tag in ("script", "img") or len(element):
        replace(element, make("span", placeholders.inline(f"${' '.join(tex.split())}$")))
    else:
        empty(element, placeholders.inline(f"${' '.join(tex.split())}$"))


def _wrapper(math: HtmlElement) -> HtmlElement:
    """Return the outermost element that a renderer put around MathML."""
    wrapper = math
    for above in ancestors(math, 6):
        names = tokens(above)
        if names & {"katex", "katex-display", "mwe-math-element", "MathJax"} or above.tag == "mjx-container":
            wrapper = above
    return wrapper


def _tex_of(math: HtmlElement) -> str:
    """Return what a formula was made of, if it is that: nobody sees an annotation, so its words must be drawn too."""
    tex = _given_tex(math)
    return tex if tex and _is_drawn_from(tex, math) else " ".join(_rewritten(math).split())


def _is_drawn_from(tex: str, math: HtmlElement) -> bool:
    words = {word.lower() for word in _WORD.findall(_COMMAND.sub(" ", tex))}
    if len(words) <= _MAX_UNSEEN_WORDS:
        return True
    seen = (piece for piece in math.xpath(".//text()[not(ancestor::*[contains(name(), 'annotation')])]"))
    drawn = "".join(unicodedata.normalize("NFKC", "".join(seen)).lower().split())
    return sum(1 for word in words if word not in drawn) <= _MAX_UNSEEN_WORDS


def _given_tex(math: HtmlElement) -> str:
    for annotation in math.iter():
        if _name(annotation) == "annotation" and annotation.get("encoding", "") in (
            "application/x-tex",
            "TeX",
            "LaTeX",
        ):
            return _bare("".join(annotation.itertext()))
    alternative = math.get("alttext") or math.get("data-tex") or ""
    return _bare(alternative)


def _bare(tex: str) -> str:
    match = _DISPLAYSTYLE.match(tex.strip())
    return match[1].strip() if match else tex


def _name(element: HtmlElement) -> str:
    return _NAMESPACE.sub("", element.tag) if isinstance(element.tag, str) else ""


def _rewritten(element: HtmlElement) -> str:
    """Write presentation MathML (MathML Core §3) as TeX."""
    name = _name(element)
    if name in ("mi", "mn", "mo", "mtext", "ms") or (name == "math" and not len(element)):
        text = text_of(element) or _chtml_text(element)
        if name == "mtext":
            return rf"\text{{{text}}}" if text else " "
        return "".join(_SYMBOLS.get(char, char) + (" " if char in _SYMBOLS else "") for char in text)
    if name in _CHTML_FRACTIONS:
        return _chtml_fraction(element)
    parts = [_rewritten(child) for child in element if _name(child) not in _UNREAD and not is_hidden(child)]
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
    top = "".join(map(_rewritten, above)) if above is not None else ""
    bottom = "".join(map(_rewritten, below)) if below is not None else ""
    return rf"\frac{{{top}}}{{{bottom}}}" if top and bottom else "".join(map(_rewritten, element))


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
