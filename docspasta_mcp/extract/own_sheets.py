"""The style sheets that a page brings along, in its `<style>` elements or as `data:` addresses, and its variables."""

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from lxml.html import HtmlElement

from docspasta_mcp.extract.css_values import with_values
from docspasta_mcp.extract.declarations import declarations
from docspasta_mcp.extract.hiding_styles import Declarations
from docspasta_mcp.extract.paths import Paths
from docspasta_mcp.extract.style_rules import MAX_CSS, Rule, is_read_on_screen

_DATA = re.compile(r"\s*data:text/css(?P<how>[^,]{0,100}),(?P<css>.*)", re.DOTALL | re.IGNORECASE)
_IMPORTED = re.compile(r"@import\s+(?:url\(\s*)?[\"']?(data:text/css[^\"')\s]{1,100000})", re.IGNORECASE)
_GLOBAL = frozenset((":root", "html", "body", "*", ":host"))
_WITH_VARIABLES = Paths("//@style[contains(., '--')]/..")
_MAX_VALUES = 8  # of one variable, that are tried


def own_css(document: HtmlElement) -> str:
    """Return the text of the sheets that a page brings along, as far as it is read."""
    found: list[str] = []
    for element in document.iter("style", "link"):
        if not is_read_on_screen(element.get("media", "")):
            continue
        if element.tag == "style" and element.text:
            found += [*map(_of_address, _IMPORTED.findall(element.text)), element.text]
        elif _is_sheet(element):
            found.append(_of_address(element.get("href", "")))
    return "\n".join(found)[:MAX_CSS]


def foreign_sheets(document: HtmlElement) -> bool:
    """Tell whether a page has style sheets that are not read: any of them may say something else."""
    return any(_is_sheet(link) and not _DATA.match(link.get("href", "")) for link in document.iter("link"))


def _is_sheet(link: HtmlElement) -> bool:
    return link.tag == "link" and "stylesheet" in link.get("rel", "").lower()


def _of_address(address: str) -> str:
    """Return the sheet that stands in a `data:` address; nothing for any other address."""
    match = _DATA.match(address)
    if match is None:
        return ""
    body = unquote_to_bytes(match["css"])
    try:
        return (b64decode(body, validate=False) if "base64" in match["how"].lower() else body).decode(
            "utf-8", "replace"
        )
    except binascii.Error:
        return ""


@dataclass(frozen=True, slots=True)
class Variables:
    """A page's variables: what they are on all of it, and what else they are somewhere.

    `names` are those that are not the same on all of it.
    """

    everywhere: Mapping[str, str]
    names: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, rules: Sequence[Rule], document: HtmlElement) -> "Variables":
        """Return the variables of a page's rules and inline styles."""
        everywhere: dict[str, str] = {}
        values: dict[str, dict[str, None]] = {}
        for rule in rules:
            for name, value in rule.given.items():
                if name.startswith("--"):
                    if rule.is_on and not rule.has_state and rule.selector in _GLOBAL:
                        everywhere[name] = value
                    values.setdefault(name, {})[value] = None
        for element in _WITH_VARIABLES(document):
            for name, value in declarations(element.get("style", "")).items():
                if name.startswith("--"):
                    values.setdefault(name, {})[value] = None
        names = {
            name: tuple(found)[:_MAX_VALUES] for name, found in values.items() if set(found) - {everywhere.get(name)}
        }
        return cls(everywhere, names)

    def sets(self, rule: Rule) -> bool:
        """Tell whether a rule sets one of the variables that differ."""
        return bool(self.names) and any(name in self.names for name in rule.given)

    def readings(self, given: Declarations) -> Iterator[Declarations]:
        """Yield declarations with the values of their variables: those on all of the page, and others on it."""
        yield with_values(given, self.everywhere)
        text = " ".join(given.values()) if self.names else ""
        if "var(" in text:
            for name, values in self.names.items():
                if name in text:
                    for value in values:
                        yield with_values(given, {**self.everywhere, name: value})
