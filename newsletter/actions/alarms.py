"""A trouble that mends itself by nobody -> a mail to the operator, at most one an hour a cause."""

import logging
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from newsletter.actions import noting
from newsletter.actions.outlets import open_any
from newsletter.actions.settling import write_outcome
from newsletter.actions.tour import Way
from newsletter.domain.delivery import Kind, Result
from newsletter.domain.imprint import to_print
from newsletter.domain.message import Message
from newsletter.errors import SenderError, StoppedError, StoreError
from newsletter.mail.sender import Sender
from newsletter.store import feeds, imprints, outbox, received, subscribers
from newsletter.store.database import Store
from newsletter.store.deliveries import Delivery
from newsletter.store.outbox import Record

log = logging.getLogger(__name__)

HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)  # between two mails about the same feed
SILENT = timedelta(days=3)  # of nothing but failures, after which a feed counts as dead
MOST = 20  # alarms that are sent at a time


def ring(store: Store, operator: str, cause: str, why: str, now: datetime, about: str = "") -> bool:
    """Have the operator told of a cause of rendering/notes.py; return whether a mail was added.

    None is while one of the same cause (and thing it is about) waits, or was made in the last
    hour; of a feed, in the last week. Without an operator's address nothing is done, and a
    database that cannot be written is only logged: the cause may be just that.
    """
    if not operator:
        return False
    try:
        with store.write() as tx:
            reader = subscribers.operator(tx, operator, now)
            topic = f"{cause}:{about}@"
            since = now - (WEEK if cause == "feed" else HOUR)
            if received.was_warned(tx, reader, f"{Kind.ALARM}:{reader}:{topic}", since):
                return False
            inputs = {"cause": cause, "about": about, "why": why}
            return noting.add(tx, Kind.ALARM, reader, inputs, now, topic + now.isoformat())
    except StoreError as error:
        log.error("alarm not kept cause=%s why=%s", cause, error)
        return False


def cause_of(error: Exception) -> str:
    """Return the cause behind a failed delivering: the way out is closed, or it was stopped."""
    is_relay = isinstance(error, SenderError) and not isinstance(error, StoppedError)
    return "relay" if is_relay else "stopped"


def ring_for_dead_feeds(
    store: Store, operator: str, urls: Collection[str], now: datetime
) -> list[str]:
    """Have the operator told of each of these feeds that failed for days; return their names."""
    if not operator:
        return []
    with store.read() as tx:
        found = [one for one in feeds.silent(tx, now - SILENT) if one.url in urls]
    return [
        one.name for one in found if ring(store, operator, "feed", one.why, now, about=one.name)
    ]


def send_alone(store: Store, way: Way) -> int:
    """Send the alarms that wait, and nothing else, from a ledger that is paused; return how many.

    One at a time, and each is armed and settled as in any run; the epoch stays what it is.
    Raises SenderError if the way out is closed.
    """
    now = way.now()
    with store.read() as tx:
        notes = outbox.notes(tx, now, 0, MOST, Kind.ALARM)
        due = [one for one in notes if not one.closed]
        write = way.prepare(tx, [one.delivery for one in due])
    if not due:
        return 0
    outlet, sender = open_any(way.outlets)
    try:
        for one in due:
            send(store, replace(way, outlets=(outlet,)), sender, one.delivery, write(one.delivery))
    finally:
        sender.close()
    return len(due)


def send(store: Store, way: Way, sender: Sender, delivery: Delivery, message: Message) -> None:
    """Send one mail: armed by a commit before its final dot, and its outcome on record."""
    message, pace = message.sealed(), way.outlets[0].pace
    pace.turn()

    def arm() -> bool:
        kept = to_print(message.imprint, message.raw) if message.imprint else None
        with store.write() as tx:
            if message.imprint:
                imprints.keep(tx, message.imprint.texts)
            record = Record(relay, kept.to_text(delivery.inputs) if kept else "")
            wanted = {delivery.id: message.message_id}
            armed = outbox.arm(tx, wanted, way.epoch, way.now(), {delivery.id: record})
        pace.pass_dot()
        return bool(armed)

    relay = way.outlets[0].name
    outcome = sender.send(message, arm)._replace(relay=relay)
    if outcome.result is not Result.NOT_ARMED:
        with store.write() as tx:
            write_outcome(tx, delivery, outcome, way.policy, way.now())
