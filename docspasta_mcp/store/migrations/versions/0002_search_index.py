"""Create the index of passages; what is stored already is indexed when the server runs."""

import sqlalchemy as sa
from alembic import op

from docspasta_mcp.store.search_schema import has_fts5

revision = "0002"
down_revision = "0001"

_SQLITE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS passage_terms USING fts5("
    "terms, content='', detail=none, columnsize=0, tokenize=\"ascii tokenchars '_.-^'\")",
    "CREATE VIRTUAL TABLE IF NOT EXISTS passage_words USING fts5vocab('passage_terms', 'row')",
)
_POSTGRESQL = (
    "ALTER TABLE passage ADD COLUMN lexemes tsvector",
    "CREATE INDEX ix_passage_lexemes ON passage USING gin (lexemes)",
)
_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "search_job",
        sa.Column("serial", _Id, primary_key=True, autoincrement=True),
        sa.Column("job_id", sa.String, sa.ForeignKey("job.id", ondelete="CASCADE"), nullable=False, unique=True),
        sa.Column("arrival", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "passage",
        sa.Column("id", _Id, primary_key=True, autoincrement=False),
        sa.Column("serial", _Id, sa.ForeignKey("search_job.serial", ondelete="CASCADE"), nullable=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.Column("headings", sa.Text, nullable=False),
        sa.Column("names", sa.Text, nullable=False),
        sa.Column("links", sa.Integer, nullable=False),
        sa.Column("length", sa.Integer, nullable=False),
        sa.Column("terms", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_passage_serial", "passage", ["serial"])
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in () if is_sqlite and not has_fts5() else _SQLITE if is_sqlite else _POSTGRESQL:
        op.get_bind().exec_driver_sql(statement)
