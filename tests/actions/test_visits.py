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


MIDNIGHT = datetime(2026, 3, 9, 4, tzinfo=UTC)  # of Monday, in New York


def announced(day, *numbers):
    """Return arXiv's feed of this day of March 2026, with these papers."""
    items = "".join(
        f"<item><title>Paper {one}</title><guid>oai:arXiv.org:2603.{one:05}v1</guid>"
        f"<description>arXiv:2603.{one:05}v1 Announce Type: new\nAbstract: x</description></item>"
        for one in numbers
    )
    date = datetime(2026, 3, day, tzinfo=UTC).strftime("%a, %d %b %Y 00:00:00 -0400")
    days = "<day>Saturday</day><day>Sunday</day>"
    return (
        f"<rss version='2.0'><channel><title>cs.LG</title><pubDate>{date}</pubDate>"
        f"<skipDays>{days}</skipDays>{items}</channel></rss>"
    ).encode()


@pytest.fixture
def arxiv(desk, server):
    return Visits(desk.store, server, "arxiv-rss")


def outcome(report):
    return report.outcome, report.note, report.error


def test_a_week_of_arxivs_feed_is_told_as_it_was(arxiv):
    friday, saturday = MIDNIGHT + 4 * DAY, MIDNIGHT + 5 * DAY
    first = arxiv(MIDNIGHT + HOUR, body=announced(9, 1, 2))
    assert outcome(first) == ("fetched", "", None)
    assert outcome(arxiv(MIDNIGHT + 20 * HOUR)) == ("unchanged", "", None)
    assert outcome(arxiv(MIDNIGHT + DAY + HOUR)) == ("unchanged", "", None)
    late = arxiv(MIDNIGHT + DAY + 5 * HOUR)
    assert outcome(late) == ("late", "due 2026-03-10 04:00 UTC", None)
    assert (late.read, late.duplicate) == (2, 2)
    assert arxiv(MIDNIGHT + DAY + 6 * HOUR, body=announced(10, 3)).outcome == "fetched"
    rebuilt = arxiv(MIDNIGHT + 2 * DAY + HOUR, body=announced(11, 3))
    assert outcome(rebuilt) == ("stale", "dated 2026-03-11, with the papers of 2026-03-10", None)
    assert arxiv(MIDNIGHT + 3 * DAY + HOUR).outcome == "stale"
    assert arxiv(friday + HOUR, body=announced(13, 4)).outcome == "fetched"
    assert outcome(arxiv(saturday + HOUR, body=announced(14))) == ("empty", "", None)
    assert arxiv(saturday + 20 * HOUR).outcome == "unchanged"
    assert outcome(arxiv(saturday + DAY, body=announced(15))) == ("empty", "", None)
    assert arxiv(saturday + 2 * DAY + 5 * HOUR).outcome == "late"


def test_a_holiday_needs_no_list_for_its_feed_is_empty_and_of_that_day(arxiv):
    arxiv(MIDNIGHT + HOUR, body=announced(9, 1))
    assert arxiv(MIDNIGHT + DAY + 9 * HOUR, body=announced(10)).outcome == "empty"
    assert arxiv(MIDNIGHT + DAY + 20 * HOUR).outcome == "unchanged"


def test_a_failure_between_two_visits_does_not_hide_that_a_feed_is_late(arxiv):
    arxiv(MIDNIGHT, body=announced(9, 1))
    arxiv(MIDNIGHT + DAY, status="500 Oops")
    assert arxiv(MIDNIGHT + DAY + 5 * HOUR, body=announced(9, 1)).outcome == "late"


def test_a_feed_that_comes_when_it_likes_is_never_late(visit):
    visit(MIDNIGHT, body=GOOD)
    for days in range(1, 30):
        assert visit(MIDNIGHT + days * DAY).outcome == "unchanged"


def test_a_feed_that_came_every_day_is_late_when_it_does_not(visit):
    for days in range(15):
        body = GOOD.replace(b"A paper", b"Paper %d" % days)
        assert visit(MIDNIGHT + days * DAY, body=body).outcome == "fetched"
    assert visit(MIDNIGHT + 15 * DAY + 2 * HOUR).outcome == "unchanged"
    assert visit(MIDNIGHT + 15 * DAY + 3 * HOUR).outcome == "late"
    assert visit(MIDNIGHT + 16 * DAY).outcome == "stale"


def test_a_feed_that_was_always_empty_is_not_called_stale(arxiv):
    assert arxiv(NOW + 300 * DAY, body=announced(7)).outcome == "empty"
    assert arxiv(NOW + 301 * DAY).outcome == "unchanged"


def test_a_file_is_never_late_however_old_it_is(desk, tmp_path):
    file = tmp_path / "cs.LG.xml"
    file.write_bytes(announced(9, 1))
    origin = Origin(str(file), "A file", "arxiv-rss")
    for at, told in ((NOW, "fetched"), (NOW + 300 * DAY, "unchanged")):
        report = ingest.ingest(desk.store, origin, None, Limits(2**20), at)
        assert outcome(report) == (told, "", None)
