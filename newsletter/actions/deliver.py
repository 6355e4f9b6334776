"""Pending deliveries -> messages -> senders -> each outcome on record; nobody twice.

One thread does nearly all: reading what is due, writing the mails and each connection are its tasks
(see the hub), and it writes the ledger between them. Another looks for notes that overtake.
"""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from newsletter.actions.clerk import Clerk
from newsletter.actions.feeding import feed
from newsletter.actions.lane import Lane
from newsletter.actions.outlets import Outlet, Station, stations
from newsletter.actions.tour import (
    Tour,
    Way,
    Writer,
    give_way,
    line_up,
    mind_domains,
    mind_notes,
    record_poison,
)
from newsletter.actions.tray import POLL, Tray
from newsletter.actions.watch import Watch, watched
from newsletter.mail.hub import Hub, Task
from newsletter.store import deliveries, outbox
from newsletter.store.database import Store
from newsletter.store.deliveries import Delivery

__all__ = ["Outlet", "Way", "Writer", "begin", "deliver"]

DAY = timedelta(days=1)
AFTER_CUT = 2.0  # seconds for a lane to put on record that it was cut


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
    if not is_due(store, way):
        return Counter()  # no connection is opened
    with watched(store) as watch:
        way = replace(way, watch=watch)
        # One mail tries whether what stopped the run before is mended.
        tried = tour_of(store, way, 1, stop) if watch.is_wary and limit is None else Counter()
        return tried + tour_of(store, way, limit, stop, progress)


def is_due(store: Store, way: Way) -> bool:
    """Settle what an earlier run left, and return whether anything is due and may go today."""
    now = way.now()
    with store.read() as tx:
        if not outbox.is_due(tx, now, way.notes_only):  # as at nearly each tick of the clock
            return False
    with store.write() as tx:
        deliveries.doubt_armed(tx, now)  # a settling that failed, in an earlier run of ours
        outbox.wake_deferred(tx, now)
    with store.read() as tx:
        begin_limits(tx, way, now)
        may_go = any(one.pace.left_today != 0 for one in way.outlets)
        return may_go and outbox.is_due(tx, now, way.notes_only)


def begin_limits(tx: sa.Connection, way: Way, now: datetime) -> None:
    """Begin the limits of relays and domains with what went by them in earlier runs."""

    def ago(memory: timedelta, **of: str) -> list[float]:
        found = outbox.newest_dots(tx, now - memory, now, **of) if memory else ()
        return [(now - one).total_seconds() for one in found]

    for domain, limit in way.domains.items():
        limit.begin(ago(limit.memory, to=domain))
    for one in way.outlets:
        relay = one.name if len(way.outlets) > 1 else ""
        gone = outbox.handed_over(tx, now - DAY, relay or None) if one.pace.per_day else 0
        one.pace.begin(gone, ago(one.pace.memory, relay=relay))


def tour_of(
    store: Store,
    way: Way,
    limit: int | None = None,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int], None] | None = None,
) -> Counter[str]:
    """Deliver what is due of the way's share; see `deliver`."""
    hub = Hub()
    tray = Tray(2 * way.connections, stop, hub)
    with Clerk(store, way.epoch, way.policy, way.now, hub) as clerk:
        tour = Tour(store, way, clerk, tray, stop, limit, progress)
        clerk.written = tour.landed
        clerk.failed = tray.end  # whoever waits for room or for a mail is to hear of it
        digests = min(line_up(tour), limit or BOUNDLESS)
        with way.scribe(digests, way.share.of) as tour.hand:
            hand_out(tour, digests)
    trouble = tray.error or clerk.error
    if trouble:
        raise trouble
    return clerk.handled


def hand_out(tour: Tour, digests: int) -> None:
    """Begin all that takes part in a run, and wait until it is over."""
    hub, tray = tour.tray.hub, tour.tray
    lanes = lanes_of(tour, digests)
    tray.begin_opening(sum(not one.on_demand for one in lanes))
    others = [threading.Thread(target=mind_notes, args=[tour], name="notes", daemon=True)]
    if tour.way.domains:
        others.append(
            threading.Thread(target=mind_domains, args=[tour], name="domains", daemon=True)
        )

    def begin_feeding() -> Task:
        return hub.begin(lambda: feed_all(tour))

    # What is ready beside reads and writes while the connections are opened.
    early = begin_feeding() if tour.hand and tour.hand.is_ready else None
    tasks = [hub.begin(one.run) for one in lanes]
    feeder = early or begin_feeding()
    for one in others:
        one.start()
    try:
        while feeder.is_alive():
            feeder.join(POLL)
    except BaseException as error:
        tray.halt()
        tray.end(error)
    see_off(lanes, tasks, tour)
    for one in others:
        one.join()


BOUNDLESS = 1 << 62


def feed_all(tour: Tour) -> None:
    """Lay down all mails that are due, and say so; what goes wrong with that ends the run."""
    tray = tour.tray
    try:
        feed(tour)
        tray.halt() if tour.stop() else tray.end()
    except BaseException as error:
        tray.halt()
        tray.end(error)


def lanes_of(tour: Tour, digests: int) -> list[Lane]:
    """Return the connections of the run: of a relay no more than it has mails, one for notes."""
    watch = tour.way.watch or Watch()

    def gave_way(delivery: Delivery) -> None:
        give_way(tour, delivery)

    def broke(delivery: Delivery, reason: str) -> None:
        record_poison(tour, delivery, reason)

    way, lanes = tour.way, list[Lane]()
    first = min(one.priority for one in way.outlets)

    def lane(station: Station, notes_only: bool) -> Lane:
        made = Lane(station, tour.clerk, tour.tray, watch, tour.domains, gave_way, broke)
        made.notes_only = notes_only
        waits = station.outlet.priority > first or station.failing
        made.is_spare = bool(station.others) and (waits or digests < way.connections)
        return made

    kept = way.share.has_notes and way.connections > 1
    for station in stations(way.outlets, tour.tray, way.first_rest):
        own = station.outlet.connections
        notes = kept and own > 1
        # Where there are others, any of them may have to take a mail.
        least = bool(station.others) or not notes
        usual = max(min(own - notes, digests), least)
        lanes += [lane(station, notes_only=number == usual) for number in range(usual + notes)]
        kept = kept and not notes
    return lanes


def see_off(lanes: Sequence[Lane], tasks: Sequence[Task], tour: Tour) -> None:
    """Wait until each lane is home; once the run is to stop, no longer than its grace time.

    A lane that is cut puts on record what it may have handed over. One that does not even notice,
    as it is opening a connection, has nothing armed and can arm nothing any more.
    """
    clock = tour.way.clock
    until: float | None = None
    for task in tasks:
        while task.is_alive():
            task.join(POLL)
            if until is None:
                until = clock() + tour.way.grace if tour.stop() else None
            elif clock() > until + AFTER_CUT:
                break
            elif clock() > until:
                for lane in lanes:
                    lane.cut()
