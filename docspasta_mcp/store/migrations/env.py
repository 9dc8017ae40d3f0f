"""Run migrations over the connection that `Database.migrate` hands in."""

from alembic import context
from sqlmodel import SQLModel

from docspasta_mcp.store import schema

assert schema.JobRow.__tablename__ == "job"  # the import fills SQLModel.metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=SQLModel.metadata)
with context.begin_transaction():
    context.run_migrations()
