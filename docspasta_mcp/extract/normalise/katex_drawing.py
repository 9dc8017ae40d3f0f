"""Formulas of which only KaTeX's drawing is on the page: TeX, read from how its boxes are named."""

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import ancestors, make, replace
from docspasta_mcp.extract.placeholders import Placeholders
from docspasta_mcp.extract.selectors import tokens

_UNREAD = frozenset(("vlist-s", "strut", "pstrut", "frac-line", "hide-tail", "sqrt-sign", "nulldelimiter"))


def lift_drawn(root: HtmlElement, placeholders: Placeholders) -> None:
    """Replace formulas below `root` that say nowhere what they were drawn from."""
    for drawn in [one for one in root.iter("span") if "katex-html" in tokens(one)]:
        formula = drawn.getparent()
        if formula is None or formula.tag != "span" or "\ue002" in (text := _tex(formula)) or "\ue000" in text:
            continue
        if not (tex := " ".join(text.split())):
            continue
        if any("katex-display" in tokens(above) for above in ancestors(drawn, 2)):
            replace(formula, make("pre", placeholders.display_math(tex)))
        else:
            replace(formula, make("span", placeholders.inline(f"${tex}$")))


def _tex(element: HtmlElement) -> str:
    """Return the TeX of a box: fractions, roots, powers and indices are known by the names of theirs."""
    names = tokens(element)
    if names & _UNREAD:
        return ""
    if "mspace" in names:
        return " "
    if "msupsub" in names:
        return _scripts(element)
    if "mfrac" in names:
        parts = _levels(element)
        return rf"\frac{{{parts[-1]}}}{{{parts[0]}}}" if len(parts) > 1 else "".join(parts)
    inner = (element.text or "") + "".join(_tex(child) + (child.tail or "") for child in element)
    return rf"\sqrt{{{inner.strip()}}}" if "sqrt" in names else inner


def _scripts(element: HtmlElement) -> str:
    parts = _levels(element)
    if not parts:
        return ""
    has_index = any("vlist-t2" in tokens(one) for one in element)
    if has_index and len(parts) > 1:
        return f"_{{{parts[0]}}}^{{{parts[-1]}}}"
    return f"{'_' if has_index else '^'}{{{parts[0]}}}"


def _levels(element: HtmlElement) -> list[str]:
    """Return what stands one above another in a box, the lowest first."""
    column = next((one for one in element.iterdescendants("span") if "vlist" in tokens(one)), None)
    return [] if column is None else [text for one in column if (text := _tex(one).replace("\u200b", "").strip())]
