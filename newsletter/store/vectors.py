"""Vectors by embedder and text: kept once a text, asked for by the text's digest."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from newsletter.store.database import among, batches, insert_missing
from newsletter.store.schema import papers
from newsletter.store.tables_vectors import vectors

# Where digests of texts stand whose vectors are wanted: a table with such texts puts its own here.
TEXTS: list["sa.Column[str]"] = [papers.c.text_digest]
KIND = np.dtype("<f2")  # half of float32's bytes, and cosines within 1e-4 of its own

Vector = NDArray[np.float32]  # shape (d,)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A paper whose text has no vector yet."""

    digest: str
    title: str
    abstract: str


def pack(vector: Vector) -> bytes:
    """Return the vector as it is kept."""
    return vector.astype(KIND).tobytes()


def unpack(kept: bytes) -> Vector:
    """Return a kept vector, as long as 1 again; zeros stay zeros."""
    found = np.frombuffer(kept, KIND).astype(np.float32)
    length = np.linalg.norm(found)
    return found / length if length else found


def kept(tx: sa.Connection, embedder: str, digests: Collection[str]) -> dict[str, Vector]:
    """Return the vectors that are kept of these texts, by digest."""
    found: dict[str, Vector] = {}
    for some in batches(list(digests)):
        statement = sa.select(vectors.c.digest, vectors.c.vector).where(
            vectors.c.embedder == embedder, among(tx, vectors.c.digest, some)
        )
        found |= {row.digest: unpack(row.vector) for row in tx.execute(statement)}
    return found


def keep(tx: sa.Connection, embedder: str, new: Mapping[str, Vector]) -> None:
    """Keep vectors by their texts' digests; those that another process kept first stay."""
    rows = [
        {"embedder": embedder, "digest": digest, "vector": pack(vector)}
        for digest, vector in new.items()
    ]
    insert_missing(tx, vectors, rows)


def lacking(tx: sa.Connection, embedder: str, limit: int, after: int = 0) -> list[Wanted]:
    """Return papers without a vector, the newest first, of those whose row is over `after`."""
    wanted = sa.select(papers.c.text_digest, papers.c.title, papers.c.abstract)
    # The ids first: so the scan stays in the index and touches no text.
    ids = without(sa.select(papers.c.id), embedder, after).order_by(papers.c.id.desc()).limit(limit)
    found = tx.execute(wanted.where(papers.c.id.in_(ids)).order_by(papers.c.id.desc()))
    return [Wanted(row.text_digest, row.title, row.abstract) for row in found]


def count_lacking(tx: sa.Connection, embedder: str, after: int = 0) -> int:
    """Return how many papers have no vector, of those whose row is over `after`."""
    statement = without(sa.select(sa.func.count()), embedder, after)
    return int(tx.execute(statement).scalar_one())


def without(statement: "sa.Select[Any]", embedder: str, after: int) -> "sa.Select[Any]":
    """Return the statement over the papers that are not folded and have no vector."""
    same = sa.and_(vectors.c.digest == papers.c.text_digest, vectors.c.embedder == embedder)
    conditions: list[sa.ColumnElement[bool]] = [
        vectors.c.digest.is_(None),
        papers.c.twin_id.is_(None),
    ]
    if after:  # or SQLite would read the papers instead of their index
        conditions.append(papers.c.id > after)
    return statement.select_from(papers.outerjoin(vectors, same)).where(*conditions)


def prune(tx: sa.Connection, embedder: str) -> int:
    """Forget the vectors of other embedders and of texts that stand nowhere; return how many."""
    nowhere = [vectors.c.digest.not_in(sa.select(column)) for column in TEXTS]
    useless = sa.or_(vectors.c.embedder != embedder, sa.and_(*nowhere))
    return tx.execute(vectors.delete().where(useless)).rowcount
