"""A body at which its reader fails three times is set aside, and can be tried again."""

from dataclasses import replace

import pytest

from newsletter import __version__
from newsletter.store import quarantine
from tests.actions.test_visits import DAY, GOOD, HOUR, NOW, Visits
from tests.feeds.servers import running

BAD = b"<html><body>We are moving.</body></html>"
OTHER = b"<html><body>We are still moving.</body></html>"


@pytest.fixture
def visit(desk):
    with running() as server:
        yield Visits(desk.store, server)


def set_aside(visit):
    with visit.store.read() as tx:
        return quarantine.listed(tx, __version__)


def test_the_third_failure_sets_a_body_aside_with_its_reason(visit):
    for number in range(2):
        visit(NOW + number * HOUR, body=BAD)
    assert set_aside(visit) == []
    reason = visit(NOW + DAY).error
    (found,) = set_aside(visit)
    assert (found.feed, found.reader, found.reason, found.times) == ("Feed", "rss", reason, 3)
    assert (found.first_at, found.last_at) == (NOW, NOW + DAY)


def test_what_is_set_aside_is_not_read_again_but_told(visit):
    for _ in range(3):
        reason = visit(body=BAD).error
    told = visit()
    assert told.outcome == "failed"
    assert told.error == f"{reason}; set aside after three failures (newsletter feeds quarantine)"
    assert set_aside(visit)[0].times == 3


def test_another_body_is_read_and_counts_for_itself(visit):
    for _ in range(3):
        visit(body=BAD)
    assert "set aside" not in visit(body=OTHER).error
    assert visit(body=GOOD).new == 1
    assert len(set_aside(visit)) == 1
    for _ in range(2):  # for a good body came between, it is not the third failure
        assert "set aside" not in visit(body=OTHER).error


def test_it_can_be_tried_again_by_the_feeds_name_or_its_number(visit):
    for release in ("Feed", visit.origin.url, None):
        for _ in range(3):
            visit(body=BAD)
        (found,) = set_aside(visit)
        with visit.store.write() as tx:
            assert quarantine.release(tx, "another") == 0
            assert quarantine.release(tx, release or str(found.id)) == 1
        assert visit.feed.due_at is None
        assert "set aside" not in visit(body=BAD).error
        with visit.store.write() as tx:
            quarantine.release(tx, "Feed")


def test_another_reader_reads_it_again(visit):
    for _ in range(3):
        visit(body=BAD)
    visit.origin = replace(visit.origin, reader="bibtex")
    assert "set aside" not in visit(body=BAD).error


def test_what_another_version_set_aside_is_read_again_and_forgotten(visit):
    visit(body=BAD)
    failure = quarantine.Failure(visit.feed.id, "its hash has that version in it", "rss", "0.0.1")
    with visit.store.write() as tx:
        for _ in range(3):
            quarantine.count(tx, failure, "a mistake since mended", NOW)
    assert set_aside(visit) == []
    visit(body=GOOD)
    with visit.store.read() as tx:
        assert quarantine.listed(tx, "0.0.1") == []


def test_a_server_that_does_not_answer_says_nothing_against_a_body(visit):
    for _ in range(4):
        visit(status="500 Oops")
    assert set_aside(visit) == []
