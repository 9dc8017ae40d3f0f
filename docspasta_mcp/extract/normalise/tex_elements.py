r"""Elements that hold TeX: between \( and \), in a class that says so, or as what a picture says instead."""

import re

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import ancestors, empty, make, raw_text, remove, replace, text_of, xpath
from docspasta_mcp.extract.placeholders import Placeholders
from docspasta_mcp.extract.selectors import Search, tokens

_RAW = Search("span.math", "div.math", ".arithmatex", "div.mathblock", "script[type^='math/tex']", "img.math")
_GIVEN = Search("code.math", "pre.math", "code.math-inline", "code.math-display")  # TeX alone, of remark, GitLab
_NAMED = Search(
    ".math-inline", ".math-display", ".js-inline-math", ".js-display-math", ".tex2jax_process", ".inline-math",
    "span.tex", "span.latex", "span.equation", "div.equation", ".formula", "span.stem", ".display-math",
    ".stemblock > .content",
)  # fmt: skip
"""Elements that other things are called as well: a formula only if there are dollars or brackets around it."""
_DELIMITED = re.compile(r"^\s*(?:\\\((.*)\\\)|\\\[(.*)\\\]|\$\$(.*)\$\$|\$(.*)\$|\\\$(.*)\\\$)\s*$", re.DOTALL)
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


def lift_given(root: HtmlElement, placeholders: Placeholders, names: frozenset[str]) -> None:
    """Replace what gives its TeX below `root` by the mark of it."""
    for picture in list(root.iter("img")):
        _lift_picture(picture, placeholders)
    for element in _RAW(root, names):
        if element.getparent() is not None and not element.xpath("contains(., '\ue002') or contains(., '\ue000')"):
            _lift_raw(element, placeholders)
    for element in _GIVEN(root, names):
        is_display = element.tag == "pre" or "math-display" in tokens(element)
        block = element.getparent()
        if block is not None and block.tag == "pre":
            element, is_display = block, True  # noqa: PLW2901
        if element.getparent() is not None:
            put(element, text_of(element), placeholders, is_display=is_display)
    for element in _NAMED(root, names):
        match = _DELIMITED.match(raw_text(element))
        if match is not None and not len(element) and element.getparent() is not None:
            tex = next((group for group in match.groups() if group), "")
            put(element, tex, placeholders, is_display=bool(match[2] or match[3]))


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
        or any(above.tag == "div" and "math" in tokens(above) for above in ancestors(picture, 2))
    )
    tex = _DISPLAYSTYLE_COMMAND.sub("", bare(tex.strip()))
    put(picture, tex, placeholders, is_display=is_display)


def _is_drawn(picture: HtmlElement, alternative: str) -> bool:
    """Tell whether class or address say that a picture is a formula, and its text looks like TeX."""
    if tokens(picture) & _FORMULA_NAMES - {"math"}:
        return True
    is_named = bool(_FORMULA_SOURCE.search(picture.get("src", ""))) or any(
        "math" in tokens(above) for above in ancestors(picture, 2)
    )
    return is_named and bool(_TEX_LIKE.search(alternative))


def _lift_raw(element: HtmlElement, placeholders: Placeholders) -> None:
    if element.tag == "img":
        put(element, element.get("alt", ""), placeholders, is_display=False)
        return
    numbers = [clean for number in xpath(element, ".//*[contains(@class, 'eqno')]") if (clean := _number_of(number))]
    text = "".join(element.itertext()).strip()
    match = _DELIMITED.match(text)
    if match is None and any(one.tag in ("em", "i", "sub", "sup") for one in element.iterdescendants()):
        return  # written in HTML
    is_display = (
        element.tag == "div" or "mode=display" in element.get("type", "") or bool(match and (match[2] or match[3]))
    )
    tex = next((group for group in match.groups() if group), "") if match else text
    if tex:
        for said in reversed(numbers) if is_display else ():
            line = make("p", said)
            line.tail, element.tail = element.tail, None
            element.addnext(line)
        put(element, tex, placeholders, is_display=is_display)


def _number_of(element: HtmlElement) -> str:
    """Take the number that stands beside a formula out of it, and return it without the mark that leads to it."""
    said = text_of(element).strip("¶#🔗 ")
    remove(element)
    return said


def put(element: HtmlElement, tex: str, placeholders: Placeholders, *, is_display: bool) -> None:
    """Replace an element by the mark of a formula."""
    tex = tex.strip()
    if not tex:
        remove(element)
    elif is_display:
        replace(element, make("pre", placeholders.display_math(tex)))
    elif element.tag in ("script", "img", "code") or len(element):
        replace(element, make("span", placeholders.inline(f"${' '.join(tex.split())}$")))
    else:
        empty(element, placeholders.inline(f"${' '.join(tex.split())}$"))


def bare(tex: str) -> str:
    """Return TeX without the command that MediaWiki puts around it."""
    match = _DISPLAYSTYLE.match(tex.strip())
    return match[1].strip() if match else tex
