"""What the ledger says: how deliveries stand, who got what, and whether its promises hold."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from newsletter.domain.delivery import UNDELIVERED, UNSEEN, Kind, State
from newsletter.errors import NotFoundError
from newsletter.store.deliveries import Delivery
from newsletter.store.schema import attempts, deliveries, editions, issues, subscribers


def states(tx: sa.Connection) -> dict[str, int]:
    """Return how many deliveries stand in each state, 0 included."""
    statement = sa.select(deliveries.c.state, sa.func.count()).group_by(deliveries.c.state)
    found = {row[0]: row[1] for row in tx.execute(statement)}
    return {state.value: found.get(state.value, 0) for state in State}


def count_due(tx: sa.Connection, now: datetime) -> int:
    """Return how many deliveries could go out now."""
    statement = sa.select(sa.func.count()).where(
        deliveries.c.state.in_(UNDELIVERED), deliveries.c.next_attempt_at <= now
    )
    return int(tx.execute(statement).scalar_one())


@dataclass(frozen=True, slots=True)
class Listed:
    """A delivery in a list."""

    id: int
    kind: str
    edition: str
    subscriber: str
    state: str
    message_id: str
    attempts: int
    reply: str
    due_at: datetime
    next_attempt_at: datetime


def listed(tx: sa.Connection, state: str = "", address: str = "") -> list[Listed]:
    """Return the deliveries, newest first; only those in a state or to an address, if given."""
    c = deliveries.c
    statement = (
        sa.select(
            c.id,
            c.kind,
            sa.func.coalesce(editions.c.name, ""),
            subscribers.c.address,
            c.state,
            c.message_id,
            c.attempts,
            c.reply,
            c.due_at,
            c.next_attempt_at,
        )
        .join(subscribers, subscribers.c.id == c.subscriber_id)
        .outerjoin(editions, editions.c.id == c.edition_id)
        .order_by(c.id.desc())
    )
    if state:
        statement = statement.where(c.state == state)
    if address:
        statement = statement.where(subscribers.c.address == address)
    return [Listed(*tuple(row)) for row in tx.execute(statement)]


def attempts_of(tx: sa.Connection, delivery_id: int) -> list[tuple[int, datetime, str, str]]:
    """Return number, time, result and reply of each attempt; raises NotFoundError."""
    known = sa.select(deliveries.c.id).where(deliveries.c.id == delivery_id)
    if tx.execute(known).first() is None:
        raise NotFoundError(f"there is no delivery {delivery_id}; see `newsletter deliveries list`")
    statement = sa.select(attempts.c.number, attempts.c.at, attempts.c.result, attempts.c.reply)
    rows = tx.execute(
        statement.where(attempts.c.delivery_id == delivery_id).order_by(attempts.c.id)
    )
    return [(row.number, row.at, row.result, row.reply) for row in rows]


def broken_promises(tx: sa.Connection) -> list[str]:
    """Return what contradicts the ledger's promises, nothing if all hold.

    Every issue has its delivery; accepted has a 2xx reply or evidence behind it; what was accepted
    or is in doubt was armed before.
    """
    from_issue = sa.select(issues.c.id).outerjoin(deliveries, deliveries.c.issue_id == issues.c.id)
    orphans = tx.execute(from_issue.where(deliveries.c.id.is_(None))).scalars()
    found = [f"issue {one} has no delivery" for one in orphans]
    past_dot = deliveries.c.state.in_((State.ACCEPTED, State.IN_DOUBT, State.ARMED))
    unarmed = sa.select(deliveries.c.id).where(past_dot, deliveries.c.armed_at.is_(None))
    found += [f"delivery {one} went out unarmed" for one in tx.execute(unarmed).scalars()]
    silent = sa.select(deliveries.c.id).where(
        deliveries.c.state == State.ACCEPTED, deliveries.c.reply == ""
    )
    found += [f"delivery {one} is accepted by nobody" for one in tx.execute(silent).scalars()]
    return found


def unanswered(tx: sa.Connection, subscriber_id: int, since: datetime) -> list[datetime]:
    """Return when confirmations were asked for since then that the reader has not used.

    One that never went out does not count, nor does one before the last time they confirmed.
    """
    c = deliveries.c
    statement = (
        sa.select(c.queued_at)
        .join(subscribers, subscribers.c.id == c.subscriber_id)
        .where(c.subscriber_id == subscriber_id, c.kind == Kind.CONFIRMATION)
        .where(c.queued_at > since, c.state.not_in(UNSEEN))
        .where(
            sa.or_(subscribers.c.confirmed_at.is_(None), c.queued_at > subscribers.c.confirmed_at)
        )
    )
    return list(tx.execute(statement).scalars())


def is_superseded(tx: sa.Connection, delivery: Delivery) -> bool:
    """Return whether a newer issue waits for the same reader: one at most is undelivered."""
    statement = sa.select(deliveries.c.id).where(
        deliveries.c.subscriber_id == delivery.subscriber_id,
        deliveries.c.kind == Kind.DIGEST,
        deliveries.c.id > delivery.id,
    )
    return delivery.kind is Kind.DIGEST and tx.execute(statement.limit(1)).first() is not None
