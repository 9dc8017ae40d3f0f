"""Markdown editions: how a site offers its pages as Markdown, and whether the crawl uses them.

`fetch/edition_check` compares a sample with the HTML once for each job and stores the verdict with it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from docspasta_mcp.urls import path_of

if TYPE_CHECKING:
    from pydantic import TypeAdapter

MARKDOWN_SUFFIXES = (".md", ".mdx", ".markdown", ".mdown")
_HTML_SUFFIXES = (".html", ".htm")


class MarkdownEditionKind(StrEnum):
    """Where the Markdown is: nowhere, in a file beside each page, at the page's own URL, or in llms-full.txt."""

    NONE = ""
    MD_SIBLING = "twin"
    NEGOTIATED = "negotiated"
    FULL = "llms-full.txt"


class SiblingPattern(StrEnum):
    """Where the Markdown file beside a page is; the one of `a` is `a.md` in all three.

    * appended: `a.html` has `a.html.md`, `a/` has `a/index.html.md`
    * replaced: `a.html` has `a.md`, `a/` has `a.md`
    * inside: `a.html` has `a.md`, `a/` has `a/index.md`
    """

    APPENDED = "appended"
    REPLACED = "replaced"
    INSIDE = "inside"


@dataclass(frozen=True, slots=True)
class MarkdownEdition:
    """The verdict on one kind of Markdown edition.

    Attributes:
        kind: what there is.
        is_used: whether pages are read that way.
        compared: sampled pages that were compared with their HTML.
        agreement: the lowest of their word F1 scores, 0 to 1.
        reason: why it is not used; empty if it is.
        pattern: where the Markdown file beside a page is.
        suffix: with which this site's pages end: `.html`, `/` or nothing.
        source: URL of the llms-full.txt.
        titles: URL of the llms.txt whose titles tell its pages apart; empty if it names them itself.
        digest: of the llms-full.txt's pages as they were compared.
    """

    kind: MarkdownEditionKind = MarkdownEditionKind.NONE
    is_used: bool = False
    compared: int = 0
    agreement: float = 0.0
    reason: str = ""
    pattern: SiblingPattern = SiblingPattern.APPENDED
    suffix: str = ""
    source: str = ""
    titles: str = ""
    digest: str = ""

    @property
    def name(self) -> str:
        """What a reader calls it."""
        return {
            MarkdownEditionKind.NONE: "",
            MarkdownEditionKind.MD_SIBLING: f"Markdown files beside the pages ({self.pattern.value} .md)",
            MarkdownEditionKind.NEGOTIATED: "Markdown by content negotiation",
            MarkdownEditionKind.FULL: "llms-full.txt",
        }[self.kind]

    @property
    def note(self) -> str:
        """The verdict in one line; empty if there is no Markdown edition."""
        if self.kind is MarkdownEditionKind.NONE:
            return ""
        if self.is_used:
            return (
                f"Pages are read from {self.name}: {self.compared} sampled pages agree with their HTML "
                f"(words at least {self.agreement:.2f}, all code blocks)."
            )
        return f"Pages are read as HTML, not from {self.name}: {self.reason}."

    def is_like(self, other: "MarkdownEdition") -> bool:
        """Tell whether pages read this way and pages read that way come from the same kind of file."""
        return (self.is_used, self.is_used and (self.kind, self.pattern)) == (
            other.is_used,
            other.is_used and (other.kind, other.pattern),
        )

    def md_sibling_of(self, page: str) -> str:
        """Return the URL of the Markdown file beside a page; empty for pages that have a query."""
        parts = urlsplit(page)
        if parts.query or parts.path.lower().endswith(MARKDOWN_SUFFIXES):
            return ""
        return urlunsplit(parts._replace(path=_md_sibling_path(parts.path, self.pattern)))

    def page_of(self, link: str) -> str:
        """Return the page that a link leads to: a Markdown file stands for the page beside it."""
        parts = urlsplit(link)
        stem, dot, ending = parts.path.rpartition(".")
        if self.kind is MarkdownEditionKind.NONE or f"{dot}{ending}".lower() not in MARKDOWN_SUFFIXES:
            return link
        for name in ("/index.html", "/index"):
            if stem.endswith(name):
                return urlunsplit(parts._replace(path=stem[: -len(name)] + "/"))
        path = stem if stem.endswith(_HTML_SUFFIXES) else stem + self.suffix
        return urlunsplit(parts._replace(path=path))

    def base_of(self, page: str) -> str:
        """Return the URL that relative links of a page's Markdown start from."""
        return (self.md_sibling_of(page) if self.kind is MarkdownEditionKind.MD_SIBLING else "") or page

    def to_json(self) -> str:
        """Return the verdict as text, for the store."""
        return _adapter().dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> "MarkdownEdition":
        """Return the verdict that `to_json` wrote; an empty text means that nothing was decided."""
        return _adapter().validate_json(text) if text else cls()


NO_MARKDOWN_EDITION = MarkdownEdition()


@cache
def _adapter() -> "TypeAdapter[MarkdownEdition]":
    from pydantic import TypeAdapter  # noqa: PLC0415  # as in `scope`: worker processes need not load it

    return TypeAdapter(MarkdownEdition)


def usual_suffix(pages: Sequence[str]) -> str:
    """Return with what most of a site's pages end: `.html`, `/` or nothing."""
    endings = Counter(
        ".html" if path.endswith(".html") else "/" if path.endswith("/") else "" for path in map(path_of, pages)
    )
    return endings.most_common(1)[0][0]


def _md_sibling_path(path: str, pattern: SiblingPattern) -> str:
    if path.endswith("/"):
        names = {SiblingPattern.APPENDED: "index.html.md", SiblingPattern.INSIDE: "index.md"}
        if pattern in names:
            return path + names[pattern]
        return f"{path.rstrip('/') or '/index'}.md"
    suffix = next((one for one in _HTML_SUFFIXES if path.endswith(one)), "")
    return f"{path}.md" if pattern is SiblingPattern.APPENDED else f"{path.removesuffix(suffix)}.md"
