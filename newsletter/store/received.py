"""What one subscriber was sent, and when they came and left: for their own eyes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from newsletter.domain.delivery import UNDELIVERED, UNSEEN, Kind
from newsletter.store.schema import (
    deliveries,
    editions,
    issues,
    items,
    paper_versions,
    papers,
    subscribers,
    suppressions,
)


@dataclass(frozen=True, slots=True)
class Received:
    """A mail to a subscriber; the papers in it, if it is a digest, as title, link and topic."""

    kind: Kind
    edition: str  # "" of a note
    state: str
    queued_at: datetime
    settled_at: datetime | None
    papers: Sequence[tuple[str, str, str]] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """When a subscriber came and left, and whether their address is suppressed and why."""

    confirmed_at: datetime | None
    unsubscribed_at: datetime | None
    suppressed: str


def mails(tx: sa.Connection, subscriber_id: int) -> list[Received]:
    """Return all mails to a subscriber, sent or not, the first one first."""
    c = deliveries.c
    query = (
        sa.select(c.kind, c.state, c.queued_at, c.settled_at, c.issue_id, editions.c.name)
        .outerjoin(editions, editions.c.id == c.edition_id)
        .where(c.subscriber_id == subscriber_id)
        .order_by(c.id)
    )
    shown = papers_of(tx, subscriber_id)
    return [
        Received(
            Kind(row.kind),
            row.name or "",
            row.state,
            row.queued_at,
            row.settled_at,
            shown.get(row.issue_id, ()),
        )
        for row in tx.execute(query)
    ]


def papers_of(tx: sa.Connection, subscriber_id: int) -> dict[int, list[tuple[str, str, str]]]:
    """Return by issue the titles (as they were), links and topics of a subscriber's papers."""
    of_version = sa.and_(
        paper_versions.c.paper_id == items.c.paper_id,
        paper_versions.c.number == items.c.paper_version,
    )
    query = (
        sa.select(items.c.issue_id, paper_versions.c.title, papers.c.url, items.c.topic)
        .join(issues, issues.c.id == items.c.issue_id)
        .join(papers, papers.c.id == items.c.paper_id)
        .join(paper_versions, of_version)
        .where(issues.c.subscriber_id == subscriber_id)
        .order_by(items.c.issue_id, items.c.position)
    )
    found: dict[int, list[tuple[str, str, str]]] = {}
    for row in tx.execute(query):
        found.setdefault(row.issue_id, []).append((row.title, row.url or "", row.topic))
    return found


def standing(tx: sa.Connection, subscriber_id: int) -> Standing:
    """Return when a subscriber came and left; the subscriber exists."""
    query: sa.Select[Any] = (
        sa.select(subscribers.c.confirmed_at, subscribers.c.unsubscribed_at, suppressions.c.reason)
        .outerjoin(suppressions, suppressions.c.address == subscribers.c.address)
        .where(subscribers.c.id == subscriber_id)
    )
    row = tx.execute(query).one()
    return Standing(row.confirmed_at, row.unsubscribed_at, row.reason or "")


def was_warned(tx: sa.Connection, subscriber_id: int, key: str, since: datetime) -> bool:
    """Return whether an alarm whose key begins so still waits, or was made since then."""
    c = deliveries.c
    query = sa.select(c.id).where(
        c.subscriber_id == subscriber_id,
        c.kind == Kind.ALARM,
        c.key.startswith(key, autoescape=True),
        sa.or_(c.queued_at > since, c.state.in_(UNDELIVERED)),
    )
    return tx.execute(query.limit(1)).first() is not None


def was_asked(tx: sa.Connection, subscriber_id: int, kind: Kind, since: datetime) -> bool:
    """Return whether a note of this kind was asked for since then, and may have gone out."""
    c = deliveries.c
    query = sa.select(c.id).where(
        c.subscriber_id == subscriber_id,
        c.kind == kind,
        c.queued_at > since,
        c.state.not_in(UNSEEN),
    )
    return tx.execute(query.limit(1)).first() is not None
