"""One run over the deliveries that are due: they are read, written as mails and laid down."""

import logging
import threading
from array import array
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from newsletter.actions.clerk import Clerk
from newsletter.actions.domains import Domains
from newsletter.actions.outlets import Outlet
from newsletter.actions.scribe import Hand
from newsletter.actions.tray import Tray
from newsletter.actions.watch import Watch
from newsletter.domain.delivery import Kind, Outcome, Result, RetryPolicy, State
from newsletter.domain.message import Message
from newsletter.errors import BusyError, StoreError, TemplateError
from newsletter.mail.domains import DomainLimit
from newsletter.store import deliveries, outbox
from newsletter.store.database import Store
from newsletter.store.deliveries import Delivery
from newsletter.store.outbox import Due, Share

log = logging.getLogger(__name__)

BATCH = 400  # a read takes some 6 ms, however few it is for, and .05 for each
POISON_TRIES = 3
NOTES_EVERY = 1.0  # seconds between two looks for a note that overtakes the digests
WAKE_EVERY = 60.0  # for deferred ones whose time has come, and notes that came back
Writer = Callable[[Delivery], Message]


@dataclass(frozen=True, slots=True)
class Way:
    """The way out: the relay or relays, how messages are written, and what time it is."""

    outlets: tuple[Outlet, ...]
    prepare: Callable[[sa.Connection, Sequence[Delivery]], Writer]
    now: Callable[[], datetime]
    epoch: int  # of this run
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    grace: float = 8.0  # seconds that a silent server is waited for when the run is to stop
    first_rest: float = 1.0  # seconds that a server is left alone which asks to slow down
    domains: Mapping[str, DomainLimit] = field(default_factory=dict)  # those that are limited
    share: Share = field(default_factory=Share)  # of the deliveries that this process takes
    watch: Watch | None = None  # of all processes of the run; None: one of its own
    notes_only: bool = False  # digests wait
    # What may write the mails of a run of so many digests, by so many processes.
    scribe: Callable[[int, int], AbstractContextManager[Hand | None]] = lambda *_: nullcontext()

    @property
    def connections(self) -> int:
        """Return how many there may be at a time, of all relays."""
        return sum(one.connections for one in self.outlets)

    @property
    def clock(self) -> Callable[[], float]:
        """Return the stopwatch that all of a run go by."""
        return self.outlets[0].pace.clock


@dataclass(slots=True, eq=False)
class Tour:
    """What the threads of a run know together."""

    store: Store
    way: Way
    clerk: Clerk
    tray: Tray
    stop: Callable[[], bool]
    limit: int | None
    progress: Callable[[int], None] | None
    domains: Domains = field(init=False)
    tried: int = 0
    flight: set[int] = field(default_factory=set)  # tried, and not on record yet
    line: "array[int]" = field(default_factory=lambda: array("q"))  # digests in their order
    hand: Hand | None = None  # that writes the digests beside
    newest: int = 0  # all notes up to this one were looked at
    woken: float = field(default=0.0)
    noting: threading.Lock = field(default_factory=threading.Lock)  # one look for notes at a time
    writing: threading.Lock = field(default_factory=threading.Lock)  # one mail at a time

    def __post_init__(self) -> None:
        self.domains = Domains(self.way.domains, self.tray.hub)

    def is_over(self) -> bool:
        """Return whether nothing more is to be laid down."""
        return self.tray.ended or self.stop()

    def landed(self, delivery: int) -> None:
        """Note that a delivery's outcome is on record."""
        self.flight.discard(delivery)
        self.domains.give_back(delivery)

    @property
    def left(self) -> int:
        """Return how many more may be tried, a batch at most."""
        return BATCH if self.limit is None else min(BATCH, self.limit - self.tried)


def line_up(tour: Tour) -> int:
    """Read which digests are due, in the order of their due time; return how many."""
    now = tour.way.now()
    with tour.store.write() as tx:
        outbox.wake_deferred(tx, now)
    tour.woken = tour.way.clock()
    if tour.way.notes_only:
        return 0
    with tour.store.read() as tx:
        share, limited = tour.way.share, tour.way.domains
        tour.line = array("q", outbox.line(tx, now, share, limited))
        lines = {one: list(outbox.line_to(tx, now, share, one)) for one in limited}
    return len(tour.line) + sum(tour.domains.line_up(*one) for one in lines.items())


def mind_domains(tour: Tour) -> None:
    """Lay down what is for limited domains, each mail when its domain has a place; a thread."""
    read: dict[int, tuple[Due, Writer]] = {}
    try:
        while found := tour.domains.next(tour.is_over):
            delivery, after = found
            if delivery not in read:
                read = read_ahead(tour, [delivery, *after])
            if delivery not in read or not attempt(tour, *read.pop(delivery)):
                tour.domains.give_back(delivery)
    except BaseException as error:
        tour.tray.end(error)


def read_ahead(tour: Tour, wanted: Sequence[int]) -> dict[int, tuple[Due, Writer]]:
    """Read those of the wanted deliveries that are pending; arming looks at them once more."""
    with tour.store.read() as tx:
        batch = outbox.digests(tx, wanted, tour.way.now())
        write = tour.way.prepare(tx, [one.delivery for one in batch])
    return {one.delivery.id: (one, write) for one in batch}


def mind_notes(tour: Tour) -> None:
    """Let the notes that come meanwhile (confirmations: somebody waits) go first; a thread."""
    tray = tour.tray
    try:
        while True:
            with tray.changed:
                # By the bell that is rung the least: each ring would have this thread look.
                tray.wait(lambda: tray.ended, NOTES_EVERY, tray.noted)
            if tour.is_over():
                return
            since = tour.newest
            if tour.way.clock() - tour.woken > WAKE_EVERY:
                tour.woken, since = tour.way.clock(), 0
                with tour.store.write() as tx:
                    outbox.wake_deferred(tx, tour.way.now())
            look_for_notes(tour, since)
    except BaseException as error:
        tray.end(error)


def look_for_notes(tour: Tour, since: int) -> int:
    """Lay down the notes that are due and newer than `since`; return how many."""
    if not tour.way.share.has_notes:
        return 0
    with tour.noting:
        laid = 0
        with tour.store.read() as tx:
            found = outbox.notes(tx, tour.way.now(), since, tour.tray.most + BATCH)
            write = tour.way.prepare(tx, [one.delivery for one in found]) if found else None
        for one in found:
            if domain := tour.domains.domain_of(one.delivery.address):
                waits = one.delivery.id not in tour.flight
                laid += waits and tour.domains.go_first(domain, one.delivery.id)
            elif write and attempt(tour, one, write):
                laid += 1
            tour.newest = max(tour.newest, one.delivery.id)
        return laid


def attempt(tour: Tour, due: Due, write: Writer) -> bool:
    """Write one mail and lay it down, unless it is not to go out; return whether it was tried."""
    delivery = due.delivery
    with tour.writing:
        if tour.left <= 0 or delivery.id in tour.flight:
            return False
        tour.tried += 1
        tour.flight.add(delivery.id)
        message = None if due.closed else written(tour, delivery, write)
    if due.closed:
        tour.clerk.close(delivery, *due.closed)
    elif message:
        tour.tray.put((delivery, message), delivery.kind is not Kind.DIGEST)
    if tour.progress:
        tour.progress(tour.tried)
    return True


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
        tour.landed(delivery.id)
    elif closed:
        tour.clerk.close(delivery, *closed)
    else:
        raise BusyError("another run of the sender took over; this one stops")
