"""Thousands of rows at once, on SQLite and on PostgreSQL."""

import pytest
import sqlalchemy as sa

from newsletter.store import bulk
from newsletter.store.schema import editions

NAMES = ("id", "name")


def names_in(store):
    with store.read() as tx:
        return tx.execute(sa.select(editions.c.id, editions.c.name).order_by(editions.c.id)).all()


@pytest.mark.parametrize("number", [0, 1, 5, 16_384, 16_385, 20_001])
def test_each_row_goes_in_once_however_many_there_are(store, number):
    rows = [(one, f"edition {one}") for one in range(1, number + 1)]
    with store.write() as tx:
        bulk.insert_rows(tx, editions, NAMES, rows)
    assert names_in(store) == rows


def test_rows_that_a_unique_key_stands_against_are_left_out_and_not_counted(store):
    with store.write() as tx:
        bulk.insert_rows(tx, editions, NAMES, [(one, f"edition {one}") for one in (3, 700, 701)])
        rows = [(one + 1000, f"edition {one}") for one in range(1, 1001)]
        assert bulk.insert_missing_rows(tx, editions, NAMES, rows) == 997
    assert len(names_in(store)) == 1000


def test_no_statement_has_more_values_than_sqlite_takes():
    for width in (1, 2, 8, 13, 14):
        rows = [(0,) * width] * 70_001
        sizes = [len(some) for some in bulk.in_powers_of_two(rows)]
        assert sum(sizes) == 70_001
        assert max(sizes) * width <= bulk.MOST_PARAMETERS
        assert {size & (size - 1) for size in sizes} == {0}
