"""`doctor` says where SQLite has no full text search."""

from pathlib import Path

from sqlalchemy import text

from docspasta_mcp.server.checks import full_text_search
from docspasta_mcp.server.wiring import open_node
from docspasta_mcp.settings import Settings


async def test_doctor_tells_of_a_sqlite_without_full_text_search(tmp_path: Path) -> None:
    settings = Settings.from_env({"DOCSPASTA_DATA_DIR": str(tmp_path)})
    async with open_node(settings) as node:
        assert await full_text_search(node) == []
    async with open_node(settings) as node:
        with node.store.database.engine.begin() as connection:
            connection.execute(text("DROP TABLE passage_words"))
            connection.execute(text("DROP TABLE passage_terms"))
        (found,) = await full_text_search(node)
    assert "FTS5" in found.says
    assert "PostgreSQL" in found.fix
