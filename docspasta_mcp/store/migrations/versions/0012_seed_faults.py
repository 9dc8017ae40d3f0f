"""Keep with a job why the page that it began with is missing; until now only the words of its reason told.

Of older jobs the code is taken from those words, where it stands in brackets.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_TOLD = re.compile(r", where the crawl starts, (?:is not there|could not be read) \((\w+)\)")


def upgrade() -> None:
    """Apply."""
    op.add_column("job", sa.Column("seed_fault", sa.String, nullable=False, server_default=""))
    connection = op.get_bind()
    found = connection.execute(sa.text("SELECT id, reason FROM job WHERE reason LIKE '%, where the crawl starts, %'"))
    for job_id, reason in found.all():
        if (told := _TOLD.search(reason)) is not None:
            values = {"job": job_id, "fault": told[1]}
            connection.execute(sa.text("UPDATE job SET seed_fault = :fault WHERE id = :job"), values)
