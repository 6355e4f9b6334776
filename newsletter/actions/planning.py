"""Readers and one moment of the archive -> plans of their issues; nothing is stored here."""

import logging
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from newsletter.domain.edition import Slot, newest_slot
from newsletter.domain.issue import Coverage, FeedCoverage
from newsletter.domain.paper import AnnounceType, Paper
from newsletter.domain.profile import Topic, from_json, resolved
from newsletter.errors import StoreError
from newsletter.ranking.score import Ranked, Ranker, Scored, Standing
from newsletter.ranking.select import Queue, Twins, select
from newsletter.store import composing, feeds, papers, topics
from newsletter.store.composing import Past, Receiver
from newsletter.store.issuing import NewIssue, NewItem, parts_text

log = logging.getLogger(__name__)

REFERENCE = timedelta(days=30)  # the window that words are weighed against
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


@dataclass(frozen=True, slots=True)
class Plan:
    """One reader's issue, and what it rests on: if that has changed, it is planned anew."""

    reader: Receiver
    new: NewIssue | str  # or why there is none
    past: Past | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """What is new to one reader: the papers between two rows, and the visits since a time."""

    after: int
    until: int
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
    news: Sequence[int]  # the rows of the papers that may be announced
    # Kept while composing, for thousands of readers ask for the same.
    shared: dict[str, tuple[Standing, ...]] = field(default_factory=dict)  # by profile body
    slots: dict[object, Slot] = field(default_factory=dict)  # by schedule
    texts: dict[tuple[int, int], str] = field(default_factory=dict)  # parts, by topic and place
    receipts: dict[Window, Coverage] = field(default_factory=dict)


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
    return Bench(
        ranker=Ranker(ranked, older),
        twins=Twins([one.paper for one in ranked]),
        catalogue=topics.by_name(tx),
        newest=newest,
        first=first,
        oldest=oldest,
        news=[one.row for one in ranked if is_news(one.paper)],
    )


def is_news(paper: Paper) -> bool:
    """Return whether the paper may be announced: a replacement is no news."""
    return paper.announce_type in ANNOUNCED and not paper.withdrawn


def plan_block(
    tx: sa.Connection, readers: Sequence[Receiver], bench: Bench, order: Order
) -> list[Plan]:
    """Return the plans of some readers' issues, each for the newest slot not after `order.at`.

    One that fails is logged and stops no other.
    """
    ids = [one.id for one in readers]
    pasts = composing.pasts(tx, ids, bench.oldest)
    bodies = composing.bodies(tx, ids)
    names = {slot.edition for one in readers if (slot := slot_of(one, bench, order))}
    taken = composing.taken(tx, list(pasts), names) if pasts else set()
    plans = []
    for reader in readers:
        past = pasts.get(reader.id)
        try:
            if past and is_taken(reader, past, taken, bench, order):
                plans.append(Plan(reader, ALREADY, past))
            else:
                row, body = bodies[reader.id]
                new = draft(tx, Brief(reader, past, row, body), bench, order)
                plans.append(Plan(reader, new, past))
        except (StoreError, sa.exc.DatabaseError):
            raise  # it is about everybody
        except Exception:
            log.exception("issue not composed subscriber=%s", reader.id)
            plans.append(Plan(reader, FAILED, past))
    return plans


def slot_of(reader: Receiver, bench: Bench, order: Order) -> Slot | None:
    """Return the reader's newest slot, None if the clock is broken: planning will say so."""
    try:
        return to_slot(reader, bench, order)
    except Exception:
        return None


def to_slot(reader: Receiver, bench: Bench, order: Order) -> Slot:
    """Return the reader's newest slot; readers of one schedule share it."""
    found = bench.slots.get(reader.schedule)
    if found is None:
        found = bench.slots[reader.schedule] = newest_slot(reader.schedule, order.at)
    return found


def is_taken(
    reader: Receiver, past: Past, taken: set[tuple[int, str]], bench: Bench, order: Order
) -> bool:
    """Return whether the reader has an issue of this edition, or of this local date or later."""
    slot = to_slot(reader, bench, order)
    return past.local_date >= slot.local_date or (reader.id, slot.edition) in taken


@dataclass(frozen=True, slots=True)
class Brief:
    """What is known of one reader when the issue is drafted."""

    reader: Receiver
    past: Past | None
    profile_row: int
    body: str  # of the profile


def draft_one(tx: sa.Connection, reader: Receiver, bench: Bench, order: Order) -> NewIssue | str:
    """Return one reader's next issue or why there is none, whether or not the slot has one."""
    past = composing.pasts(tx, [reader.id], bench.oldest).get(reader.id)
    row, body = composing.bodies(tx, [reader.id])[reader.id]
    return draft(tx, Brief(reader, past, row, body), bench, order)


def draft(tx: sa.Connection, brief: Brief, bench: Bench, order: Order) -> NewIssue | str:
    """Return the issue for the newest slot, or why there is none."""
    reader, past = brief.reader, brief.past
    slot = to_slot(reader, bench, order)
    after = past.newest_paper if past else bench.first
    again = past.again - past.had if past else frozenset()
    found = standings(brief.body, bench, order.at)
    queues = [Queue(window(one, after, again, bench), one.pinned) for one in found]
    picked = select(queues, reader.length, frozenset(), bench.twins.alike)
    if not picked:
        return NOTHING
    ranked = bench.ranker.papers
    items = []
    for position, one in enumerate(picked, 1):
        standing, paper = found[one.queue], ranked[one.place]
        text = reasons(standing, one.place, bench)
        items.append(NewItem(position, paper.row, paper.version, standing.topic, one.score, text))
    since = past.composed_at if past else order.known_until - timedelta(days=order.first_days)
    number = len(bench.news) - bisect_right(bench.news, after)
    if again:
        number += sum(ranked[place].row <= after for place in places(again, bench))
    return NewIssue(
        edition=slot.edition,
        subscriber_id=reader.id,
        profile_row=brief.profile_row,
        local_date=slot.local_date,
        due_at=slot.due_at,
        newest_paper=bench.newest,
        items=tuple(items),
        coverage=receipt(tx, Window(after, bench.newest, since), (number, len(items)), bench),
    )


def standings(body: str, bench: Bench, now: datetime) -> tuple[Standing, ...]:
    """Return how the papers stand for the topics of a profile.

    Kept where all topics are the catalogue's, for many readers have those; a reader's own words
    nobody shares.
    """
    found = bench.shared.get(body)
    if found is not None:
        return found
    profile = resolved(from_json(body), bench.catalogue)
    found = bench.ranker.standings(profile, now)
    if all(bench.catalogue.get(topic.name) == topic for topic in profile.topics):
        bench.shared[body] = found
    return found


def window(standing: Standing, after: int, again: frozenset[int], bench: Bench) -> Sequence[Scored]:
    """Return the topic's papers that are new to a reader, or compete again, best first."""
    found = standing.after.get(after)
    if found is None:
        ranked = bench.ranker.papers
        found = standing.after[after] = [
            one
            for one in standing.papers
            if ranked[one[1]].row > after and is_news(ranked[one[1]].paper)
        ]
    if not again:
        return found
    also = places(again, bench)
    if not also:
        return found
    also |= {place for _, place in found}
    return [one for one in standing.papers if one[1] in also]


def places(rows: frozenset[int], bench: Bench) -> set[int]:
    """Return the places of those of these papers that are ranked here and were not withdrawn."""
    ranked = bench.ranker.papers
    found = (bisect_left(bench.ranker.rows, row) for row in rows)
    return {
        place
        for place in found
        if place < len(ranked) and ranked[place].row in rows and not ranked[place].paper.withdrawn
    }


def reasons(standing: Standing, place: int, bench: Bench) -> str:
    """Return the parts of a paper's score for a topic as they are kept."""
    key = (id(standing), place)
    found = bench.texts.get(key)
    if found is None:
        found = bench.texts[key] = parts_text(standing.candidates[place].parts)
    return found


def receipt(tx: sa.Connection, window: Window, counts: tuple[int, int], bench: Bench) -> Coverage:
    """Return what each feed brought in the window, and how it stood at its last visit.

    `counts`: how many papers were ranked, and how many are shown.
    """
    known = bench.receipts.get(window)
    if known is None:
        announced = feeds.announced(tx, window.after, window.until)
        names = {feed.id: feed.name for feed in feeds.by_url(tx).values()}
        lines = tuple(
            FeedCoverage(names[one.feed_id], announced.get(one.feed_id, 0), one.outcome, one.why)
            for one in feeds.visited_since(tx, window.since)
        )
        known = bench.receipts[window] = Coverage(sum(announced.values()), 0, 0, lines)
    return replace(known, ranked=counts[0], shown=counts[1])
