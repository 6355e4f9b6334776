"""Rows that the tests of the store begin with, written by us."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from newsletter.actions.summarise import Maker, summarise
from newsletter.domain.delivery import Answer, Kind, Outcome, Result, State
from newsletter.domain.issue import Coverage, FeedCoverage, Part, Quote
from newsletter.domain.paper import Paper
from newsletter.domain.profile import Topic, TopicProfile
from newsletter.domain.subscriber import Preferences, SubscriberState
from newsletter.domain.summary import Extract, Summary
from newsletter.store import deliveries, feeds, issuing, keeping, outbox, papers, subscribers
from newsletter.store.deliveries import NewDelivery
from newsletter.store.issuing import NewIssue, NewItem, parts_text
from newsletter.store.outbox import Share
from newsletter.store.schema import deliveries as table

NOW = datetime(2026, 3, 14, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
SLEEP = TopicProfile((Topic("Sleep", keywords=("sleep spindles",)),))
GATES = Paper(
    title="Gated Memory",
    abstract="We gate memory. It helps.",
    authors=("Ada Okafor", "李明"),
    categories=("cs.CL", "cs.LG"),
    published=datetime(2026, 3, 13, 17, 30, 15, 123456, tzinfo=UTC),
    url="https://arxiv.org/abs/2603.01234",
    arxiv_id="2603.01234",
    version=1,
    votes=4,
    source_title="Gated\n Memory",
    source_abstract="We gate memory.  It helps.",
)
SPINDLES = Paper(title="Sleep Spindles", abstract="We count spindles.", doi="10.1000/spindles")
OK = Outcome(Result.ACCEPTED, Answer(250, "2.0.0 Ok"))
BUSY = Outcome(Result.DEFERRED, Answer(450, "4.2.1 Busy"))
NO = Outcome(Result.REFUSED, Answer(550, "5.7.1 No"))
COVERAGE = Coverage(2, 2, 1, (FeedCoverage("cs.CL", 2, "fetched"),))


def sentence(paper):
    """Return the paper's sentence by the maker that the samples' summaries have."""
    return f"In short: {paper.abstract}"


def summarised(store):
    """Make the missing summaries by a maker of our own."""

    def make(_title, abstract):
        return Summary("sample-1", Extract(f"In short: {abstract}", 0, len(abstract)))

    return summarise(store, maker=Maker("sample-1", make))


def add_papers(store, *found, now=NOW):
    """Keep papers as one feed's and return the counts."""
    with store.write() as tx:
        feed = feeds.find_or_add(tx, "https://example.org/feed", "Sample feed")
        return keeping.keep(tx, found, feed.id, now)


def add_reader(store, address="ada@example.org", state=SubscriberState.ACTIVE):
    """Add a subscriber with a profile and return the key."""
    with store.write() as tx:
        key = subscribers.add(tx, address, state, Preferences(), NOW)
        subscribers.save_profile(tx, key, SLEEP, NOW)
    return key


def new_issue(tx, reader, edition="daily-2026-03-14", day=NOW, found=()):
    """Return an issue of these stored papers for the reader."""
    quote = Quote("title", 0, 5, "Gated")
    parts = (Part("keyword:gated", 1.5, 0.75, quote), Part("votes", 0.5, 0.25))
    items = tuple(
        NewItem(place, one.row, one.version, "Sleep", 2.0, parts_text(parts))
        for place, one in enumerate(found, 1)
    )
    row = subscribers.profile(tx, reader).row
    newest = max((one.row for one in found), default=0)
    return NewIssue(edition, reader, row, day.date(), day, newest, items, COVERAGE)


def add_issue(store, reader, edition="daily-2026-03-14", day=NOW):
    """Store an issue of all papers with its pending delivery; return both keys."""
    with store.write() as tx:
        found = papers.between(tx, 0, 1_000_000)
        new = new_issue(tx, reader, edition, day, found)
        edition_id, issue = issuing.add(tx, [new], NOW)[reader]
        key = f"digest:{edition}:{reader}"
        duty = NewDelivery(Kind.DIGEST, key, reader, day, edition_id, issue)
        assert deliveries.add(tx, duty, NOW)
        delivery = next(one.delivery.id for one in all_due(tx, day) if one.delivery.key == key)
    return issue, delivery


def add_note(store, reader, key="confirm:1"):
    """Store a pending confirmation and return its key."""
    with store.write() as tx:
        new = NewDelivery(Kind.CONFIRMATION, key, reader, NOW, inputs='{"token": "t"}')
        assert deliveries.add(tx, new, NOW)
        return next(one.delivery.id for one in all_due(tx, NOW) if one.delivery.key == key)


def begin(store, now=NOW):
    """Start a run of the sender and return its epoch."""
    with store.write() as tx:
        return deliveries.begin_epoch(tx, now)


def arm(store, delivery, epoch, now=NOW):
    with store.write() as tx:
        return bool(outbox.arm(tx, {delivery: f"<{delivery}@example.org>"}, epoch, now))


def settle(store, delivery, outcome, state, again=None):
    with store.write() as tx:
        deliveries.settle(tx, delivery, outcome, state, NOW, again)


def all_due(tx, now):
    """Return what may go out now, notes before digests, each by its due time."""
    return [*outbox.notes(tx, now, 0, 100), *outbox.digests(tx, outbox.line(tx, now, Share()), now)]


def row(store, delivery):
    with store.read() as tx:
        return tx.execute(sa.select(table).where(table.c.id == delivery)).one()


def state(store, delivery):
    return State(row(store, delivery).state)


def due(store, now=NOW):
    with store.read() as tx:
        return [one.delivery.id for one in all_due(tx, now)]
