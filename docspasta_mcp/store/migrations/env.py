"""Run migrations over the connection that `Database.migrate` hands in."""

from alembic import context

from docspasta_mcp.store import schema

context.configure(connection=context.config.attributes["connection"], target_metadata=schema.SQLModel.metadata)
with context.begin_transaction():
    context.run_migrations()
