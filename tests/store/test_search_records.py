"""What the index keeps of a passage can be read again, and takes little room."""

import zlib

from sqlalchemy import text

from docspasta_mcp.document.search.entries import counts, index_entries, searched
from docspasta_mcp.store import Store
from docspasta_mcp.store.search_schema import packed, unpacked
from tests.store.test_search_index import answered, stored

PAGE = "# Proxies\n\n**http.proxy**\n  Where requests go; a request may go around.\n"


def record(markdown: str = PAGE) -> str:
    """Return the record of a page's first passage."""
    return index_entries(markdown, title="Proxies", path="/a/b.html", language="en")[0].record


def test_a_record_is_read_as_it_was_written() -> None:
    assert unpacked(packed(record())) == record()
    headings, names, _, body = record().split("\n", 3)
    assert (headings, names) == ("Proxies", "http.proxy")
    assert counts(body, frozenset({"request", "go", "around", "missing"})) == {"request": 2, "go": 2, "around": 1}


def test_a_term_over_a_passage_is_found_as_such() -> None:
    assert {"^proxi", "^http.proxy", "proxi", "around"} <= set(searched(record()).split())
    assert "^around" not in searched(record()).split()


def test_a_page_without_words_has_a_record() -> None:
    assert unpacked(packed(record("…\n"))).count("\n") >= 3


def test_a_record_takes_less_than_half_of_its_text() -> None:
    markdown = "# Locks\n\n" + "".join(
        f"The server waits {n} seconds for a lock on the table before it returns an error to the client.\n"
        for n in range(9)
    )
    assert len(packed(record(markdown))) < len(markdown) / 2


async def test_what_the_first_index_wrote_is_deleted_with_its_job(store: Store) -> None:
    job = await stored(store, PAGE)
    assert "Where requests go" in await answered(store, job, "http.proxy")
    if not store.database.is_sqlite:
        return
    with store.database.engine.begin() as connection:
        connection.execute(text("INSERT INTO passage_terms (rowid, terms) VALUES (7, 'oldest ^oldest')"))
        serial = connection.execute(text("SELECT serial FROM search_job")).scalar_one()
        connection.execute(
            text("INSERT INTO passage VALUES (7, :serial, 0, 9, 'H', 'N', 0, 1, :terms)"),
            {"serial": serial, "terms": zlib.compress(b"oldest\n^oldest", 1)},
        )
    with store.database.engine.begin() as connection:
        connection.execute(text("DELETE FROM search_job"))
        left = 'SELECT count(*) FROM passage_terms WHERE passage_terms MATCH \'"oldest" OR "request"\''
        assert connection.execute(text(left)).scalar() == 0
