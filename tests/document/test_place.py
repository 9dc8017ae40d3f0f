"""Where all pages of a job stand in its document."""

from docspasta_mcp.document.job_graph import JobGraph
from docspasta_mcp.document.page_graph import PageGraph
from docspasta_mcp.document.place import arrange
from docspasta_mcp.model.document import PageNode
from docspasta_mcp.model.page import PageState


def test_a_page_that_nothing_leads_to_takes_no_place_and_no_other_page_with_it() -> None:
    def page(number: int, path: str, *links: int, is_loose: bool = False) -> PageNode:
        return PageNode(number, number, f"https://d.example/{path}", PageState.DONE, links, None, is_loose)

    pages = PageGraph([page(1, "", 2), page(2, "intro"), page(3, "leftover", is_loose=True), page(4, "moved-here")])
    same_text = {3: "hash", 4: "hash"}
    arranged = arrange(JobGraph(pages, 1, (), (), same_text, {}, {}), is_cut=False)
    assert arranged.unlinked == [3]
    document = [(place.page_id, place.position, place.duplicate_of) for place in arranged.places]
    assert document == [(1, 1, None), (2, 2, None), (4, 3, None), (3, 4, None)]
