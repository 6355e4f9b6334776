"""Subscribe, confirm, change preferences, pause, unsubscribe: what a reader may do."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from newsletter.actions import noting
from newsletter.domain.delivery import Kind
from newsletter.domain.edition import next_slot
from newsletter.domain.profile import TopicProfile
from newsletter.domain.subscriber import Preferences, Subscriber, SubscriberState
from newsletter.store import deliveries, ledger, subscribers, works
from newsletter.store.database import Store

log = logging.getLogger(__name__)

# A first issue comes at once, unless the reader's own hour is so near that two would follow.
NEAR = timedelta(hours=1)
PAUSE = timedelta(days=14)
DAY, WEEK, MOST_A_WEEK = timedelta(days=1), timedelta(days=7), 3


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for."""

    address: str  # in normal form
    preferences: Preferences
    profile: TopicProfile


def add(store: Store, wish: Wish, now: datetime) -> bool:
    """Add an active subscriber, whose consent the operator has; return whether the address is new.

    Nobody is reactivated by it: who unsubscribed comes back only by confirming.
    """
    with store.write() as tx:
        active = SubscriberState.ACTIVE
        added = subscribers.add(tx, wish.address, active, wish.preferences, now)
        if added is not None:
            subscribers.save_profile(tx, added, wish.profile, now)
        return added is not None


def request(store: Store, wish: Wish, now: datetime) -> None:
    """Ask the address to confirm; the same is done, seen from outside, for a known address.

    One confirmation in 24 hours and three in a week at most go out unanswered, whoever asks how
    often, so that nobody's mailbox is filled from here. An active subscriber keeps
    topics and preferences: only who reads the mailbox may change them. A pending one takes the last
    wish, for nothing is sent by it before the mailbox's owner confirms.
    """
    with store.write() as tx:
        pending = SubscriberState.PENDING
        subscribers.add(tx, wish.address, pending, wish.preferences, now)
        subscriber = subscribers.find(tx, wish.address)
        if subscriber.state is SubscriberState.ACTIVE:
            return
        subscribers.set_state(tx, subscriber.id, pending, now, now)
        subscribers.save_preferences(tx, subscriber.id, wish.preferences)
        subscribers.save_profile(tx, subscriber.id, wish.profile, now)
        asked = ledger.unanswered(tx, subscriber.id, now - WEEK)
        if len(asked) >= MOST_A_WEEK or any(one > now - DAY for one in asked):
            return
        noting.add(tx, Kind.CONFIRMATION, subscriber.id, {}, now)
    log.info("confirmation asked subscriber=%d", subscriber.id)


def confirm(store: Store, subscriber_id: int, now: datetime) -> Subscriber:
    """Make a pending subscriber active, welcome and due for a first issue; raises NotFoundError."""
    with store.write() as tx:
        subscriber = subscribers.get(tx, subscriber_id)
        if subscriber.state is SubscriberState.PENDING:
            due_at = first_due(subscriber.preferences, now)
            subscribers.set_state(tx, subscriber_id, SubscriberState.ACTIVE, now, due_at)
            subscribers.pause(tx, subscriber_id, None)  # one who left while pausing comes back
            noting.welcome(tx, subscribers.get(tx, subscriber_id), now)
            log.info("subscription confirmed subscriber=%d", subscriber_id)
        return subscribers.get(tx, subscriber_id)


def first_due(preferences: Preferences, now: datetime) -> datetime:
    """Return when the first issue is due: now, or at the reader's own time if that is near."""
    regular = next_slot(preferences.schedule, now).due_at
    return regular if regular <= now + NEAR else now


def change(store: Store, subscriber_id: int, wish: Wish, now: datetime) -> None:
    """Write preferences and topics anew; the next issue is due by the new clock."""
    with store.write() as tx:
        subscribers.get(tx, subscriber_id)
        subscribers.save_preferences(tx, subscriber_id, wish.preferences)
        subscribers.save_profile(tx, subscriber_id, wish.profile, now)
        names = [topic.name for topic in wish.profile.topics]
        works.forget(tx, subscriber_id, topics_but=names)
        due_at = next_slot(wish.preferences.schedule, now).due_at
        subscribers.set_due(tx, subscriber_id, due_at)


def unsubscribe(store: Store, subscriber_id: int, issue_id: int, now: datetime) -> bool:
    """End the subscription at once and cancel what has not gone out; return whether it changed.

    Raises NotFoundError if nobody has this key.
    """
    with store.write() as tx:
        subscribers.get(tx, subscriber_id)
        heard_from(tx, issue_id, now)
        left = SubscriberState.UNSUBSCRIBED
        changed = subscribers.set_state(tx, subscriber_id, left, now, now)
        deliveries.close_all_of(tx, subscriber_id, "unsubscribed before it went out", now)
    log.info("unsubscribed subscriber=%d changed=%s", subscriber_id, changed)
    return changed


def pause(store: Store, subscriber_id: int, issue_id: int, now: datetime) -> datetime:
    """Send nothing for two weeks and return when it ends; raises NotFoundError."""
    until = now + PAUSE
    with store.write() as tx:
        subscribers.get(tx, subscriber_id)
        heard_from(tx, issue_id, now)
        subscribers.pause(tx, subscriber_id, until)
        deliveries.close_all_of(tx, subscriber_id, "paused before it went out", now)
    return until


def resume(store: Store, subscriber_id: int) -> None:
    """End a pause; raises NotFoundError if nobody has this key."""
    with store.write() as tx:
        subscribers.get(tx, subscriber_id)
        subscribers.pause(tx, subscriber_id, None)


def heard_from(tx: sa.Connection, issue_id: int, now: datetime) -> None:
    """Settle a doubt: whoever uses an issue's token has the mail."""
    if issue_id:
        deliveries.resolve_doubt(tx, issue_id, "the reader used a link of it", now)
