"""Libraries of thousands of readers, in columns as ranking reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.dialects import postgresql

from newsletter.domain.library import VERDICTS
from newsletter.store.database import batches
from newsletter.store.tables_works import examples

CODES = {verdict.value: place for place, verdict in enumerate(VERDICTS)}


@dataclass(frozen=True, slots=True, eq=False)
class Shelved:
    """Readers' examples in columns: those of reader i are at starts[i]:starts[i + 1].

    Topic by topic; a paper that is an example of two topics stands twice.
    """

    readers: tuple[int, ...]  # who has any, ascending
    starts: NDArray[np.intp]  # shape (m + 1,)
    works: NDArray[np.int64]  # rows of works, shape (n,)
    verdicts: NDArray[np.int8]  # places in VERDICTS, shape (n,)
    at: NDArray[np.float64]  # seconds since 1970, UTC, shape (n,)


NONE = Shelved((), np.zeros(1, np.intp), np.zeros(0, np.int64), np.zeros(0, np.int8), np.zeros(0))


def shelved(tx: sa.Connection, ids: Sequence[int]) -> Shelved:
    """Return the libraries of these readers; who has none is left out.

    Made for thousands of readers a call: a statement for 500, and each row of the answer is a whole
    reader with the columns as text. A row an example took three times as long.
    """
    c = examples.c
    code = sa.case(CODES, value=c.verdict)
    columns = [in_line(tx, one) for one in (c.work_id, code, seconds(tx, c.at))]
    rows: list[Any] = []
    for chunk in batches(sorted(ids)):
        statement = (
            sa.select(c.subscriber_id, sa.func.count(), *columns)
            .where(c.subscriber_id.in_(chunk))
            .group_by(c.subscriber_id)
            .order_by(c.subscriber_id)
        )
        rows += tx.execute(statement).all()
    if not rows:
        return NONE
    readers, counts, *texts = zip(*rows, strict=True)
    starts = np.zeros(len(readers) + 1, np.intp)
    np.cumsum(counts, out=starts[1:])
    works, verdicts, at = (np.fromstring(",".join(one), np.int64, sep=",") for one in texts)
    return Shelved(readers, starts, works, verdicts.astype(np.int8), at.astype(np.float64))


def in_line(tx: sa.Connection, column: "sa.ColumnElement[Any]") -> "sa.ColumnElement[str]":
    """Return a group's whole numbers as text with commas, in the order of the primary key.

    SQLite goes through the table in that order, but knows no ORDER BY here before 3.44.
    """
    if tx.dialect.name == "postgresql":
        text, key = sa.cast(column, sa.Text), [examples.c.topic, examples.c.work_id]
        return sa.func.string_agg(text, postgresql.aggregate_order_by(sa.literal(","), *key))
    return sa.func.group_concat(column)


def seconds(tx: sa.Connection, column: "sa.Column[datetime]") -> "sa.ColumnElement[int]":
    """Return a time as whole seconds since 1970: parsing millions of texts here takes long."""
    if tx.dialect.name == "postgresql":
        return sa.cast(sa.func.floor(sa.func.extract("epoch", column)), sa.BigInteger)
    return sa.func.strftime("%s", column)
