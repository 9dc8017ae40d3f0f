"""Keep with a job when pages of it that had failed were tried again: most of its pages are older than its end then.

Older jobs stay without: those that were tried again already count from their beginning.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Apply."""
    op.add_column("job", sa.Column("retried_at", sa.Float, nullable=True))
