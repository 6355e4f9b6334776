"""What a feed says of itself."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from newsletter.domain.paper import Batch
from newsletter.feeds import arxiv, rss
from newsletter.feeds.head import batch

EASTERN = timezone(timedelta(hours=-4))
ITEM = "<item><title>One</title><pubDate>Mon, 02 Mar 2026 00:00:00 -0400</pubDate></item>"


def feed(inside, item=ITEM):
    return f"<rss version='2.0'><channel>{inside}{item}</channel></rss>".encode()


@pytest.mark.parametrize(
    ("inside", "published"),
    [
        ("<pubDate>Fri, 13 Mar 2026 00:00:00 -0400</pubDate>", (2026, 3, 13, 0, EASTERN)),
        ("<lastBuildDate> Fri, 13 Mar 2026 04:00:00 GMT\n</lastBuildDate>", (2026, 3, 13, 4, UTC)),
        ("<pubDate>soon</pubDate><updated>2026-03-13T04:00:00Z</updated>", (2026, 3, 13, 4, UTC)),
        ('<dc:date x="y">2026-03-13T04:00</dc:date>', (2026, 3, 13, 4, UTC)),
        ("<pubDate></pubDate>", None),
        ("", None),  # an item's date is not the feed's
    ],
)
def test_the_first_of_its_own_dates_keeps_its_offset(inside, published):
    *when, zone = published or (None,)
    found = batch(feed(inside)).published
    assert found == (datetime(*when, tzinfo=zone) if published else None)
    assert found is None or found.utcoffset() == zone.utcoffset(found)


def test_the_days_off_are_known_by_their_names():
    days = "<skipDays>\n<day>Sunday</day><day> saturday </day><day>Caturday</day></skipDays>"
    assert batch(feed(days)) == Batch(None, (5, 6))


def test_both_readers_tell_it_of_an_empty_feed_too():
    inside = "<title>x</title><pubDate>Sat, 14 Mar 2026 00:00:00 -0400</pubDate>"
    days = "<skipDays><day>Saturday</day></skipDays>"
    told = Batch(datetime(2026, 3, 14, tzinfo=EASTERN), (5,))
    for read in (rss.read, arxiv.read_rss):
        reading = read("https://example.org/rss", feed(inside + days, item=""))
        assert (reading.papers, reading.batch) == ((), told)
