"""What happened to a subscriber -> the note about it, as a pending delivery with all it says."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from newsletter.domain.delivery import Kind
from newsletter.domain.subscriber import Subscriber
from newsletter.store import deliveries, subscribers
from newsletter.store.database import Store
from newsletter.store.deliveries import NewDelivery

# A pause that ended longer ago is no news: of a database that was not in use, or older than these.
STALE = timedelta(days=2)


def add(
    tx: sa.Connection,
    kind: Kind,
    subscriber_id: int,
    inputs: Mapping[str, Any],
    now: datetime,
    about: str = "",
) -> bool:
    """Add a note, due at once, and return whether it is new; `about` tells it from others.

    Two notes of a kind about the same, the moment if nothing is named, are one.
    """
    note = NewDelivery(
        kind=kind,
        key=f"{kind}:{subscriber_id}:{about or now.isoformat()}",
        subscriber_id=subscriber_id,
        due_at=now,
        inputs=json.dumps({"asked_at": now.isoformat(), **inputs}),
    )
    return deliveries.add(tx, note, now)


def welcome(tx: sa.Connection, subscriber: Subscriber, now: datetime) -> None:
    """Tell a reader who has just confirmed what comes, and when."""
    preferences = subscriber.preferences
    profile = subscribers.profile(tx, subscriber.id).profile
    inputs = {
        "topics": [topic.name for topic in profile.topics],
        "schedule": asdict(preferences.schedule),
        "length": preferences.length,
        "first_at": later(subscriber.due_at, now),
    }
    add(tx, Kind.WELCOME, subscriber.id, inputs, now)


def end_pauses(store: Store, now: datetime) -> int:
    """End the pauses that have run out, and tell their readers; return how many were told."""
    with store.read() as tx:
        if not subscribers.paused_until(tx, now):
            return 0
    told = 0
    with store.write() as tx:
        for one in subscribers.paused_until(tx, now):
            subscribers.pause(tx, one.id, None)
            if one.paused_until and one.paused_until > now - STALE:
                zone = one.preferences.schedule.zone
                inputs = {"next_at": later(one.due_at, now), "zone": zone}
                until = one.paused_until.isoformat()
                told += add(tx, Kind.RESUMED, one.id, inputs, now, about=until)
    return told


def later(at: datetime, now: datetime) -> str:
    """Return the moment in ISO form, "" if it has come."""
    return at.isoformat() if at > now else ""
