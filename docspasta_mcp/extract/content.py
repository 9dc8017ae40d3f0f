"""Take a page's main content out of it and reduce it to plain semantic HTML.

The order counts: formulas and tabs need what is hidden, code needs its gutters known before class names are judged,
admonitions and signatures are elements that would pass for noise, and tables come last, when their cells are plain.
"""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from docspasta_mcp.errors import PageRefused
from docspasta_mcp.extract.clues import Clues, held_in
from docspasta_mcp.extract.disguises import needs_scripts, refuse_disguise, refuse_shell
from docspasta_mcp.extract.dom import flatten, remove, replace, text_of, xpath
from docspasta_mcp.extract.main_content import main_content
from docspasta_mcp.extract.normalise.admonitions import quote_admonitions
from docspasta_mcp.extract.normalise.breadcrumbs import drop_breadcrumbs
from docspasta_mcp.extract.normalise.code import inline_code, lift_code
from docspasta_mcp.extract.normalise.custom_elements import settle_custom
from docspasta_mcp.extract.normalise.disclosure import unfold
from docspasta_mcp.extract.normalise.drawings import tell_drawings
from docspasta_mcp.extract.normalise.figures import (
    name_stretched,
    open_details,
    resolve_references,
    resolver,
    unlink_blocks,
    unwrap_figures,
)
from docspasta_mcp.extract.normalise.footnotes import mark_footnotes, take_in_notes
from docspasta_mcp.extract.normalise.frames import STORYBOOK, drop_messages
from docspasta_mcp.extract.normalise.gaps import split_badges
from docspasta_mcp.extract.normalise.headings import (
    join_parted_names,
    name_headings,
    open_icons,
    split_headings,
    unlink_headings,
)
from docspasta_mcp.extract.normalise.labels import speak_labels
from docspasta_mcp.extract.normalise.line_blocks import join_lines
from docspasta_mcp.extract.normalise.lists import repair_lists
from docspasta_mcp.extract.normalise.math import lift_math
from docspasta_mcp.extract.normalise.media import reveal_pictures, show_media
from docspasta_mcp.extract.normalise.noise import drop_menus, drop_noise
from docspasta_mcp.extract.normalise.own_contents import drop_own_contents
from docspasta_mcp.extract.normalise.permalinks import drop_permalinks
from docspasta_mcp.extract.normalise.raw_tex import lift_raw_tex, renders_tex
from docspasta_mcp.extract.normalise.role_tables import role_tables
from docspasta_mcp.extract.normalise.signatures import name_signatures, summary_grids
from docspasta_mcp.extract.normalise.sources import open_sources
from docspasta_mcp.extract.normalise.spans import read_spans
from docspasta_mcp.extract.normalise.steps import number_steps
from docspasta_mcp.extract.normalise.tables import plain_tables
from docspasta_mcp.extract.normalise.tabs import label_tabs
from docspasta_mcp.extract.own_styles import mark_hidden
from docspasta_mcp.extract.placeholders import Placeholders
from docspasta_mcp.extract.selectors import CAPITALS, lower_capitals, names_of
from docspasta_mcp.extract.shown_code import find_shown_code
from docspasta_mcp.extract.titles import clean, find_title, named_title, own_words, page_title, title_beside

logger = logging.getLogger(__name__)

MAX_DEPTH = 100  # nested elements; real pages have 20 to 40, and the converter calls itself for each


@dataclass(frozen=True, slots=True)
class Content:
    """A page's main content: `root` holds plain HTML in which marks stand for what `placeholders` keeps."""

    title: str
    language: str
    root: HtmlElement
    placeholders: Placeholders


def extract(document: HtmlElement, base: str, clues: Clues) -> Content:
    """Take the main content out of a parsed page. The tree is changed.

    Args:
        document: the page.
        base: the URL that relative references start from.
        clues: what its source says.

    Raises:
        PageRefused: the page is a shell, a login form or an error in disguise.
    """
    placeholders = Placeholders()
    said = page_title(document)
    language = document.get("lang") or document.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    _place_streamed(document)
    is_suspect = needs_scripts(document)
    has_password = "passwords" in clues.may_hold and any(
        one.get("type") == "password" for one in document.iter("input")
    )
    if clues.is_mathematical:
        for script in xpath(document, ".//script[starts-with(@type, 'math/tex')]"):
            script.tag = "span"
            script.set("class", "math")
            script.text = f"\\[{script.text}\\]" if "mode=display" in script.get("type", "") else f"\\({script.text}\\)"
    if "named headings" in clues.may_hold:
        name_headings(document)
    _step(join_parted_names, document)
    etree.strip_tags(document, "wbr")  # the parser takes what follows for its content
    has_raw_tex = clues.is_mathematical and renders_tex(document)
    if "fallbacks" in clues.may_hold:
        reveal_pictures(document)
    is_suspect &= not open_sources(document, placeholders, resolver(base), clues.may_hold)
    can_be_shown: set[HtmlElement] = set()
    _step(find_shown_code, document, can_be_shown)
    names = names_of(document) | clues.rare
    if "styles" in clues.may_hold:
        _step(mark_hidden, document, names)
    if CAPITALS in names:
        names = lower_capitals(document, names)
    etree.strip_elements(document, "script", "style", "template", "noscript", "link", "meta", with_tail=False)
    if is_suspect:
        refuse_shell(document)
    if any(profile.name == STORYBOOK for profile in clues.profiles):
        drop_messages(document)
    root = main_content(document, clues.profiles, names)
    take_in_notes(document, root, names)
    named = next((named_title(one) for profile in clues.profiles for one in profile.find_title(document, names)), "")
    headings = [text for heading in document.iter("h1") if (text := clean(text_of(heading)))]
    beside = title_beside(document, root)
    for profile in clues.profiles:
        for element in profile.find_drops(root, names):
            remove(element)
    begins_with_site = any(profile.name == "Doxygen" for profile in clues.profiles)
    said = own_words(document, root, said, has_title=bool(headings or named), begins_with_site=begins_with_site)
    _normalise(root, base, placeholders, clues, names, can_be_shown, has_raw_tex=has_raw_tex)
    title = find_title(root, said, named=named, outside=headings, beside=beside)
    refuse_disguise(document, root, title, has_password=has_password)
    return Content(title, _language_tag(language), root, placeholders)


def _normalise(
    root: HtmlElement,
    base: str,
    placeholders: Placeholders,
    clues: Clues,
    names: frozenset[str],
    can_be_shown: set[HtmlElement],
    *,
    has_raw_tex: bool,
) -> None:
    may_hold = held_in(root, clues.may_hold, names)
    language = next((profile.language for profile in clues.profiles if profile.language), "")
    _step(split_headings, root)
    _step(read_spans, root, names, may_hold)
    _step(join_lines, root, names)
    _step(label_tabs, root, names, may_hold)
    _step(unfold, root, may_hold, names)
    flatten(root, most=MAX_DEPTH)
    if clues.is_mathematical:
        _step(lift_math, root, placeholders, names)
    if has_raw_tex:
        _step(lift_raw_tex, root, placeholders)
    _step(drop_menus, root, names)
    _step(drop_breadcrumbs, root)
    _step(summary_grids, root, names)
    _step(name_signatures, root, placeholders, names)
    _step(drop_own_contents, root, base)
    _step(role_tables, root, names, may_hold)
    _step(lift_code, root, placeholders, names, may_hold, default=language, can_be_shown=can_be_shown)
    _step(mark_footnotes, root, placeholders, names)
    _step(quote_admonitions, root, may_hold)
    _step(tell_drawings, root)
    _step(show_media, root)
    _step(speak_labels, root, names, may_hold)
    _step(name_stretched, root)
    _step(drop_noise, root)
    _step(drop_permalinks, root)
    _step(open_details, root)
    _step(open_icons, root)
    if "custom elements" in may_hold:
        _step(settle_custom, root)
    _step(unwrap_figures, root)
    _step(inline_code, root)
    _step(resolve_references, root, resolver(base))
    _step(unlink_headings, root)
    _step(unlink_blocks, root)
    if "counted steps" in may_hold:
        _step(number_steps, root)
    _step(repair_lists, root, names)
    _step(split_badges, root)
    _step(plain_tables, root, placeholders)


def _step(rule: Callable[..., object], *args: Any, **kwargs: Any) -> None:
    """Apply a rule to the whole page. One that fails costs its own work, not the page: the text stays as it was."""
    try:
        rule(*args, **kwargs)
    except (PageRefused, MemoryError):  # verdicts on the whole page
        raise
    except Exception:
        logger.exception("❌ a rule of extraction failed and was left out: %s", getattr(rule, "__name__", rule))


def _place_streamed(document: HtmlElement) -> None:
    """Put what a server streamed later where it belongs: React's `<div hidden id="S:1">` for `<template id="B:1">`."""
    if document.find(".//template") is None:
        return
    streamed = xpath(document, ".//div[@hidden and starts-with(@id, 'S:')]")
    places = {place.get("id", "")[2:]: place for place in xpath(document, ".//template[starts-with(@id, 'B:')]")}
    for part in streamed:
        place = places.get(part.get("id", "")[2:])
        if place is not None and part not in place.iterancestors():
            part.attrib.clear()
            part.tail = None
            replace(place, part)


def _language_tag(text: str) -> str:
    """Return a language tag as BCP 47 writes it, or an empty string."""
    tag = text.strip().replace("_", "-")
    return tag if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", tag) else ""
