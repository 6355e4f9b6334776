"""What a visit leaves behind: its outcome, and when the next one is due."""

from datetime import UTC, datetime, timedelta

import pytest

from newsletter.actions import ingest
from newsletter.actions.reading import Limits, Origin
from newsletter.store import feeds
from tests.feeds.servers import asking, reply, running

NOW = datetime(2026, 3, 10, 6, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GOOD = b"<rss version='2.0'><channel><item><title>A paper</title></item></channel></rss>"


@pytest.fixture
def server():
    with running() as made:
        yield made


class Visits:
    """Visits to one feed of a server, each at a time that the test says."""

    def __init__(self, store, server, reader="rss"):
        self.store, self.server = store, server
        self.origin = Origin(server.url("/feed"), "Feed", reader, 2 * HOUR)

    def __call__(self, at=NOW, chance=0.0, **answer):
        if answer:
            self.server.answers["/feed"] = reply(**answer)
        limits = Limits(2**20, chance=lambda: chance)
        return ingest.ingest(self.store, self.origin, asking(self.server), limits, at)

    @property
    def feed(self):
        with self.store.read() as tx:
            return feeds.by_url(tx)[self.origin.url]


@pytest.fixture
def visit(desk, server):
    return Visits(desk.store, server)


def test_a_feed_that_fails_is_left_alone_longer_each_time_until_it_works(visit):
    waits = []
    for _ in range(6):
        visit(status="500 Oops")
        waits.append((visit.feed.due_at - NOW) / HOUR)
    assert waits == [2, 4, 8, 16, 24, 24]
    assert visit.feed.failures == 6
    visit(body=GOOD)
    assert (visit.feed.failures, visit.feed.due_at) == (0, NOW + 2 * HOUR)
    visit(status="500 Oops", chance=1.0)
    assert (visit.feed.failures, visit.feed.due_at) == (1, NOW + 2.5 * HOUR)


def test_a_server_is_left_alone_as_long_as_it_asks_and_a_day_at_most(visit):
    visit(status="503 Busy", Retry_After="18000")
    assert visit.feed.due_at == NOW + 5 * HOUR
    visit(
        status="503 Busy",
        Retry_After="Wed, 11 Mar 2026 01:00:00 GMT",
        Date="Tue, 10 Mar 2026 06:00:00 GMT",
    )
    assert visit.feed.due_at == NOW + 19 * HOUR
    visit(status="429 Too Many Requests", Retry_After="9999999")
    assert visit.feed.due_at == NOW + DAY


def test_a_feed_that_fails_is_not_due_before_its_time(visit):
    visit(status="500 Oops")
    visit(status="500 Oops")
    origins = (visit.origin,)
    assert ingest.due(visit.store, origins, NOW + 3 * HOUR) == []
    assert ingest.due(visit.store, origins, NOW + 4 * HOUR) == [visit.origin]
