"""What the index keeps of a passage can be read again, and takes little room."""

from docspasta_mcp.document.search.entries import (
    counts,
    entry_of,
    index_entries,
    joined,
    searched,
    split_entries,
    terms_of,
)
from docspasta_mcp.document.search.page_index import packed, unpacked

PAGE = "# Proxies\n\n**http.proxy**\n  Where requests go; a request may go around.\n"


def record(markdown: str = PAGE) -> str:
    """Return the record of a page's first passage."""
    return index_entries(markdown, title="Proxies", path="/a/b.html", language="en")[0].record


def test_a_record_is_read_as_it_was_written() -> None:
    entries = index_entries(PAGE + "\n## More\n\nElsewhere.\n", title="Proxies", path="/", language="en")
    assert len(entries) == 2
    assert [entry_of(one) for one in split_entries(unpacked(packed(joined(entries))))] == entries
    headings, names, _, body = record().split("\n", 3)
    assert (headings, names) == ("Proxies", "http.proxy")
    assert counts(terms_of(body), ("go",), ("request", "around", "missing")) == {"request": 2, "go": 2, "around": 1}


def test_a_term_over_a_passage_is_found_as_such() -> None:
    assert {"^proxi", "^http.proxy", "proxi", "around"} <= set(searched(record()).split())
    assert "^around" not in searched(record()).split()


def test_a_page_without_words_has_a_record() -> None:
    assert record("…\n").count("\n") >= 3


def test_a_heading_cannot_end_an_entry() -> None:
    entries = index_entries("# A\x1eB\n\nText.\n", title="", path="/", language="en")
    assert [entry_of(one) for one in split_entries(joined(entries))] == entries


def test_a_record_takes_less_than_half_of_its_text() -> None:
    markdown = "# Locks\n\n" + "".join(
        f"The server waits {n} seconds for a lock on the table before it returns an error to the client.\n"
        for n in range(9)
    )
    assert len(packed(record(markdown))) < len(markdown) / 2
