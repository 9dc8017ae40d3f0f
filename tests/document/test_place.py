"""Where all pages of a job stand in its document."""

from docspasta_mcp.document.boilerplate import outer_block_digests
from docspasta_mcp.document.job_graph import JobGraph
from docspasta_mcp.document.page_graph import PageGraph
from docspasta_mcp.document.place import arrange
from docspasta_mcp.extract.plain_text import plain_page
from docspasta_mcp.model.document import PageNode
from docspasta_mcp.model.markdown_blocks import fences
from docspasta_mcp.model.page import PageState
from docspasta_mcp.pipeline.end_notes import end_notes
from docspasta_mcp.store.last_tries import Tries
from docspasta_mcp.store.page_titles import Renamed
from tests.extract.test_page import read as reading_of_html


def test_a_page_that_nothing_leads_to_takes_no_place_and_no_other_page_with_it() -> None:
    def page(number: int, path: str, *links: int, is_loose: bool = False) -> PageNode:
        return PageNode(number, number, f"https://d.example/{path}", PageState.DONE, links, None, is_loose)

    pages = PageGraph([page(1, "", 2), page(2, "intro"), page(3, "leftover", is_loose=True), page(4, "moved-here")])
    same_text = {3: "hash", 4: "hash"}
    arranged = arrange(JobGraph(pages, 1, (), (), same_text, {}, {}), is_cut=False)
    assert arranged.unlinked == [3]
    document = [(place.page_id, place.reading_no, place.duplicate_of) for place in arranged.places]
    assert document == [(1, 1, None), (2, 2, None), (4, 3, None), (3, 4, None)]


def test_pages_of_plain_text_are_told_and_their_note_is_no_boilerplate() -> None:
    nodes = [PageNode(n, n, f"https://d.example/{n}", PageState.DONE, (), None) for n in range(1, 11)]
    pages = PageGraph(nodes)
    for number in range(1, 11):
        _, markdown = plain_page(f"<title>Part {number}</title><p>Told in part {number}.", "part")
        pages.lead(number, (), outer_blocks=",".join(outer_block_digests(list(fences(markdown)))))
    arranged = arrange(JobGraph(pages, 1, (), (), {}, {}, {}), is_cut=False)
    assert arranged.boilerplate == frozenset()
    told = "10 pages have a structure that could not be read: the document has the plain text."
    assert end_notes(arranged, Renamed(), Tries(0, 0, 0), 0) == [told]


def test_pages_whose_code_holds_unseen_characters_are_told_and_that_is_no_boilerplate() -> None:
    nodes = [PageNode(n, n, f"https://d.example/{n}", PageState.DONE, (), None) for n in range(1, 11)]
    pages = PageGraph(nodes)
    for number in range(1, 11):
        text = f"<h1>Part {number}</h1><p>Told in part {number}.</p><pre>a{chr(0x202E)}b {number}</pre>"
        reading = reading_of_html(text)
        pages.lead(number, (), outer_blocks=",".join(reading.outer_blocks))
    arranged = arrange(JobGraph(pages, 1, (), (), {}, {}, {}), is_cut=False)
    assert arranged.boilerplate == frozenset()
    told = "10 pages have code with characters that nobody sees or that change the order of text: a line there says so."
    assert end_notes(arranged, Renamed(), Tries(0, 0, 0), 0) == [told]
