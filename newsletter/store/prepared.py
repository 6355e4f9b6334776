"""Statements that run once for each mail: turned into SQL once, executed without further ado."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.expression import ClauseElement

Row = Mapping[str, Any]
Bound = Callable[[Row], Any]  # the parameters as the driver takes them


class Prepared:
    """A statement with `bindparam`s; what SQLAlchemy does for each execution is done but once."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._made: dict[str, tuple[str, Bound]] = {}  # by dialect

    def one(self, tx: sa.Connection, row: Row) -> int:
        """Execute it and return how many rows it changed."""
        text, bound = self._on(tx.dialect)
        return tx.exec_driver_sql(text, bound(row)).rowcount

    def each(self, tx: sa.Connection, rows: Sequence[Row]) -> None:
        """Execute it for each of the rows, of which there is one at least."""
        text, bound = self._on(tx.dialect)
        tx.exec_driver_sql(text, [bound(row) for row in rows])

    def _on(self, dialect: sa.Dialect) -> tuple[str, Bound]:
        if dialect.name not in self._made:
            self._made[dialect.name] = prepare(self._statement, dialect)
        return self._made[dialect.name]


def prepare(statement: ClauseElement, dialect: sa.Dialect) -> tuple[str, Bound]:
    """Return the statement's SQL, and what makes its parameters of a row."""
    compiled = statement.compile(dialect=dialect)
    constants = {name: value for name, value in compiled.params.items() if value is not None}
    changes = {
        name: change
        for name, bind in compiled.binds.items()  # type: ignore[attr-defined]
        if (change := bind.type.dialect_impl(dialect).bind_processor(dialect))
    }
    order = getattr(compiled, "positiontup", None) or tuple(compiled.params)

    def value(row: Row, name: str) -> Any:
        found = row[name] if name in row else constants[name]
        return changes[name](found) if name in changes else found

    def in_order(row: Row) -> Any:
        return tuple([value(row, name) for name in order])

    def by_name(row: Row) -> Any:
        return {name: value(row, name) for name in order}

    return str(compiled), in_order if dialect.positional else by_name
