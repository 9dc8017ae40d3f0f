"""The schema is defined once, by the tables: what the migrations give is compared with them."""

from collections.abc import Mapping
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, text
from sqlmodel import SQLModel

from docspasta_mcp.store import Database
from docspasta_mcp.store.database import MIGRATIONS
from tests.postgres import Postgres


def differences(connection: Connection) -> object:
    """Return how the tables of a database differ from those that the store defines: columns, types, indexes, keys."""
    context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": is_told_by_tables})
    return compare_metadata(context, SQLModel.metadata)


def is_told_by_tables(_object: object, name: str | None, kind: str, reflected: bool, _other: object) -> bool:
    """Leave out what each database has of its own to search by, which `store.search_schema` makes for both ways."""
    return not (
        reflected and (name or "").startswith(("passage_terms", "passage_words", "lexemes", "ix_passage_lexemes"))
    )


def migrate(connection: Connection, to: str = "head") -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def details(connection: Connection) -> Mapping[str, object]:
    """Return what the comparison above leaves out: primary keys, what deleting takes along, ids that never come back."""
    found = inspect(connection)
    stamped = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    return {"version": stamped} | {
        name: (
            found.get_pk_constraint(name)["constrained_columns"],
            sorted((key["constrained_columns"], str(key.get("options"))) for key in found.get_foreign_keys(name)),
            sorted(one["column_names"] for one in found.get_unique_constraints(name)),
            "AUTOINCREMENT" in _sql_of(connection, name),
        )
        for name in found.get_table_names()
    }


def _sql_of(connection: Connection, table: str) -> str:
    return connection.execute(text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": table}).scalar() or ""


def test_a_new_file_has_the_schema_that_migrating_gives(tmp_path: Path) -> None:
    new = Database(f"sqlite:///{tmp_path / 'new.db'}")
    new.migrate()
    old = create_engine(f"sqlite:///{tmp_path / 'old.db'}")
    with old.begin() as migrated, new.engine.connect() as made:
        migrate(migrated)
        assert differences(migrated) == differences(made) == []
        assert details(migrated) == details(made)
    old.dispose()
    new.close()


def test_migrating_gives_what_the_tables_say_on_postgres(postgres: Postgres) -> None:
    engine = create_engine(postgres.new_database())
    with engine.connect() as connection:
        assert differences(connection) == []
    engine.dispose()


def test_an_older_job_keeps_why_its_first_page_was_missing(tmp_path: Path) -> None:
    told = "1 page failed; https://d.example/a, where the crawl starts, is not there (http_404): check the URL"
    unread = "https://d.example/a, where the crawl starts, could not be read (timeout)"
    columns = "owner, seed_url, fingerprint, origin, prefix, scope, notes, is_forced, refreshes, version, boilerplate,"
    columns += " shortcut, corpus_hash, crawl_delay_s, options, state, created_at, active_at, deadline_at, pages, bytes"
    engine = create_engine(f"sqlite:///{tmp_path / 'old.db'}")
    with engine.begin() as connection:
        migrate(connection, "0011")
        for number, reason in enumerate((told, unread, "1 page failed", "")):
            connection.execute(
                text(f"INSERT INTO job (id, reason, {columns}) VALUES (:id, :reason{', 0' * len(columns.split(','))})"),
                {"id": str(number), "reason": reason},
            )
        migrate(connection)
        faults = connection.execute(text("SELECT seed_fault FROM job ORDER BY id")).scalars().all()
    assert faults == ["http_404", "timeout", "", ""]
    engine.dispose()
