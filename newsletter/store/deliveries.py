"""The ledger: one row per duty to deliver, and the only statements that move its state."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from newsletter.domain.delivery import (
    MOVES,
    REGARDLESS,
    UNDELIVERED,
    DeliveryId,
    Kind,
    Outcome,
    Result,
    State,
)
from newsletter.store.database import insert_new
from newsletter.store.schema import (
    attempts,
    deliveries,
    ledger,
)

PAST_DOT = (Result.ACCEPTED, Result.IN_DOUBT)  # others may be: an answer of 4xx or 5xx to it


class Delivery(NamedTuple):
    """A duty to deliver, as it is kept. A tuple: each run reads thousands."""

    id: DeliveryId
    kind: Kind
    key: str
    issue_id: int | None
    subscriber_id: int
    address: str
    inputs: Mapping[str, Any]
    state: State
    due_at: datetime
    attempts: int
    queued_at: datetime
    language: str = ""  # of the reader; "": the site's


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """What a new delivery is made of; unique by its key."""

    kind: Kind
    key: str
    subscriber_id: int
    due_at: datetime
    edition_id: int | None = None
    issue_id: int | None = None
    inputs: str = "{}"


def add(tx: sa.Connection, new: NewDelivery, now: datetime) -> bool:
    """Insert a pending delivery and return whether it is new."""
    row = {name: getattr(new, name) for name in NewDelivery.__dataclass_fields__}
    row |= {"kind": new.kind.value, "state": State.PENDING.value}
    row |= {"next_attempt_at": new.due_at, "queued_at": now}
    return insert_new(tx, deliveries, row, deliveries.c.id) is not None


def run(tx: sa.Connection) -> tuple[str, int]:
    """Return which database this is, and the epoch of the last run of a sender on it."""
    row = tx.execute(sa.select(ledger.c.instance, ledger.c.epoch)).one()
    return row.instance, row.epoch


def stopped(tx: sa.Connection) -> str:
    """Return why the answers of an earlier run stopped it, "" if none has since gone well."""
    return str(tx.execute(sa.select(ledger.c.stopped)).scalar_one())


def note_stopped(tx: sa.Connection, why: str) -> None:
    """Keep why the answers stopped a run; "": one went well since."""
    tx.execute(ledger.update().values(stopped=why))


PENDING = sa.and_(deliveries.c.kind == Kind.DIGEST, deliveries.c.state.in_(UNDELIVERED))


def count_pending(tx: sa.Connection) -> int:
    """Return how many digests have not gone out."""
    return int(tx.execute(sa.select(sa.func.count()).where(PENDING)).scalar_one())


def cancel_pending(tx: sa.Connection, why: str, now: datetime) -> int:
    """Cancel every digest that has not gone out; its papers compete again."""
    statement = deliveries.update().where(PENDING)
    values = {"state": State.CANCELLED.value, "reply": why, "settled_at": now}
    return tx.execute(statement.values(**values)).rowcount


def begin_epoch(tx: sa.Connection, now: datetime) -> int:
    """Start a new run of the sender and return its number.

    What an earlier run armed and did not settle is in doubt from now on: its dot may have been
    written. The caller holds the folder's lock, so no earlier run is still alive.
    """
    tx.execute(ledger.update().values(epoch=ledger.c.epoch + 1))
    doubt_armed(tx, now)
    return int(tx.execute(sa.select(ledger.c.epoch)).scalar_one())


def doubt_armed(tx: sa.Connection, now: datetime) -> None:
    """Put in doubt what was armed and never settled; only while nobody is sending."""
    armed = sa.select(deliveries.c.id, deliveries.c.kind, deliveries.c.relay)
    why = "the sender ended before the server's answer came"
    for row in tx.execute(armed.where(deliveries.c.state == State.ARMED)).all():
        once = row.kind == Kind.DIGEST  # a note is sent again: to repeat it harms nobody
        state = State.IN_DOUBT if once else State.DEFERRED
        doubt = Outcome(Result.IN_DOUBT, None, why, row.relay)
        write(tx, row.id, state, doubt, now, None if once else now)


def settle(
    tx: sa.Connection,
    delivery_id: int,
    outcome: Outcome,
    state: State,
    now: datetime,
    next_attempt_at: datetime | None,
) -> None:
    """Record how an attempt ended; one that was refused before the dot was never armed.

    Before the dot the delivery may have been closed meanwhile: by an unsubscription, or by a newer
    issue that took its papers in. Then it stays closed, or they would be sent twice.
    """
    statement = sa.select(deliveries.c.state).where(deliveries.c.id == delivery_id)
    before = State(tx.execute(statement.with_for_update()).scalar_one())
    if before not in (State.ARMED, State.IN_DOUBT):  # arming counts the attempt
        count(tx, delivery_id)
    if state in MOVES[before]:
        write(tx, delivery_id, state, outcome, now, next_attempt_at)
    else:
        note_attempt(tx, delivery_id, outcome, now)
    if before is State.ARMED and outcome.result not in PAST_DOT:
        own = attempts.c.delivery_id == delivery_id
        newest = sa.select(sa.func.max(attempts.c.id)).where(own).scalar_subquery()
        tx.execute(attempts.update().where(attempts.c.id == newest).values(past_dot=1))


def count(tx: sa.Connection, delivery_id: int) -> None:
    """Count an attempt."""
    counting = deliveries.update().where(deliveries.c.id == delivery_id)
    tx.execute(counting.values(attempts=deliveries.c.attempts + 1))


def count_try(tx: sa.Connection, delivery_id: int, outcome: Outcome, now: datetime) -> None:
    """Count and keep an attempt that changes nothing: another relay has the next one at once."""
    count(tx, delivery_id)
    note_attempt(tx, delivery_id, outcome, now)


def write(
    tx: sa.Connection,
    delivery_id: int,
    state: State,
    outcome: Outcome,
    now: datetime,
    next_attempt_at: datetime | None,
) -> None:
    """Write the state and the attempt behind it."""
    values: dict[str, Any] = {"state": state.value, "reply": outcome.reply}
    values["settled_at"] = None if state in UNDELIVERED else now
    if next_attempt_at is not None:
        values["next_attempt_at"] = next_attempt_at
    statement = deliveries.update().where(deliveries.c.id == delivery_id)
    tx.execute(statement.values(**values))
    note_attempt(tx, delivery_id, outcome, now)


def note_attempt(tx: sa.Connection, delivery_id: int, outcome: Outcome, now: datetime) -> None:
    """Keep an attempt and what was said."""
    number = sa.select(deliveries.c.attempts).where(deliveries.c.id == delivery_id)
    row = {"delivery_id": delivery_id, "number": number.scalar_subquery(), "at": now}
    row |= {"result": outcome.result.value, "reply": outcome.reply, "relay": outcome.relay}
    row |= {"past_dot": int(outcome.result in PAST_DOT)}
    tx.execute(attempts.insert().values(**row))


def state_of(tx: sa.Connection, delivery_id: int) -> State:
    """Return where a delivery stands now."""
    statement = sa.select(deliveries.c.state).where(deliveries.c.id == delivery_id)
    return State(tx.execute(statement).scalar_one())


def close(tx: sa.Connection, delivery_id: int, state: State, why: str, now: datetime) -> bool:
    """End a delivery that has not gone out; return whether it had not."""
    statement = deliveries.update().where(
        deliveries.c.id == delivery_id, deliveries.c.state.in_(UNDELIVERED)
    )
    values = {"state": state.value, "reply": why, "settled_at": now}
    return tx.execute(statement.values(**values)).rowcount == 1


def close_all_of(tx: sa.Connection, subscriber_id: int, why: str, now: datetime) -> int:
    """Cancel what has not gone out to a subscriber who left; what they asked for still does."""
    statement = deliveries.update().where(
        deliveries.c.subscriber_id == subscriber_id,
        deliveries.c.state.in_(UNDELIVERED),
        deliveries.c.kind.not_in(REGARDLESS),
    )
    values = {"state": State.CANCELLED.value, "reply": why, "settled_at": now}
    return tx.execute(statement.values(**values)).rowcount


def resolve_doubt(tx: sa.Connection, issue_id: int, why: str, now: datetime) -> bool:
    """Settle a doubt by evidence that the mail arrived; return whether there was one."""
    statement = deliveries.update().where(
        deliveries.c.issue_id == issue_id, deliveries.c.state == State.IN_DOUBT
    )
    values = {"state": State.ACCEPTED.value, "reply": why, "settled_at": now}
    return tx.execute(statement.values(**values)).rowcount == 1


def resolve(tx: sa.Connection, delivery_id: int, state: State, why: str, now: datetime) -> bool:
    """Settle a doubt by the operator's word: accepted, or pending; return whether there was one."""
    statement = deliveries.update().where(
        deliveries.c.id == delivery_id, deliveries.c.state == State.IN_DOUBT
    )
    values: dict[str, Any] = {"state": state.value, "reply": why, "settled_at": now}
    if state is State.PENDING:
        values |= {"settled_at": None, "next_attempt_at": now}
    return tx.execute(statement.values(**values)).rowcount == 1


Chosen = sa.Select[tuple[int]]  # a query for deliveries, see ledger.chosen


def hasten(tx: sa.Connection, chosen: Chosen, now: datetime) -> int:
    """Have those of the chosen that wait for their next try tried at once; return how many."""
    statement = deliveries.update().where(
        deliveries.c.id.in_(chosen),
        deliveries.c.state.in_(UNDELIVERED),
        deliveries.c.attempts > 0,
        sa.or_(deliveries.c.state == State.DEFERRED, deliveries.c.next_attempt_at > now),
    )
    values = {"state": State.PENDING.value, "next_attempt_at": now, "settled_at": None}
    return tx.execute(statement.values(**values)).rowcount


def cancel(tx: sa.Connection, chosen: Chosen, why: str, now: datetime) -> int:
    """Cancel those of the chosen that have not gone out; return how many. Their papers compete."""
    statement = deliveries.update().where(
        deliveries.c.id.in_(chosen), deliveries.c.state.in_(UNDELIVERED)
    )
    values = {"state": State.CANCELLED.value, "reply": why, "settled_at": now}
    return tx.execute(statement.values(**values)).rowcount


STATES = {one.value: one for one in State}
KINDS = {one.value: one for one in Kind}


def to_delivery(row: Sequence[Any]) -> Delivery:
    """Return the delivery of a row, whose columns are the fields in their order."""
    number, kind, key, issue, subscriber, address, inputs, state, *rest = row
    kept = json.loads(inputs) if inputs != "{}" else {}  # as that of one never tried
    return Delivery(
        number, KINDS[kind], key, issue, subscriber, address, kept, STATES[state], *rest
    )
