"""What may go out now, and the statements that arm it and say that it was accepted."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from zlib import crc32

import sqlalchemy as sa

from newsletter.domain.delivery import REGARDLESS, DeliveryId, Kind, Outcome, Result, State
from newsletter.domain.subscriber import SubscriberState
from newsletter.errors import NotFoundError
from newsletter.store.database import among
from newsletter.store.deliveries import Delivery, to_delivery
from newsletter.store.prepared import Prepared
from newsletter.store.schema import attempts, deliveries, ledger, subscribers, suppressions


def wake_deferred(tx: sa.Connection, now: datetime) -> int:
    """Make the deferred deliveries whose time has come pending again."""
    statement = deliveries.update().where(
        deliveries.c.state == State.DEFERRED, deliveries.c.next_attempt_at <= now
    )
    return tx.execute(statement.values(state=State.PENDING.value)).rowcount


class Due(NamedTuple):
    """A delivery that is due, and if it may not go out, the state in which it ends and why."""

    delivery: Delivery
    closed: tuple[State, str] | None


FIELDS = len(Delivery._fields)


@dataclass(frozen=True, slots=True)
class Share:
    """The part of the deliveries that one of several processes takes; all of them by default."""

    number: int = 0  # from 0
    of: int = 1

    @property
    def has_notes(self) -> bool:
        """Return whether notes are this process's duty; they are one's alone."""
        return self.number == 0


def is_due(tx: sa.Connection, now: datetime, notes_only: bool = False) -> bool:
    """Return whether any delivery, or any note, is due or was left armed by an earlier run."""
    c = deliveries.c
    waits = sa.and_(c.state.in_((State.PENDING, State.DEFERRED)), c.next_attempt_at <= now)
    statement = sa.select(c.id).where(sa.or_(waits, c.state == State.ARMED))
    if notes_only:
        statement = statement.where(c.kind != Kind.DIGEST)
    return tx.execute(statement.limit(1)).first() is not None


def line(
    tx: sa.Connection, now: datetime, share: Share, but: Collection[str] = ()
) -> Iterator[int]:
    """Yield the digests that are due, the earliest first, but those to some domains.

    Once for all: to sort 50,000 anew for each batch took longer than to send them.
    """
    statement = due_digests(now)
    if share.of > 1:
        statement = statement.where(deliveries.c.id % share.of == share.number)
    if but:
        others = [~to_domain(one) for one in but]
        statement = statement.join(subscribers).where(*others)
    yield from tx.execute(statement).scalars()


def line_to(tx: sa.Connection, now: datetime, share: Share, domain: str) -> Iterator[int]:
    """Yield the digests to a domain that are due, the earliest first.

    They are all one process's: so they stay in their order.
    """
    if crc32(domain.encode()) % share.of == share.number:
        statement = due_digests(now).join(subscribers).where(to_domain(domain))
        yield from tx.execute(statement).scalars()


def due_digests(now: datetime) -> "sa.Select[int]":
    """Return the query for the digests that are due, the earliest first."""
    c = deliveries.c
    pending = c.state == State.PENDING, c.next_attempt_at <= now, c.kind == Kind.DIGEST
    return sa.select(c.id).where(*pending).order_by(c.due_at, c.id)


def to_domain(domain: str) -> sa.ColumnElement[bool]:
    """Return the condition that the recipient is of a domain."""
    return subscribers.c.address.endswith(f"@{domain}", autoescape=True)


def digests(tx: sa.Connection, wanted: Iterable[int], now: datetime) -> list[Due]:
    """Return those of the wanted deliveries, a few hundred, that are pending, in their order."""
    c = deliveries.c
    statement = with_standing().where(among(tx, c.id, list(wanted)), c.state == State.PENDING)
    rows = tx.execute(statement.order_by(c.due_at, c.id))
    return [due(row, now) for row in rows]


def notes(
    tx: sa.Connection, now: datetime, since: int, limit: int, kind: Kind | None = None
) -> list[Due]:
    """Return the notes (of a kind) that are due, of those newer than a delivery, earliest first."""
    c = deliveries.c
    statement = (
        with_standing()
        .where(c.id > since, c.kind == kind if kind else c.kind != Kind.DIGEST)
        .where(c.state == State.PENDING, c.next_attempt_at <= now)
        .order_by(c.due_at, c.id)
        .limit(limit)
    )
    return [due(row, now) for row in tx.execute(statement)]


def standing(tx: sa.Connection, delivery_id: int, now: datetime) -> tuple[State, str] | None:
    """Return the state in which the delivery ends unsent, and why; None if it may go out."""
    row = tx.execute(with_standing().where(deliveries.c.id == delivery_id)).one()
    return due(row, now).closed


def get(tx: sa.Connection, delivery_id: int) -> tuple[Delivery, datetime | None]:
    """Return a delivery, and when it was armed; raises NotFoundError."""
    row = tx.execute(
        with_standing(deliveries.c.armed_at).where(deliveries.c.id == delivery_id)
    ).first()
    if row is None:
        raise NotFoundError(f"there is no delivery {delivery_id}; see `newsletter deliveries list`")
    return to_delivery(row[:FIELDS]), row.armed_at


def with_standing(*more: sa.Column[Any]) -> sa.Select[Any]:
    """Return the query for deliveries, what is known of their subscribers, and more columns."""
    suppressed = sa.exists().where(suppressions.c.address == subscribers.c.address)
    c, s = deliveries.c, subscribers.c
    return sa.select(
        *(c.id, c.kind, c.key, c.issue_id, c.subscriber_id, s.address, c.inputs, c.state),
        *(c.due_at, c.attempts, c.queued_at, s.language),
        *(s.state.label("subscriber_state"), s.paused_until, suppressed.label("is_suppressed")),
        *more,
    ).join(subscribers, s.id == c.subscriber_id)


def due(row: Sequence[Any], now: datetime) -> Due:
    """Return the delivery of such a row, and the state in which it ends unsent, and why."""
    delivery = to_delivery(row[:FIELDS])
    state, paused_until, is_suppressed = row[FIELDS : FIELDS + 3]
    if is_suppressed:
        return Due(delivery, (State.SUPPRESSED, "the address is suppressed"))
    if delivery.kind in REGARDLESS:
        return Due(delivery, None)
    if state == SubscriberState.PENDING and delivery.kind is Kind.CONFIRMATION:
        return Due(delivery, None)
    if state != SubscriberState.ACTIVE:
        return Due(delivery, (State.CANCELLED, "unsubscribed before it went out"))
    if paused_until and paused_until > now:
        return Due(delivery, (State.CANCELLED, "paused before it went out"))
    return Due(delivery, None)


def armable() -> sa.ColumnElement[bool]:
    """Return the condition under which a delivery may be armed: it is looked at once more."""
    c, s = deliveries.c, subscribers.c
    paused = sa.and_(s.paused_until.is_not(None), s.paused_until > sa.bindparam("now"))
    receives = sa.or_(
        sa.and_(s.state == SubscriberState.ACTIVE, ~paused),
        sa.and_(s.state == SubscriberState.PENDING, c.kind == Kind.CONFIRMATION),
        *(c.kind == kind for kind in REGARDLESS),
    )
    suppressed = sa.exists().where(suppressions.c.address == s.address)
    return sa.and_(
        c.state == State.PENDING,
        sa.exists().where(s.id == c.subscriber_id, receives, ~suppressed),
        sa.select(ledger.c.epoch).scalar_subquery() == sa.bindparam("run"),
    )


ARMED = {
    "state": State.ARMED.value,
    "epoch": sa.bindparam("run"),
    "armed_at": sa.bindparam("now"),
    "message_id": sa.bindparam("name"),
    "relay": sa.bindparam("by"),
    "attempts": deliveries.c.attempts + 1,
}
# One at a time, for SQLite says of a single statement only what it changed; it takes 20 us.
ARMING = Prepared(
    deliveries.update().where(deliveries.c.id == sa.bindparam("row"), armable()).values(**ARMED)
)
ARMING_DIGEST = Prepared(
    deliveries.update()
    .where(deliveries.c.id == sa.bindparam("row"), armable())
    .values(**ARMED, inputs=sa.bindparam("inputs"))
)
ACCEPTING = Prepared(
    deliveries.update()
    .where(
        deliveries.c.id == sa.bindparam("row"),
        # Evidence beats doubt.
        sa.or_(deliveries.c.state == State.ARMED, deliveries.c.state == State.IN_DOUBT),
    )
    .values(state=State.ACCEPTED.value, reply=sa.bindparam("said"), settled_at=sa.bindparam("now"))
)
NOTING = Prepared(
    attempts.insert().values(
        delivery_id=sa.bindparam("row"),
        number=sa.bindparam("count"),
        at=sa.bindparam("now"),
        result=Result.ACCEPTED.value,
        reply=sa.bindparam("said"),
        relay=sa.bindparam("by"),
        past_dot=1,
    )
)


class Record(NamedTuple):
    """What is put on record of a mail beside its Message-ID."""

    relay: str = ""  # by which it goes
    kept: str = ""  # what shaped it, if it is a digest


NO_RECORD = Record()


def arm(
    tx: sa.Connection,
    wanted: Mapping[DeliveryId, str],
    epoch: int,
    now: datetime,
    records: Mapping[DeliveryId, Record] = MappingProxyType({}),
) -> frozenset[int]:
    """Put on record that the final dots of these are about to be written.

    `wanted` has the Message-ID of each, `records` what more is known. Return those
    that are armed: the others' dots must not be written. The statement itself looks at the epoch,
    the subscriber's state and the suppressions, for hours may lie between composing and sending.
    """
    armed: list[DeliveryId] = []
    for statement, has_record in ((ARMING_DIGEST, True), (ARMING, False)):
        rows: list[dict[str, Any]] = []
        for row, name in wanted.items():
            relay, kept = records.get(row, NO_RECORD)
            if bool(kept) is has_record:
                values = {"row": row, "name": name, "by": relay, "inputs": kept}
                rows.append({**values, "run": epoch, "now": now})
        changed = statement.some(tx, rows) if rows else []
        armed += [one["row"] for one, number in zip(rows, changed, strict=True) if number == 1]
    return frozenset(armed)


def accept(tx: sa.Connection, settled: Sequence[tuple[Delivery, Outcome]], now: datetime) -> None:
    """Record that these, which were armed, were accepted."""
    rows = [
        {
            "row": one.id,
            "said": outcome.reply,
            "count": one.attempts + 1,
            "now": now,
            "by": outcome.relay,
        }
        for one, outcome in settled
    ]
    ACCEPTING.each(tx, rows)
    NOTING.each(tx, rows)


def handed_over(tx: sa.Connection, since: datetime, relay: str | None = None) -> int:
    """Return how many dots were written to the relay (None: to all) since then, taken or not."""
    c, a = deliveries.c, attempts.c
    number = sa.func.count()
    ended = sa.select(number).select_from(attempts).where(a.at > since, a.past_dot == 1)
    open_yet = sa.select(number).select_from(deliveries).where(c.state == State.ARMED)
    if relay is not None:
        ended, open_yet = ended.where(a.relay == relay), open_yet.where(c.relay == relay)
    return int(tx.execute(ended).scalar_one()) + int(tx.execute(open_yet).scalar_one())


def newest_dots(
    tx: sa.Connection, since: datetime, now: datetime, relay: str = "", to: str = ""
) -> list[datetime]:
    """Return when the dots of that time were settled, those of one relay or to one domain."""
    a = attempts.c
    statement = sa.select(a.at).where(a.at > since, a.at <= now, a.past_dot == 1)
    if relay:
        statement = statement.where(a.relay == relay)
    if to:
        joined = attempts.join(deliveries).join(
            subscribers, subscribers.c.id == deliveries.c.subscriber_id
        )
        statement = statement.select_from(joined).where(to_domain(to))
    return list(tx.execute(statement).scalars())
