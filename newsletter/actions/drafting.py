"""One reader and the bench -> the issue that the reader gets, or why there is none."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from newsletter.actions.bench import Bench, Order, Window, is_news, to_slot
from newsletter.domain.edition import Slot
from newsletter.domain.issue import Coverage, FeedCoverage
from newsletter.domain.profile import from_json, resolved
from newsletter.ranking.score import Scored, Standing
from newsletter.ranking.select import Queue, select
from newsletter.store import composing, feeds
from newsletter.store.composing import Past, Receiver
from newsletter.store.issuing import NewIssue, NewItem, parts_text

NOTHING = "no new paper fits"
NONE: frozenset[int] = frozenset()


@dataclass(slots=True)
class Brief:
    """What is known of one reader when the issue is drafted."""

    reader: Receiver
    past: Past | None
    slot: Slot
    profile_row: int
    body: str  # of the profile
    standings: tuple[Standing, ...] = ()


def draft_one(tx: sa.Connection, reader: Receiver, bench: Bench, order: Order) -> NewIssue | str:
    """Return one reader's next issue or why there is none, whether or not the slot has one."""
    past = composing.pasts(tx, [reader.id], bench.oldest).get(reader.id)
    row, body = composing.bodies(tx, [reader.id])[reader.id]
    found = standings(body, bench, order.at)
    one = Brief(reader, past, to_slot(reader, bench, order), row, body, found)
    return draft(tx, one, bench, order)


def draft(tx: sa.Connection, brief: Brief, bench: Bench, order: Order) -> NewIssue | str:
    """Return the issue for the newest slot, or why there is none."""
    reader, past, found = brief.reader, brief.past, brief.standings
    after = past.newest_paper if past else bench.first
    again = past.again - past.had if past else NONE
    queues = [Queue(window(one, after, again, bench), one.pinned) for one in found]
    picked = select(queues, reader.length, NONE, bench.twins.near)
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
        edition=brief.slot.edition,
        subscriber_id=reader.id,
        profile_row=brief.profile_row,
        local_date=brief.slot.local_date,
        due_at=brief.slot.due_at,
        newest_paper=bench.newest,
        items=tuple(items),
        coverage=receipt(tx, Window(after, since), (number, len(items)), bench),
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
    bench.twins.include(also)
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

    `counts`: how many papers were ranked, and how many are shown. Readers share the windows.
    """
    found = bench.receipts.get((window, counts))
    if found is None:
        whole = bench.receipts.get((window, (0, 0)))
        if whole is None:
            whole = bench.receipts[window, (0, 0)] = full_receipt(tx, window, bench)
        found = bench.receipts[window, counts] = replace(whole, ranked=counts[0], shown=counts[1])
    return found


def full_receipt(tx: sa.Connection, window: Window, bench: Bench) -> Coverage:
    """Return the receipt of a window, with nothing ranked."""
    announced = feeds.announced(tx, window.after, bench.newest)
    names = {feed.id: feed.name for feed in feeds.by_url(tx).values()}
    lines = tuple(
        FeedCoverage(names[one.feed_id], announced.get(one.feed_id, 0), one.outcome, one.why)
        for one in feeds.visited_since(tx, window.since)
    )
    return Coverage(sum(announced.values()), 0, 0, lines)
