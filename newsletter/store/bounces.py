"""Mail that came back, delivery by delivery, and what it was about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from newsletter.domain.delivery import State
from newsletter.store.database import insert_new
from newsletter.store.schema import deliveries, issues, subscribers
from newsletter.store.tables_bounces import bounces

# What has left the house can come back; a report about anything else is forged.
GONE_OUT = (State.ARMED, State.ACCEPTED, State.IN_DOUBT)
MOST_NAMED = 20  # Message-IDs of one report


@dataclass(frozen=True, slots=True)
class About:
    """The delivery that a report is about."""

    delivery_id: int
    subscriber_id: int
    address: str
    state: State


@dataclass(frozen=True, slots=True)
class Bounce:
    """What is kept of a report."""

    digest: str
    delivery_id: int
    subscriber_id: int
    verdict: str
    status: str
    reason: str
    diagnostic: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """A bounce in a list."""

    at: datetime
    subscriber: str
    delivery: int
    verdict: str
    status: str
    reason: str
    diagnostic: str


def by_delivery(tx: sa.Connection, delivery_id: int) -> About | None:
    """Return what went out under this key; None if nothing did."""
    return found(tx, deliveries.c.id == delivery_id)


def by_issue(tx: sa.Connection, subscriber_id: int, issue_id: int) -> About | None:
    """Return the digest of an issue, if it went out to this subscriber."""
    mine = sa.and_(issues.c.id == issue_id, issues.c.subscriber_id == subscriber_id)
    return found(tx, deliveries.c.issue_id.in_(sa.select(issues.c.id).where(mine)))


def by_message_id(tx: sa.Connection, named: Sequence[str]) -> About | None:
    """Return what went out under one of these Message-IDs."""
    known = [one for one in named if one][:MOST_NAMED]
    return found(tx, deliveries.c.message_id.in_(known)) if known else None


def found(tx: sa.Connection, condition: sa.ColumnElement[bool]) -> About | None:
    """Return the first delivery that went out and for which the condition holds."""
    c = deliveries.c
    statement = (
        sa.select(c.id, c.subscriber_id, subscribers.c.address, c.state)
        .join(subscribers, subscribers.c.id == c.subscriber_id)
        .where(condition, c.state.in_([one.value for one in GONE_OUT]))
        .order_by(c.id.desc())
    )
    row = tx.execute(statement.limit(1)).first()
    return About(row.id, row.subscriber_id, row.address, State(row.state)) if row else None


def keep(tx: sa.Connection, new: Bounce) -> bool:
    """Keep a bounce and return whether it is new."""
    row = {name: getattr(new, name) for name in Bounce.__dataclass_fields__}
    return insert_new(tx, bounces, row, bounces.c.id) is not None


def soft_days(tx: sa.Connection, subscriber_id: int, since: datetime) -> list[datetime]:
    """Return when the soft bounces of a subscriber came, oldest first."""
    c = bounces.c
    statement = sa.select(c.at).where(
        c.subscriber_id == subscriber_id, c.verdict == "count", c.at >= since
    )
    return list(tx.execute(statement.order_by(c.at)).scalars())


def settle_doubt(tx: sa.Connection, delivery_id: int, why: str, now: datetime) -> bool:
    """Settle a doubt: what came back had gone out; return whether there was one."""
    statement = deliveries.update().where(
        deliveries.c.id == delivery_id, deliveries.c.state == State.IN_DOUBT
    )
    values = {"state": State.ACCEPTED.value, "reply": why, "settled_at": now}
    return tx.execute(statement.values(**values)).rowcount == 1


def listed(tx: sa.Connection, address: str = "", verdict: str = "") -> list[Listed]:
    """Return the bounces, newest first; only those of an address or with a verdict, if given."""
    c = bounces.c
    statement = (
        sa.select(
            c.at, subscribers.c.address, c.delivery_id, c.verdict, c.status, c.reason, c.diagnostic
        )
        .join(subscribers, subscribers.c.id == c.subscriber_id)
        .order_by(c.id.desc())
    )
    if address:
        statement = statement.where(subscribers.c.address == address)
    if verdict:
        statement = statement.where(c.verdict == verdict)
    return [Listed(*row) for row in tx.execute(statement)]
