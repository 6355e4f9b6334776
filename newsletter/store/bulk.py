"""Many rows at once: inserting tuples straight through the driver, and reserving their keys."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

Rows = Sequence[tuple[Any, ...]]


def insert_rows(tx: sa.Connection, table: sa.Table, names: Sequence[str], rows: Rows) -> None:
    """Insert tuples of these columns.

    Straight to the driver: for a million rows SQLAlchemy's own way takes longer than the database.
    """
    if rows:
        tx.exec_driver_sql(insertion(tx, table, names), converted(tx, table, names, rows))


def insert_missing_rows(
    tx: sa.Connection, table: sa.Table, names: Sequence[str], rows: Rows
) -> int:
    """Insert as `insert_rows` does those that no unique key stands against; return how many."""
    if not rows:
        return 0
    statement = f"{insertion(tx, table, names)} ON CONFLICT DO NOTHING"
    return tx.exec_driver_sql(statement, converted(tx, table, names, rows)).rowcount


def insertion(tx: sa.Connection, table: sa.Table, names: Sequence[str]) -> str:
    """Return the statement that inserts a row of these columns."""
    columns = ", ".join(f'"{name}"' for name in names)
    mark = "%s" if tx.dialect.name == "postgresql" else "?"
    marks = ", ".join([mark] * len(names))
    return f"INSERT INTO {table.name} ({columns}) VALUES ({marks})"  # noqa: S608, our own names


def converted(tx: sa.Connection, table: sa.Table, names: Sequence[str], rows: Rows) -> list[Any]:
    """Return the rows as the driver takes them; a column's few dates are converted once each."""
    converts = [
        (at, convert)
        for at, name in enumerate(names)
        if not isinstance(table.c[name].type, sa.Float)  # is one already, and no two are the same
        and (convert := table.c[name].type.dialect_impl(tx.dialect).bind_processor(tx.dialect))
    ]
    if not converts:
        return list(rows)
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    for at, convert in converts:
        known = {value: convert(value) for value in set(columns[at])}
        columns[at] = [known[value] for value in columns[at]]
    return list(zip(*columns, strict=True))


def reserve(tx: sa.Connection, table: sa.Table, number: int) -> Sequence[int]:
    """Return so many keys of the table that nobody else will use; only in `Store.write`.

    A bulk insert cannot tell which keys it gave. SQLite has one writer, so the next ones are ours.
    """
    if tx.dialect.name == "postgresql":
        sequence = sa.func.pg_get_serial_sequence(table.name, "id")
        each = sa.func.generate_series(1, number).table_valued("value")
        statement = sa.select(sa.func.nextval(sequence)).select_from(each)
        return list(tx.execute(statement).scalars())
    last = tx.execute(sa.select(sa.func.max(table.c.id))).scalar() or 0
    return range(last + 1, last + 1 + number)
