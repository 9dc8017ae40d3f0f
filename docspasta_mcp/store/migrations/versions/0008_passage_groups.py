"""Keep the passages of a page in groups; everything is indexed again when the server runs."""

import sqlalchemy as sa
from alembic import op

from docspasta_mcp.store.search_schema import create_search

revision = "0008"
down_revision = "0007"

_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Apply."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER IF EXISTS passage_gone")
        op.execute("DROP TABLE IF EXISTS passage_words")
        op.execute("DROP TABLE IF EXISTS passage_terms")
    op.drop_table("passage")
    op.execute("DELETE FROM search_job")
    op.create_table(
        "passage_group",
        sa.Column("id", _Id, primary_key=True, autoincrement=False),
        sa.Column("serial", _Id, sa.ForeignKey("search_job.serial", ondelete="CASCADE"), nullable=False),
        sa.Column("passages", sa.Integer, nullable=False),
        sa.Column("length", sa.Integer, nullable=False),
        sa.Column("entries", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_passage_group_serial", "passage_group", ["serial"])
    create_search(op.get_bind())
