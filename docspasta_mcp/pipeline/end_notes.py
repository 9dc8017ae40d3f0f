"""Notes about a job's end. They never quote the site's text."""

from collections.abc import Iterator

from docspasta_mcp.document.place import Arrangement
from docspasta_mcp.store.last_tries import Tries
from docspasta_mcp.store.page_titles import Renamed


def end_notes(found: Arrangement, renamed: Renamed, tries: Tries, rendered: int) -> list[str]:
    """Say what was left out or changed when the pages were looked at together."""
    return [*_shape_notes(found), *_title_notes(renamed), *_try_notes(tries), *_render_notes(rendered)]


def _shape_notes(found: Arrangement) -> Iterator[str]:
    if found.boilerplate:
        count = len(found.boilerplate)
        yield f"{count} blocks that most pages begin or end with are left out: banners, requests for feedback."
    if found.unions:
        are = "page is" if len(found.unions) == 1 else "pages are"
        yield (
            f"{len(found.unions)} {are} left out, since other pages of the document say the same (union): coverage "
            "names them, include brings them back."
        )
    if found.plain:
        have = "page has" if found.plain == 1 else "pages have"
        yield f"{found.plain} {have} a structure that could not be read: the document has the plain text."


def _title_notes(renamed: Renamed) -> Iterator[str]:
    if renamed.headed:
        goes = "page goes" if renamed.headed == 1 else "pages go"
        yield f"{renamed.headed} {goes} by the first heading: the title is the same on most pages, the site's name."
    if renamed.cut:
        are = "title is" if renamed.cut == 1 else "titles are"
        yield f"{renamed.cut} {are} without what most titles begin or end with in the list of contents."


def _try_notes(tries: Tries) -> Iterator[str]:
    if not tries.tried and not tries.lost:
        return
    was = "page was" if tries.tried == 1 else "pages were"
    again = (
        f"{tries.tried} {was} tried again alone at the end, since reading ran out of time: {tries.read} could be read"
    )
    yield f"{again}, {tries.lost} ran out of time for good (parser_timeout)."


def _render_notes(rendered: int) -> Iterator[str]:
    if rendered:
        was = "page was" if rendered == 1 else "pages were"
        yield f"{rendered} {was} rendered in a browser."
