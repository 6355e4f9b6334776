"""Edition due -> an issue and a pending delivery per subscriber, by unique keys."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from newsletter.domain.delivery import UNDELIVERED, UNSEEN, Kind
from newsletter.domain.edition import newest_slot, next_slot
from newsletter.domain.issue import Coverage, FeedCoverage
from newsletter.domain.paper import AnnounceType
from newsletter.domain.profile import Topic, resolved
from newsletter.domain.subscriber import Subscriber
from newsletter.ranking.score import Ranked, Ranker
from newsletter.ranking.select import select, to_items
from newsletter.store import deliveries, feeds, issues, papers, subscribers, topics
from newsletter.store.database import Store
from newsletter.store.subscribers import StoredProfile

REFERENCE = timedelta(days=30)  # the window that words are weighed against
BATCH = 50  # subscribers in one transaction: it holds the write lock
ANNOUNCED = (AnnounceType.NEW, AnnounceType.CROSS)  # a replacement is no news

ALREADY = "already composed"
NOTHING = "no new paper fits"
PAUSED = "not active, paused or suppressed"


@dataclass(frozen=True, slots=True)
class Order:
    """What to compose."""

    at: datetime  # each reader's newest slot not after it
    now: datetime
    first_days: int = 7  # how far back a first issue looks
    address: str = ""  # one subscriber only
    due_only: bool = False  # only those whose next issue is due, as the clock asks

    @property
    def known_until(self) -> datetime:
        """Return the end of the window: composing ahead, nobody knows the papers to come."""
        return min(self.at, self.now)


@dataclass(slots=True)
class Composed:
    """What was composed."""

    editions: set[str] = field(default_factory=set)
    issues: int = 0
    items: int = 0
    skipped: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """What all readers of one composing share."""

    ranker: Ranker
    ranked: Mapping[int, Ranked]
    catalogue: Mapping[str, Topic]


def compose(
    store: Store, order: Order, progress: Callable[[int, int], None] | None = None
) -> Composed:
    """Make the issues that are due and their pending deliveries; again: nothing new."""
    with store.read() as tx:
        chosen = receivers(tx, order)
        bench = set_up(tx, order.known_until)
    composed = Composed()
    if order.address and not chosen:
        composed.skipped[PAUSED] += 1
    for start in range(0, len(chosen), BATCH):
        batch = chosen[start : start + BATCH]
        with store.write() as tx:
            compose_batch(tx, batch, bench, order, composed)
        if progress:
            progress(start + len(batch), len(chosen))
    return composed


def rehearse(store: Store, order: Order) -> Composed:
    """Return what `compose` would make, and make nothing."""
    composed = Composed()
    with store.read() as tx:
        chosen = receivers(tx, order)
        bench = set_up(tx, order.known_until)
        profiles = subscribers.profiles_of(tx, [one.id for one in chosen])
        for subscriber in chosen:
            new = plan(tx, subscriber, profiles[subscriber.id], bench, order)
            count(composed, new)
    if order.address and not chosen:
        composed.skipped[PAUSED] += 1
    return composed


def anybody_due(store: Store, now: datetime) -> bool:
    """Return whether any reader's next issue is due: the clock asks this every few seconds."""
    with store.read() as tx:
        return bool(subscribers.receiving(tx, now, now))


def receivers(tx: sa.Connection, order: Order) -> list[Subscriber]:
    """Return the subscribers to compose for; raises NotFoundError for an unknown address."""
    due_by = order.now if order.due_only else None
    chosen = subscribers.receiving(tx, order.now, due_by)
    if not order.address:
        return chosen
    wanted = subscribers.find(tx, order.address)
    return [one for one in chosen if one.id == wanted.id]


def set_up(tx: sa.Connection, until: datetime) -> Bench:
    """Return the reference window's papers, ready to be ranked."""
    stored = papers.seen_between(tx, until - REFERENCE, until)
    return bench_of(stored, topics.by_name(tx))


def bench_of(stored: Sequence[papers.Stored], catalogue: Mapping[str, Topic]) -> Bench:
    """Return these papers, ready to be ranked."""
    ranked = [Ranked(one.row, one.paper, one.version, one.first_seen) for one in stored]
    return Bench(Ranker(ranked), {one.row: one for one in ranked}, catalogue)


def compose_batch(
    tx: sa.Connection,
    batch: Sequence[Subscriber],
    bench: Bench,
    order: Order,
    composed: Composed,
) -> None:
    """Make the issues of a few subscribers in one transaction."""
    profiles = subscribers.profiles_of(tx, [one.id for one in batch])
    for subscriber in batch:
        new = plan(tx, subscriber, profiles[subscriber.id], bench, order)
        if isinstance(new, issues.NewIssue):
            keep(tx, subscriber, new, order.now)
        count(composed, new)
        following = next_slot(subscriber.preferences.schedule, order.at)
        subscribers.set_due(tx, subscriber.id, following.due_at)


def count(composed: Composed, new: issues.NewIssue | str) -> None:
    """Add an issue, or the reason why there is none."""
    if isinstance(new, str):
        composed.skipped[new] += 1
    else:
        composed.editions.add(new.edition)
        composed.issues += 1
        composed.items += len(new.items)


def keep(tx: sa.Connection, subscriber: Subscriber, new: issues.NewIssue, now: datetime) -> None:
    """Store the issue and its delivery; an older one that has not gone out expires."""
    stored = issues.add(tx, new, now)
    if stored is None:
        return
    edition_id, issue_id = stored
    deliveries.expire_undelivered(tx, subscriber.id, now)
    delivery = deliveries.NewDelivery(
        kind=Kind.DIGEST,
        key=f"digest:{new.edition}:{subscriber.id}",
        subscriber_id=subscriber.id,
        due_at=new.due_at,
        edition_id=edition_id,
        issue_id=issue_id,
    )
    deliveries.add(tx, delivery, now)


def plan(
    tx: sa.Connection,
    subscriber: Subscriber,
    stored: StoredProfile,
    bench: Bench,
    order: Order,
) -> issues.NewIssue | str:
    """Return the reader's issue for the newest slot not after `order.at`, or why there is none."""
    slot = newest_slot(subscriber.preferences.schedule, order.at)
    if issues.has_slot(tx, subscriber.id, slot.edition, slot.local_date):
        return ALREADY
    return draft(tx, subscriber, stored, bench, order)


def draft(
    tx: sa.Connection,
    subscriber: Subscriber,
    stored: StoredProfile,
    bench: Bench,
    order: Order,
) -> issues.NewIssue | str:
    """Return the issue as `plan` does, whether or not one is stored for the slot."""
    slot = newest_slot(subscriber.preferences.schedule, order.at)
    start = window_start(tx, subscriber, order)
    news = {
        row
        for row, one in bench.ranked.items()
        if one.first_seen > start
        and one.paper.announce_type in ANNOUNCED
        and not one.paper.withdrawn
    }
    again = issues.rows_in(tx, subscriber.id, UNSEEN + UNDELIVERED)
    had = issues.rows_in(tx, subscriber.id, UNSEEN + UNDELIVERED, outside=True)
    among = ((news | again) & bench.ranked.keys()) - had
    profile = resolved(stored.profile, bench.catalogue)
    picked = select(bench.ranker.rank(profile, among, order.at), subscriber.preferences.length)
    if not picked:
        return NOTHING
    items = zip(to_items(picked), picked, strict=True)
    return issues.NewIssue(
        edition=slot.edition,
        subscriber_id=subscriber.id,
        profile_row=stored.row,
        local_date=slot.local_date,
        due_at=slot.due_at,
        window_end=order.known_until,
        items=tuple((item, one.ranked.row, one.ranked.version) for item, one in items),
        coverage=receipt(tx, start, order.known_until, len(among), len(picked)),
    )


def window_start(tx: sa.Connection, subscriber: Subscriber, order: Order) -> datetime:
    """Return where the last issue's window ended; a first issue looks back some days."""
    ends = issues.window_ends(tx, [subscriber.id])
    return ends.get(subscriber.id, order.known_until - timedelta(days=order.first_days))


def receipt(tx: sa.Connection, start: datetime, end: datetime, ranked: int, shown: int) -> Coverage:
    """Return what each feed brought in the window, and how it stood at its last visit."""
    announced = feeds.announced(tx, start, end)
    names = {feed.id: feed.name for feed in feeds.by_url(tx).values()}
    lines = tuple(
        FeedCoverage(names[one.feed_id], announced.get(one.feed_id, 0), one.outcome, one.why)
        for one in feeds.visited_since(tx, start, end)
    )
    return Coverage(sum(announced.values()), ranked, shown, lines)
