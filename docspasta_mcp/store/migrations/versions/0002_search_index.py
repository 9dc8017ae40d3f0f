"""Create the index of passages; what is stored already is indexed when the server runs."""

import sqlalchemy as sa
from alembic import op

from docspasta_mcp.store.search_schema import create_search

revision = "0002"
down_revision = "0001"

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
    create_search(op.get_bind())
