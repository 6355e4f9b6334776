"""One reader and the bench -> the issue that the reader gets, or why there is none."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa

from newsletter.actions.bench import Bench, Order, Window, is_news, timed, to_slot
from newsletter.actions.liking import LIKED, Liked, compare, read
from newsletter.domain.edition import Slot
from newsletter.domain.issue import Coverage, FeedCoverage
from newsletter.domain.profile import Topic, TopicProfile, from_json, resolved
from newsletter.ranking.candidate import Scored
from newsletter.ranking.diverse import diversified
from newsletter.ranking.score import Standing
from newsletter.ranking.select import Picked, Queue, select
from newsletter.store import composing, feeds
from newsletter.store.composing import Past, Receiver
from newsletter.store.issuing import NewIssue, NewItem, parts_text

NOTHING = "no new paper fits"
# Straight to the tuple: there are millions, and the class's own way takes three times as long.
new_item: Callable[[tuple[int, int, int, str, float, str]], NewItem]
new_item = partial(tuple.__new__, NewItem)
NONE: frozenset[int] = frozenset()


@dataclass(slots=True)
class Brief:
    """What is known of one reader when the issue is drafted."""

    reader: Receiver
    past: Past | None
    slot: Slot
    profile_row: int
    body: str  # of the profile
    profile: TopicProfile | None = None  # of the body, where somebody has read it
    standings: tuple[Standing, ...] = ()
    liked: Liked | None = None  # the libraries of all readers of the block
    picked: Sequence[Picked] = ()
    told: Sequence[tuple[float, str]] = ()  # of the library's papers among them: score and parts


def draft_one(tx: sa.Connection, reader: Receiver, bench: Bench, order: Order) -> NewIssue | str:
    """Return one reader's next issue or why there is none, whether or not the slot has one."""
    past = composing.pasts(tx, [reader.id], bench.oldest).get(reader.id)
    row, body = composing.bodies(tx, [reader.id])[reader.id]
    one = Brief(reader, past, to_slot(reader, bench, order), row, body)
    rank(tx, [one], bench)
    one.standings = standings(topics(body, bench), bench, order.at)
    return picked_and_drafted(tx, one, bench, order)


def picked_and_drafted(
    tx: sa.Connection, brief: Brief, bench: Bench, order: Order
) -> NewIssue | str:
    """Return the issue of one reader whose standings are known, or why there is none."""
    brief.picked = pick(brief, bench)
    tell([brief])
    return draft(tx, brief, bench, order)


def rank(tx: sa.Connection, briefs: Sequence[Brief], bench: Bench) -> None:
    """Compare the readers' libraries with the papers of their windows."""
    if bench.shelf is None:
        return
    with timed(bench, "reading"):
        liked = read(tx, [one.reader.id for one in briefs], bench.shelf)
    with timed(bench, "ranking"):
        windows = {one.reader.id: after(one.past, bench) for one in briefs}
        longest = max((one.reader.length for one in briefs), default=0)
        compare(liked, windows, bench, longest)
    for one in briefs:
        one.liked = liked


def after(past: Past | None, bench: Bench) -> int:
    """Return the row behind which the papers are new to a reader."""
    return past.newest_paper if past else bench.first


def draft(tx: sa.Connection, brief: Brief, bench: Bench, order: Order) -> NewIssue | str:
    """Return the issue of the picked papers for the newest slot, or why there is none."""
    reader, past, picked = brief.reader, brief.past, brief.picked
    if not picked:
        return NOTHING
    since = after(past, bench)
    again = past.again - past.had if past else NONE
    ranked = bench.ranker.papers
    number = len(bench.news) - bisect_right(bench.news, since)
    if again:
        number += sum(ranked[place].row <= since for place in places(again, bench))
    from_when = past.composed_at if past else order.known_until - timedelta(order.first_days)
    return NewIssue(
        edition=brief.slot.edition,
        subscriber_id=reader.id,
        profile_row=brief.profile_row,
        local_date=brief.slot.local_date,
        due_at=brief.slot.due_at,
        newest_paper=bench.newest,
        items=tuple(items(brief, bench)),
        coverage=receipt(tx, Window(since, from_when), (number, len(picked)), bench),
        mentions=bench.mentions.get(reader.id, ()),
        detail=reader.detail,
        credits=brief.liked.credits.get(reader.id, ()) if brief.liked else (),
    )


def tell(briefs: Sequence[Brief]) -> None:
    """Look up at once why the picked papers of these readers' libraries are there."""
    liked = next((one.liked for one in briefs if one.liked), None)
    if not liked:
        return
    wanted: dict[int, list[int]] = {}
    for one in briefs:
        places = [found.place for found in one.picked if found.queue == len(one.standings)]
        if places:
            wanted[one.reader.id] = places
    told = liked.reasons(wanted)
    for one in briefs:
        one.told = told.get(one.reader.id, ())


def pick(brief: Brief, bench: Bench) -> list[Picked]:
    """Return the papers of the reader's issue, in their order; the library's queue is the last."""
    reader, past = brief.reader, brief.past
    since = after(past, bench)
    again = past.again - past.had if past else NONE
    queues = [Queue(window(one, since, again, bench), one.pinned) for one in brief.standings]
    liked = brief.liked.papers.get(reader.id) if brief.liked else None
    if liked:
        if not brief.standings[0].topic:  # a library is a choice: the list of all is not wanted
            queues = [Queue(())]
        queues.append(Queue(liked))
    return select(queues, reader.length, NONE, bench.twins.near)


def items(brief: Brief, bench: Bench) -> list[NewItem]:
    """Return the picked papers as items, each with the parts of its score."""
    found, ranked, told = brief.standings, bench.ranker.papers, iter(brief.told)
    made = []
    for position, (queue, place, _) in enumerate(brief.picked, 1):
        if queue < len(found):
            topic = found[queue].topic
            score, text = found[queue].texts.get(place) or reasons(found[queue], place)
        else:
            topic = LIKED
            score, text = next(told)
        paper = ranked[place]
        made.append(new_item((position, paper.row, paper.version, topic, score, text)))
    return made


def standings(profile: TopicProfile, bench: Bench, now: datetime) -> tuple[Standing, ...]:
    """Return how the papers stand for the topics of a profile.

    Kept for the catalogue's topics, for many readers have those; a reader's own words nobody
    shares.
    """
    if not profile.topics:
        return bench.ranker.standings(profile, now)
    return tuple(standing(topic, bench) for topic in profile.topics)


def standing(topic: Topic, bench: Bench) -> Standing:
    """Return how the papers stand for the topic."""
    if bench.catalogue.get(topic.name) is not topic:
        return bench.ranker.standing(topic)
    found = bench.shared.get(topic.name)
    if found is None:
        found = bench.shared[topic.name] = bench.ranker.standing(topic)
    return found


def is_shared(topic: Topic, bench: Bench) -> bool:
    """Return whether it is known already how the papers stand for the topic."""
    return topic.name in bench.shared and bench.catalogue.get(topic.name) is topic


def topics(body: str, bench: Bench) -> TopicProfile:
    """Return a profile by its text, with the catalogue's words."""
    return resolved(from_json(body), bench.catalogue)


def window(standing: Standing, after: int, again: frozenset[int], bench: Bench) -> Sequence[Scored]:
    """Return the topic's papers that are new to a reader, or compete again, best first."""
    found = standing.after.get(after)
    if found is None:
        ranked = bench.ranker.papers
        new = [
            one
            for one in standing.papers
            if ranked[one[1]].row > after and is_news(ranked[one[1]].paper)
        ]
        found = standing.after[after] = diverse(standing, new, bench)
    if not again:
        return found
    also = places(again, bench)
    if not also:
        return found
    bench.twins.include(also)
    also |= {place for _, place in found}
    return diverse(standing, [one for one in standing.papers if one[1] in also], bench)


def diverse(standing: Standing, papers: Sequence[Scored], bench: Bench) -> list[Scored]:
    """Return a topic's papers so that each differs from those before; the common list as it is."""
    meaning = bench.ranker.meaning
    if meaning is None or not standing.topic:
        return list(papers)
    return diversified(papers, meaning.vectors)


def places(rows: frozenset[int], bench: Bench) -> set[int]:
    """Return the places of those of these papers that are ranked here and were not withdrawn."""
    ranked = bench.ranker.papers
    found = (bisect_left(bench.ranker.rows, row) for row in rows)
    return {
        place
        for place in found
        if place < len(ranked) and ranked[place].row in rows and not ranked[place].paper.withdrawn
    }


def reasons(standing: Standing, place: int) -> tuple[float, str]:
    """Return a paper's score for a topic and its parts as they are kept from now on."""
    candidate = standing.candidates[place]
    found = standing.texts[place] = candidate.score, parts_text(candidate.parts)
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
