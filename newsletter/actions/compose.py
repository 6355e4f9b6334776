"""Edition due -> an issue and a pending delivery per subscriber, by unique keys."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from newsletter.actions.prepare import prepare
from newsletter.domain.delivery import UNDELIVERED, UNSEEN, Kind
from newsletter.domain.edition import newest_slot, next_slot
from newsletter.domain.issue import Coverage, FeedCoverage
from newsletter.domain.paper import AnnounceType, Paper
from newsletter.domain.profile import Topic, resolved
from newsletter.domain.subscriber import Subscriber
from newsletter.errors import StoreError
from newsletter.ranking.score import Ranked, Ranker
from newsletter.ranking.select import select, to_items
from newsletter.store import deliveries, feeds, issues, papers, subscribers, topics
from newsletter.store.database import Store
from newsletter.store.subscribers import StoredProfile

log = logging.getLogger(__name__)

REST = timedelta(hours=1)  # before a reader whose issue failed is tried again
REFERENCE = timedelta(days=30)  # the window that words are weighed against
BATCH = 50  # subscribers in one transaction
ANNOUNCED = (AnnounceType.NEW, AnnounceType.CROSS)  # a replacement is no news

ALREADY = "already composed"
NOTHING = "no new paper fits"
PAUSED = "not active, paused or suppressed"
FAILED = "an error of this program; see the log"


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
    """What all readers of one composing share: one moment of the archive, ready to be ranked."""

    ranker: Ranker
    ranked: Mapping[int, Ranked]
    catalogue: Mapping[str, Topic]
    newest: int  # the row of the newest paper
    first: int  # a first issue looks at the papers after this row


@dataclass(frozen=True, slots=True)
class Plan:
    """One reader's issue, and what it rests on: if that has changed, it is planned anew."""

    subscriber: Subscriber
    new: issues.NewIssue | str  # or why there is none
    had: frozenset[int] = frozenset()
    again: frozenset[int] = frozenset()


def compose(
    store: Store, order: Order, progress: Callable[[int, int], None] | None = None
) -> Composed:
    """Make the issues that are due and their pending deliveries; again: nothing new.

    Ranking reads; only keeping the finished issues takes the write lock, for readers' clicks and
    the sender's arming wait for it.
    """
    prepare(store)
    with store.read() as tx:
        chosen = receivers(tx, order)
        bench = set_up(tx, chosen, order)
    composed = Composed()
    if order.address and not chosen:
        composed.skipped[PAUSED] += 1
    for start in range(0, len(chosen), BATCH):
        batch = chosen[start : start + BATCH]
        with store.read() as tx:
            plans = plan_batch(tx, batch, bench, order)
        with store.write() as tx:
            for one in plans:
                count(composed, keep(tx, one, bench, order))
        if progress:
            progress(start + len(batch), len(chosen))
    return composed


def rehearse(store: Store, order: Order) -> Composed:
    """Return what `compose` would make, and make nothing."""
    composed = Composed()
    with store.read() as tx:
        chosen = receivers(tx, order)
        bench = set_up(tx, chosen, order)
        for one in plan_batch(tx, chosen, bench, order):
            count(composed, one.new)
    if order.address and not chosen:
        composed.skipped[PAUSED] += 1
    return composed


def anybody_due(store: Store, now: datetime) -> bool:
    """Return whether any reader's next issue is due: the clock asks this every few seconds."""
    with store.read() as tx:
        return subscribers.any_due(tx, now)


def receivers(tx: sa.Connection, order: Order) -> list[Subscriber]:
    """Return the subscribers to compose for; raises NotFoundError for an unknown address."""
    due_by = order.now if order.due_only else None
    chosen = subscribers.receiving(tx, order.now, due_by)
    if not order.address:
        return chosen
    wanted = subscribers.find(tx, order.address)
    return [one for one in chosen if one.id == wanted.id]


def set_up(tx: sa.Connection, readers: Sequence[Subscriber], order: Order) -> Bench:
    """Return the papers of the reference window and these readers' windows, ready to rank.

    Words are weighed against the reference window alone, whoever is due.
    """
    until = order.known_until
    newest = papers.newest_row(tx, until)
    first = papers.newest_row(tx, until - timedelta(days=order.first_days))
    reference = papers.newest_row(tx, until - REFERENCE)
    marks = issues.marks(tx, [one.id for one in readers]).values()
    oldest = min([first, reference, *(mark.newest_paper for mark in marks)])
    stored = papers.between(tx, oldest, newest)
    ranked = [Ranked(one.row, one.paper, one.version, one.first_seen) for one in stored]
    older = sum(one.row <= reference for one in ranked)
    by_row = {one.row: one for one in ranked}
    return Bench(Ranker(ranked, older), by_row, topics.by_name(tx), newest, first)


def plan_batch(
    tx: sa.Connection, batch: Sequence[Subscriber], bench: Bench, order: Order
) -> list[Plan]:
    """Return the plans of a few subscribers; one that fails is logged and stops no other."""
    profiles = subscribers.profiles_of(tx, [one.id for one in batch])
    plans = []
    for subscriber in batch:
        try:
            with tx.begin_nested():
                plans.append(plan(tx, subscriber, profiles[subscriber.id], bench, order))
        except (StoreError, sa.exc.DatabaseError):
            raise  # it is about everybody
        except Exception:
            log.exception("issue not composed subscriber=%s", subscriber.id)
            plans.append(Plan(subscriber, FAILED))
    return plans


def count(composed: Composed, new: issues.NewIssue | str) -> None:
    """Add an issue, or the reason why there is none."""
    if isinstance(new, str):
        composed.skipped[new] += 1
    else:
        composed.editions.add(new.edition)
        composed.issues += 1
        composed.items += len(new.items)


def keep(tx: sa.Connection, made: Plan, bench: Bench, order: Order) -> issues.NewIssue | str:
    """Store a planned issue and its delivery; an older one that has not gone out expires.

    Hours of other work may lie between planning and keeping: what the plan rests on is looked at
    again. Return what was stored, or why nothing was.
    """
    subscriber = made.subscriber
    if not subscribers.receives(tx, subscriber.id, order.now):
        return PAUSED
    if isinstance(made.new, issues.NewIssue) and history(tx, subscriber) != (made.had, made.again):
        profile = subscribers.profile(tx, subscriber.id)
        made = plan(tx, subscriber, profile, bench, order)
    if made.new == FAILED:
        subscribers.set_due(tx, subscriber.id, order.now + REST)
        return FAILED
    # Composing ahead or back moves nobody's clock.
    following = next_slot(subscriber.preferences.schedule, order.now)
    subscribers.set_due(tx, subscriber.id, following.due_at)
    if isinstance(made.new, str):
        return made.new
    stored = issues.add(tx, made.new, order.now)
    if stored is None:
        return ALREADY
    deliveries.expire_undelivered(tx, subscriber.id, order.now)
    edition_id, issue_id = stored
    delivery = deliveries.NewDelivery(
        kind=Kind.DIGEST,
        key=f"digest:{made.new.edition}:{subscriber.id}",
        subscriber_id=subscriber.id,
        due_at=made.new.due_at,
        edition_id=edition_id,
        issue_id=issue_id,
    )
    deliveries.add(tx, delivery, order.now)
    return made.new


def plan(
    tx: sa.Connection,
    subscriber: Subscriber,
    stored: StoredProfile,
    bench: Bench,
    order: Order,
) -> Plan:
    """Return the plan of the reader's issue for the newest slot not after `order.at`."""
    slot = newest_slot(subscriber.preferences.schedule, order.at)
    if issues.has_slot(tx, subscriber.id, slot.edition, slot.local_date):
        return Plan(subscriber, ALREADY)
    return draft(tx, subscriber, stored, bench, order)


def draft(
    tx: sa.Connection,
    subscriber: Subscriber,
    stored: StoredProfile,
    bench: Bench,
    order: Order,
) -> Plan:
    """Return the plan as `plan` does, whether or not an issue is stored for the slot."""
    slot = newest_slot(subscriber.preferences.schedule, order.at)
    mark = issues.marks(tx, [subscriber.id]).get(subscriber.id)
    after = mark.newest_paper if mark else bench.first
    had, again = history(tx, subscriber)
    news = {row for row, one in bench.ranked.items() if row > after and is_news(one.paper)}
    among = ((news | again) & bench.ranked.keys()) - had
    profile = resolved(stored.profile, bench.catalogue)
    picked = select(bench.ranker.rank(profile, among, order.at), subscriber.preferences.length)
    if not picked:
        return Plan(subscriber, NOTHING, had, again)
    since = mark.composed_at if mark else order.known_until - timedelta(days=order.first_days)
    items = zip(to_items(picked), picked, strict=True)
    new = issues.NewIssue(
        edition=slot.edition,
        subscriber_id=subscriber.id,
        profile_row=stored.row,
        local_date=slot.local_date,
        due_at=slot.due_at,
        newest_paper=bench.newest,
        items=tuple((item, one.ranked.row, one.ranked.version) for item, one in items),
        coverage=receipt(tx, Window(after, bench.newest, since), len(among), len(picked)),
    )
    return Plan(subscriber, new, had, again)


def is_news(paper: Paper) -> bool:
    """Return whether the paper may be announced: a replacement is no news."""
    return paper.announce_type in ANNOUNCED and not paper.withdrawn


def history(tx: sa.Connection, subscriber: Subscriber) -> tuple[frozenset[int], frozenset[int]]:
    """Return the rows of the papers that the reader has had, and of those that compete again."""
    waiting = UNSEEN + UNDELIVERED
    had = issues.rows_in(tx, subscriber.id, waiting, outside=True)
    return frozenset(had), frozenset(issues.rows_in(tx, subscriber.id, waiting))


@dataclass(frozen=True, slots=True)
class Window:
    """What is new to one reader: the papers between two rows, and the visits since a time."""

    after: int
    until: int
    since: datetime


def receipt(tx: sa.Connection, window: Window, ranked: int, shown: int) -> Coverage:
    """Return what each feed brought in the window, and how it stood at its last visit."""
    announced = feeds.announced(tx, window.after, window.until)
    names = {feed.id: feed.name for feed in feeds.by_url(tx).values()}
    lines = tuple(
        FeedCoverage(names[one.feed_id], announced.get(one.feed_id, 0), one.outcome, one.why)
        for one in feeds.visited_since(tx, window.since)
    )
    return Coverage(sum(announced.values()), ranked, shown, lines)
