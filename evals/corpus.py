"""A manual as facts: what a page says, apart from any generator's markup.

The writers put these blocks into Markdown, reStructuredText and AsciiDoc; `truth` reads the same blocks, so that what
a page must say is known exactly. Text holds a Markdown subset: `code`, **bold**, *emphasis*, [text](slug or URL).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; `note` is a footnote at its end."""

    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading below the page's title: level 2 to 4."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """A code block, byte for byte."""

    text: str
    language: str
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Cells of inline text; every row is as long as the head."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Note:
    """An admonition: kind is note, tip or warning; without a title the kind stands for it."""

    kind: str
    title: str
    blocks: tuple["Block", ...]


@dataclass(frozen=True, slots=True)
class Tabs:
    """Alternatives, each with its label."""

    panels: tuple[tuple[str, tuple["Block", ...]], ...]


@dataclass(frozen=True, slots=True)
class Math:
    """A display formula in TeX."""

    tex: str


@dataclass(frozen=True, slots=True)
class Definitions:
    """Terms, each with its definition."""

    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A list item and what stands below it."""

    text: str
    blocks: tuple["Block", ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """A bulleted or numbered list."""

    items: tuple[Item, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Quote:
    """A block quote of one paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Details:
    """A folded part with its summary."""

    summary: str
    blocks: tuple["Block", ...]


Block = Text | Heading | Code | Table | Note | Tabs | Math | Definitions | Listing | Quote | Details


@dataclass(frozen=True, slots=True)
class Page:
    """A page; slug "index" is the first one."""

    slug: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A titled group of pages in the navigation."""

    title: str
    pages: tuple[Page, ...]


@dataclass(frozen=True, slots=True)
class Manual:
    """A whole site in reading order: the start page, then the sections."""

    title: str
    footer: str
    start: Page
    sections: tuple[Section, ...]

    @property
    def pages(self) -> tuple[Page, ...]:
        """Every page in reading order."""
        return (self.start, *(page for section in self.sections for page in section.pages))


class Inline(NamedTuple):
    """A run of text: kind is text, code, bold, emphasis or link; only a link has a target."""

    kind: str
    text: str
    target: str = ""


_INLINE = re.compile(
    r"`(?P<code>[^`]+)`|\*\*(?P<bold>[^*]+)\*\*|\*(?P<emphasis>[^*]+)\*|\[(?P<link>[^\]]+)\]\((?P<target>[^)]+)\)"
)


def inlines(text: str) -> Iterator[Inline]:
    """Split text into its runs."""
    end = 0
    for match in _INLINE.finditer(text):
        if match.start() > end:
            yield Inline("text", text[end : match.start()])
        kind = next(name for name in ("code", "bold", "emphasis", "link") if match[name] is not None)
        yield Inline(kind, match[kind], match["target"] or "")
        end = match.end()
    if end < len(text):
        yield Inline("text", text[end:])


def plain(text: str) -> str:
    """Return text without its markup."""
    return "".join(run.text for run in inlines(text))


def without_tabs(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Return the blocks with tab characters in their code replaced, for generators that expand them."""
    return tuple(
        Code(block.text.expandtabs(4), block.language, block.numbered) if isinstance(block, Code) else block
        for block in blocks
    )


def supported(blocks: Sequence[Block], features: frozenset[type]) -> tuple[Block, ...]:
    """Return the blocks that a generator can show, nested ones too."""
    kept: list[Block] = []
    for block in blocks:
        if type(block) not in features:
            continue
        match block:
            case Note():
                kept.append(Note(block.kind, block.title, supported(block.blocks, features)))
            case Details():
                kept.append(Details(block.summary, supported(block.blocks, features)))
            case Tabs():
                kept.append(Tabs(tuple((label, supported(panel, features)) for label, panel in block.panels)))
            case Listing():
                items = (Item(item.text, supported(item.blocks, features)) for item in block.items)
                kept.append(Listing(tuple(items), block.ordered))
            case _:
                kept.append(block)
    return tuple(kept)


ALL_FEATURES = frozenset(
    [Text, Heading, Code, Table, Note, Tabs, Math, Definitions, Listing, Quote, Details]
)  # what a writer leaves out, it takes away from these
