"""Keep how much of the database the index of a job takes: it counts in its owner's quota."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Apply."""
    op.add_column("search_job", sa.Column("bytes", sa.BigInteger, nullable=False, server_default="0"))
    op.execute(
        "UPDATE search_job SET bytes = (SELECT COALESCE(sum(length(terms) * 3 / 2 + length(headings) + length(names)"
        " + 75), 0) FROM passage WHERE passage.serial = search_job.serial)"
    )
