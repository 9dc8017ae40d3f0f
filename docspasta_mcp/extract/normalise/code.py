"""Code blocks, byte for byte and with their language.

Highlighters wrap lines in elements, print line numbers and labels beside them, and say the language in a class or
attribute of the block or of a wrapper: Pygments, Rouge, Chroma, highlight.js, Prism, Shiki, Expressive Code,
CodeMirror, Doxygen. Only the text is kept (`code_text`, `code_language`); `code_shapes` finds code that is in no `pre`.
"""

from collections.abc import Container

from lxml.html import HtmlElement

from docspasta_mcp.extract.dom import empty, make, remove, rename, replace, text_of, unwrap, xpath
from docspasta_mcp.extract.hiding_styles import hides
from docspasta_mcp.extract.normalise.code_language import drop_labels, drop_numbers, drop_toolbar, language_of
from docspasta_mcp.extract.normalise.code_shapes import find_code
from docspasta_mcp.extract.normalise.code_text import code_text, is_line
from docspasta_mcp.extract.normalise.hidden import is_hidden
from docspasta_mcp.extract.normalise.linked_code import split_code
from docspasta_mcp.extract.placeholders import Placeholders

_SIGN = 3  # characters


def lift_code(
    root: HtmlElement,
    placeholders: Placeholders,
    names: frozenset[str],
    may_hold: frozenset[str],
    *,
    default: str = "",
    can_be_shown: Container[HtmlElement] = (),
) -> None:
    """Replace every code block below `root` by a `pre` that holds a mark.

    Args:
        root: the main content.
        placeholders: takes the code.
        names: the class names, ids and roles that occur in it.
        may_hold: what the source of the page may hold.
        default: the language of blocks that name none.
        can_be_shown: the hidden blocks that the page can show, which stay.
    """
    find_code(root, names, may_hold)
    for code in [one for one in root.iter("code") if len(one) and _is_around_block(one)]:
        unwrap(code)
    no_numbers: set[HtmlElement] = set()
    for pre in list(root.iter("pre")):
        if (
            pre.getparent() is None
            or placeholders.is_mark(pre.text or "")
            or any(above.tag == "pre" for above in pre.iterancestors())
        ):
            continue
        if is_hidden(pre) and pre not in can_be_shown:  # what tabs and most controls show is hidden no more
            remove(pre)
            continue
        for part in xpath(pre, ".//*[@style]") if len(pre) else ():
            if hides(part.get("style", "")) and not is_line(part):
                remove(part)
        _move_pictures(pre)
        language = language_of(pre)
        drop_numbers(pre, no_numbers)
        text, inner = code_text(pre)
        drop_toolbar(pre)
        spoken = drop_labels(pre, language or inner)
        if not text.strip():
            remove(pre)
        else:
            empty(pre, placeholders.code(text, language or inner or spoken or default))


def _move_pictures(pre: HtmlElement) -> None:
    """Put the pictures of a block, such as plots, behind it; those that stand for a sign or a number are text."""
    shown = make("p")
    for picture in list(pre.iter("img")) if len(pre) else ():
        said = picture.get("alt", "").strip()
        if 0 < len(said) <= _SIGN:
            replace(picture, make("span", f"({said})" if said.isdecimal() else said))
        elif picture.get("src") and not is_hidden(picture):
            remove(picture)
            picture.tail = None
            shown.append(picture)
    if len(shown):
        shown.tail, pre.tail = pre.tail, None
        pre.addnext(shown)


def _is_around_block(code: HtmlElement) -> bool:
    return next(code.iterchildren("pre"), None) is not None and text_of(code) == text_of(code[0])


def inline_code(root: HtmlElement) -> None:
    """Make every element that means code in running text a plain `code`."""
    for element in list(root.iter("tt", "samp", "kbd")):
        rename(element, "code")
    for element in list(root.iter("var")):
        rename(element, "em")
    split_code(root)
