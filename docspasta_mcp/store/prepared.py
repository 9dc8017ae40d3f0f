"""Statements that are compiled once and run on the driver's own cursor, in the transaction of a connection.

From a statement of SQLAlchemy to its rows it is 60 to 100 µs of CPU on top of what the database takes, and a page runs
ten. What a page runs is therefore prepared here, once for each kind of database, and bound to plain values: there is
no type on the way that would convert them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ClauseElement, Connection, Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class Prepared:
    """A statement whose parameters are named; those that have a value keep it unless another is given."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: dict[str, tuple[str, dict[str, Any], Sequence[str] | None]] = {}

    def rows(self, db: Connection, parameters: Mapping[str, Any]) -> Sequence[Any]:
        """Return what it yields, each row a tuple."""
        text, values, order = self.text(db.dialect)
        bound = {**values, **parameters}
        cursor = db.connection.cursor()
        cursor.execute(text, bound if order is None else [bound[name] for name in order])
        return cursor.fetchall()

    def scalar(self, db: Connection, parameters: Mapping[str, Any]) -> Any:
        """Return the first row's first value, None if there is no row."""
        found = self.rows(db, parameters)
        return found[0][0] if found else None

    def execute(self, db: Connection, *parameters: Mapping[str, Any]) -> None:
        """Run it without looking at what it yields, once for each set of parameters."""
        if not parameters:
            return
        text, values, order = self.text(db.dialect)
        bound = [{**values, **one} for one in parameters]
        cursor = db.connection.cursor()
        cursor.executemany(text, bound if order is None else [[one[name] for name in order] for one in bound])

    def text(self, dialect: Dialect) -> tuple[str, dict[str, Any], Sequence[str] | None]:
        """Return the SQL, the values it has, and the parameters' names in order where the driver goes by order."""
        found = self._compiled.get(dialect.name)
        if found is None:
            made: Any = self._statement.compile(dialect=dialect)
            found = self._compiled[dialect.name] = (str(made), dict(made.params), made.positiontup)
        return found


class json_texts(FunctionElement[str]):  # noqa: N801  # written like a function of SQL
    """The texts of a JSON list, as a table with the column `value`: any number of them in one parameter."""

    inherit_cache = True


@compiles(json_texts)
def _json_texts(element: json_texts, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(json_texts, "postgresql")
def _json_texts_of_postgresql(element: json_texts, compiler: SQLCompiler, **options: Any) -> str:
    return f"jsonb_array_elements_text(CAST({compiler.process(element.clauses, **options)} AS jsonb))"
