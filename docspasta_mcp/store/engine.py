"""The database behind the store: transactions in threads, and migrations at start.

The event loop never waits for a disk: `read` and `write` run a function over one session in a worker thread.
On SQLite a write takes the write lock at once (BEGIN IMMEDIATE), so that two processes queue up instead of
failing half-way; within the process writers take turns.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError
from sqlalchemy.orm import Session

from docspasta_mcp.errors import ConfigError

T = TypeVar("T")

BUSY_TIMEOUT_S = 15  # another process may hold SQLite's write lock while it finalises a large job
MAX_SESSIONS = 10
MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 7_202_611  # any fixed number: the key of PostgreSQL's advisory lock around migrations


class Database:
    """One SQLite file or PostgreSQL database."""

    def __init__(self, url: str) -> None:
        """Connect lazily.

        Args:
            url: SQLAlchemy URL, as in `sqlite:////var/lib/docs.db` or `postgresql+psycopg://host/name`.

        Raises:
            ConfigError: the URL cannot be read or its driver is not installed.
        """
        try:
            parsed = make_url(url)
            self.is_sqlite = parsed.get_backend_name() == "sqlite"
            if not self.is_sqlite and parsed.get_backend_name() != "postgresql":
                raise ConfigError("DATABASE_URL cannot be used: give sqlite:///… or postgresql+psycopg://….")
            self.engine = (
                _sqlite(url) if self.is_sqlite else create_engine(url, pool_size=MAX_SESSIONS, pool_pre_ping=True)
            )
        except (ArgumentError, NoSuchModuleError) as error:
            raise ConfigError(f"DATABASE_URL cannot be used: {error}.") from None
        except ModuleNotFoundError as error:
            raise ConfigError(
                f"DATABASE_URL needs the module {error.name!r}: install docspasta-mcp[postgres]."
            ) from None
        self._writing = self.engine.execution_options(docspasta_immediate=True)
        self._readers = anyio.CapacityLimiter(MAX_SESSIONS)
        self._writers = anyio.CapacityLimiter(1 if self.is_sqlite else MAX_SESSIONS)

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run `work` in one transaction that does not write, in a thread."""
        return await anyio.to_thread.run_sync(partial(_transact, self.engine, work), limiter=self._readers)

    async def write(self, work: Callable[[Session], T]) -> T:
        """Run `work` in one transaction, in a thread; it commits unless `work` raises."""
        return await anyio.to_thread.run_sync(partial(_transact, self._writing, work), limiter=self._writers)

    def migrate(self, migrations: Path = MIGRATIONS) -> None:
        """Bring the schema up to date; several processes may try at once, and others may use the database meanwhile.

        Args:
            migrations: Alembic's script folder.

        Raises:
            ConfigError: the database cannot be opened, or a newer version of this package wrote it.
        """
        try:
            with self._writing.begin() as connection:
                if not self.is_sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
                _upgrade(connection, migrations)
        except DatabaseError as error:
            raise ConfigError(f"The database {self.engine.url!r} cannot be opened: {error.orig}") from None

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()


def _transact(engine: Engine, work: Callable[[Session], T]) -> T:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        return work(session)


def _sqlite(url: str) -> Engine:
    engine = create_engine(url, pool_size=MAX_SESSIONS + 1, connect_args={"timeout": BUSY_TIMEOUT_S})

    def configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(
            "PRAGMA synchronous=NORMAL"
        )  # a crash of the process loses nothing; the sweeper mends a power cut
        connection.execute("PRAGMA foreign_keys=ON")

    def begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("docspasta_immediate")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    event.listen(engine, "connect", configure)
    event.listen(engine, "begin", begin)
    return engine


def _upgrade(connection: Connection, migrations: Path) -> None:
    versions = sorted(_versions(migrations))
    current = None
    if inspect(connection).has_table("alembic_version"):
        current = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if current == versions[-1]:
        return
    if current is not None and current not in versions:
        raise ConfigError(
            f"The database has schema version {current}, newer than this program's {versions[-1]}: upgrade it"
        )
    from alembic import command  # noqa: PLC0415  # a sixth of a second to import, needed once in a database's life
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _versions(migrations: Path) -> list[str]:
    """Return the revision ids: the first four characters of each migration's file name."""
    return [entry.name[:4] for entry in (migrations / "versions").iterdir() if entry.name[:4].isdigit()]
