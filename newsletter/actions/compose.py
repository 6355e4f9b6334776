"""Edition due -> an issue and a pending delivery per subscriber, by unique keys."""

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

import sqlalchemy as sa

from newsletter.actions.bench import Bench, Order, set_up, timed
from newsletter.actions.drafting import NOTHING, draft_one
from newsletter.actions.liking import with_shelf
from newsletter.actions.planning import ALREADY, FAILED, Plan, plan_block
from newsletter.actions.prepare import prepare
from newsletter.domain.edition import next_slot
from newsletter.store import composing, issuing, subscribers
from newsletter.store.composing import Receiver
from newsletter.store.database import Store
from newsletter.store.issuing import NewIssue

__all__ = ("ALREADY", "FAILED", "NOTHING", "PAUSED", "Order", "draft_one", "set_up", "with_shelf")

PAUSED = "not active, paused or suppressed"
REST = timedelta(hours=1)  # before a reader whose issue failed is tried again
BLOCK = 1024  # readers in one transaction: the write lock is held for a fraction of a second

# What became of each reader of a block, and the seconds for which others had to wait.
Kept: TypeAlias = tuple[list[NewIssue | str], float]


@dataclass(slots=True)
class Composed:
    """What was composed."""

    editions: set[str] = field(default_factory=set)
    issues: int = 0
    items: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    # How long it took to set up, read, rank, choose and keep: for logs and benchmarks alone.
    seconds: dict[str, float] = field(default_factory=dict)
    longest_write: float = 0.0  # seconds for which others had to wait


def never() -> bool:
    """Return that nobody asked to stop."""
    return False


def compose(
    store: Store,
    order: Order,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] = never,
) -> Composed:
    """Make the issues that are due and their pending deliveries; again: nothing new.

    Ranking reads; only keeping the finished issues takes the write lock, for readers' clicks and
    the sender's arming wait for it. Asked to stop, it ends behind the block of readers in hand.
    """
    composed = Composed()
    start, worked = time.perf_counter(), time.process_time()
    with not_collecting():
        prepare(store)
        with store.read() as tx:
            chosen = chosen_by(tx, order)
            bench = set_up(tx, chosen, order)
        bench = with_shelf(store, bench, chosen, order)
    composed.seconds["set_up"] = time.perf_counter() - start
    composed.seconds["set_up_cpu"] = time.process_time() - worked
    if order.address and not chosen:
        composed.skipped[PAUSED] += 1
    for found, seconds in kept_blocks(store, chosen, bench, order, stop):
        composed.longest_write = max(composed.longest_write, seconds)
        for one in found:
            count(composed, one)
        if progress:
            progress(composed.issues + composed.skipped.total(), len(chosen))
    composed.seconds |= bench.seconds
    return composed


def kept_blocks(
    store: Store, chosen: Sequence[int], bench: Bench, order: Order, stop: Callable[[], bool]
) -> Iterator[Kept]:
    """Plan and store the issues of these readers; yield what became of each block.

    While one block is stored, the next is planned: the database works without Python's lock.
    """
    with ThreadPoolExecutor(1, "keeping") as keeping:
        last: Future[Kept] | None = None
        for start in range(0, len(chosen), BLOCK):
            if stop():
                break
            plans = plan(store, chosen[start : start + BLOCK], bench, order)
            if last:
                yield last.result()
            last = keeping.submit(keep_block, store, plans, bench, order)
        if last:
            yield last.result()


def plan(store: Store, block: Sequence[int], bench: Bench, order: Order) -> list[Plan]:
    """Return the plans of these readers' issues."""
    with store.read() as tx, bench.lock:
        return plan_block(tx, composing.receivers(tx, block), bench, order)


def keep_block(store: Store, plans: Sequence[Plan], bench: Bench, order: Order) -> Kept:
    """Store the issues of a block; return what became of them, and how long others had to wait."""
    start = time.perf_counter()
    with timed(bench, "keeping"), store.write() as tx:
        found = keep(tx, plans, bench, order)
    return found, time.perf_counter() - start


@contextmanager
def not_collecting() -> Iterator[None]:
    """Leave cyclic garbage alone: a quarter of setting up is looking through what will all stay."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def rehearse(store: Store, order: Order) -> Composed:
    """Return what `compose` would make, and make nothing."""
    composed = Composed()
    with store.read() as tx:
        chosen = chosen_by(tx, order)
        bench = set_up(tx, chosen, order)
    bench = with_shelf(store, bench, chosen, order)
    with store.read() as tx:
        for start in range(0, len(chosen), BLOCK):
            block = composing.receivers(tx, chosen[start : start + BLOCK])
            for one in plan_block(tx, block, bench, order):
                count(composed, one.new)
    if order.address and not chosen:
        composed.skipped[PAUSED] += 1
    return composed


def anybody_due(store: Store, now: datetime) -> bool:
    """Return whether any reader's next issue is due: the clock asks this every few seconds."""
    with store.read() as tx:
        return subscribers.any_due(tx, now)


def chosen_by(tx: sa.Connection, order: Order) -> list[int]:
    """Return the keys of the readers to compose for; raises NotFoundError."""
    chosen = composing.receiving(tx, order.now, order.now if order.due_only else None)
    if not order.address:
        return chosen
    wanted = subscribers.find(tx, order.address).id
    return [one for one in chosen if one == wanted]


def count(composed: Composed, new: NewIssue | str) -> None:
    """Add an issue, or the reason why there is none."""
    if isinstance(new, str):
        composed.skipped[new] += 1
    else:
        composed.editions.add(new.edition)
        composed.issues += 1
        composed.items += len(new.items)


def keep(
    tx: sa.Connection, plans: Sequence[Plan], bench: Bench, order: Order
) -> list[NewIssue | str]:
    """Store planned issues and their deliveries; older ones that have not gone out expire.

    Hours of other work may lie between planning and keeping: what the plans rest on is looked at
    again. Return for each what was stored, or why nothing was.
    """
    ids = [one.reader.id for one in plans]
    receives = composing.still_receiving(tx, ids, order.now)
    plans = renewed(tx, [one for one in plans if one.reader.id in receives], bench, order)
    issuing.set_due(tx, due_dates(plans, order))
    wanted = [one.new for one in plans if isinstance(one.new, NewIssue)]
    kept = issuing.add(tx, wanted, order.now)
    had = {one.reader.id for one in plans if one.past}
    issuing.deliver(tx, wanted, kept, order.now, had)
    ends: list[NewIssue | str] = [PAUSED] * (len(ids) - len(plans))
    for one in plans:
        there = isinstance(one.new, str) or one.reader.id in kept
        ends.append(one.new if there else ALREADY)
    return ends


def renewed(tx: sa.Connection, plans: Sequence[Plan], bench: Bench, order: Order) -> list[Plan]:
    """Return the plans; those are made anew whose readers' issues or topics have changed."""
    planned = [one.reader.id for one in plans if isinstance(one.new, NewIssue)]
    pasts = composing.pasts(tx, planned, bench.oldest)
    profiles = composing.bodies(tx, planned, hold=True)
    changed: list[Receiver] = [
        one.reader
        for one in plans
        if isinstance(one.new, NewIssue)
        and (pasts.get(one.reader.id), profiles.get(one.reader.id)) != (one.past, one.profile)
    ]
    if not changed:
        return list(plans)
    with bench.lock:
        anew = {one.reader.id: one for one in plan_block(tx, changed, bench, order)}
    return [anew.get(one.reader.id, one) for one in plans]


def due_dates(plans: Sequence[Plan], order: Order) -> dict[int, datetime]:
    """Return by subscriber when the next issue is due; one that failed is tried after a rest.

    Composing ahead or back moves nobody's clock.
    """
    following: dict[object, datetime] = {}
    due = {}
    for one in plans:
        if one.new == FAILED:
            due[one.reader.id] = order.now + REST
            continue
        schedule = one.reader.schedule
        if schedule not in following:
            following[schedule] = next_slot(schedule, order.now).due_at
        due[one.reader.id] = following[schedule]
    return due
