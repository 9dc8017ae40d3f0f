r"""Formulas as TeX between dollar signs, from KaTeX, MathJax 2 and 3, MathML, Sphinx, Arithmatex and MediaWiki.

What a renderer draws is dropped; what it was given is kept: the TeX annotation, an `alttext`, a `math/tex` script, or
text between \( and \). MathML without TeX is rewritten element by element.
"""

import re
import unicodedata

from lxml.html import HtmlElement, fragment_fromstring

from docspasta_mcp.extract.dom import ancestors, remove, rename, xpath
from docspasta_mcp.extract.normalise.katex_drawing import lift_drawn
from docspasta_mcp.extract.normalise.mathml import local_name, rewritten
from docspasta_mcp.extract.normalise.tex_elements import bare, lift_given, put
from docspasta_mcp.extract.placeholders import Placeholders
from docspasta_mcp.extract.selectors import Search, tokens

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
    "stemblock",
)
"""A page whose source holds none of these has no formula."""

_RENDERED = Search(
    ".MathJax_Preview", ".MathJax", ".MathJax_Display", ".MathJax_SVG", ".katex-html", "mjx-container > svg"
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


def lift_math(root: HtmlElement, placeholders: Placeholders, names: frozenset[str]) -> None:
    """Replace every formula below `root` by the mark of its TeX."""
    for math in [one for one in xpath(root, ".//*[contains(name(), 'math')]") if local_name(one) == "math"]:
        if math.getparent() is None:
            continue
        if _is_html(math):
            rename(math, "span")
            continue
        wrapper = _wrapper(math)
        if _is_given_behind(wrapper):
            remove(wrapper)
            continue
        put(wrapper, _tex_of(math), placeholders, is_display=_is_display(math, wrapper))
    _lift_drawings(root, placeholders)
    lift_given(root, placeholders, names)
    if "katex-html" in names:
        lift_drawn(root, placeholders)
    for element in _RENDERED(root, names):
        remove(element)


def _lift_drawings(root: HtmlElement, placeholders: Placeholders) -> None:
    """Read what MathJax drew without MathML beside it."""
    for container in list(root.iter("mjx-container")):  # without MathML for screen readers
        drawn = container.find("mjx-math")
        if drawn is not None and container.getparent() is not None:
            tex = " ".join(rewritten(drawn).split())
            put(container, tex, placeholders, is_display=container.get("display") == "true")
    for drawn in xpath(root, ".//@data-mathml/.."):
        script = drawn.getnext()
        if drawn.getparent() is not None and (script is None or not script.text_content().strip()):
            math = fragment_fromstring(drawn.get("data-mathml", "") or "<math></math>", create_parent="div")
            above = any("MathJax_Display" in tokens(one) for one in ancestors(drawn, 2))
            put(drawn, " ".join(rewritten(math).split()), placeholders, is_display=above)


def _is_given_behind(wrapper: HtmlElement) -> bool:
    """Tell whether what MathJax drew a formula of stands right behind it, as version 2 leaves it."""
    for element in (wrapper, *ancestors(wrapper, 1)):
        following = element.getnext()
        if following is not None and "math" in tokens(following) and (following.text or "")[:2] in (r"\(", r"\["):
            return not (element.tail or "").strip() and (element is wrapper or "MathJax_Display" in tokens(element))
    return False


def _is_html(math: HtmlElement) -> bool:
    """Tell whether what stands in a `math` is a formula in HTML's own elements, as it was written before MathML."""
    return any(
        element.tag in _BREAKS_OUT and not any(local_name(above) in _TEXT_OF_HTML for above in ancestors(element, 3))
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
    return tex if tex and _is_drawn_from(tex, math) else " ".join(rewritten(math).split())


def _is_drawn_from(tex: str, math: HtmlElement) -> bool:
    words = {word.lower() for word in _WORD.findall(_COMMAND.sub(" ", tex))}
    if len(words) <= _MAX_UNSEEN_WORDS:
        return True
    seen = (piece for piece in math.xpath(".//text()[not(ancestor::*[contains(name(), 'annotation')])]"))
    drawn = "".join(unicodedata.normalize("NFKC", "".join(seen)).lower().split())
    return sum(1 for word in words if word not in drawn) <= _MAX_UNSEEN_WORDS


def _given_tex(math: HtmlElement) -> str:
    for annotation in math.iter():
        if local_name(annotation) == "annotation" and annotation.get("encoding", "") in (
            "application/x-tex",
            "TeX",
            "LaTeX",
        ):
            return bare("".join(annotation.itertext()))
    alternative = math.get("alttext") or math.get("data-tex") or ""
    return bare(alternative)
