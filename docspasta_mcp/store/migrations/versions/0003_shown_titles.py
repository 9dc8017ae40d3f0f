"""Give pages the title that they go by in the finished document."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply."""
    op.add_column("page", sa.Column("shown_title", sa.Text, nullable=False, server_default=""))
