"""Libraries of thousands of readers, in columns as ranking reads them."""

from array import array
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from newsletter.domain.library import VERDICTS, Library
from newsletter.store.database import batches
from newsletter.store.tables_works import examples

CODES = {verdict.value: place for place, verdict in enumerate(VERDICTS)}


def by_reader(tx: sa.Connection, ids: Sequence[int]) -> dict[int, Library]:
    """Return the libraries of these readers; who has none is left out.

    Made for thousands of readers a call: a statement for 500, and each row of the answer is a whole
    topic of a reader with its columns as text. A row an example took three times as long.
    """
    c = examples.c
    code = sa.case(CODES, value=c.verdict)
    columns = [in_line(tx, one) for one in (c.work_id, code, seconds(tx, c.at))]
    found: dict[int, Library] = {}
    for chunk in batches(sorted(ids)):
        statement = (
            sa.select(c.subscriber_id, c.topic, *columns)
            .where(c.subscriber_id.in_(chunk))
            .group_by(c.subscriber_id, c.topic)
            .order_by(c.subscriber_id, c.topic)
        )
        for reader, rows in groupby(tx.execute(statement), itemgetter(0)):
            found[reader] = to_library(rows)
    return found


def in_line(tx: sa.Connection, column: "sa.ColumnElement[Any]") -> "sa.ColumnElement[str]":
    """Return a group's whole numbers as text with commas, in the order of the primary key.

    SQLite goes through the table in that order, but knows no ORDER BY here before 3.44.
    """
    if tx.dialect.name == "postgresql":
        text = sa.cast(column, sa.Text)
        return sa.func.string_agg(
            text, postgresql.aggregate_order_by(sa.literal(","), examples.c.work_id)
        )
    return sa.func.group_concat(column)


def seconds(tx: sa.Connection, column: "sa.Column[datetime]") -> "sa.ColumnElement[int]":
    """Return a time as whole seconds since 1970: parsing millions of texts here takes long."""
    if tx.dialect.name == "postgresql":
        return sa.cast(sa.func.floor(sa.func.extract("epoch", column)), sa.BigInteger)
    return sa.func.strftime("%s", column)


def to_library(rows: Iterable[Any]) -> Library:
    """Return one reader's rows as a library."""
    rows = list(rows)
    if len(rows) == 1 and not rows[0][1]:  # nearly every reader's
        _, _, ids, codes, times = rows[0]
        found = array("q", map(int, ids.split(",")))
        nowhere = array("i", bytes(4 * len(found)))
        return Library(found, coded(codes), nowhere, array("d", map(float, times.split(","))))
    names = [""]
    works, verdicts, topics = array("q"), array("b"), array("i")
    at = array("d")
    for _, topic, ids, codes, times in rows:
        if topic:
            names.append(topic)
        found = array("q", map(int, ids.split(",")))
        works += found
        verdicts += coded(codes)
        topics += array("i", [len(names) - 1 if topic else 0]) * len(found)
        at.extend(map(float, times.split(",")))
    return Library(works, verdicts, topics, at, tuple(names))


@lru_cache(maxsize=4096)
def coded(codes: str) -> "array[int]":
    """Return verdicts' places, not to be changed: libraries of one length often have the same."""
    return array("b", map(int, codes.split(",")))
