"""Keep with each job what a list of manuals shows of it, whether it is pinned, and when it was last read."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_SHOWN = "page.job_id = job.id AND page.state = 'done' AND page.duplicate_of IS NULL"
_NUMBER = "CASE WHEN job.state IN ('completed', 'partial') THEN page.position ELSE page.arrival END"
_SUMMARISE = (
    f"UPDATE job SET document_pages = (SELECT count(*) FROM page WHERE {_SHOWN}),"  # noqa: S608  # our own words
    f" document_tokens = (SELECT COALESCE(sum(page.tokens), 0) FROM page WHERE {_SHOWN}),"
    f" title = COALESCE((SELECT page.title FROM page WHERE {_SHOWN} AND {_NUMBER} = 1), ''),"
    f" language = COALESCE((SELECT page.language FROM page WHERE {_SHOWN} AND page.language <> ''"
    " GROUP BY page.language ORDER BY count(*) DESC, page.language LIMIT 1), '')"
    " WHERE state <> 'running'"
)


def upgrade() -> None:
    """Apply."""
    for column in (
        sa.Column("title", sa.Text, nullable=False, server_default=""),
        sa.Column("language", sa.String, nullable=False, server_default=""),
        sa.Column("document_pages", sa.Integer, nullable=False, server_default="0"),
        sa.Column("document_tokens", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("is_pinned", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("used_at", sa.Float, nullable=False, server_default="0"),
    ):
        op.add_column("job", column)
    op.execute(_SUMMARISE)
