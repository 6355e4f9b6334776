"""The one writer of the ledger during a run: arms and settles for all connections, by the group.

Every mail is armed by a commit before its final dot. One commit serves all that wait for it at
that moment, and settles what ended since the last; so a disk that takes 5 ms for each commit holds
up no connection for longer than that. The connections are tasks of the clerk's own thread: it
writes where none of them can go on, or as many wait for it as for their servers. Another thread
waits for the disk, and the tasks go on meanwhile.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from time import monotonic  # a stopwatch: how long a group is waited for
from types import MappingProxyType
from typing import NamedTuple

import sqlalchemy as sa

from newsletter.actions.settling import write_outcomes
from newsletter.domain.delivery import Outcome, RetryPolicy, State
from newsletter.errors import BusyError, StoreError
from newsletter.mail.hub import Bell, Hub
from newsletter.store import deliveries, imprints, outbox
from newsletter.store.database import Store
from newsletter.store.deliveries import Delivery
from newsletter.store.outbox import Record

log = logging.getLogger(__name__)

MOST_TEXTS = 100_000  # hashes that are remembered
LINGER_SECONDS = 0.002  # for others to come along
POLL = 0.1  # seconds between two looks of one who waits


@dataclass(slots=True)
class Arming:
    """A connection that waits for its commit."""

    delivery: Delivery
    message_id: str
    kept: str  # what shaped the mail, as it is put on record
    texts: Mapping[str, str]  # that are to be kept with it
    relay: str  # by which it goes
    done: bool = False
    armed: bool = False


@dataclass(slots=True)
class Work:
    """What waits to be written, in the order in which it came."""

    arming: list[Arming] = field(default_factory=list)
    settled: list[tuple[Delivery, Outcome]] = field(default_factory=list)
    tried: list[tuple[Delivery, Outcome]] = field(default_factory=list)  # and left to another relay
    closed: list[tuple[Delivery, State, str]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.arming or self.settled or self.tried or self.closed)


class Group(NamedTuple):
    """What was written in one transaction, whose commit is under way."""

    work: Work
    counted: Counter[str]
    texts: Collection[str]  # hashes of those that were new
    armed: Collection[int]
    commit: "Future[None]"


class Clerk:
    """A thread that writes the ledger; a context manager, whose end is when all is written.

    A failure of the database reaches everybody who waits, and all who want to be armed later. How
    mails in hand ended is still taken, and written at the end if the database can be by then.
    """

    def __init__(
        self,
        store: Store,
        epoch: int,
        policy: RetryPolicy,
        now: Callable[[], datetime],
        hub: Hub | None = None,
    ) -> None:
        self.store = store
        self.epoch = epoch
        self.policy = policy
        self.now = now
        self.handled: Counter[str] = Counter()
        self.written: Callable[[int], None] = lambda _: None  # told of each that is on record
        self.failed: Callable[[BaseException], None] = lambda _: None
        self.error: BaseException | None = None
        self._work = Work()
        self._group: Group | None = None
        self._in_hand = Work()  # taken to be written, and not durable yet
        self._busy = False  # something was taken to be written, and is not on disk
        self._texts: set[str] = set()  # the hashes of those that are kept
        self._hub = hub or Hub()
        self._changed = Bell(self._hub)
        self._since = inf  # when the oldest of the waiting work came
        self._ending = False
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="clerk", daemon=True)

    def __enter__(self) -> "Clerk":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._ending = True
            self._changed.notify()
        self._thread.join()

    def arm(
        self,
        delivery: Delivery,
        message_id: str,
        kept: str = "",
        texts: Mapping[str, str] = MappingProxyType({}),
        relay: str = "",
    ) -> bool:
        """Return whether the dot may be written: a commit says that it is about to be."""
        arming = Arming(delivery, message_id, kept, texts, relay)
        if self.error:
            raise self.error
        self._put(lambda work: work.arming.append(arming))
        self._await(lambda: arming.done)
        return arming.armed

    def settle(self, delivery: Delivery, outcome: Outcome) -> None:
        """Have an outcome written, at the latest by the commit that arms the next mail."""
        self._put(lambda work: work.settled.append((delivery, outcome)))

    def note_try(self, delivery: Delivery, outcome: Outcome) -> None:
        """Have an attempt written after which the mail is tried by another relay at once."""
        self._put(lambda work: work.tried.append((delivery, outcome)))

    def close(self, delivery: Delivery, state: State, why: str) -> None:
        """Have a delivery ended that is not to go out."""
        self._put(lambda work: work.closed.append((delivery, state, why)))

    def flush(self) -> None:
        """Wait until everything that was put before is written."""
        self._await(lambda: not (self._work or self._busy))

    def _await(self, so: Callable[[], bool]) -> None:
        """Wait until it is so. Raises what failed in the meantime."""
        with self._changed:
            while not (so() or self.error):
                self._changed.pause(lambda: so() or self.error, POLL)
            if self.error and not so():
                raise self.error

    def _put(self, add: Callable[[Work], None]) -> None:
        with self._changed:
            if self.error and not isinstance(self.error, StoreError):
                raise self.error
            if self._ended:  # a lane that was left behind: nobody would write it
                raise BusyError("the run is over")
            if not self._work:
                self._since = monotonic()
            add(self._work)
        self._hub.ring()

    def _run(self) -> None:
        try:
            with ThreadPoolExecutor(1, "commit") as aside:
                while not self._ended:
                    self._hub.turn(self._patience())
                    if self._group and self._group.commit.done():
                        self._finish(self._group)
                        self._since = monotonic()  # those who were let go may come along
                        continue
                    if work := self._take():
                        self._group = self._written(work, aside)
        except BaseException as error:
            self._fail(error)
        finally:
            self._hub.close()

    def _patience(self) -> float:
        """Return how long nothing need be written, in seconds."""
        if self._group:  # its end rings
            return 0.0 if self._group.commit.done() else inf
        if self._ending or self._is_full():
            return 0.0
        return max(0.0, self._since + LINGER_SECONDS - monotonic()) if self._work else inf

    def _is_full(self) -> bool:
        """Return whether as many connections wait to be armed as wait for their servers."""
        return bool(self._work.arming) and len(self._work.arming) >= self._hub.awaited

    def _take(self) -> Work | None:
        """Return what is to be written now; with nothing left at the end, there never will be."""
        with self._changed:
            if self._group:
                return None
            if not self._work:
                self._ended = self._ending
                return None
            if self._patience():
                return None
            self._in_hand, self._work = self._work, Work()
            self._busy = True
            return self._in_hand

    def _written(self, work: Work, aside: Executor) -> Group:
        """Write a group in one transaction, and let another thread wait for the disk."""
        now = self.now()
        with ExitStack() as stack:
            tx = stack.enter_context(self.store.write())
            counted = self._write_ended(tx, work, now)
            wanted = {one.delivery.id: one.message_id for one in work.arming}
            records = {one.delivery.id: Record(one.relay, one.kept) for one in work.arming}
            texts = self._new_texts(work.arming)
            if texts:
                imprints.keep(tx, texts)
            armed = outbox.arm(tx, wanted, self.epoch, now, records) if wanted else frozenset()
            commit = aside.submit(stack.pop_all().close)
        commit.add_done_callback(lambda _: self._hub.ring())
        return Group(work, counted, texts.keys(), armed, commit)

    def _write_ended(self, tx: sa.Connection, work: Work, now: datetime) -> Counter[str]:
        """Write all but the arming; return how many ended in each state."""
        for delivery, outcome in work.tried:
            deliveries.count_try(tx, delivery.id, outcome, now)
        counted = write_outcomes(tx, work.settled, self.policy, now)
        for delivery, state, why in work.closed:
            if deliveries.close(tx, delivery.id, state, why, now):
                counted[state.value] += 1
        return counted

    def _finish(self, group: Group) -> None:
        """Let those go on who wait for it, now that it is durable; raises what failed."""
        group.commit.result()
        self._texts.update(group.texts)
        self.handled.update(group.counted)
        for row in [one[0].id for one in group.work.settled + group.work.closed]:
            self.written(row)
        for one in group.work.arming:
            one.armed = one.delivery.id in group.armed
            one.done = True
        with self._changed:
            self._group, self._busy, self._in_hand = None, False, Work()
            self._changed.notify_all()

    def _new_texts(self, arming: list[Arming]) -> dict[str, str]:
        """Return what shapes these mails and was not kept by this run yet."""
        if len(self._texts) > MOST_TEXTS:
            self._texts.clear()
        known, new = self._texts, dict[str, str]()
        for one in arming:
            if not known.issuperset(one.texts):
                new |= {name: text for name, text in one.texts.items() if name not in known}
        return new

    def _fail(self, error: BaseException) -> None:
        with self._changed:
            self.error = error
            self._changed.notify_all()
        self.failed(error)
        while not self._ending:  # so that the lanes hear of it, and end
            self._hub.turn(POLL)
        with self._changed:
            self._ended = True
        if isinstance(error, StoreError):
            self._write_late()

    def _write_late(self) -> None:
        """Write how mails ended, once more: an answer that we know is no doubt."""
        now = self.now()
        try:
            counted = Counter[str]()
            with self.store.write() as tx:
                for work in (self._in_hand, self._work):
                    # A commit may have come through of which we were told that it failed.
                    work.settled = [
                        one
                        for one in work.settled
                        if deliveries.state_of(tx, one[0].id) in (State.ARMED, State.PENDING)
                    ]
                    counted += self._write_ended(tx, work, now)
        except StoreError as error:
            log.error("what the server answered is not on record: %s", error)
        else:
            self.handled.update(counted)
