"""What a site must say: the truth of each page, in the order of the source, kept as JSON beside the built site."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from evals.corpus import (
    Block,
    Code,
    Definitions,
    Details,
    Heading,
    Listing,
    Math,
    Note,
    Quote,
    Table,
    Tabs,
    Text,
    plain,
)


@dataclass(slots=True)
class PageTruth:
    """What one page says.

    `path` is its URL path below the site's root, `file` its HTML file. `optional` is text that a good extraction may
    keep or leave out: labels that generators add and lists of subpages; the same holds for headings that are part of a
    text of `optional_headings`, such as signatures. `codes` are (text, language) pairs.
    """

    path: str
    file: str
    title: str
    text: list[str] = field(default_factory=list[str])
    optional: list[str] = field(default_factory=list[str])
    headings: list[str] = field(default_factory=list[str])
    codes: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    cells: list[str] = field(default_factory=list[str])
    optional_headings: list[str] = field(default_factory=list[str])

    @property
    def says_nothing(self) -> bool:
        """Whether there is but a title: sources that include a file which their sdist lacks."""
        return not self.codes and not "".join(self.optional) and len(" ".join(self.text)) <= len(self.title)


@dataclass(slots=True)
class SiteTruth:
    """A built site: its true pages in the source's own order, and the text of its navigation and footers.

    `html` is the folder that holds the pages; `is_crawled` is False where the source gives no list of pages and order.
    """

    name: str
    generator: str
    html: str
    pages: list[PageTruth]
    furniture: list[str]
    is_crawled: bool = True

    def save(self, folder: Path) -> None:
        """Write the truth into the site's folder."""
        (folder / "truth.json").write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1))


def load(file: Path) -> SiteTruth:
    """Read a site's truth back."""
    data = json.loads(file.read_text())
    pages = [PageTruth(**page) for page in data.pop("pages")]
    for page in pages:
        page.codes = [(text, language) for text, language in page.codes]
    return SiteTruth(pages=pages, **data)


def add_blocks(truth: PageTruth, blocks: Sequence[Block]) -> None:
    """Add what the blocks say to a page's truth."""
    for block in blocks:
        _add(truth, block)


def _add(truth: PageTruth, block: Block) -> None:
    match block:
        case Text() | Quote():
            truth.text.append(plain(block.text))
            if isinstance(block, Text) and block.note:
                truth.text.append(plain(block.note))
                truth.optional.append("1 1")
        case Heading():
            truth.headings.append(plain(block.text))
            truth.text.append(plain(block.text))
        case Code():
            truth.codes.append((block.text, block.language))
            truth.text.append(block.text)
        case Math():
            truth.text.append(block.tex)
        case Table():
            cells = [plain(cell) for row in (block.head, *block.rows) for cell in row]
            truth.cells.extend(cells)
            truth.text.extend(cells)
        case Definitions():
            truth.text.extend(plain(text) for entry in block.entries for text in entry)
        case Note():
            truth.text.append(block.title or block.kind)
            add_blocks(truth, block.blocks)
            truth.optional.append(block.kind if block.title else "")
        case Details():
            truth.text.append(plain(block.summary))
            truth.optional.append("note")
            add_blocks(truth, block.blocks)
        case Tabs():
            for label, panel in block.panels:
                truth.text.append(label)
                add_blocks(truth, panel)
        case Listing():
            for item in block.items:
                truth.text.append(plain(item.text))
                add_blocks(truth, item.blocks)
