"""Keep with a page its place among those that get room, so that a small budget is spent in the same way each time.

Pages of older jobs stay without: of a job that runs meanwhile, their links come in the order in which they are read.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Apply."""
    op.add_column("page", sa.Column("place", sa.BigInteger, nullable=False, server_default="0"))
