"""What the builders of the fixture manual share: writing its sources, and the truth of what came out."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from evals.corpus import Block, Manual, Page
from evals.manual import MANUAL
from evals.truth import PageTruth, SiteTruth, add_blocks

ORIGIN = "https://docs.example"  # the server puts its own address in its place

FURNITURE = (
    "Skip to content", "Skip to main content", "Skip to navigation", "On this page", "Contents", "Table of contents",
    "Navigation", "Search", "Edit this page", "Edit page", "View page source", "Show Source", "Next", "Previous",
    "Next page", "Previous page", "Quick search", "Back to top", "Copy", "Copy to clipboard", "Copyright",
    "All rights reserved", "Built with", "Powered by", "Made with", "Created using", "Last updated",
    "Was this page helpful", "Appearance", "Light", "Dark", "Auto", "Menu", "Sidebar", "Return to top", "Permalink",
    "Link to this heading", "Toggle",
)  # fmt: skip


class Writer(Protocol):
    """What writes a page in a generator's markup."""

    def page(self, page: Page) -> str:
        """Return the whole file."""
        ...

    def visible(self, page: Page) -> tuple[Block, ...]:
        """Return the blocks that the generator can show."""
        ...


def write_sources(writer: Writer, folder: Path, suffix: str, manual: Manual = MANUAL) -> None:
    """Write every page of a manual into an empty folder."""
    for page in manual.pages:
        file = folder / f"{page.slug}{suffix}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(writer.page(page))


def page_truth(page: Page, blocks: Sequence[Block], path: str, file: str) -> PageTruth:
    """Return what a page must say."""
    truth = PageTruth(path, file, page.title, text=[page.title], headings=[page.title])
    add_blocks(truth, blocks)
    return truth


def site_truth(
    name: str, generator: str, writer: Writer, html: Path, path_of: Callable[[str], str], manual: Manual = MANUAL
) -> SiteTruth:
    """Return the truth of a built manual.

    Args:
        name: of the site's folder.
        generator: for the tables.
        writer: that wrote its pages.
        html: the folder it was built into.
        path_of: URL path of a slug; its file has the same name, or index.html below it, or `.html` behind it.
        manual: what was written.
    """
    pages: list[PageTruth] = []
    for page in manual.pages:
        path = path_of(page.slug)
        file = next(
            f for f in (path, f"{path}index.html", f"{path}.html", f"{path}/index.html") if (html / f).is_file()
        )
        pages.append(page_truth(page, writer.visible(page), path, file))
    titles = [page.title for page in manual.pages] + [section.title for section in manual.sections]
    return SiteTruth(name, generator, str(html), pages, [*titles, manual.title, manual.footer, *FURNITURE])


def html_path(slug: str) -> str:
    """Return guide/install.html, and the root for the start page."""
    return "" if slug == "index" else f"{slug}.html"


def folder_path(slug: str) -> str:
    """Return guide/install/, and the root for the start page."""
    return "" if slug == "index" else f"{slug}/"


def bare_path(slug: str) -> str:
    """Return guide/install, and the root for the start page."""
    return "" if slug == "index" else slug


def fresh(folder: Path) -> Path:
    """Return a folder, emptied."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def summary(head: str, part: str) -> str:
    """Return a SUMMARY.md, as mdBook and HonKit read it."""
    lines = [head]
    for section in MANUAL.sections:
        lines.append(part.format(section.title))
        lines += [f"* [{page.title}]({page.slug}.md)\n" for page in section.pages]
    return "".join(lines)
