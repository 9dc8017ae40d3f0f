"""Take out of Markdown what a reader would not see: comments, unused definitions, invisible characters.

HTML loses these where its tree is normalised; here is what comes as Markdown already, or as text that looks like it.
Raw HTML that is hidden is taken out by `raw_html`. Code is never touched. Every pattern stops at the next bracket, so
that none runs over a long text twice.
"""

import re

from docspasta_mcp.extract import control_references
from docspasta_mcp.extract.raw_html import shown_parts
from docspasta_mcp.model.characters import drop_invisible

_OPENS = r"^[ \t]{0,3}(?:(?:[>*+-]|\d{1,9}[.)])[ \t]{1,4}){0,6}"  # quotations and list items around a line
_TITLED = r"(?:\"(?:[^\"\\\n]|\\.)*+\"|'(?:[^'\\\n]|\\.)*+'|\((?:[^()\\\n]|\\.)*+\))"
_DEFINITION = re.compile(  # of a link; its title is never seen, and nothing of it where no text refers to it
    rf"(?P<head>{_OPENS})\[(?P<label>[^\[\]\n]{{1,500}})\]:[ \t]*(?P<target>\n?[ \t]*(?:<[^<>\n]*>|[^\s<>]+))"
    rf"(?P<title>(?:[ \t]+|[ \t]*\n[ \t>]*){_TITLED})?(?P<rest>[^\n]*)$",
    re.MULTILINE,
)
_NOTE = re.compile(
    r"^[ ]{0,3}\[\^(?P<label>[^\[\]\n]{1,200})\]:[^\n]*(?:\n(?![ \t]*$|[ ]{0,3}\[)[^\n]+)*", re.MULTILINE
)
_LABEL = re.compile(r"\[([^\[\]]{1,500})\](?!:)")
_NOTHING = re.compile(r"(?<![!\\])\[[ \t]*\]\([^()\s]*\)")
_LINK_TITLE = re.compile(rf"(\]\([ \t\n]*(?:<[^<>\n]*>|[^\s()<>]+))[ \t\n]+{_TITLED}[ \t\n]*\)")


def without_hidden(markdown: str) -> str:
    """Return Markdown without what its reader would not see: hidden HTML, comments, titles, invisible characters."""
    parts = shown_parts(markdown)
    used = {_folded(label) for part in parts if not part.is_code for label in _LABEL.findall(part.text)}
    return "".join(part.text if part.is_code else _visible(part.text, used) for part in parts)


def _visible(text: str, used: set[str]) -> str:
    if "[" in text:
        text = _NOTE.sub(lambda note: note[0] if _folded(f"^{note['label']}") in used else "", text)
        text = _DEFINITION.sub(lambda found: _definition(found, used), text)
        text = _NOTHING.sub("", _LINK_TITLE.sub(r"\1)", text))
    return drop_invisible(control_references.IN_MARKDOWN.sub("", text))


def _definition(found: re.Match[str], used: set[str]) -> str:
    """Return a link's definition without its title; nothing if no text refers to it."""
    if found["label"].startswith("^") or (found["rest"].strip() and not found["title"]):
        return found[0]  # a footnote, or a line of text
    if _folded(found["label"]) not in used:
        return found["head"]
    return f"{found['head']}[{found['label']}]: {found['target'].strip()}"


def _folded(label: str) -> str:
    """Return a label as labels are compared (CommonMark §4.7)."""
    return " ".join(label.split()).casefold()
