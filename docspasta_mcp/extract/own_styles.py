"""What the rules of a page's own `<style>` elements hide, marked so that it is dropped like what attributes hide.

Kept is what the page can show: what a state (`:hover`, `:target`, a ticked box), another class, a script of the page or
a labelled control shows, and what holds most of the page. Other style sheets and scripts are not loaded.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from lxml.html import HtmlElement

from docspasta_mcp.extract.css_colours import is_like
from docspasta_mcp.extract.css_values import with_values
from docspasta_mcp.extract.declarations import declarations
from docspasta_mcp.extract.dom import text_length
from docspasta_mcp.extract.hiding_styles import Declarations, cuts_out, ground_of, hidden_by, ink_of
from docspasta_mcp.extract.own_sheets import Variables, foreign_sheets, own_css
from docspasta_mcp.extract.paths import Paths
from docspasta_mcp.extract.selectors import tokens
from docspasta_mcp.extract.showing import Showing, is_labelled
from docspasta_mcp.extract.style_index import Index
from docspasta_mcp.extract.style_rules import Rule, rules_of

_HIDING = frozenset(
    "display visibility opacity filter font-size font content-visibility zoom height max-height width max-width "
    "block-size max-block-size inline-size max-inline-size overflow overflow-x overflow-y overflow-block contain "
    "text-indent letter-spacing word-spacing position left top right bottom inset inset-inline-start inset-block-start "
    "clip clip-path -webkit-clip-path mask mask-image mask-size -webkit-mask -webkit-mask-image -webkit-mask-size "
    "transform scale translate rotate margin margin-left margin-top margin-inline-start margin-block-start "
    "padding-left "
    "color -webkit-text-fill-color -webkit-text-security background background-color background-image background-clip "
    "-webkit-background-clip line-height".split()
)
_MAY_HIDE = re.compile(
    r"none|hidden|collapse|opacity|font|zoom|clip|\b0|-\d|transparent|colou?r|scale|translate|rotate|skew|mask|var\(|\d{3}|"
    r"blur|security|gradient|\\",
    re.IGNORECASE,
)
_WHITE = (1.0, 1.0, 1.0, 1.0)
_WHOLE = frozenset(("html", "body", "main", "article", "details", "dialog", "noscript"))
_CLOAKED = re.compile(r"\[[\w-]*(?:cloak|unresolved)|:defined", re.IGNORECASE)
_PANEL_ROLES = frozenset(("tabpanel", "region", "tooltip", "menu", "listbox"))
_STYLED = Paths("//@style/..")  # an attribute by its name is found ten times as fast as by a condition
_FONTS = Paths("//font[@color]")
_SPEAKS_OF_COLOUR = re.compile(r"color|background|\\", re.IGNORECASE)
_SPEAKS_OF_OPACITY = re.compile(r"opacity|filter|var\(|\\", re.IGNORECASE)
_PAINTED = Paths("//@bgcolor/..")
_POPOVERS = Paths("//@popover/..")
_MAX_RULES = 2_000  # that are asked of a page

Matched = Mapping[HtmlElement, list[Rule]]


def mark_hidden(document: HtmlElement, names: frozenset[str]) -> None:
    """Give every element that the page's own styles hide, and nothing on it can show, `display:none`.

    Args:
        document: the page.
        names: the class names, ids and roles that occur on it.
    """
    css = own_css(document)
    styled = [one for one in _STYLED(document) if not _is_code(one)]
    fonts = _FONTS(document)
    popovers = _POPOVERS(document)
    if not (css or styled or fonts or popovers):
        return
    all_rules = rules_of(css) if css and _MAY_HIDE.search(css) else ()
    rules = [rule for rule in all_rules if rule.names <= names or _may_show(rule, names)]
    variables = Variables.of(all_rules, document)
    rules = [rule for rule in rules if _HIDING & rule.given.keys() or variables.sets(rule)]
    spoken = [one for one in styled if _SPEAKS_OF_COLOUR.search(one.get("style", ""))]
    coloured = [*spoken, *fonts]
    grounds = _grounds(document, rules, coloured)
    suspects = [
        rule
        for rule in rules
        if rule.is_on and not rule.has_state and any(_may_hide(one, grounds) for one in variables.readings(rule.given))
    ]
    inked = [one for one in coloured if _is_of(ink_of(_inline(one)), grounds)]
    is_still = _is_still(document, css)
    faded = [one for one in styled if is_still and _SPEAKS_OF_OPACITY.search(one.get("style", ""))]
    faded += [one for one in styled if variables.names and "var(" in one.get("style", "")]
    index = Index(document)
    found = list(dict.fromkeys([*_found(index, suspects), *inked, *faded, *popovers]))
    if not found:
        return
    page = _StyledPage(index, rules, found, variables, may_appear=not is_still)
    for element in found:
        if page.hides(element) and not page.can_show(element):
            element.set("style", "display:none")


def _is_code(element: HtmlElement) -> bool:
    """Tell whether an element stands in code, which is coloured word by word."""
    return element.tag in ("pre", "code") or next(element.iterancestors("pre", "code"), None) is not None


def _is_still(document: HtmlElement, css: str) -> bool:
    """Tell whether nothing on a page can make appear what begins unseen: no script, no animation, no foreign sheet."""
    is_moved = next(document.iter("script"), None) is not None or "@keyframes" in css
    return not is_moved and not foreign_sheets(document)


def _presentational(element: HtmlElement) -> dict[str, str]:
    """Return what the attributes of HTML 3.2 say of an element's colours; every rule of a style outweighs them."""
    ink = element.get("color", "") if element.tag == "font" else ""
    said = {"color": ink.lower(), "background-color": element.get("bgcolor", "").lower()}
    return {name: value for name, value in said.items() if value}


def _inline(element: HtmlElement) -> dict[str, str]:
    return {**_presentational(element), **declarations(element.get("style", ""))}


def _found(index: Index, rules: Sequence[Rule]) -> Iterator[HtmlElement]:
    for rule in rules[:_MAX_RULES]:
        if not _CLOAKED.search(rule.selector):
            yield from rule.find(index)


def _matched(index: Index, rules: Sequence[Rule], elements: Sequence[HtmlElement]) -> Matched:
    """Return the rules that count for some elements and for those around them."""
    around = {above for element in elements for above in (element, *element.iterancestors())}
    names = {name for element in around for name in (*tokens(element), element.get("id", ""))}
    matched: dict[HtmlElement, list[Rule]] = {}
    asked = [rule for rule in rules if rule.is_on and not rule.has_state and rule.subject_names <= names]
    for rule in asked[:_MAX_RULES]:
        for element in rule.find(index):
            if element in around:
                matched.setdefault(element, []).append(rule)
    return matched


def _may_show(rule: Rule, names: frozenset[str]) -> bool:
    """Tell whether a rule may be about an element of the page once a script has given it another class."""
    return bool(rule.subject_names & names)


def _grounds(
    document: HtmlElement, rules: Sequence[Rule], coloured: Sequence[HtmlElement]
) -> set[tuple[float, ...] | None]:
    """Return the colours that stand behind text somewhere on the page; white where no other sheet can set one."""
    painted = _PAINTED(document)
    inline = map(_inline, (*coloured, *painted))
    found = {ground for given in (*(rule.given for rule in rules), *inline) if (ground := ground_of(given))}
    return found | (set() if foreign_sheets(document) else {_WHITE})


def _may_hide(given: Declarations, grounds: set[tuple[float, ...] | None]) -> bool:
    """Tell whether declarations hide their element, by themselves or with those of another rule."""
    if hidden_by({"position": "absolute", "overflow": "hidden", **given}, may_appear=False):
        return True
    return _is_of(ink_of(given), grounds)


def _is_of(ink: tuple[float, ...] | None, grounds: Iterable[tuple[float, ...] | None]) -> bool:
    return ink is not None and any(is_like(ink, ground) for ground in grounds)


class _StyledPage:
    """Judges the elements that a rule may hide."""

    def __init__(
        self,
        index: Index,
        rules: Sequence[Rule],
        elements: Sequence[HtmlElement],
        variables: Variables,
        *,
        may_appear: bool,
    ) -> None:
        document = index.document
        self._variables = variables
        self._may_appear = may_appear
        self._matched = _matched(index, rules, elements)
        self._rules = rules
        self._half = text_length(document) / 2
        self._showing = Showing(document)
        self._canvas = None if foreign_sheets(document) else _WHITE

    def given(self, element: HtmlElement) -> Declarations:
        """Return what counts for an element of all that the page says (CSS Cascade §6)."""
        own = self._cascaded(element)
        if not any("var(" in value or "env(" in value for value in own.values()):
            return own
        known = dict(self._variables.everywhere)
        if self._variables.names:
            for above in reversed(list(element.iterancestors())):
                known |= {name: value for name, value in self._cascaded(above).items() if name.startswith("--")}
        return with_values(own, known)

    def _cascaded(self, element: HtmlElement) -> dict[str, str]:
        given = _presentational(element)
        rules = sorted(self._matched.get(element, ()), key=lambda rule: rule.weight)
        for rule in rules:
            given |= rule.given
        if style := element.get("style"):
            given |= declarations(style)
        for rule in sorted(rules, key=lambda rule: rule.weight_of_important):
            given |= rule.important
        return given

    def hides(self, element: HtmlElement) -> bool:
        """Tell whether an element is not seen."""
        if "popover" in element.attrib:  # hidden by every browser until a control opens it
            return True
        given = self.given(element)
        if next(element.iterancestors("pre", "code"), None) is not None:  # coloured word by word
            return hidden_by({name: value for name, value in given.items() if "color" not in name})
        if hidden_by(given, may_appear=self._may_appear):
            return True
        ink = ink_of(given)
        return ink is not None and is_like(ink, self._ground(element))

    def _ground(self, element: HtmlElement) -> tuple[float, ...] | None:
        """Return the colour behind an element's text, None where that is not certain."""
        for one in (element, *element.iterancestors()):
            given = self.given(one)
            if one is element and cuts_out(given):
                continue
            if ground := ground_of(given):
                return ground
            said = (
                f"{given.get('background', '')} {given.get('background-color', '')} {given.get('background-image', '')}"
            )
            if set(said.split()) - {"none", "transparent", "inherit", "initial", "unset"} or given.get("position"):
                return None
        return self._canvas

    def can_show(self, element: HtmlElement) -> bool:
        """Tell whether something on the page can show an element, or whether it is most of the page."""
        if not len(element) and not (element.text or "").strip():
            return True  # nothing to hide
        if element.tag in _WHOLE or element.find(".//h1") is not None or text_length(element) > self._half:
            return True
        own = tokens(element) | {element.get("id", "")} - {""}
        if element.get("role") in _PANEL_ROLES or "aria-labelledby" in element.attrib or own & self._showing.targets:
            return True
        if any(self._showing.is_scripted(name) for name in own):
            return True
        return is_labelled(element) or any(self._shows(rule, element, own) for rule in self._rules)

    def _shows(self, rule: Rule, element: HtmlElement, own: frozenset[str] | set[str]) -> bool:
        """Tell whether a rule undoes what hides an element, in another state or with another class."""
        names = rule.subject_names
        if not (names & own if names else rule.has_state and rule.subject.startswith(str(element.tag))):
            return False
        return rule not in self._matched.get(element, ()) and not hidden_by({**self.given(element), **rule.given})
