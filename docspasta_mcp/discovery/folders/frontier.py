"""The first pages of a folder: all that it has, in the order of its layout."""

from dataclasses import dataclass

from docspasta_mcp.discovery.folders.layout import Layout
from docspasta_mcp.fetch.file_site import FileSite
from docspasta_mcp.model.frontier import Frontier, LeftOut, NewPage, Source
from docspasta_mcp.model.job import JobOptions
from docspasta_mcp.model.scope import Scope, ScopeMode
from docspasta_mcp.urls import origin_of, path_of


@dataclass(frozen=True, slots=True)
class FolderManual:
    """A folder that was laid out, and the site that shows it."""

    site: FileSite
    layout: Layout

    @property
    def listed(self) -> tuple[str, ...]:
        """The URLs of all its pages."""
        return tuple(self.site.url_of(entry.url) for entry in self.layout.entries if entry.url)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the caller must tell the user."""
        return (*self.site.notes, *self.layout.notes)

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """What lies in it and is not read, as far as it might be."""
        return tuple(LeftOut(self.site.url_of(path), reason) for path, reason in self.layout.left_out)


def folder_frontier(manual: FolderManual, options: JobOptions) -> Frontier:
    """Return the frontier of a folder that is not a built site; its pages are named by their files.

    Args:
        manual: the folder.
        options: what the caller chose.
    """
    site, layout = manual.site, manual.layout
    base = site.url_of(f"{layout.below}/" if layout.below else "")
    by = f"its {layout.source} lists the pages" if layout.source else "its pages are in the order of their names"
    scope = Scope(
        origin_of(base),
        path_of(base),
        "the file alone" if site.what == "file" else f"the files of the {site.what}; {by}",
        include=options.include,
        exclude=options.exclude,
        mode=ScopeMode.PREFIX,
        files=options.files,
        aliases=tuple((name, site.base) for name in site.names),
    )
    tree = tuple(entry._replace(url=site.url_of(entry.url)) if entry.url else entry for entry in layout.entries)
    left_out = list(manual.left_out)
    first = NewPage(site.url_of(layout.start) if layout.start else base, 0, (Source.SEED,))
    pages: list[NewPage] = []
    for entry in tree:
        if entry.url and (refusal := scope.refusal(entry.url)):
            left_out.append(LeftOut(entry.url, refusal))
        elif entry.url and scope.wants(entry.url):
            pages.append(NewPage(entry.url, 1, (Source.FOLDER,)))
    is_by_name = not layout.source and len(pages) > options.max_pages
    at_once, behind = ([], pages) if is_by_name else (pages, [])
    return Frontier(scope, (first, *at_once), (tree,), tuple(left_out), manual.notes, behind=tuple(behind))
