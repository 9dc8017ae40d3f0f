"""The full text search of the database behind the index: FTS5 on SQLite, a tsvector with GIN on PostgreSQL.

The terms of passages stand in a table of their own. On SQLite that is a contentless FTS5 table, which can only forget
what it is told again: the function `docspasta_terms` tells it from what is packed of a page.
"""

import json
import sqlite3
from typing import Any

from sqlalchemy import Connection, text

from docspasta_mcp.document.search.entries import entry_of, searched, split_entries
from docspasta_mcp.document.search.page_index import unpacked

_SQLITE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS passage_terms USING fts5("
    "terms, content='', detail=none, columnsize=0, tokenize=\"ascii tokenchars '_.-^'\")",
    "CREATE VIRTUAL TABLE IF NOT EXISTS passage_words USING fts5vocab('passage_terms', 'row')",
    "CREATE TRIGGER IF NOT EXISTS passage_group_gone BEFORE DELETE ON passage_group BEGIN"
    " INSERT INTO passage_terms(passage_terms, rowid, terms)"
    " SELECT 'delete', old.id + key, value FROM json_each(docspasta_terms(old.entries)); END",
)
_POSTGRESQL = (
    "CREATE TABLE passage_terms (id BIGINT PRIMARY KEY, lexemes tsvector NOT NULL,"
    " serial BIGINT NOT NULL REFERENCES search_job(serial) ON DELETE CASCADE)",
    "CREATE INDEX ix_passage_terms_serial ON passage_terms (serial)",
    "CREATE INDEX ix_passage_terms_lexemes ON passage_terms USING gin (lexemes)",
)
_NOTE = "no such module: fts5"


def create_search(connection: Connection) -> None:
    """Add what searches passages to a database that has their table; a SQLite without FTS5 gets none."""
    if connection.dialect.name != "sqlite":
        for statement in _POSTGRESQL:
            connection.execute(text(statement))
        return
    if has_fts5():
        for statement in _SQLITE:
            connection.exec_driver_sql(statement)


def complete_search(connection: Connection) -> None:
    """Add the search index to a SQLite file that was made without FTS5; everything is indexed again."""
    known = "SELECT 1 FROM sqlite_master WHERE name = 'passage_terms'"
    if connection.exec_driver_sql(known).first() is None and has_fts5():
        connection.exec_driver_sql("DELETE FROM search_job")
        create_search(connection)


def has_fts5() -> bool:
    """Tell whether this Python's SQLite has full text search."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE VIRTUAL TABLE one USING fts5(terms)")
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
    return True


def add_functions(connection: Any) -> None:
    """Give a SQLite connection the functions that the schema calls."""
    connection.create_function("docspasta_terms", 1, _terms, deterministic=True)


def _terms(stored: bytes) -> str:
    """Return the terms of each passage of a page as the index stores them, as JSON."""
    return json.dumps([searched(entry_of(one).record) for one in split_entries(unpacked(stored))])
