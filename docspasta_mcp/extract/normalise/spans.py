"""What only style, class or attribute says of a span: powers and indices that are set higher or lower, blocks."""

import re

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import remove, rename, text_of, xpath
from docspasta_mcp.extract.selectors import tokens

_SHIFTED = re.compile(r"vertical-align\s*:\s*(super|sub)\b", re.IGNORECASE)
_NAMES = {"superscript": "sup", "subscript": "sub", "sup": "sup", "sub": "sub"}
_LITERAL = frozenset(("docutils", "literal"))
_BLOCK = re.compile(r"display\s*:\s*(?:block|flex|grid|list-item)", re.IGNORECASE)
_ASIDES = frozenset(("sidenote", "marginnote", "margin-aside"))
_MAX_LENGTH = 20  # characters; what is longer is no power


def read_spans(root: HtmlElement, names: frozenset[str], may_hold: frozenset[str]) -> None:
    """Make spans below `root` that are set higher or lower `sup` and `sub`, those that are paragraphs or blocks so."""
    for span in xpath(root, ".//span/@data-as[.='p']/..") if "paragraphs by attribute" in may_hold else ():
        rename(span, "p")
    for span in xpath(root, ".//span[contains(@style, 'display')]") if "styled tables" in may_hold else ():
        if _BLOCK.search(span.get("style", "")) and next(span.iterancestors("pre", "code"), None) is None:
            span.tag = "div"
    if names >= _LITERAL:  # by docutils' writer of HTML 5
        for span in xpath(root, ".//span[contains(@class, 'literal')]"):
            if tokens(span) >= _LITERAL:
                rename(span, "code")
    if names & _ASIDES:
        _inset_notes(root)
    paths = [".//span[contains(@style, 'vertical-align')]"] if "shifted text" in may_hold else []
    if names & _NAMES.keys():
        paths.append(".//span[@class]")
    for span in xpath(root, "|".join(paths)) if paths else ():
        shifted = _SHIFTED.search(span.get("style", ""))
        said = next((_NAMES[name] for name in tokens(span) if name in _NAMES), "")
        text = (span.text or "").strip()
        if (shifted or said) and not len(span) and 0 < len(text) <= _MAX_LENGTH:
            rename(span, shifted[1].lower().replace("super", "sup") if shifted else said)


def _inset_notes(root: HtmlElement) -> None:
    """Set the notes that Tufte's style puts into the margin in brackets, where they stand in the sentence."""
    for opens in [one for one in root.iter("label") if "margin-toggle" in tokens(one)]:
        remove(opens)
    for note in [one for one in root.iter("span") if _ASIDES & tokens(one)]:
        if not text_of(note) or any(_ASIDES & tokens(above) for above in note.iterancestors("span")):
            continue
        said = f" ({(note.text or '').lstrip()}"
        note.text = said if len(note) else f"{said.rstrip()})"
        if len(note):
            note[-1].tail = f"{(note[-1].tail or '').rstrip()})"
