"""Statements that run once for each mail: turned into SQL once, executed without further ado."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.expression import ClauseElement

Row = Mapping[str, Any]
Bound = Callable[[Row], Any]  # the parameters as the driver takes them


class Prepared:
    """A statement with `bindparam`s that goes straight to the driver, in the transaction there is.

    What SQLAlchemy does for each execution is done but once: turning it into SQL, and finding out
    how each value is to be given.
    """

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._made: dict[str, tuple[str, Bound]] = {}  # by dialect

    def some(self, tx: sa.Connection, rows: Sequence[Row]) -> list[int]:
        """Execute it for each of the rows; return how many rows of the table each changed."""
        text, bound = self._on(tx.dialect)
        with cursor(tx, text) as driver:
            return [driver.execute(text, bound(row)).rowcount for row in rows]

    def each(self, tx: sa.Connection, rows: Sequence[Row]) -> None:
        """Execute it for each of the rows."""
        text, bound = self._on(tx.dialect)
        with cursor(tx, text) as driver:
            driver.executemany(text, [bound(row) for row in rows])

    def _on(self, dialect: sa.Dialect) -> tuple[str, Bound]:
        if dialect.name not in self._made:
            self._made[dialect.name] = prepare(self._statement, dialect)
        return self._made[dialect.name]


@contextmanager
def cursor(tx: sa.Connection, text: str) -> Iterator[Any]:
    """Give a cursor of the driver; what it raises comes as SQLAlchemy's error, as elsewhere."""
    driver = tx.connection.cursor()
    try:
        yield driver
    except tx.dialect.loaded_dbapi.Error as error:
        base = tx.dialect.loaded_dbapi.Error
        # Without parameters: they hold addresses.
        raise sa.exc.DBAPIError.instance(text, None, error, base, hide_parameters=True) from error
    finally:
        driver.close()


def prepare(statement: ClauseElement, dialect: sa.Dialect) -> tuple[str, Bound]:
    """Return the statement's SQL, and what makes its parameters of a row."""
    compiled = statement.compile(dialect=dialect)
    constants = {name: value for name, value in compiled.params.items() if value is not None}
    changes = {
        name: change
        for name, bind in compiled.binds.items()  # type: ignore[attr-defined]
        if (change := bind.type.dialect_impl(dialect).bind_processor(dialect))
    }
    names = getattr(compiled, "positiontup", None) or tuple(compiled.params)
    usual = [constants.get(name) for name in names]
    # All rows of a transaction have the same moment.
    own = [
        (at, name, lru_cache(8)(changes[name]) if name in changes else None)
        for at, name in enumerate(names)
        if name not in constants
    ]
    for at, name in enumerate(names):
        if name in constants and name in changes:
            usual[at] = changes[name](usual[at])

    def in_order(row: Row) -> Any:
        values = usual.copy()
        for at, name, change in own:
            values[at] = change(row[name]) if change else row[name]
        return values

    def by_name(row: Row) -> Any:
        return dict(zip(names, in_order(row), strict=True))

    return str(compiled), in_order if dialect.positional else by_name
