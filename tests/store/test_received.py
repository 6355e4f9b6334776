"""What notes and exports ask of the store, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from newsletter.domain.delivery import Kind, State
from newsletter.domain.issue import Credit
from newsletter.domain.library import Verdict
from newsletter.domain.subscriber import Detail, Preferences, SubscriberState
from newsletter.errors import NotFoundError
from newsletter.store import deliveries, feeds, issues, issuing, outbox, received, subscribers
from newsletter.store.deliveries import NewDelivery
from newsletter.store.shelf import Shelf
from tests.store.samples import GATES, HOUR, NOW, add_reader, new_issue

DAY = timedelta(days=1)


def add_note(store, reader, kind, at=NOW, key="one"):
    with store.write() as tx:
        deliveries.add(tx, NewDelivery(kind, f"{kind}:{reader}:{key}", reader, at), at)


def test_a_readers_mails_are_told_with_their_papers(store, reader, digest):
    add_note(store, reader, Kind.WELCOME)
    with store.read() as tx:
        mail, note = received.mails(tx, reader)
        assert received.mails(tx, reader + 1) == []
    assert (mail.kind, mail.edition, mail.state) == (Kind.DIGEST, "daily-2026-03-14", "pending")
    assert mail.papers == [(GATES.title, GATES.url, "Sleep")]
    assert (note.kind, note.edition, note.papers) == (Kind.WELCOME, "", ())


def test_when_a_reader_came_left_and_was_suppressed(store, reader):
    with store.write() as tx:
        assert received.standing(tx, reader) == received.Standing(NOW, None, "")
        subscribers.set_state(tx, reader, SubscriberState.UNSUBSCRIBED, NOW + HOUR, NOW)
        subscribers.suppress(tx, "ada@example.org", "complaint", NOW)
        assert received.standing(tx, reader) == received.Standing(NOW, NOW + HOUR, "complaint")


@pytest.mark.parametrize("kind", [Kind.EXPORT, Kind.ALARM])
def test_what_is_no_part_of_the_subscription_goes_out_after_it(store, reader, kind):
    add_note(store, reader, kind)
    add_note(store, reader, Kind.RESUMED)
    with store.write() as tx:
        subscribers.set_state(tx, reader, SubscriberState.UNSUBSCRIBED, NOW, NOW)
        assert deliveries.close_all_of(tx, reader, "left", NOW) == 1
        (due,) = outbox.notes(tx, NOW, 0, 9, kind)
        assert due.closed is None
        epoch = deliveries.begin_epoch(tx, NOW)
        assert outbox.arm(tx, {due.delivery.id: "<a@b>"}, epoch, NOW) == {due.delivery.id}
        assert outbox.get(tx, due.delivery.id)[1] == NOW
        with pytest.raises(NotFoundError, match="there is no delivery 99"):
            outbox.get(tx, 99)


def test_an_export_is_asked_for_and_an_alarm_was_told_lately(store, reader):
    add_note(store, reader, Kind.EXPORT)
    add_note(store, reader, Kind.ALARM, key="feed:50%_of:it@1")
    with store.write() as tx:
        assert received.was_asked(tx, reader, Kind.EXPORT, NOW - HOUR)
        assert not received.was_asked(tx, reader, Kind.EXPORT, NOW)
        assert received.was_warned(tx, reader, f"alarm:{reader}:feed:50%_of:it@", NOW), "it waits"
        for one in outbox.notes(tx, NOW, 0, 9):
            deliveries.close(tx, one.delivery.id, State.CANCELLED, "", NOW)
        assert not received.was_asked(tx, reader, Kind.EXPORT, NOW - HOUR)
        told = f"alarm:{reader}:feed:50%_of:it@"
        assert received.was_warned(tx, reader, told, NOW - HOUR)
        assert not received.was_warned(tx, reader, told, NOW)
        assert not received.was_warned(tx, reader, f"alarm:{reader}:feed:%", NOW - HOUR)


def test_the_operators_row_is_no_subscriber_until_it_becomes_one(store):
    address = "ops@example.org"
    with store.write() as tx:
        row = subscribers.operator(tx, address, NOW)
        assert subscribers.operator(tx, address, NOW) == row
        assert subscribers.every(tx) == []
        assert not subscribers.any_due(tx, NOW + DAY)
        with pytest.raises(NotFoundError):
            subscribers.find(tx, address)
        chosen = Preferences(length=3, detail=Detail.CARD)
        assert subscribers.add(tx, address, SubscriberState.PENDING, chosen, NOW + HOUR) == row
        assert subscribers.add(tx, address, SubscriberState.ACTIVE, chosen, NOW + HOUR) is None
        found = subscribers.find(tx, address)
        assert (found.state, found.preferences) == (SubscriberState.PENDING, chosen)
        assert subscribers.operator(tx, address, NOW) == row
        assert subscribers.find(tx, address).state is SubscriberState.PENDING


def test_pauses_that_ran_out_are_found(store, reader):
    other = add_reader(store, "bob@example.org")
    with store.write() as tx:
        subscribers.pause(tx, reader, NOW)
        subscribers.pause(tx, other, NOW + HOUR)
        assert [one.id for one in subscribers.paused_until(tx, NOW)] == [reader]


def test_a_feed_that_only_fails_is_silent(store):
    with store.write() as tx:
        names = {}
        for name, outcomes in (("dead", "fff"), ("well", "ffu"), ("new", "f"), ("late", "fsf")):
            feed = feeds.find_or_add(tx, f"https://example.org/{name}", name)
            names[name] = feed.id
            words = {"f": "failed", "u": "unchanged", "s": "stale"}
            start = NOW + (3 - len(outcomes)) * DAY
            for day, word in enumerate(outcomes):
                visit = feeds.Visit(feed.id, start + day * DAY, words[word], why=f"why {day}")
                feeds.record(tx, visit, None)
        found = feeds.silent(tx, NOW + DAY)
        assert [(one.name, one.why) for one in found] == [("dead", "why 2")]


def test_an_issue_keeps_its_readers_choice_and_what_feedback_brought(store, reader):
    with store.write() as tx:
        told = (Credit(Verdict.MORE, "Größe “X”", 3), Credit(Verdict.SAVED, "Y", 1))
        new = replace(new_issue(tx, reader), detail=Detail.CARD.value, credits=told)
        ((_, number),) = issuing.add(tx, [new], NOW).values()
        found = issues.get(tx, number)
        assert (found.detail, found.credits) == (Detail.CARD, told)
        assert Shelf().issues(tx, [number])[number] == found
