"""What the ledger says: how deliveries stand, and who got what."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from newsletter.domain.delivery import UNDELIVERED, UNSEEN, Kind, State
from newsletter.errors import NotFoundError
from newsletter.store.deliveries import Delivery
from newsletter.store.schema import attempts, deliveries, editions, subscribers


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


@dataclass(frozen=True, slots=True)
class Filter:
    """Which deliveries are meant; what is empty leaves them all."""

    ids: tuple[int, ...] = ()
    state: str = ""
    address: str = ""
    domain: str = ""  # of the recipient
    code: str = ""  # in the last reply: 550, 5.1.1, or the beginning of one: 5.7
    edition: str = ""

    def __bool__(self) -> bool:
        return self != Filter()

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """Return what must be true of deliveries, subscribers and editions, joined."""
        c, found = deliveries.c, list[sa.ColumnElement[bool]]()
        if self.ids:
            found.append(c.id.in_(self.ids))
        if self.state:
            found.append(c.state == self.state)
        if self.address:
            found.append(subscribers.c.address == self.address)
        if self.domain:
            domain = self.domain.removeprefix("@").casefold()
            found.append(
                sa.func.lower(subscribers.c.address).endswith(f"@{domain}", autoescape=True)
            )
        if self.code:
            # Two codes stand before the words: "550 5.1.1 No such user".
            parts = (c.reply, sa.func.substr(c.reply, 5))
            found.append(sa.or_(*(part.startswith(self.code, autoescape=True) for part in parts)))
        if self.edition:
            kind = sa.and_(editions.c.name.is_(None), c.kind == self.edition)  # as it is listed
            found.append(sa.or_(editions.c.name == self.edition, kind))
        return found


def listed(
    tx: sa.Connection, wanted: Filter | None = None, limit: int | None = None
) -> list[Listed]:
    """Return the deliveries that are meant, newest first."""
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
        .where(*(wanted or Filter()).conditions())
        .order_by(c.id.desc())
        .limit(limit)
    )
    return [Listed(*tuple(row)) for row in tx.execute(statement)]


def chosen(wanted: Filter) -> "sa.Select[tuple[int]]":
    """Return the query for the deliveries that are meant."""
    return (
        sa.select(deliveries.c.id)
        .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
        .outerjoin(editions, editions.c.id == deliveries.c.edition_id)
        .where(*wanted.conditions())
    )


def by_state(tx: sa.Connection, wanted: Filter) -> dict[str, int]:
    """Return how many of the deliveries that are meant stand in each state, 0 left out."""
    c = deliveries.c
    statement = sa.select(c.state, sa.func.count()).where(c.id.in_(chosen(wanted)))
    return {row[0]: row[1] for row in tx.execute(statement.group_by(c.state).order_by(c.state))}


def unknown(tx: sa.Connection, wanted: Filter) -> list[int]:
    """Return which of the numbers that are meant no delivery has, each once."""
    query = sa.select(deliveries.c.id).where(deliveries.c.id.in_(wanted.ids))
    known = set(tx.execute(query).scalars())
    return [one for one in dict.fromkeys(wanted.ids) if one not in known]


def get(tx: sa.Connection, delivery_id: int) -> Listed:
    """Return one delivery; raises NotFoundError."""
    found = listed(tx, Filter(ids=(delivery_id,)))
    if not found:
        raise NotFoundError(f"there is no delivery {delivery_id}; see `newsletter deliveries list`")
    return found[0]


def attempts_of(tx: sa.Connection, delivery_id: int) -> list[tuple[int, datetime, str, str, str]]:
    """Return number, time, relay, result and reply of each attempt; raises NotFoundError."""
    get(tx, delivery_id)
    c = attempts.c
    statement = sa.select(c.number, c.at, c.relay, c.result, c.reply)
    rows = tx.execute(statement.where(c.delivery_id == delivery_id).order_by(c.id))
    return [(row.number, row.at, row.relay, row.result, row.reply) for row in rows]


def by_relay(tx: sa.Connection, since: datetime) -> dict[str, dict[str, int]]:
    """Return how many attempts by each relay ended how, of those made since then."""
    c, found = attempts.c, dict[str, dict[str, int]]()
    query = sa.select(c.relay, c.result, sa.func.count()).where(c.at >= since)
    for relay, result, number in tx.execute(query.group_by(c.relay, c.result).order_by(c.relay)):
        found.setdefault(relay, {})[result] = number
    return found


@dataclass(frozen=True, slots=True)
class Sent:
    """What the ledger has of an issue's mail."""

    address: str
    key: str
    inputs: Mapping[str, Any]
    armed_at: datetime | None
    language: str
    state: str


def sent(tx: sa.Connection, issue_id: int) -> Sent | None:
    """Return what the ledger has of an issue's mail; None if its delivery or reader is gone."""
    c = deliveries.c
    query = (
        sa.select(
            *(subscribers.c.address, subscribers.c.language),
            *(c.key, c.inputs, c.armed_at, c.state),
        )
        .join(subscribers, subscribers.c.id == c.subscriber_id)
        .where(c.issue_id == issue_id)
    )
    row = tx.execute(query).first()
    if row is None:
        return None
    inputs = json.loads(row.inputs)
    return Sent(row.address, row.key, inputs, row.armed_at, row.language, row.state)


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
