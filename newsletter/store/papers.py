"""Papers as they are kept: finding them, and their rows' columns."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NewType

import sqlalchemy as sa

from newsletter.domain.paper import AnnounceType, Paper
from newsletter.domain.wording import digest, wording
from newsletter.store.schema import paper_versions, papers

PaperRow = NewType("PaperRow", int)

readable = json.JSONEncoder(ensure_ascii=False).encode  # made once: dumps makes one each time


@dataclass(frozen=True, slots=True)
class Stored:
    """A paper as it is kept."""

    row: PaperRow
    paper: Paper
    version: int  # ours: the number of its text, from 1
    tldr: str
    first_seen: datetime


def by_keys(tx: sa.Connection, keys: Sequence[str]) -> dict[str, Stored]:
    """Return the known papers among these keys."""
    return {one.paper.key: one for one in load(tx, papers.c.key.in_(keys))}


def newest_row(tx: sa.Connection, until: datetime) -> int:
    """Return the row of the newest paper first seen by then, 0 if there is none."""
    statement = sa.select(sa.func.max(papers.c.id)).where(papers.c.first_seen <= until)
    return tx.execute(statement).scalar() or 0


def between(tx: sa.Connection, after: int, until: int) -> list[Stored]:
    """Return the papers whose row is over `after` and not over `until`, in that order.

    Those folded into another are left out.
    """
    unfolded = papers.c.twin_id.is_(None)
    return load(tx, sa.and_(papers.c.id > after, papers.c.id <= until, unfolded))


def by_rows(tx: sa.Connection, rows: Sequence[int]) -> list[Stored]:
    """Return the papers with these row numbers."""
    return load(tx, papers.c.id.in_(rows)) if rows else []


def load(tx: sa.Connection, which: sa.ColumnElement[bool]) -> list[Stored]:
    """Return the papers that the condition picks, in the order in which they came."""
    return [
        Stored(PaperRow(row.id), to_paper(row), row.number or 1, row.tldr, row.first_seen)
        for row in load_rows(tx, which)
    ]


def load_rows(tx: sa.Connection, which: sa.ColumnElement[bool]) -> Sequence[Any]:
    """Return the rows of `papers` that the condition picks, with the number of their text."""
    newest = (
        sa.select(sa.func.max(paper_versions.c.number))
        .where(paper_versions.c.paper_id == papers.c.id)
        .scalar_subquery()
    )
    statement = sa.select(papers, newest.label("number")).where(which).order_by(papers.c.id)
    return tx.execute(statement).all()


def count(tx: sa.Connection) -> int:
    """Return how many papers are kept."""
    return tx.execute(sa.select(sa.func.count()).select_from(papers)).scalar_one()


def to_row(paper: Paper) -> dict[str, Any]:
    """Return the paper's own columns."""
    return {
        "title": paper.title,
        "abstract": paper.abstract,
        "text_digest": digest(wording(paper.title, paper.abstract)),
        "authors": readable(paper.authors),
        "categories": json.dumps(paper.categories),
        "published": paper.published,
        "url": paper.url,
        "arxiv_id": paper.arxiv_id,
        "version": paper.version,
        "doi": paper.doi,
        "venue": paper.venue,
        "code_url": paper.code_url,
        "votes": paper.votes,
        "announce_type": paper.announce_type.value,
        "withdrawn": paper.withdrawn,
        "source_title": paper.source_title,
        "source_abstract": paper.source_abstract,
    }


def to_version(row: int, number: int, paper: Paper, tldr: str, now: datetime) -> dict[str, Any]:
    """Return the row of one version's text."""
    return {
        "paper_id": row,
        "number": number,
        "title": paper.title,
        "abstract": paper.abstract,
        "tldr": tldr,
        "seen_at": now,
    }


def to_paper(row: Any) -> Paper:
    """Return the paper of a row of `papers`."""
    return Paper(
        title=row.title,
        abstract=row.abstract,
        authors=tuple(json.loads(row.authors)),
        categories=tuple(json.loads(row.categories)),
        published=row.published,
        url=row.url,
        arxiv_id=row.arxiv_id,
        version=row.version,
        doi=row.doi,
        venue=row.venue,
        code_url=row.code_url,
        votes=row.votes,
        announce_type=AnnounceType(row.announce_type),
        withdrawn=bool(row.withdrawn),
        source_title=row.source_title,
        source_abstract=row.source_abstract,
    )
