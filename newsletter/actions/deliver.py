"""Pending deliveries -> messages -> senders -> each outcome on record; nobody twice.

One thread reads what is due and writes the mails, the clerk writes the ledger, and each connection
has a thread of its own that waits for its server.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from newsletter.actions.clerk import Clerk
from newsletter.actions.lane import Lane, Tray
from newsletter.actions.watch import Watch
from newsletter.domain.delivery import Kind, Outcome, Result, RetryPolicy, State
from newsletter.domain.message import Message
from newsletter.errors import BusyError, StoreError, TemplateError
from newsletter.mail.pace import Pace
from newsletter.mail.sender import Sender
from newsletter.store import deliveries, outbox
from newsletter.store.database import Store
from newsletter.store.deliveries import Delivery
from newsletter.store.outbox import Due

log = logging.getLogger(__name__)

BATCH = 200
POISON_TRIES = 3
NOTES_EVERY = 1.0  # seconds between two looks for a note that overtakes the digests
WAKE_EVERY = 60.0  # for deferred ones whose time has come
DAY = timedelta(days=1)
Writer = Callable[[Delivery], Message]


@dataclass(frozen=True, slots=True)
class Way:
    """The way out: how a sender is opened, messages written, and what time it is."""

    open_sender: Callable[[], Sender]
    prepare: Callable[[sa.Connection, Sequence[Delivery]], Writer]
    now: Callable[[], datetime]
    epoch: int  # of this run
    connections: int = 1
    pace: Pace = field(default_factory=Pace)
    policy: RetryPolicy = field(default_factory=RetryPolicy)


@dataclass(slots=True, eq=False)
class Tour:
    """One run over the deliveries that are due."""

    store: Store
    way: Way
    clerk: Clerk
    tray: Tray
    stop: Callable[[], bool]
    limit: int | None
    progress: Callable[[int], None] | None
    tried: int = 0
    flight: set[int] = field(default_factory=set)  # tried, and still pending on record
    notes_seen: float = 0.0
    woken: float = 0.0


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
    with store.write() as tx:
        deliveries.doubt_armed(tx, way.now())  # a settling that failed, in an earlier run of ours
        outbox.wake_deferred(tx, way.now())
        if not outbox.due(tx, way.now(), 1):
            return Counter()  # no connection is opened
        way.pace.begin(outbox.handed_over(tx, way.now() - DAY) if way.pace.per_day else 0)
    tray = Tray(most=2 * way.connections)
    with Clerk(store, way.epoch, way.policy, way.now) as clerk:
        tour = Tour(store, way, clerk, tray, stop, limit, progress, woken=way.pace.clock())
        clerk.written = tour.flight.discard
        lanes = [threading.Thread(target=one.run, name="lane") for one in lanes_of(tour)]
        for one in lanes:
            one.start()
        try:
            feed(tour)
            if stop():
                tray.clear()
            tray.end()
        except BaseException as error:
            tray.clear()
            tray.end(error)
        for one in lanes:
            one.join()
    trouble = tray.error or clerk.error
    if trouble:
        raise trouble
    return clerk.handled


def lanes_of(tour: Tour) -> list[Lane]:
    """Return the connections of the run."""
    watch = Watch()

    def gave_way(delivery: Delivery) -> None:
        give_way(tour, delivery)

    def broke(delivery: Delivery, reason: str) -> None:
        record_poison(tour, delivery, reason)

    return [
        Lane(
            open_sender=tour.way.open_sender,
            clerk=tour.clerk,
            tray=tour.tray,
            watch=watch,
            pace=tour.way.pace,
            stop=tour.stop,
            gave_way=gave_way,
            broke=broke,
        )
        for _ in range(tour.way.connections)
    ]


def feed(tour: Tour) -> None:
    """Write the mails that are due and lay them down for the lanes, until nothing is due."""
    while not (tour.stop() or tour.tray.ended):
        batch = next_batch(tour, notes_only=False)
        if batch:
            write_batch(tour, batch)
        elif left(tour) <= 0:
            return
        else:  # what was refused before the dot, or given way, may stand otherwise now
            wait_for_hands(tour)
            if not next_batch(tour, notes_only=False):
                return


def left(tour: Tour) -> int:
    """Return how many more may be tried, a batch at most."""
    return BATCH if tour.limit is None else min(BATCH, tour.limit - tour.tried)


def next_batch(tour: Tour, notes_only: bool) -> list[Due]:
    """Return what is due next and is not on its way."""
    if left(tour) <= 0:
        return []
    now = tour.way.pace.clock()
    if now - tour.woken > WAKE_EVERY:
        tour.woken = now
        with tour.store.write() as tx:
            outbox.wake_deferred(tx, tour.way.now())
    # Before the rows are read: what leaves the set while they are read was in it.
    flight = set(tour.flight)
    with tour.store.read() as tx:
        found = outbox.due(tx, tour.way.now(), BATCH + len(flight), notes_only)
    return [one for one in found if one.delivery.id not in flight][: left(tour)]


def wait_for_hands(tour: Tour) -> None:
    """Wait until all that was laid down is handed over and written."""
    tray = tour.tray
    with tray.changed:
        tray.changed.wait_for(
            lambda: tray.error or not (tray.notes or tray.digests or tray.in_hand)
        )
    tour.clerk.flush()


def write_batch(tour: Tour, batch: Sequence[Due]) -> None:
    """Write these mails one by one; whatever is wrong with one never stops the next."""
    with tour.store.read() as tx:
        write = tour.way.prepare(tx, [one.delivery for one in batch])
    for one in batch:
        if tour.stop() or tour.tray.ended:
            return
        if one.delivery.kind is Kind.DIGEST:
            overtake(tour)
        attempt(tour, one, write)


def overtake(tour: Tour) -> None:
    """Let the notes that came meanwhile (confirmations: somebody waits) go first."""
    now = tour.way.pace.clock()
    if now - tour.notes_seen < NOTES_EVERY:
        return
    tour.notes_seen = now
    notes = next_batch(tour, notes_only=True)
    if notes:
        with tour.store.read() as tx:
            write = tour.way.prepare(tx, [one.delivery for one in notes])
        for one in notes:
            attempt(tour, one, write)


def attempt(tour: Tour, due: Due, write: Writer) -> None:
    """Write one mail and lay it down, unless it is not to go out."""
    if left(tour) <= 0:
        return
    delivery = due.delivery
    tour.tried += 1
    tour.flight.add(delivery.id)
    if due.closed:
        tour.clerk.close(delivery, *due.closed)
    elif message := written(tour, delivery, write):
        tour.tray.put((delivery, message), delivery.kind is not Kind.DIGEST)
    if tour.progress:
        tour.progress(tour.tried)


def written(tour: Tour, delivery: Delivery, write: Writer) -> Message | None:
    """Return the message; one that cannot be written is tried again later, then set aside."""
    try:
        return write(delivery)
    except (TemplateError, StoreError):
        raise  # it would stop every mail: the operator mends it, and nothing is lost
    except Exception as error:
        log.exception("message not written delivery=%s", delivery.id)
        record_poison(tour, delivery, f"{type(error).__name__}: {error}")
        return None


def record_poison(tour: Tour, delivery: Delivery, reason: str) -> None:
    """Put off a delivery whose message fails; after three tries it is set aside with the reason."""
    failed = Outcome(Result.DEFERRED, None, f"the message could not be written: {reason}")
    tour.clerk.settle(delivery, failed)
    if delivery.attempts + 1 >= POISON_TRIES:
        why = f"set aside after {POISON_TRIES} tries: {reason}"
        tour.clerk.close(delivery, State.CANCELLED, why)


def give_way(tour: Tour, delivery: Delivery) -> None:
    """Deal with a delivery that could not be armed: something happened to it in the meantime.

    Raises BusyError if nothing did: then another run of the sender has begun.
    """
    with tour.store.read() as tx:
        state = deliveries.state_of(tx, delivery.id)
        closed = outbox.standing(tx, delivery.id, tour.way.now())
    if state is not State.PENDING:
        tour.clerk.handled[state.value] += 1
        tour.flight.discard(delivery.id)
    elif closed:
        tour.clerk.close(delivery, *closed)
    else:
        raise BusyError("another run of the sender took over; this one stops")
