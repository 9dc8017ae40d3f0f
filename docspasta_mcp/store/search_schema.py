"""The full text search of the database behind the index: FTS5 on SQLite, a tsvector with GIN on PostgreSQL.

On SQLite the terms stand in a contentless FTS5 table beside the passages, by the same numbers. Such a table can only
forget what it is told again, and the function `docspasta_terms` tells it from a passage's packed record.
"""

import sqlite3
import zlib
from typing import Any

from sqlalchemy import Connection, text

from docspasta_mcp.document.search.entries import searched
from docspasta_mcp.store.search_words import WORDS

_SQLITE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS passage_terms USING fts5("
    "terms, content='', detail=none, columnsize=0, tokenize=\"ascii tokenchars '_.-^'\")",
    "CREATE VIRTUAL TABLE IF NOT EXISTS passage_words USING fts5vocab('passage_terms', 'row')",
    "CREATE TRIGGER IF NOT EXISTS passage_gone BEFORE DELETE ON passage BEGIN"
    " INSERT INTO passage_terms(passage_terms, rowid, terms) VALUES ('delete', old.id, docspasta_terms(old.terms));"
    " END",
)
_POSTGRESQL = (
    "ALTER TABLE passage ADD COLUMN lexemes tsvector",
    "CREATE INDEX ix_passage_lexemes ON passage USING gin (lexemes)",
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


def packed(record: str) -> bytes:
    """Return a passage's record as it is stored."""
    packer = zlib.compressobj(zdict=WORDS)
    return packer.compress(record.encode()) + packer.flush()


def unpacked(stored: bytes) -> str:
    """Return a passage's record from what is stored."""
    return zlib.decompressobj(zdict=WORDS).decompress(stored).decode()


def _terms(stored: bytes) -> str:
    """Return the terms of a passage as the index stores them."""
    is_record = stored[1] & 0x20  # it was packed with a dictionary (RFC 1950, 2.2)
    return searched(unpacked(stored)) if is_record else unpacked(stored)
