"""What all readers of one composing share: one moment of the archive, ready to be ranked."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from newsletter.actions.following import mentioned
from newsletter.domain.edition import Slot, newest_slot
from newsletter.domain.issue import Coverage, Mention
from newsletter.domain.paper import AnnounceType, Paper
from newsletter.domain.profile import Topic
from newsletter.ranking.candidate import Ranked
from newsletter.ranking.embedding import Embedder
from newsletter.ranking.score import Ranker, Standing
from newsletter.ranking.select import Twins
from newsletter.store import composing, papers, topics
from newsletter.store.composing import Receiver

if TYPE_CHECKING:
    from newsletter.actions.liking import Shelf

REFERENCE = timedelta(days=30)  # the window that words are weighed against
ANNOUNCED = (AnnounceType.NEW, AnnounceType.CROSS)  # a replacement is no news


@dataclass(frozen=True, slots=True)
class Order:
    """What to compose."""

    at: datetime  # each reader's newest slot not after it
    now: datetime
    first_days: int = 7  # how far back a first issue looks
    address: str = ""  # one subscriber only
    due_only: bool = False  # only those whose next issue is due, as the clock asks
    embedder: Embedder | None = None  # by which libraries are compared; None: they wait

    @property
    def known_until(self) -> datetime:
        """Return the end of the window: composing ahead, nobody knows the papers to come."""
        return min(self.at, self.now)


class Window(NamedTuple):
    """What is new to one reader: the papers after a row, and the visits since a time."""

    after: int
    since: datetime


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """What all readers of one composing share: one moment of the archive, ready to be ranked."""

    ranker: Ranker
    twins: Twins
    catalogue: Mapping[str, Topic]
    newest: int  # the row of the newest paper
    first: int  # a first issue looks at the papers after this row
    oldest: int  # no paper up to this row is ranked
    since: int  # nobody's window begins before it
    news: Sequence[int]  # the rows of the papers that may be announced
    mentions: Mapping[int, tuple[Mention, ...]]  # by reader
    shelf: "Shelf | None" = None  # the readers' libraries
    # Kept while composing, for thousands of readers ask for the same.
    shared: dict[str, Standing] = field(default_factory=dict)  # by topic of the catalogue
    slots: dict[object, Slot] = field(default_factory=dict)  # by schedule
    receipts: dict[tuple[Window, tuple[int, int]], Coverage] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)  # that reading, ranking, choosing took
    lock: Lock = field(default_factory=Lock)  # held by the one thread that plans


def set_up(tx: sa.Connection, readers: Sequence[int], order: Order) -> Bench:
    """Return the papers of the reference window and these readers' windows, ready to rank.

    Words are weighed against the reference window alone, whoever is due.
    """
    until = order.known_until
    newest = papers.newest_row(tx, until)
    first = papers.newest_row(tx, until - timedelta(days=order.first_days))
    reference = papers.newest_row(tx, until - REFERENCE)
    mark = composing.oldest_mark(tx, readers)
    oldest = min(first, reference, newest if mark is None else mark)
    stored = papers.between(tx, oldest, newest)
    ranked = [Ranked(one.row, one.paper, one.version, one.first_seen) for one in stored]
    older = sum(one.row <= reference for one in ranked)
    since = first if mark is None else min(first, mark)
    twins = Twins([one.paper for one in ranked])
    twins.include(at for at, one in enumerate(ranked) if one.row > since and is_news(one.paper))
    return Bench(
        ranker=Ranker(ranked, older),
        twins=twins,
        catalogue=topics.by_name(tx),
        newest=newest,
        first=first,
        oldest=oldest,
        since=since,
        news=[one.row for one in ranked if is_news(one.paper)],
        mentions=mentioned(tx, readers, until),
    )


def is_news(paper: Paper) -> bool:
    """Return whether the paper may be announced: a replacement is no news."""
    return paper.announce_type in ANNOUNCED and not paper.withdrawn


@contextmanager
def timed(bench: Bench, what: str) -> Iterator[None]:
    """Add the seconds that the block takes, and those its thread works under `what`_cpu."""
    start, worked = time.perf_counter(), time.thread_time()
    try:
        yield
    finally:
        took = {what: time.perf_counter() - start, f"{what}_cpu": time.thread_time() - worked}
        for name, seconds in took.items():
            bench.seconds[name] = bench.seconds.get(name, 0.0) + seconds


def to_slot(reader: Receiver, bench: Bench, order: Order) -> Slot:
    """Return the reader's newest slot; readers of one schedule share it."""
    found = bench.slots.get(reader.schedule)
    if found is None:
        found = bench.slots[reader.schedule] = newest_slot(reader.schedule, order.at)
    return found
