"""Subscribers, their preferences and the versions of their topic profiles."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from newsletter.domain.edition import Cadence, Schedule
from newsletter.domain.profile import TopicProfile, from_json, to_json
from newsletter.domain.subscriber import (
    Detail,
    Preferences,
    Subscriber,
    SubscriberId,
    SubscriberState,
)
from newsletter.errors import NotFoundError
from newsletter.store.database import batches, insert_new
from newsletter.store.schema import issues, profiles, subscribers, suppressions


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """A version of a profile as it is kept."""

    row: int
    profile: TopicProfile


def add(
    tx: sa.Connection,
    address: str,
    state: SubscriberState,
    preferences: Preferences,
    now: datetime,
) -> SubscriberId | None:
    """Insert a subscriber, due at once, and return the key; None if the address is known.

    One that only alarms went to is not.
    """
    row = {
        "address": address,
        "state": state.value,
        **to_columns(preferences),
        "due_at": now,
        "subscribed_at": now,
        "confirmed_at": now if state is SubscriberState.ACTIVE else None,
    }
    found = insert_new(tx, subscribers, row, subscribers.c.id)
    if found is None and state is not SubscriberState.OPERATOR:
        found = take_over(tx, row)
    return None if found is None else SubscriberId(found)


def take_over(tx: sa.Connection, row: dict[str, Any]) -> int | None:
    """Make a subscriber of an address that only alarms went to; None if it is another."""
    c = subscribers.c
    is_bare = sa.and_(c.address == row["address"], c.state == SubscriberState.OPERATOR)
    found = tx.execute(sa.select(c.id).where(is_bare)).scalar()
    if found is not None:
        tx.execute(subscribers.update().where(c.id == found).values(**row))
    return found


def operator(tx: sa.Connection, address: str, now: datetime) -> SubscriberId:
    """Return the row of the address that alarms go to, be it a subscriber's or one made now."""
    add(tx, address, SubscriberState.OPERATOR, Preferences(), now)
    statement = sa.select(subscribers.c.id).where(subscribers.c.address == address)
    return SubscriberId(tx.execute(statement).scalar_one())


def find(tx: sa.Connection, address: str) -> Subscriber:
    """Return the subscriber with this address in normal form; raises NotFoundError."""
    row = tx.execute(sa.select(subscribers).where(subscribers.c.address == address)).first()
    if row is None or row.state == SubscriberState.OPERATOR:
        raise NotFoundError(
            f"{address} is not a subscriber; `newsletter subscribers list` shows all"
        )
    return to_subscriber(row)


def get(tx: sa.Connection, subscriber_id: int) -> Subscriber:
    """Return the subscriber with this key; raises NotFoundError."""
    row = tx.execute(sa.select(subscribers).where(subscribers.c.id == subscriber_id)).first()
    if row is None:
        raise NotFoundError("this reader is no longer known here")
    return to_subscriber(row)


def every(tx: sa.Connection) -> list[Subscriber]:
    """Return all subscribers in the order in which they came."""
    known = sa.select(subscribers).where(subscribers.c.state != SubscriberState.OPERATOR)
    rows = tx.execute(known.order_by(subscribers.c.id))
    return [to_subscriber(row) for row in rows]


def receiving(tx: sa.Connection, now: datetime, due_by: datetime | None) -> list[Subscriber]:
    """Return the active subscribers that are neither paused nor suppressed.

    With `due_by`, only those whose next issue is due by then.
    """
    statement = sa.select(subscribers).where(*may_receive(now)).order_by(subscribers.c.id)
    if due_by is not None:
        statement = statement.where(subscribers.c.due_at <= due_by)
    return [to_subscriber(row) for row in tx.execute(statement)]


def any_due(tx: sa.Connection, now: datetime) -> bool:
    """Return whether an issue is due for anybody who may receive one."""
    statement = sa.select(subscribers.c.id).where(*may_receive(now), subscribers.c.due_at <= now)
    return tx.execute(statement.limit(1)).first() is not None


def receives(tx: sa.Connection, subscriber_id: int, now: datetime) -> bool:
    """Return whether this subscriber may receive an issue now."""
    statement = sa.select(subscribers.c.id).where(subscribers.c.id == subscriber_id)
    return tx.execute(statement.where(*may_receive(now))).first() is not None


def may_receive(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions: active, not paused, not suppressed."""
    c = subscribers.c
    suppressed = sa.exists().where(suppressions.c.address == c.address)
    return (
        c.state == SubscriberState.ACTIVE,
        sa.or_(c.paused_until.is_(None), c.paused_until <= now),
        ~suppressed,
    )


def set_state(
    tx: sa.Connection, subscriber_id: int, state: SubscriberState, now: datetime, due_at: datetime
) -> bool:
    """Move a subscriber to a state and return whether that changed anything."""
    values: dict[str, Any] = {"state": state.value}
    if state is SubscriberState.ACTIVE:
        values |= {"confirmed_at": now, "due_at": due_at, "unsubscribed_at": None}
    if state is SubscriberState.UNSUBSCRIBED:
        values["unsubscribed_at"] = now
    statement = subscribers.update().where(
        subscribers.c.id == subscriber_id, subscribers.c.state != state.value
    )
    return tx.execute(statement.values(**values)).rowcount == 1


def pause(tx: sa.Connection, subscriber_id: int, until: datetime | None) -> None:
    """Send nothing until then; None ends the pause."""
    statement = subscribers.update().where(subscribers.c.id == subscriber_id)
    tx.execute(statement.values(paused_until=until))


def paused_until(tx: sa.Connection, now: datetime) -> list[Subscriber]:
    """Return the active subscribers whose pause ran out by now and was not ended yet."""
    c = subscribers.c
    statement = sa.select(subscribers).where(
        c.paused_until <= now, c.state == SubscriberState.ACTIVE
    )
    return [to_subscriber(row) for row in tx.execute(statement.order_by(c.id))]


def set_due(tx: sa.Connection, subscriber_id: int, due_at: datetime) -> None:
    """Keep when the next issue is due."""
    statement = subscribers.update().where(subscribers.c.id == subscriber_id)
    tx.execute(statement.values(due_at=due_at))


def save_preferences(tx: sa.Connection, subscriber_id: int, preferences: Preferences) -> None:
    """Write the preferences over the old ones."""
    statement = subscribers.update().where(subscribers.c.id == subscriber_id)
    tx.execute(statement.values(**to_columns(preferences)))


def profile(tx: sa.Connection, subscriber_id: int) -> StoredProfile:
    """Return the newest version of the profile; raises NotFoundError if there is none."""
    found = profiles_of(tx, [subscriber_id])
    if subscriber_id not in found:
        raise NotFoundError("this reader has no topic profile")
    return found[subscriber_id]


def profiles_of(tx: sa.Connection, ids: Sequence[int]) -> dict[int, StoredProfile]:
    """Return the newest version of each one's profile."""
    found = {}
    for chunk in batches(ids):
        newest = (
            sa.select(sa.func.max(profiles.c.id))
            .where(profiles.c.subscriber_id.in_(chunk))
            .group_by(profiles.c.subscriber_id)
        )
        for row in tx.execute(sa.select(profiles).where(profiles.c.id.in_(newest))):
            found[row.subscriber_id] = StoredProfile(row.id, from_json(row.body))
    return found


def save_profile(tx: sa.Connection, subscriber_id: int, new: TopicProfile, now: datetime) -> None:
    """Keep the profile, unless it says the same as the newest version.

    A version that an issue rests on stays for good; another is written over, so that a link on
    which somebody clicks for hours fills no disk.
    """
    statement = sa.select(profiles).where(profiles.c.subscriber_id == subscriber_id)
    newest = statement.order_by(profiles.c.number.desc()).limit(1)
    last = tx.execute(newest.with_for_update()).first()  # not while an issue comes to rest on it
    if last is not None and from_json(last.body) == new:
        return
    row = {"body": to_json(new), "created_at": now}
    if last is not None and not is_used(tx, subscriber_id, last.id):
        tx.execute(profiles.update().where(profiles.c.id == last.id).values(**row))
        return
    row |= {"subscriber_id": subscriber_id, "number": last.number + 1 if last else 1}
    tx.execute(profiles.insert(), row)


def is_used(tx: sa.Connection, subscriber_id: int, profile_row: int) -> bool:
    """Return whether an issue of the subscriber was ranked by this version of the profile."""
    c = issues.c
    mine = sa.select(c.id).where(c.subscriber_id == subscriber_id, c.profile_id == profile_row)
    return tx.execute(mine.limit(1)).first() is not None


def suppress(tx: sa.Connection, address: str, reason: str, now: datetime) -> None:
    """Never write to the address again; the first reason stays."""
    row = {"address": address, "reason": reason, "since": now}
    insert_new(tx, suppressions, row, suppressions.c.id)


def is_suppressed(tx: sa.Connection, address: str) -> bool:
    """Return whether we may not write to the address."""
    statement = sa.select(suppressions.c.id).where(suppressions.c.address == address)
    return tx.execute(statement).first() is not None


def to_columns(preferences: Preferences) -> dict[str, Any]:
    """Return the preferences' columns."""
    schedule = preferences.schedule
    return {
        "cadence": schedule.cadence.value,
        "weekdays": json.dumps(schedule.weekdays),
        "hour": schedule.hour,
        "minute": schedule.minute,
        "zone": schedule.zone,
        "length": preferences.length,
        "language": preferences.language,
        "detail": preferences.detail.value,
    }


def to_subscriber(row: Any) -> Subscriber:
    """Return the subscriber of a row."""
    days = tuple(json.loads(row.weekdays))
    schedule = Schedule(Cadence(row.cadence), days, row.hour, row.minute, row.zone)
    return Subscriber(
        id=SubscriberId(row.id),
        address=row.address,
        state=SubscriberState(row.state),
        preferences=Preferences(schedule, row.length, row.language, Detail(row.detail)),
        due_at=row.due_at,
        subscribed_at=row.subscribed_at,
        paused_until=row.paused_until,
    )
