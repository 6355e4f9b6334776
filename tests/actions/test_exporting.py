"""A reader's own data: all of it, of nobody else, and out to them whether they left or not."""

from datetime import timedelta

import pytest

from newsletter.actions import exporting, feedback, subscribe
from newsletter.domain.delivery import State
from newsletter.domain.library import Verdict
from newsletter.errors import NotFoundError
from newsletter.store import deliveries, ledger, outbox, promises, subscribers
from newsletter.store.database import Store
from tests.actions.conftest import DAY, HOUR, MONDAY


def gathered(desk, reader):
    with desk.store.read() as tx:
        return exporting.gather(tx, reader, MONDAY)


@pytest.fixture
def read(desk):
    """Two readers with an issue each; Ada has rated a paper of hers."""
    titles = desk.papers(3, MONDAY - HOUR)
    ada, bob = desk.reader("ada"), desk.reader("bob", topic="graph theory")
    desk.compose(MONDAY)
    feedback.rate_item(desk.store, (ada, 1), 1, Verdict.MORE, MONDAY + HOUR)
    desk.ada, desk.bob, desk.titles = ada, bob, titles
    return desk


def test_it_holds_subscription_topics_ratings_and_what_was_sent(read):
    found = gathered(read, read.ada)
    assert found["subscription"]["address"] == "ada@example.org"
    assert found["subscription"]["state"] == "active"
    assert (found["subscription"]["hour"], found["subscription"]["zone"]) == (7, "UTC")
    assert [one["name"] for one in found["profile"]["topics"]] == ["robot manipulation"]
    (said,) = found["papers"]
    (mail,) = found["mails"]
    assert said["verdict"] == "more"
    assert said["title"] == mail["papers"][0]["title"]
    assert (mail["kind"], mail["edition"]) == ("digest", "daily-2026-03-09")
    assert sorted(one["title"] for one in mail["papers"]) == sorted(read.titles)


def test_it_holds_nothing_of_another_reader(read):
    told = str(gathered(read, read.bob))
    assert "ada@example.org" not in told
    assert "more" not in told


def test_a_suppressed_address_is_told_why(read):
    with read.store.write() as tx:
        subscribers.suppress(tx, "ada@example.org", "complaint", MONDAY)
    assert gathered(read, read.ada)["subscription"]["suppressed"] == "complaint"


def test_it_is_asked_for_once_a_day(read):
    assert exporting.request(read.store, read.ada, MONDAY)
    assert not exporting.request(read.store, read.ada, MONDAY + DAY - HOUR)
    assert exporting.request(read.store, read.ada, MONDAY + DAY + timedelta(seconds=1))


def test_it_goes_out_to_who_has_left_since_and_the_digest_does_not(read):
    exporting.request(read.store, read.ada, MONDAY)
    subscribe.unsubscribe(read.store, read.ada, 0, MONDAY + HOUR)
    with read.store.write() as tx:
        mine = {one.kind: one for one in ledger.listed(tx) if one.subscriber == "ada@example.org"}
        assert mine["digest"].state == State.CANCELLED
        export = mine["export"]
        assert outbox.standing(tx, export.id, MONDAY + HOUR) is None
        epoch = deliveries.begin_epoch(tx, MONDAY)
        assert outbox.arm(tx, {export.id: "<a@b>"}, epoch, MONDAY + 2 * HOUR) == {export.id}
        assert promises.who_left_gets_nothing(tx) == []


def test_it_goes_to_no_suppressed_address(read):
    exporting.request(read.store, read.ada, MONDAY)
    with read.store.write() as tx:
        subscribers.suppress(tx, "ada@example.org", "550 5.1.1", MONDAY)
        (export,) = [one for one in ledger.listed(tx) if one.kind == "export"]
        assert outbox.standing(tx, export.id, MONDAY)[0] is State.SUPPRESSED
        epoch = deliveries.begin_epoch(tx, MONDAY)
        assert outbox.arm(tx, {export.id: "<a@b>"}, epoch, MONDAY) == frozenset()


def test_nobody_is_told_as_such(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'newsletter.db'}")
    store.make_ready()
    with pytest.raises(NotFoundError):
        exporting.request(store, 7, MONDAY)
    store.close()
