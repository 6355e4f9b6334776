"""Papers: kept once under their key, each change of text as a version."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NewType

import sqlalchemy as sa

from newsletter.domain.paper import AnnounceType, Paper, merge
from newsletter.store.database import batches
from newsletter.store.schema import paper_versions, papers

PaperRow = NewType("PaperRow", int)

Summarise = Callable[[Paper], str]
readable = json.JSONEncoder(ensure_ascii=False).encode  # made once: dumps makes one each time


@dataclass(frozen=True, slots=True)
class Stored:
    """A paper as it is kept."""

    row: PaperRow
    paper: Paper
    version: int  # ours: the number of its text, from 1
    tldr: str
    first_seen: datetime


def keep(
    tx: sa.Connection, found: Sequence[Paper], feed_id: int, now: datetime, summarise: Summarise
) -> Counter[str]:
    """Store the papers and return how many were new, updated and duplicate."""
    counts = Counter[str](new=0, updated=0, duplicate=0)
    for chunk in batches(found):
        keys = [paper.key for paper in chunk]  # worked out once, for a key is a hash of texts
        known = by_keys(tx, keys)
        fresh: dict[str, Paper] = {}
        for key, paper in zip(keys, chunk, strict=True):
            if key in known:
                counts[renew(tx, known, paper, now, summarise)] += 1
            elif key in fresh:
                fresh[key] = merge(fresh[key], paper)
                counts["duplicate"] += 1
            else:
                fresh[key] = paper
                counts["new"] += 1
        insert(tx, fresh, feed_id, now, summarise)
    return counts


def insert(
    tx: sa.Connection,
    fresh: Mapping[str, Paper],
    feed_id: int,
    now: datetime,
    summarise: Summarise,
) -> None:
    """Insert papers that nobody knew, by their keys, each with its first version."""
    if not fresh:
        return
    seen = {"feed_id": feed_id, "first_seen": now, "changed_at": now}
    tldrs = {key: summarise(paper) for key, paper in fresh.items()}
    rows = [
        {**to_row(paper), **seen, "key": key, "tldr": tldrs[key]} for key, paper in fresh.items()
    ]
    tx.execute(papers.insert(), rows)
    ids = tx.execute(sa.select(papers.c.id, papers.c.key).where(papers.c.key.in_(fresh)))
    tx.execute(
        paper_versions.insert(),
        [to_version(row, 1, fresh[key], tldrs[key], now) for row, key in ids.all()],
    )


def renew(
    tx: sa.Connection,
    known: dict[str, Stored],
    paper: Paper,
    now: datetime,
    summarise: Summarise,
) -> str:
    """Merge another sight of a known paper and return what it was: updated or duplicate."""
    old = known[paper.key]
    new = merge(old.paper, paper)
    if new == old.paper:
        return "duplicate"
    tldr, number = old.tldr, old.version
    # Any other letter, for an issue quotes a version by offsets into its text.
    if (old.paper.title, old.paper.abstract) != (new.title, new.abstract):
        tldr, number = summarise(new), old.version + 1
        tx.execute(paper_versions.insert(), to_version(old.row, number, new, tldr, now))
    values = {**to_row(new), "tldr": tldr, "changed_at": now}
    tx.execute(papers.update().where(papers.c.id == old.row).values(**values))
    known[paper.key] = Stored(old.row, new, number, tldr, old.first_seen)
    return "updated"


def by_keys(tx: sa.Connection, keys: Sequence[str]) -> dict[str, Stored]:
    """Return the known papers among these keys."""
    return {one.paper.key: one for one in load(tx, papers.c.key.in_(keys))}


def newest_row(tx: sa.Connection, until: datetime) -> int:
    """Return the row of the newest paper first seen by then, 0 if there is none."""
    statement = sa.select(sa.func.max(papers.c.id)).where(papers.c.first_seen <= until)
    return tx.execute(statement).scalar() or 0


def between(tx: sa.Connection, after: int, until: int) -> list[Stored]:
    """Return the papers whose row is over `after` and not over `until`, in that order."""
    return load(tx, sa.and_(papers.c.id > after, papers.c.id <= until))


def by_rows(tx: sa.Connection, rows: Sequence[int]) -> list[Stored]:
    """Return the papers with these row numbers."""
    return load(tx, papers.c.id.in_(rows)) if rows else []


def load(tx: sa.Connection, which: sa.ColumnElement[bool]) -> list[Stored]:
    """Return the papers that the condition picks, in the order in which they came."""
    newest = (
        sa.select(sa.func.max(paper_versions.c.number))
        .where(paper_versions.c.paper_id == papers.c.id)
        .scalar_subquery()
    )
    rows = tx.execute(sa.select(papers, newest.label("number")).where(which).order_by(papers.c.id))
    return [
        Stored(PaperRow(row.id), to_paper(row), row.number or 1, row.tldr, row.first_seen)
        for row in rows
    ]


def count(tx: sa.Connection) -> int:
    """Return how many papers are kept."""
    return tx.execute(sa.select(sa.func.count()).select_from(papers)).scalar_one()


def to_row(paper: Paper) -> dict[str, Any]:
    """Return the paper's own columns."""
    return {
        "title": paper.title,
        "abstract": paper.abstract,
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
