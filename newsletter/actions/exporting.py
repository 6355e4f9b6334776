"""A subscriber -> all that is kept of them as one JSON object, to be shown or mailed to them."""

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from newsletter.actions import noting
from newsletter.domain.delivery import Kind
from newsletter.domain.library import Example
from newsletter.domain.profile import to_json
from newsletter.domain.subscriber import Subscriber
from newsletter.store import received, subscribers, works
from newsletter.store.database import Store
from newsletter.store.received import Received

log = logging.getLogger(__name__)

SCHEMA = 1
DAY = timedelta(days=1)  # a mail with the data goes out at most once in that time


def gather(tx: sa.Connection, subscriber_id: int, now: datetime) -> Mapping[str, Any]:
    """Return all that is kept of a subscriber, ready for JSON; raises NotFoundError.

    The tokens of links and what shaped a mail are no data of theirs, and are left out.
    """
    subscriber = subscribers.get(tx, subscriber_id)
    return {
        "schema_version": SCHEMA,
        "made_at": now.isoformat(),
        "subscription": subscription(tx, subscriber),
        "profile": json.loads(to_json(subscribers.profile(tx, subscriber_id).profile)),
        "papers": [judged(one) for one in works.of(tx, subscriber_id)],
        "mails": [mail(one) for one in received.mails(tx, subscriber_id)],
    }


def request(store: Store, subscriber_id: int, now: datetime) -> bool:
    """Have the data mailed to the subscriber's own address; False if that was done today.

    What is in it is put together now and stored with the delivery. Raises NotFoundError.
    """
    with store.write() as tx:
        subscribers.get(tx, subscriber_id)
        if received.was_asked(tx, subscriber_id, Kind.EXPORT, now - DAY):
            return False
        noting.add(tx, Kind.EXPORT, subscriber_id, {"data": gather(tx, subscriber_id, now)}, now)
    log.info("export asked subscriber=%d", subscriber_id)
    return True


def subscription(tx: sa.Connection, subscriber: Subscriber) -> Mapping[str, Any]:
    """Return the subscription: address, state, preferences, and when what happened."""
    known = received.standing(tx, subscriber.id)
    preferences = subscriber.preferences
    return {
        "address": subscriber.address,
        "state": subscriber.state.value,
        **asdict(preferences.schedule),
        "length": preferences.length,
        "language": preferences.language,
        "detail": preferences.detail.value,
        "subscribed_at": iso(subscriber.subscribed_at),
        "confirmed_at": iso(known.confirmed_at),
        "unsubscribed_at": iso(known.unsubscribed_at),
        "paused_until": iso(subscriber.paused_until),
        "next_issue_at": iso(subscriber.due_at),
        "suppressed": known.suppressed,
    }


def judged(one: Example) -> Mapping[str, Any]:
    """Return what was said of a paper: own, liked, more, less, saved."""
    said = {"title": one.title, "key": one.key, "verdict": one.verdict.value}
    return {**said, "topic": one.topic, "at": iso(one.at)}


def mail(one: Received) -> Mapping[str, Any]:
    """Return a mail and the papers in it."""
    names = ("title", "link", "topic")
    return {
        "kind": one.kind.value,
        "edition": one.edition,
        "state": one.state,
        "queued_at": iso(one.queued_at),
        "settled_at": iso(one.settled_at),
        "papers": [dict(zip(names, paper, strict=True)) for paper in one.papers],
    }


def iso(at: datetime | None) -> str:
    """Return the moment in ISO form, "" for none."""
    return at.isoformat() if at else ""
