"""The database behind the store: transactions in threads, and migrations at start.

The event loop never waits for a disk: `read` and `write` run a function over one connection in another thread.
On SQLite a write takes the write lock at once (BEGIN IMMEDIATE), so that two processes queue up instead of
failing half-way; within the process one thread does all writes, on a connection that it keeps.
"""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from docspasta_mcp.errors import ConfigError
from docspasta_mcp.runtime.serial_thread import SerialThread, WorkItem
from docspasta_mcp.store.search_schema import add_functions, complete_search, create_search
from docspasta_mcp.store.tables import SQLModel

T = TypeVar("T")

BUSY_TIMEOUT_S = 15  # another process may hold SQLite's write lock while it finalises a large job
MAX_CONNECTIONS = 10
MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 7_202_611  # any fixed number: the key of PostgreSQL's advisory lock around migrations


class Database:
    """One SQLite file or PostgreSQL database."""

    def __init__(self, url: str | URL) -> None:
        """Connect lazily.

        Args:
            url: as in `sqlite:////var/lib/docs.db` or `postgresql+psycopg://host/name`; in a text, %XX is decoded.

        Raises:
            ConfigError: the URL cannot be read, or its driver is not installed.
        """
        try:
            self.is_sqlite = _parsed(url).get_backend_name() == "sqlite"
            self.engine = (
                _sqlite(url) if self.is_sqlite else create_engine(url, pool_size=MAX_CONNECTIONS, pool_pre_ping=True)
            )
        except (ArgumentError, ValueError):  # which may quote the password
            raise ConfigError(
                "DATABASE_URL cannot be read: see to its port, and write special characters of its password as %XX."
            ) from None
        except ModuleNotFoundError as error:
            raise ConfigError(
                f"DATABASE_URL needs the module {error.name!r}: install docspasta-mcp[postgres]."
            ) from None
        self._writing = self.engine.execution_options(docspasta_immediate=True)
        self._readers = anyio.CapacityLimiter(MAX_CONNECTIONS)
        self._writers = anyio.CapacityLimiter(MAX_CONNECTIONS)
        self._writer: _Writer | None = None

    async def read(self, work: Callable[[Connection], T], *, limiter: anyio.CapacityLimiter | None = None) -> T:
        """Run `work` in one transaction that does not write, in a thread.

        Args:
            work: gets the connection.
            limiter: of the threads that do such work; by default, that of all readers.
        """
        return await anyio.to_thread.run_sync(partial(_connected, self.engine, work), limiter=limiter or self._readers)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one transaction, in a thread; it commits unless `work` raises."""
        if not self.is_sqlite:
            return await anyio.to_thread.run_sync(partial(_connected, self._writing, work), limiter=self._writers)
        if self._writer is None:
            self._writer = _Writer(self._writing)
        return await self._writer.thread.run_to_end(partial(self._writer.transact, work))

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
                if self.is_sqlite and migrations == MIGRATIONS:
                    complete_search(connection)
        except (DatabaseError, sqlite3.DatabaseError) as error:
            why = error.orig if isinstance(error, DatabaseError) else error
            raise ConfigError(f"The database {self.engine.url!r} cannot be opened: {why}") from None

    def close(self) -> None:
        """Finish what is being written and give back all connections."""
        if self._writer is not None:
            self._writer.close()
        self.engine.dispose()


class _Writer:
    """SQLite's one writer: a thread, and the connection that it keeps."""

    def __init__(self, engine: Engine) -> None:
        self.thread = SerialThread("store-writer", self._serve)
        self._engine = engine
        self._connection: Connection | None = None

    def transact(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one transaction, in this thread."""
        connection = self._connection = self._connection or self._engine.connect()
        try:
            return _transact(connection, work)
        except BaseException:  # it may not even have been able to roll back: the pool looks to that
            self._connection = None
            connection.close()
            raise

    def close(self) -> None:
        """Finish what is queued; end the thread."""
        self.thread.close()
        if self._connection is not None:
            self._connection.close()

    def _serve(self, items: Sequence[WorkItem]) -> None:
        for item in items:
            try:
                result, failure = item.work(), None
            except Exception as error:  # handed to whoever asked for the work
                result, failure = None, error
            item.answer(result, failure)


def is_outage(error: BaseException) -> bool:
    """Tell whether an error is of a database that does not answer or cannot be used now.

    Work goes through SQLAlchemy or straight through a driver, which call such errors alike (PEP 249).
    """
    names = {kind.__name__ for kind in type(error).__mro__}
    return isinstance(error, PoolTimeout) or not names.isdisjoint(("OperationalError", "InterfaceError"))


def sqlite_url(path: Path) -> URL:
    """Return the URL of a SQLite file, whatever characters its path has."""
    return URL.create("sqlite", database=str(path))


def _parsed(url: str | URL) -> URL:
    parsed = make_url(url)
    if "@" in (parsed.host or ""):
        raise ValueError("a part of the password was taken for the host")
    return parsed


def _connected(engine: Engine, work: Callable[[Connection], T]) -> T:
    with engine.connect() as connection:
        return _transact(connection, work)


def _transact(connection: Connection, work: Callable[[Connection], T]) -> T:
    """Run `work` in one transaction, which commits unless `work` raises."""
    transaction = connection.begin()
    try:
        result = work(connection)
        transaction.commit()
    except BaseException:
        with suppress(DBAPIError):  # the cause is what came before
            transaction.rollback()
        raise
    return result


def _sqlite(url: str | URL) -> Engine:
    engine = create_engine(
        url,
        pool_size=MAX_CONNECTIONS + 1,
        pool_use_lifo=True,  # each connection that is used at all has a cache of 2 MB
        connect_args={"timeout": BUSY_TIMEOUT_S},
    )

    def configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(
            "PRAGMA synchronous=NORMAL"
        )  # a crash of the process loses nothing; the sweeper mends a power cut
        connection.execute("PRAGMA foreign_keys=ON")
        add_functions(connection)

    def begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("docspasta_immediate")
        connection.connection.cursor().execute("BEGIN IMMEDIATE" if immediate else "BEGIN")

    event.listen(engine, "connect", configure)
    event.listen(engine, "begin", begin)
    return engine


def _upgrade(connection: Connection, migrations: Path) -> None:
    versions = sorted(_versions(migrations))
    current = None
    tables = inspect(connection).get_table_names()
    if not tables and connection.dialect.name == "sqlite" and migrations == MIGRATIONS:
        _create(connection, versions[-1])
        return
    if "alembic_version" in tables:
        current = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if current == versions[-1]:
        return
    if current is not None and current not in versions:
        raise ConfigError(
            f"The database has schema version {current}, newer than this program's {versions[-1]}: upgrade it"
        )
    from alembic import command  # noqa: PLC0415  # a sixth of a second to import, needed by few starts
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _create(connection: Connection, version: str) -> None:
    """Make the schema of a new file at once: Alembic would take half a second and 10 MB, that a first start keeps."""
    SQLModel.metadata.create_all(connection)
    create_search(connection)
    connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    connection.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": version})


def _versions(migrations: Path) -> list[str]:
    """Return the revision ids: the first four characters of each migration's file name."""
    return [entry.name[:4] for entry in (migrations / "versions").iterdir() if entry.name[:4].isdigit()]
