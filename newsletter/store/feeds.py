"""Feeds and their visits: what each brought, and what the next conditional GET must say."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from newsletter.domain.paper import Skipped
from newsletter.store.database import put
from newsletter.store.schema import feed_visits, feeds, papers


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as it is kept."""

    id: int
    url: str
    name: str
    etag: str
    last_modified: str
    due_at: datetime | None
    failures: int = 0  # in a row


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit to a feed: how it ended and what it brought."""

    feed_id: int
    visited_at: datetime
    outcome: str  # domain/visit.py
    why: str = ""
    reader: str = ""
    body_hash: str = ""
    read: int = 0
    new: int = 0
    updated: int = 0
    duplicate: int = 0
    skipped: tuple[Skipped, ...] = ()
    batch: str = ""  # the hash of the papers that were there, "" if there were none
    published: datetime | None = None  # the feed's own date, with its offset
    skip_days: tuple[int, ...] = ()


def find_or_add(tx: sa.Connection, url: str, name: str) -> Feed:
    """Return the feed with this address or path, kept under this name."""
    put(tx, feeds, {"url": url, "name": name}, ["url"])
    return Feed(*tx.execute(columns().where(feeds.c.url == url)).one())


def columns() -> "sa.Select[Any]":
    """Return the query for feeds, in the order of the noun's fields."""
    return sa.select(
        feeds.c.id,
        feeds.c.url,
        feeds.c.name,
        feeds.c.etag,
        feeds.c.last_modified,
        feeds.c.due_at,
        feeds.c.failures,
    )


def by_url(tx: sa.Connection) -> dict[str, Feed]:
    """Return all feeds ever visited by their address."""
    return {row.url: Feed(*row) for row in tx.execute(columns().order_by(feeds.c.id))}


def last_visits(tx: sa.Connection, good: bool) -> dict[int, Visit]:
    """Return the last visit to each feed by the feed's id; with `good`, the last that worked."""
    which = feed_visits.c.outcome != "failed" if good else sa.true()
    newest = sa.select(sa.func.max(feed_visits.c.id)).where(which).group_by(feed_visits.c.feed_id)
    rows = tx.execute(sa.select(feed_visits).where(feed_visits.c.id.in_(newest)))
    return {row.feed_id: to_visit(row) for row in rows}


def last_good_visit(tx: sa.Connection, feed_id: int) -> Visit | None:
    """Return the last visit to this feed that worked, None if there was none."""
    visits = feed_visits.c
    statement = sa.select(feed_visits).where(visits.feed_id == feed_id, visits.outcome != "failed")
    row = tx.execute(statement.order_by(visits.id.desc()).limit(1)).first()
    return to_visit(row) if row else None


def record(tx: sa.Connection, visit: Visit, due_at: datetime | None) -> None:
    """Keep the visit, when the next one is due, and how many failed in a row."""
    row = {name: getattr(visit, name) for name in Visit.__dataclass_fields__}
    row["skipped"] = json.dumps([[one.entry, one.why] for one in visit.skipped])
    row["published"] = visit.published.isoformat() if visit.published else ""
    row["skip_days"] = json.dumps(visit.skip_days)
    tx.execute(feed_visits.insert(), row)
    failures = feeds.c.failures + 1 if visit.outcome == "failed" else 0
    kept = feeds.update().where(feeds.c.id == visit.feed_id)
    tx.execute(kept.values(due_at=due_at, failures=failures))


def keep_validators(tx: sa.Connection, feed_id: int, etag: str, last_modified: str) -> None:
    """Keep what the next conditional GET will send."""
    statement = feeds.update().where(feeds.c.id == feed_id)
    tx.execute(statement.values(etag=etag, last_modified=last_modified))


def announced(tx: sa.Connection, after: int, until: int) -> dict[int, int]:
    """Return by feed how many papers it was the first to bring, of those between two rows."""
    statement = (
        sa.select(papers.c.feed_id, sa.func.count())
        .where(papers.c.id > after, papers.c.id <= until)
        .where(papers.c.announce_type.in_(("new", "cross")))
        .group_by(papers.c.feed_id)
    )
    return {row[0]: row[1] for row in tx.execute(statement)}


def last_well(tx: sa.Connection) -> dict[int, datetime]:
    """Return when each feed was last as it should be: neither failed nor late nor stale."""
    statement = (
        sa.select(feed_visits.c.feed_id, sa.func.max(feed_visits.c.visited_at))
        .where(feed_visits.c.outcome.not_in(("failed", "late", "stale")))
        .group_by(feed_visits.c.feed_id)
    )
    return {row[0]: row[1] for row in tx.execute(statement)}


@dataclass(frozen=True, slots=True)
class Silent:
    """A feed that has done nothing but fail."""

    name: str
    url: str
    why: str  # the last failure


def silent(tx: sa.Connection, since: datetime) -> list[Silent]:
    """Return the feeds that were visited before then, and have failed at each visit since."""
    v = feed_visits.c
    last = sa.func.max(sa.case((v.outcome != "failed", v.visited_at)))
    first = sa.func.min(v.visited_at)
    began = sa.func.coalesce(last, first)
    failing = (
        sa.select(v.feed_id, sa.func.max(v.id).label("visit"))
        .group_by(v.feed_id)
        .having(began < since)
        .subquery()
    )
    statement = (
        sa.select(feeds.c.name, feeds.c.url, v.why)
        .join(failing, failing.c.feed_id == feeds.c.id)
        .join(feed_visits, v.id == failing.c.visit)
        .where(feeds.c.failures > 0, v.outcome == "failed")
        .order_by(feeds.c.id)
    )
    return [Silent(*row) for row in tx.execute(statement)]


def brought_since(tx: sa.Connection, since: datetime) -> dict[int, int]:
    """Return by feed how many papers it was the first to bring since then."""
    statement = (
        sa.select(papers.c.feed_id, sa.func.count())
        .where(papers.c.first_seen > since)
        .group_by(papers.c.feed_id)
    )
    return {row[0]: row[1] for row in tx.execute(statement)}


def visited_since(tx: sa.Connection, since: datetime) -> Sequence[Visit]:
    """Return the last visit of each feed that was visited since then."""
    newest = (
        sa.select(sa.func.max(feed_visits.c.id))
        .where(feed_visits.c.visited_at > since)
        .group_by(feed_visits.c.feed_id)
    )
    rows = tx.execute(
        sa.select(feed_visits).where(feed_visits.c.id.in_(newest)).order_by(feed_visits.c.feed_id)
    )
    return [to_visit(row) for row in rows]


def batches(tx: sa.Connection, feed_id: int, since: datetime) -> list[tuple[str, datetime]]:
    """Return a feed's batches since then, oldest first: each one's hash and when it came."""
    kept, found = feed_visits.c, list[tuple[str, datetime]]()
    statement = (
        sa.select(kept.batch, kept.published, kept.visited_at)
        .where(kept.feed_id == feed_id, kept.visited_at > since, kept.batch != "")
        .order_by(kept.id)
    )
    for batch, published, visited_at in tx.execute(statement):
        if not found or found[-1][0] != batch:
            found.append((batch, datetime.fromisoformat(published) if published else visited_at))
    return found


def to_visit(row: Any) -> Visit:
    """Return the visit of a row."""
    fields = {name: getattr(row, name) for name in Visit.__dataclass_fields__}
    fields["skipped"] = tuple(Skipped(*one) for one in json.loads(row.skipped))
    fields["published"] = datetime.fromisoformat(row.published) if row.published else None
    fields["skip_days"] = tuple(json.loads(row.skip_days))
    return Visit(**fields)
