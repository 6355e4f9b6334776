"""One reader and one paper -> why it is in the issue or not, by rule and by parts of its score."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from newsletter.actions.bench import Bench, Order, is_news, set_up, to_slot
from newsletter.actions.drafting import (
    Brief,
    after,
    picked_and_drafted,
    rank,
    standings,
    topics,
    window,
)
from newsletter.actions.liking import LEAST, LIKED, with_shelf
from newsletter.domain.issue import Part
from newsletter.domain.profile import Topic
from newsletter.ranking.candidate import Candidate
from newsletter.ranking.terms import stems
from newsletter.ranking.topics import is_muted
from newsletter.store import composing, issues, library, shown, subscribers
from newsletter.store.database import Store
from newsletter.store.issuing import NewIssue


@dataclass(frozen=True, slots=True)
class Fit:
    """How one paper stands for one of a reader's topics."""

    topic: str
    score: float  # 0 if nothing speaks for it
    least: float  # from which a paper is good enough, 0 for all that fit
    place: int  # among the papers that are new to the reader, from 1; 0 if it is not among them
    muted: str  # the reader's own word that keeps it out
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class Explained:
    """Why a paper is in a reader's issue, or not."""

    paper: str
    title: str
    rule: str  # one word
    why: str  # a sentence
    fits: tuple[Fit, ...] = ()


def of_reader(store: Store, order: Order, key: str) -> Explained:
    """Return why the paper would be in the next issue of `order.address`, or not.

    Raises NotFoundError for an unknown address or paper.
    """
    with store.read() as tx:
        reader = subscribers.find(tx, order.address)
        row = library.find(tx, key)
        before = earlier(tx, reader.id, row)
        if before:
            return before
        bench = set_up(tx, [reader.id], order)
    bench = with_shelf(store, bench, [reader.id], order)
    with store.read() as tx:
        past = composing.pasts(tx, [reader.id], bench.oldest).get(reader.id)
        receiver = composing.receiver(reader)
        number, body = composing.bodies(tx, [reader.id])[reader.id]
        brief = Brief(receiver, past, to_slot(receiver, bench, order), number, body)
        rank(tx, [brief], bench)
        brief.standings = standings(topics(body, bench), bench, order.at)
        return examined(tx, brief, row, bench, order)


def of_issue(store: Store, number: int, key: str, order: Order) -> Explained:
    """Return why the paper is in that issue, or not, ranked again as of then.

    `order` gives the settings. Raises NotFoundError for an unknown issue or paper.
    """
    with store.read() as tx:
        issue = issues.get(tx, number)
        row = library.find(tx, key)
        for item in issue.items:
            if item.paper.key == row.key:
                fit = Fit(item.topic, item.score, 0.0, item.position, "", item.parts)
                why = f"it is number {item.position} of issue {number}, for {item.topic or 'all'}"
                return Explained(row.key, item.paper.title, "shown", why, (fit,))
        then = shown.then(tx, number)
        before = earlier(tx, issue.subscriber_id, row, number)
        if before:
            return before
        if row.id > then.newest_paper:
            return told(row, "later", f"it came in after issue {number} was composed")
        address = subscribers.get(tx, issue.subscriber_id).address
        order = replace(order, at=issue.composed_at, now=issue.composed_at, address=address)
        bench = with_shelf(store, set_up(tx, [], order), [], order)
        if then.past:
            bench = replace(bench, first=then.past.newest_paper)
        subscriber = subscribers.get(tx, issue.subscriber_id)
        receiver = composing.receiver(subscriber)
        slot = to_slot(receiver, bench, order)
        brief = Brief(receiver, then.past, slot, then.profile_row, then.body)
        brief.standings = standings(topics(then.body, bench), bench, order.at)
        return examined(tx, brief, row, bench, order)


def told(row: Any, rule: str, why: str, fits: Sequence[Fit] = ()) -> Explained:
    """Return the verdict on a paper."""
    return Explained(row.key, row.title, rule, why, tuple(fits))


def earlier(tx: sa.Connection, subscriber_id: int, row: Any, but: int = 0) -> Explained | None:
    """Return the verdict where no ranking is needed: the reader has had it, or it is folded."""
    had = shown.issue_with(tx, subscriber_id, row.twin_id or row.id, but)
    if had:
        return told(row, "had", f"it is in issue {had.number} ({had.edition}), {had.state}")
    if row.twin_id is not None:
        root = shown.key_of(tx, row.twin_id)
        return told(row, "folded", f"it is folded into {root}: {row.twin_why}")
    if row.withdrawn:
        return told(row, "withdrawn", "it was withdrawn")
    return None


def examined(tx: sa.Connection, brief: Brief, row: Any, bench: Bench, order: Order) -> Explained:
    """Return the verdict of the rules, in the order in which composing applies them."""
    begin = after(brief.past, bench)
    rows = bench.ranker.rows
    if row.id > bench.newest:
        return told(row, "later", "it came in after the window of this issue")
    if row.id not in rows:
        return told(row, "old", "it is older than the papers that are ranked")
    place = rows.index(row.id)
    again = brief.past.again - brief.past.had if brief.past else frozenset()
    if not is_news(bench.ranker.papers[place].paper):
        return told(row, "replacement", "it is a new version of a paper announced before")
    if row.id <= begin and row.id not in again:
        since = "the last issue" if brief.past else f"the {order.first_days} days of a first issue"
        return told(row, "old", f"it came in before {since}")
    new = picked_and_drafted(tx, brief, bench, order)
    fits = [fit_of(topic, place, brief, bench) for topic in topics_of(brief, bench)]
    fits += liked_fit(brief, place)
    if isinstance(new, NewIssue):
        for item in new.items:
            if item.paper_row == row.id:
                why = f"it is number {item.position}, for {item.topic or 'all readers'}"
                return told(row, "chosen", why, fits)
    return refused(row, place, fits, new, bench)


def refused(
    row: Any, place: int, fits: Sequence[Fit], new: NewIssue | str, bench: Bench
) -> Explained:
    """Return which rule kept a paper of the window out."""
    muted = [one for one in fits if one.muted]
    standing = [one for one in fits if one.place]
    fitting = [one for one in fits if one.score > 0 and not one.muted]
    if not standing and muted:
        why = f"{muted[0].muted!r} is muted in {muted[0].topic}"
        return told(row, "muted", why, fits)
    if not standing and fitting:
        one = max(fitting, key=lambda fit: fit.score - fit.least)
        short = one.least - one.score
        why = f"it is {short:.2f} below the least score of {one.topic}, {one.least:.2f}"
        return told(row, "below", why, fits)
    if not standing or isinstance(new, str):
        return told(row, "unfit", "nothing in it speaks for any of the topics", fits)
    chosen = {item.paper_row: item for item in new.items}
    for twin in bench.twins.near.get(place, ()):
        other = bench.ranker.papers[twin]
        if other.row in chosen:
            why = f"it is nearly the same as {other.paper.title!r} ({other.paper.key})"
            return told(row, "twin", why, fits)
    best = min(standing, key=lambda fit: fit.place)
    last = [item for item in new.items if item.topic == best.topic] or list(new.items)
    other = next(one for one in bench.ranker.papers if one.row == last[-1].paper_row)
    why = (
        f"it is number {best.place} for {best.topic or 'all readers'}; the last that has a place "
        f"is {other.paper.title!r} ({last[-1].score:.2f}), of {len(new.items)} in all"
    )
    return told(row, "outranked", why, fits)


def topics_of(brief: Brief, bench: Bench) -> tuple[Topic, ...]:
    """Return the reader's topics, each with the catalogue's words."""
    return topics(brief.body, bench).topics or (Topic(""),)


def fit_of(topic: Topic, place: int, brief: Brief, bench: Bench) -> Fit:
    """Return how the paper at a place stands for a topic."""
    standing = next(one for one in brief.standings if one.topic == topic.name)
    again = brief.past.again - brief.past.had if brief.past else frozenset()
    papers = window(standing, after(brief.past, bench), again, bench)
    found: Candidate | None = standing.candidates.get(place)
    muted = ""
    if found is None and topic.muted:
        corpus = bench.ranker.corpus
        muted = next((one for one in topic.muted if is_muted(corpus, place, [stems(one)])), "")
        bare = bench.ranker.standing(replace(topic, muted=()))
        found = bare.candidates.get(place)
    number = next((at for at, one in enumerate(papers, 1) if one[1] == place), 0)
    score = found.score if found else 0.0
    return Fit(topic.name, score, standing.least, number, muted, found.parts if found else ())


def liked_fit(brief: Brief, place: int) -> list[Fit]:
    """Return how the paper stands for the reader's library, nothing if there is none."""
    if brief.liked is None or brief.reader.id not in brief.liked.number:
        return []
    papers = brief.liked.papers.get(brief.reader.id, [])
    number = next((at for at, one in enumerate(papers, 1) if one[1] == place), 0)
    (found,) = brief.liked.reasons({brief.reader.id: [place]})[brief.reader.id]
    return [Fit(LIKED, found[0], LEAST, number, "", issues.to_parts(found[1]))]
