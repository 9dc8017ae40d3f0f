"""Keep with a page which endless kind it is of, so that they are counted without reading the job's other pages.

Pages of older jobs stay without: of a job that runs meanwhile, those that are found from now on are counted.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Apply."""
    op.add_column("page", sa.Column("endless", sa.String, nullable=True))
    known = sa.text("endless IS NOT NULL")
    op.create_index("ix_page_endless", "page", ["job_id", "endless"], sqlite_where=known, postgresql_where=known)
