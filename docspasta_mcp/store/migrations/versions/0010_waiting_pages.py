"""Keep with a page that found no room what it would be and its place among those that wait.

Those of older jobs stay without: they are taken first, by their addresses.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Apply."""
    op.add_column("left_out", sa.Column("depth", sa.Integer, nullable=False, server_default="0"))
    op.add_column("left_out", sa.Column("sources", sa.String, nullable=False, server_default=""))
    op.add_column("left_out", sa.Column("place", sa.BigInteger, nullable=False, server_default="0"))
