"""Notes about a job's end. They never quote the site's text."""

from collections.abc import Iterator

from docspasta_mcp.document.place import Arrangement
from docspasta_mcp.model.counted import counted
from docspasta_mcp.store.last_tries import Tries
from docspasta_mcp.store.page_titles import Renamed


def end_notes(found: Arrangement, renamed: Renamed, tries: Tries, rendered: int) -> list[str]:
    """Say what was left out or changed when the pages were looked at together."""
    return [*_shape_notes(found), *_title_notes(renamed), *_try_notes(tries), *_render_notes(rendered)]


def _shape_notes(found: Arrangement) -> Iterator[str]:
    if found.boilerplate:
        same = "that most pages begin or end with"
        are = counted(len(found.boilerplate), f"block {same} is", f"blocks {same} are")
        yield f"{are} left out, as banners and footers are."
    if found.unions:
        are, them = counted(len(found.unions), "page is", "pages are"), "it" if len(found.unions) == 1 else "them"
        yield (
            f"{are} left out, since other pages of the document say the same (union): coverage names {them}, include "
            f"brings {them} back."
        )
    if found.plain:
        have = counted(found.plain, "page has", "pages have")
        yield f"{have} a structure that could not be read: the document has the plain text."
    if found.unseen:
        have = counted(found.unseen, "page has", "pages have")
        yield f"{have} code with characters that nobody sees or that change the order of text: a line there says so."


def _title_notes(renamed: Renamed) -> Iterator[str]:
    if renamed.headed:
        goes = counted(renamed.headed, "page goes", "pages go")
        yield f"{goes} by the first heading: the title is the same on most pages, the site's name."
    if renamed.cut:
        are = counted(renamed.cut, "title is", "titles are")
        yield f"{are} without what most titles begin or end with in the list of contents."


def _try_notes(tries: Tries) -> Iterator[str]:
    if not tries.tried and not tries.lost:
        return
    was = counted(tries.tried, "page was", "pages were")
    again = f"{was} tried again alone at the end, since reading ran out of time: {tries.read} could be read"
    yield f"{again}, {tries.lost} ran out of time for good (parser_timeout)."


def _render_notes(rendered: int) -> Iterator[str]:
    if rendered:
        yield f"{counted(rendered, 'page was', 'pages were')} rendered in a browser."
