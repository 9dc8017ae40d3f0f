"""Create the tables of jobs, pages, page content, navigations, left-out URLs and the outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "job",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("seed_url", sa.String, nullable=False),
        sa.Column("fingerprint", sa.String, nullable=False),
        sa.Column("active_key", sa.String, unique=True),
        sa.Column("origin", sa.String, nullable=False),
        sa.Column("prefix", sa.String, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("notes", sa.Text, nullable=False),
        sa.Column("is_forced", sa.Boolean, nullable=False),
        sa.Column("refreshes", sa.String, nullable=False),
        sa.Column("version", sa.String, nullable=False),
        sa.Column("boilerplate", sa.Text, nullable=False),
        sa.Column("shortcut", sa.Text, nullable=False),
        sa.Column("corpus_hash", sa.String, nullable=False),
        sa.Column("crawl_delay_s", sa.Float, nullable=False),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("active_at", sa.Float, nullable=False),
        sa.Column("finished_at", sa.Float),
        sa.Column("deadline_at", sa.Float, nullable=False),
        sa.Column("pages", sa.Integer, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_job_owner_created", "job", ["owner", "created_at"])
    op.create_index("ix_job_fingerprint", "job", ["fingerprint"])
    op.create_index("ix_job_state", "job", ["state"])
    op.create_table(
        "page",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("job_id", sa.String, sa.ForeignKey("job.id", ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("url_hash", sa.String, nullable=False),
        sa.Column("depth", sa.Integer, nullable=False),
        sa.Column("sources", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("lease_until", sa.Float),
        sa.Column("rescues", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("words", sa.Integer, nullable=False),
        sa.Column("tokens", sa.Integer, nullable=False),
        sa.Column("bytes", sa.Integer, nullable=False),
        sa.Column("quality", sa.Integer, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("content_hash", sa.String, nullable=False),
        sa.Column("likeness", sa.String, nullable=False),
        sa.Column("etag", sa.String, nullable=False),
        sa.Column("modified", sa.String, nullable=False),
        sa.Column("body_hash", sa.String, nullable=False),
        sa.Column("fetched_at", sa.Float),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("captions", sa.Text, nullable=False),
        sa.Column("arrival", sa.Integer),
        sa.Column("position", sa.Integer),
        sa.Column("duplicate_of", _Id),
        sa.UniqueConstraint("job_id", "url_hash", name="uq_page_url"),
        sa.UniqueConstraint("job_id", "number", name="uq_page_number"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_page_coverage", "page", ["job_id", "state", "reason", "duplicate_of", "sources", "words", "tokens"]
    )
    op.create_index("ix_page_arrival", "page", ["job_id", "state", "arrival", "duplicate_of", "tokens"])
    op.create_index("ix_page_position", "page", ["job_id", "state", "position", "duplicate_of", "tokens"])
    op.create_index("ix_page_lease", "page", ["state", "lease_until"])
    op.create_table(
        "page_content",
        sa.Column("page_id", _Id, sa.ForeignKey("page.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("markdown", sa.Text, nullable=False),
        sa.Column("links", sa.Text, nullable=False),
        sa.Column("following", sa.Integer),
        sa.Column("edges", sa.String, nullable=False),
        sa.Column("navigation", sa.String, nullable=False),
    )
    op.create_table(
        "navigation",
        sa.Column("job_id", sa.String, sa.ForeignKey("job.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("digest", sa.String, primary_key=True),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("lines", sa.Text, nullable=False),
    )
    op.create_table(
        "left_out",
        sa.Column("job_id", sa.String, sa.ForeignKey("job.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("url_hash", sa.String, primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
    )
    op.create_table(
        "outbox",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("job_id", sa.String, sa.ForeignKey("job.id", ondelete="CASCADE"), nullable=False),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("page_id", _Id, sa.ForeignKey("page.id", ondelete="CASCADE")),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("taken_until", sa.Float, nullable=False, server_default="0"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_job", "outbox", ["job_id"])
    op.create_index("ix_outbox_page", "outbox", ["page_id"])
    op.create_table(
        "delivery",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("expires_at", sa.Float, nullable=False),
    )
    op.create_index("ix_delivery_expires", "delivery", ["expires_at"])
    op.create_table(
        "token",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False, unique=True),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("expires_at", sa.Float),
        sa.Column("is_operator", sa.Boolean, nullable=False),
    )
