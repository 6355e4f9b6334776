"""What is known of a feed: its visits, what it brought, and what the next GET says."""

from dataclasses import replace

from newsletter.domain.paper import AnnounceType, Paper, Skipped
from newsletter.domain.profile import Topic
from newsletter.store import feeds, keeping, papers, topics
from newsletter.store.feeds import Visit
from tests.store.samples import GATES, HOUR, NOW, SPINDLES

URL, OTHER = "https://example.org/feed", "https://example.org/other"


def add_feed(store, url=URL, name="Sample feed"):
    with store.write() as tx:
        return feeds.find_or_add(tx, url, name)


def record(store, *visits, due_at=None):
    with store.write() as tx:
        for visit in visits:
            feeds.record(tx, visit, due_at)


def test_a_feed_is_kept_once_under_its_newest_name(store):
    first = add_feed(store)
    again = add_feed(store, name="A better name")
    assert (first.name, again.name) == ("Sample feed", "A better name")
    assert again.id == first.id
    assert (again.etag, again.last_modified, again.due_at) == ("", "", None)


def test_what_a_conditional_get_sends_is_kept_when_the_name_changes(store):
    feed = add_feed(store)
    with store.write() as tx:
        feeds.keep_validators(tx, feed.id, '"abc"', "Sat, 14 Mar 2026 06:00:00 GMT")
    again = add_feed(store, name="A better name")
    assert (again.etag, again.last_modified) == ('"abc"', "Sat, 14 Mar 2026 06:00:00 GMT")


def test_a_visit_comes_back_and_says_when_the_next_is_due(store):
    feed = add_feed(store)
    skipped = (Skipped("guid:3", "it has no title"), Skipped("„é“", 'odd "quotes"'))
    visit = Visit(feed.id, NOW, "fetched", "", "rss", "h", 5, 1, 1, 1, skipped)
    record(store, visit, due_at=NOW + HOUR)
    with store.read() as tx:
        assert feeds.last_visits(tx, good=False) == {feed.id: visit}
        assert feeds.by_url(tx)[URL].due_at == NOW + HOUR


def test_the_last_good_visit_is_known_behind_failures(store):
    feed = add_feed(store)
    good = Visit(feed.id, NOW, "unchanged")
    bad = Visit(feed.id, NOW + HOUR, "failed", "no answer")
    record(store, Visit(feed.id, NOW - HOUR, "fetched"), good, bad)
    with store.read() as tx:
        assert feeds.last_visits(tx, good=True) == {feed.id: good}
        assert feeds.last_visits(tx, good=False) == {feed.id: bad}


def test_a_window_shows_the_last_visit_of_each_feed_since_its_start(store):
    one, other = add_feed(store), add_feed(store, OTHER, "Other")
    early, late = Visit(one.id, NOW + HOUR, "failed"), Visit(one.id, NOW + 2 * HOUR, "fetched")
    there = Visit(other.id, NOW + 3 * HOUR, "empty")
    record(store, Visit(one.id, NOW, "fetched"), early, late, there)
    with store.read() as tx:
        assert feeds.visited_since(tx, NOW) == [late, there]
        assert feeds.visited_since(tx, NOW + 2 * HOUR) == [there]


def test_what_is_announced_counts_for_the_feed_that_brought_it_first(store):
    one, other = add_feed(store), add_feed(store, OTHER, "Other")
    cross = Paper("Crossed", announce_type=AnnounceType.CROSS)
    replaced = Paper("Replaced", announce_type=AnnounceType.REPLACE)
    with store.write() as tx:
        keeping.keep(tx, [GATES, cross, replaced], one.id, NOW)
        keeping.keep(tx, [GATES, SPINDLES], other.id, NOW)
        keeping.keep(tx, [Paper("Late")], other.id, NOW + HOUR)
    with store.read() as tx:
        before, last = papers.newest_row(tx, NOW), papers.newest_row(tx, NOW + HOUR)
        assert feeds.announced(tx, 0, before) == {one.id: 2, other.id: 1}
        assert feeds.announced(tx, before, last) == {other.id: 1}
        assert feeds.announced(tx, last, last + 9) == {}


def test_the_catalogue_keeps_its_order_its_changes_and_what_was_dropped(store):
    sleep, tea = Topic("Sleep", keywords=("spindles",)), Topic("Tea", "Tea – 茶", ("tea",))
    with store.write() as tx:
        topics.keep(tx, [sleep, tea], NOW)
        topics.keep(tx, [replace(sleep, muted=("mice",))], NOW + HOUR)
    with store.read() as tx:
        found = topics.by_name(tx)
    assert list(found.values()) == [replace(sleep, muted=("mice",)), tea]
