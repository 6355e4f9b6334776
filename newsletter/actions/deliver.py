"""Pending deliveries -> messages -> a sender -> each outcome on record; nobody twice."""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from newsletter.domain.delivery import (
    Kind,
    Outcome,
    Result,
    RetryPolicy,
    State,
    suppresses,
)
from newsletter.domain.message import Message
from newsletter.domain.subscriber import SubscriberState
from newsletter.errors import BusyError, SenderError, StoreError, TemplateError
from newsletter.mail.sender import Sender
from newsletter.store import deliveries, ledger, subscribers
from newsletter.store.database import Store
from newsletter.store.deliveries import Delivery

log = logging.getLogger(__name__)

BATCH = 200
POISON_TRIES = 3
ENOUGH_ANSWERS = 100
MOST_REFUSED = 0.05


@dataclass(frozen=True, slots=True)
class Way:
    """The way out: how a sender is opened, a message written, and what time it is."""

    open_sender: Callable[[], Sender]
    write: Callable[[sa.Connection, Delivery], Message]
    now: Callable[[], datetime]
    epoch: int  # of this run
    policy: RetryPolicy = field(default_factory=RetryPolicy)


@dataclass(slots=True)
class Tour:
    """One run over the deliveries that are due: the open sender and what is not settled yet."""

    store: Store
    way: Way
    sender: Sender | None = None
    unsettled: tuple[Delivery, Outcome] | None = None
    tried: int = 0
    answered: int = 0  # by the server, about a recipient or a mail
    refused: int = 0  # of them, dead addresses apart
    handled: Counter[str] = field(default_factory=Counter)


def begin(store: Store, now: datetime) -> int:
    """Start a run of the sender and return its epoch; the folder's lock is held by the caller."""
    with store.write() as tx:
        return deliveries.begin_epoch(tx, now)


def deliver(
    store: Store,
    way: Way,
    limit: int | None = None,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int], None] | None = None,
) -> Counter[str]:
    """Deliver what is due, in the order of its due time; return how many ended in each state.

    Raises SenderError if the way out is closed, and TemplateError if no message can be written:
    what is pending stays pending.
    """
    tour = Tour(store, way)
    with store.write() as tx:
        deliveries.doubt_armed(tx, way.now())  # a settling that failed, in an earlier run of ours
    try:
        while not stop():
            settle_last(tour)  # or what was refused before the dot would be due again
            left = BATCH if limit is None else min(BATCH, limit - tour.tried)
            batch = take(store, way.now(), left)
            if not batch:
                break
            for delivery in batch:
                if stop():
                    break
                attempt(tour, delivery)
                tour.tried += 1
                if progress:
                    progress(tour.tried)
    finally:
        settle_last(tour)
        if tour.sender:
            tour.sender.close()
    return tour.handled


def take(store: Store, now: datetime, limit: int) -> list[Delivery]:
    """Return the next deliveries that are due; deferred ones whose time has come are among them."""
    if limit <= 0:
        return []
    with store.write() as tx:
        deliveries.wake_deferred(tx, now)
        return deliveries.due(tx, now, limit)


def attempt(tour: Tour, delivery: Delivery) -> None:
    """Try one delivery; whatever is wrong with this one mail never stops the next."""
    with tour.store.read() as tx:
        closed = standing(tx, delivery, tour.way.now())
        message = None if closed else written(tour, tx, delivery)
    if closed:
        close(tour, delivery, *closed)
    elif message:
        send(tour, delivery, message)


def standing(tx: sa.Connection, delivery: Delivery, now: datetime) -> tuple[State, str] | None:
    """Return the state in which the delivery ends unsent, and why; None if it may go out."""
    if subscribers.is_suppressed(tx, delivery.address):
        return State.SUPPRESSED, "the address is suppressed"
    subscriber = subscribers.get(tx, delivery.subscriber_id)
    if subscriber.state is SubscriberState.PENDING and delivery.kind is Kind.CONFIRMATION:
        return None
    if subscriber.state is not SubscriberState.ACTIVE:
        return State.CANCELLED, "unsubscribed before it went out"
    if subscriber.paused_until and subscriber.paused_until > now:
        return State.CANCELLED, "paused before it went out"
    return None


def written(tour: Tour, tx: sa.Connection, delivery: Delivery) -> Message | None:
    """Return the message; one that cannot be written is tried again later, then set aside."""
    try:
        return tour.way.write(tx, delivery)
    except (TemplateError, StoreError):
        raise  # it would stop every mail: the operator mends it, and nothing is lost
    except Exception as error:
        log.exception("message not written delivery=%s", delivery.id)
        record_poison(tour, delivery, f"{type(error).__name__}: {error}")
        return None


def record_poison(tour: Tour, delivery: Delivery, reason: str) -> None:
    """Put off a delivery whose message fails; after three tries it is set aside with the reason."""
    failed = Outcome(Result.DEFERRED, None, f"the message could not be written: {reason}")
    settle(tour, delivery, failed)
    if delivery.attempts + 1 >= POISON_TRIES:
        close(tour, delivery, State.CANCELLED, f"set aside after {POISON_TRIES} tries: {reason}")


def send(tour: Tour, delivery: Delivery, message: Message) -> None:
    """Hand one message over; the commit that arms it settles the one before."""

    def arm() -> bool:
        now = tour.way.now()
        with tour.store.write() as tx:
            if tour.unsettled:
                write_outcome(tx, tour, *tour.unsettled, now)
            armed = deliveries.arm(tx, delivery.id, tour.way.epoch, message.message_id, now)
        tour.unsettled = None
        return armed

    try:
        outcome = hand_over(tour, message, arm)
    except (
        ValueError
    ) as error:  # an address or a body that cannot be said in SMTP; nothing was sent
        record_poison(tour, delivery, str(error))
        return
    if outcome.result is Result.NOT_ARMED:
        settle_last(tour)
        give_way(tour, delivery)
        return
    settle_last(tour)  # a refusal before the dot never came to arm()
    tour.unsettled = (delivery, outcome)
    watch(tour, outcome)


def give_way(tour: Tour, delivery: Delivery) -> None:
    """Deal with a delivery that could not be armed: something happened to it in the meantime.

    Raises BusyError if nothing did: then another run of the sender has begun.
    """
    with tour.store.read() as tx:
        state = deliveries.state_of(tx, delivery.id)
        closed = standing(tx, delivery, tour.way.now())
    if state is not State.PENDING:
        tour.handled[state.value] += 1
    elif closed:
        close(tour, delivery, *closed)
    else:
        raise BusyError("another run of the sender took over; this one stops")


def watch(tour: Tour, outcome: Outcome) -> None:
    """Stop the run when too many are refused for what we are: every further mail makes it worse.

    Raises SenderError over 5 % after 100 answers; dead addresses do not count.
    """
    if outcome.answer is None:
        return
    tour.answered += 1
    tour.refused += outcome.result is Result.REFUSED and not suppresses(outcome)
    if tour.answered >= ENOUGH_ANSWERS and tour.refused > MOST_REFUSED * tour.answered:
        raise SenderError(
            f"stopped: {tour.refused} of {tour.answered} mails were refused, the last with "
            f"{outcome.reply!r}; what is pending waits. Mend the cause, then run it again"
        )


def hand_over(tour: Tour, message: Message, arm: Callable[[], bool]) -> Outcome:
    """Send by the open connection, or a new one.

    Some servers take only so many mails by one connection and then answer 421 or hang up: before
    the arming that is no answer about the mail, so it is tried once more at once by a new one.
    """
    if tour.sender and tour.sender.usable:
        armed = False

        def noting() -> bool:
            nonlocal armed
            armed = True
            return arm()

        outcome = tour.sender.send(message, noting)
        if armed or outcome.result is not Result.DEFERRED or tour.sender.usable:
            return outcome
    if tour.sender:
        tour.sender.close()
    tour.sender = tour.way.open_sender()
    return tour.sender.send(message, arm)


def settle_last(tour: Tour) -> None:
    """Record the outcome that no arming has recorded yet."""
    if tour.unsettled:
        settle(tour, *tour.unsettled)
        tour.unsettled = None  # not before it is on record


def settle(tour: Tour, delivery: Delivery, outcome: Outcome) -> None:
    """Record one outcome in a transaction of its own."""
    now = tour.way.now()
    with tour.store.write() as tx:
        write_outcome(tx, tour, delivery, outcome, now)


def write_outcome(
    tx: sa.Connection, tour: Tour, delivery: Delivery, outcome: Outcome, now: datetime
) -> None:
    """Write state, attempt and what follows: the next try, the end of trying, a suppression."""
    state, again = verdict(delivery, outcome, tour.way.policy, now)
    deliveries.settle(tx, delivery.id, outcome, state, now, again)
    if state is State.DEFERRED and again is None:
        deliveries.close(tx, delivery.id, State.EXPIRED, f"given up: {outcome.reply}", now)
        state = State.EXPIRED
    elif state is State.DEFERRED and ledger.is_superseded(tx, delivery):
        deliveries.close(tx, delivery.id, State.EXPIRED, "a newer issue was composed", now)
        state = State.EXPIRED
    if suppresses(outcome):
        subscribers.suppress(tx, delivery.address, outcome.reply, now)
    tour.handled[state.value] += 1


def verdict(
    delivery: Delivery, outcome: Outcome, policy: RetryPolicy, now: datetime
) -> tuple[State, datetime | None]:
    """Return the state after an attempt and when to try again.

    A note (a confirmation) in doubt is sent again, with the same bytes: to repeat it harms nobody.
    A digest in doubt never is.
    """
    again = policy.next_attempt(delivery.attempts + 1, delivery.queued_at, now)
    if outcome.result is Result.IN_DOUBT and delivery.kind is not Kind.DIGEST:
        return State.DEFERRED, again
    if outcome.result is Result.DEFERRED:
        return State.DEFERRED, again
    return State(outcome.result.value), None


def close(tour: Tour, delivery: Delivery, state: State, why: str) -> None:
    """End a delivery that is not to go out."""
    with tour.store.write() as tx:
        if deliveries.close(tx, delivery.id, state, why, tour.way.now()):
            tour.handled[state.value] += 1
