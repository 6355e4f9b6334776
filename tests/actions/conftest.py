"""A newsletter without its command line: a store, papers as they come in, readers, a clock."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from newsletter.actions import compose, feeding, scribe, subscribe
from newsletter.domain.edition import Cadence, Schedule
from newsletter.domain.paper import Paper
from newsletter.domain.profile import Topic, TopicProfile
from newsletter.domain.subscriber import Preferences
from newsletter.store import feeds, issues, keeping, subscribers
from newsletter.store.database import Store

MONDAY = datetime(2026, 3, 9, 7, tzinfo=UTC)  # 07:00 UTC, when a daily issue is due
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Desk:
    """The store and the actions on it, each at a time that the test says."""

    def __init__(self, store):
        self.store = store
        self.numbers = 0

    def papers(self, number, at, word="cloth"):
        """Bring in so many new papers about robot manipulation of a thing."""
        found = []
        for _ in range(number):
            self.numbers += 1
            text = f"We measure how robot manipulation of {word} number {self.numbers} works."
            found.append(Paper(f"Robot manipulation, part {self.numbers}", text))
        self.keep(found, at)
        return [one.title for one in found]

    def keep(self, found, at):
        with self.store.write() as tx:
            feed = feeds.find_or_add(tx, "https://example.org/feed", "Example")
            keeping.keep(tx, found, feed.id, at)
            feeds.record(tx, feeds.Visit(feed.id, at, "fetched", read=len(found)), None)

    def reader(self, name="ada", at=MONDAY - DAY, topic="robot manipulation", **schedule):
        profile = TopicProfile((Topic(topic),) if topic else ())
        preferences = Preferences(Schedule(**schedule))
        wish = subscribe.Wish(f"{name}@example.org", preferences, profile)
        assert subscribe.add(self.store, wish, at)
        with self.store.read() as tx:
            return subscribers.find(tx, wish.address).id

    def compose(self, at, now=None, **order):
        return compose.compose(self.store, compose.Order(at=at, now=now or at, **order))

    def issues(self, reader):
        """Return the reader's issues, oldest first, each as the titles of its papers."""
        with self.store.read() as tx:
            address = subscribers.get(tx, reader).address
            numbers = sorted(one.id for one in issues.listed(tx, address))
            return [[item.paper.title for item in issues.get(tx, one).items] for one in numbers]

    def due_at(self, reader):
        with self.store.read() as tx:
            return subscribers.get(tx, reader).due_at


@pytest.fixture
def desk(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'newsletter.db'}")
    store.make_ready()
    yield Desk(store)
    store.close()


WEEKLY = {"cadence": Cadence.WEEKLY, "weekdays": (0,)}
MONTHLY = {"cadence": Cadence.MONTHLY}


@pytest.fixture
def here(monkeypatch):
    """Count the batches that the sender reads and writes itself; a few mails are many here."""
    counted = Counter()
    monkeypatch.setattr(scribe, "ENOUGH", 2)
    monkeypatch.setattr(scribe, "FEWEST", 2)
    monkeypatch.setattr(scribe, "has_room", lambda _: True)
    monkeypatch.setattr(feeding, "BATCH", 20)
    for name in ("here", "written_here"):
        was = getattr(feeding, name)

        def counting(*args, was=was, name=name):
            counted[name] += 1
            return was(*args)

        monkeypatch.setattr(feeding, name, counting)
    return counted
