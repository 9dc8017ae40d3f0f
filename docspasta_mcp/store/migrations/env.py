"""Run migrations over the connection that `Database.migrate` hands in."""

from alembic import context

from docspasta_mcp.store import tables

context.configure(connection=context.config.attributes["connection"], target_metadata=tables.SQLModel.metadata)
with context.begin_transaction():
    context.run_migrations()
