"""References lead to the place that they name, in the page as the document shows it."""

from docspasta_mcp.document.search.references import PageText, reference, slugs


def test_equal_headings_have_anchors_of_their_own() -> None:
    anchors = [anchor for anchor, _ in slugs("# T\n\n## Foo\n\n## Foo 1\n\n## Foo\n")]
    assert anchors == ["t", "foo", "foo-1", "foo-2"]


def test_a_reference_names_the_title_that_the_document_shows() -> None:
    markdown = "# Acme docs\n\nwords\n\n## Install\n\nmore words of it\n"
    page = PageText(3, "https://docs.example/install", "Install", markdown, 0, len(markdown))
    shown = markdown.replace("# Acme docs", "# Install", 1)
    assert [anchor for anchor, _ in slugs(shown)] == ["install", "install-1"]
    assert reference(page, markdown.index("words")).partition("+")[0] == "3#install"
    assert reference(page, markdown.index("## Install")) == "3#install-1"


def test_the_marks_of_a_pdfs_pages_are_anchors() -> None:
    markdown = "# Book\n\n*(page 1)*\n\n## Start\n\nText.\n\n*(page 2)*\n\nMore text.\n\n```\n*(page 9)*\n```\n"
    assert [anchor for anchor, _ in slugs(markdown)] == ["book", "page-1", "start", "page-2"]
    page = PageText(3, "https://docs.example/book.pdf", "Book", markdown, 0, len(markdown))
    assert reference(page, markdown.index("*(page 2)*")) == "3#page-2"
