"""Papers for people: listing and searching them, one paper with all that is known of it."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from newsletter.domain.paper import FIELDS, Paper
from newsletter.domain.summary import Summary
from newsletter.errors import NotFoundError
from newsletter.store import summaries
from newsletter.store.keeping import SAME_WORK
from newsletter.store.papers import load_rows, to_paper
from newsletter.store.schema import feeds, paper_keys, paper_versions, papers


@dataclass(frozen=True, slots=True)
class Wish:
    """Which papers to list, newest first."""

    words: tuple[str, ...] = ()  # each in title or abstract
    since: datetime | None = None  # first seen then or later
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """A paper in a list."""

    key: str
    title: str
    authors: tuple[str, ...]
    first_seen: datetime
    twins: int  # how many are folded into it


@dataclass(frozen=True, slots=True)
class Twin:
    """A paper folded into another, and why."""

    key: str
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Version:
    """One of a paper's texts."""

    number: int
    title: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Whole:
    """All that is known of a paper."""

    key: str
    paper: Paper
    summary: Summary | None
    first_seen: datetime
    dates: dict[str, datetime | None]  # withdrawn_at, replaced_at, appeared_at
    keys: tuple[str, ...]
    origins: dict[str, str]  # field -> the feed that gave it
    versions: tuple[Version, ...]
    twins: tuple[Twin, ...]
    folded_into: str


def listed(tx: sa.Connection, wish: Wish) -> list[Listed]:
    """Return the papers that a wish asks for, without those folded into others."""
    twin = papers.alias()
    twins = sa.select(sa.func.count()).where(twin.c.twin_id == papers.c.id).scalar_subquery()
    statement = sa.select(papers, twins.label("twins")).where(papers.c.twin_id.is_(None))
    for word in wish.words:
        there = papers.c.title.icontains(word, autoescape=True)
        there |= papers.c.abstract.icontains(word, autoescape=True)
        statement = statement.where(there)
    if wish.since:
        statement = statement.where(papers.c.first_seen >= wish.since)
    rows = tx.execute(statement.order_by(papers.c.id.desc()).limit(wish.limit))
    return [
        Listed(row.key, row.title, tuple(json.loads(row.authors)), row.first_seen, row.twins)
        for row in rows
    ]


def whole(tx: sa.Connection, key: str) -> Whole:
    """Return the paper known by this key, public or not; raises NotFoundError."""
    row = find(tx, key)
    names = tx.execute(sa.select(paper_keys.c.key).where(paper_keys.c.paper_id == row.id))
    c = paper_versions.c
    texts = sa.select(c.number, c.title, c.seen_at).where(c.paper_id == row.id).order_by(c.number)
    twins = sa.select(papers.c.key, papers.c.title, papers.c.twin_why)
    folded = tx.execute(twins.where(papers.c.twin_id == row.id).order_by(papers.c.id)).all()
    root = sa.select(papers.c.key).where(papers.c.id == row.twin_id)
    text = (row.id, row.number or 1)
    said = summaries.newest(tx, [text]).get(text)
    return Whole(
        key=row.key,
        paper=to_paper(row),
        summary=said[1] if said else None,
        first_seen=row.first_seen,
        dates={one: getattr(row, one) for one in ("withdrawn_at", "replaced_at", "appeared_at")},
        keys=tuple(sorted(names.scalars())),
        origins=origins(tx, row),
        versions=tuple(Version(*one) for one in tx.execute(texts)),
        twins=tuple(Twin(*one) for one in folded),
        folded_into=tx.execute(root).scalar() or "",
    )


def find(tx: sa.Connection, key: str) -> Any:
    """Return the row with this public key, else the one known by it; raises NotFoundError."""
    known = sa.select(sa.func.coalesce(papers.c.twin_id, papers.c.id))
    known = known.join(paper_keys, paper_keys.c.paper_id == papers.c.id)
    known = known.where(paper_keys.c.key == key, papers.c.twin_why == SAME_WORK)
    own = sa.select(paper_keys.c.paper_id).where(paper_keys.c.key == key)
    for which in (papers.c.key == key, papers.c.id.in_(known), papers.c.id.in_(own)):
        rows = load_rows(tx, which)
        if rows:
            return rows[0]
    raise NotFoundError(f"there is no paper {key}; `newsletter papers list` shows all")


def origins(tx: sa.Connection, row: Any) -> dict[str, str]:
    """Return which feed gave each field that the paper has."""
    names = {one.id: one.name for one in tx.execute(sa.select(feeds.c.id, feeds.c.name))}
    given, paper = json.loads(row.origins), to_paper(row)
    filled = [name for name in FIELDS if getattr(paper, name) not in ("", (), None)]
    return {name: names.get(given.get(name, row.feed_id), "") for name in filled}


def without_id(tx: sa.Connection) -> dict[str, Paper]:
    """Return by public key the unfolded papers that have neither an arXiv id nor a DOI."""
    which = sa.and_(papers.c.arxiv_id == "", papers.c.doi == "", papers.c.twin_id.is_(None))
    return {row.key: to_paper(row) for row in load_rows(tx, which)}
