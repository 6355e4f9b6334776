"""Many rows at once: inserting tuples straight through the driver, and reserving their keys."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

import sqlalchemy as sa

Rows = Sequence[tuple[Any, ...]]
MOST_PARAMETERS = 32_766  # of one statement of SQLite; PostgreSQL takes 65,535


def insert_rows(tx: sa.Connection, table: sa.Table, names: Sequence[str], rows: Rows) -> None:
    """Insert tuples of these columns.

    Straight to the driver: for a million rows SQLAlchemy's own way takes longer than the database.
    """
    insert(tx, insertion(table, names), converted(tx, table, names, rows))


def insert_missing_rows(
    tx: sa.Connection, table: sa.Table, names: Sequence[str], rows: Rows
) -> int:
    """Insert as `insert_rows` does those that no unique key stands against; return how many."""
    start, end = insertion(table, names)
    return insert(tx, (start, f"{end} ON CONFLICT DO NOTHING"), converted(tx, table, names, rows))


def insert(tx: sa.Connection, around: tuple[str, str], rows: Rows) -> int:
    """Insert rows as the driver takes them, thousands in a statement; return how many went in.

    A statement a row, as `executemany` has, takes SQLite nearly twice as long, and hands Python's
    lock over at each row: another thread would keep it for milliseconds every time.
    """
    mark = "%s" if tx.dialect.name == "postgresql" else "?"
    number = 0
    for some in in_powers_of_two(rows):
        statement = valued(around, mark, len(some[0]), len(some))
        flat = tuple(chain.from_iterable(some))
        number += tx.exec_driver_sql(statement, flat).rowcount
    return number


def in_powers_of_two(rows: Rows) -> Iterator[Rows]:
    """Yield the rows in such numbers: few statements are prepared, and each is used again."""
    at = 0
    most = 1 << (MOST_PARAMETERS // len(rows[0])).bit_length() - 1 if rows else 0
    while at < len(rows):
        size = min(most, 1 << (len(rows) - at).bit_length() - 1)
        yield rows[at : at + size]
        at += size


@lru_cache(maxsize=64)
def valued(around: tuple[str, str], mark: str, width: int, number: int) -> str:
    """Return the statement of so many rows, its values marked."""
    row = f"({', '.join([mark] * width)})"
    return f"{around[0]} VALUES {', '.join([row] * number)}{around[1]}"


def insertion(table: sa.Table, names: Sequence[str]) -> tuple[str, str]:
    """Return what stands before and behind the values of rows of these columns."""
    columns = ", ".join(f'"{name}"' for name in names)
    return f"INSERT INTO {table.name} ({columns})", ""


def converted(tx: sa.Connection, table: sa.Table, names: Sequence[str], rows: Rows) -> list[Any]:
    """Return the rows as the driver takes them; a column's few dates are converted once each."""
    converts = [
        (at, convert)
        for at, name in enumerate(names)
        if not isinstance(table.c[name].type, sa.Float)  # is one already, and no two are the same
        and (convert := table.c[name].type.dialect_impl(tx.dialect).bind_processor(tx.dialect))
    ]
    if not converts or not rows:
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
