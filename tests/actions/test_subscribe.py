"""Asking, confirming, leaving: what a reader may do, and what nobody can do to one."""

from datetime import timedelta

from newsletter.actions import subscribe
from newsletter.domain.profile import Topic, TopicProfile
from newsletter.domain.subscriber import Preferences, SubscriberState
from newsletter.store import ledger, subscribers
from tests.actions.conftest import DAY, HOUR, MONDAY

WISH = subscribe.Wish("ada@example.org", Preferences(), TopicProfile((Topic("cloth"),)))


def confirmations(desk):
    with desk.store.read() as tx:
        return [one for one in ledger.listed(tx) if one.kind == "confirmation"]


def state(desk):
    with desk.store.read() as tx:
        return subscribers.find(tx, WISH.address).state


def test_a_stranger_is_asked_to_confirm_and_is_pending_until_then(desk):
    subscribe.request(desk.store, WISH, MONDAY)
    assert len(confirmations(desk)) == 1
    assert state(desk) is SubscriberState.PENDING
    subscribe.confirm(desk.store, 1, MONDAY + HOUR)
    assert state(desk) is SubscriberState.ACTIVE


def test_whoever_asks_how_often_one_mail_a_day_goes_out(desk):
    for minute in range(0, 24 * 60, 30):
        subscribe.request(desk.store, WISH, MONDAY + timedelta(minutes=minute))
    assert len(confirmations(desk)) == 1


def test_three_unanswered_mails_a_week_are_the_most(desk):
    for hour in range(0, 7 * 24, 6):
        subscribe.request(desk.store, WISH, MONDAY + hour * HOUR)
    assert len(confirmations(desk)) == 3


def test_who_left_can_come_back_the_same_day(desk):
    subscribe.request(desk.store, WISH, MONDAY)
    subscribe.confirm(desk.store, 1, MONDAY + HOUR)
    subscribe.unsubscribe(desk.store, 1, 0, MONDAY + 2 * HOUR)
    subscribe.request(desk.store, WISH, MONDAY + 3 * HOUR)
    assert len(confirmations(desk)) == 2
    assert state(desk) is SubscriberState.PENDING


def test_an_active_reader_is_not_asked_and_keeps_topics(desk):
    reader = desk.reader(topic="robots")
    subscribe.request(desk.store, WISH, MONDAY)
    assert confirmations(desk) == []
    with desk.store.read() as tx:
        (topic,) = subscribers.profile(tx, reader).profile.topics
    assert topic.name == "robots"


def test_who_unsubscribed_is_not_added_again_by_the_operator(desk):
    reader = desk.reader()
    subscribe.unsubscribe(desk.store, reader, 0, MONDAY)
    assert not subscribe.add(desk.store, WISH, MONDAY + DAY)
    assert state(desk) is SubscriberState.UNSUBSCRIBED


def test_an_old_confirmation_brings_nobody_back_who_left(desk):
    reader = desk.reader()
    subscribe.unsubscribe(desk.store, reader, 0, MONDAY)
    subscribe.confirm(desk.store, reader, MONDAY + HOUR)
    assert state(desk) is SubscriberState.UNSUBSCRIBED


def test_a_first_issue_comes_at_once_unless_the_readers_hour_is_near(desk):
    regular = Preferences()  # 07:00 UTC
    assert subscribe.first_due(regular, MONDAY + HOUR) == MONDAY + HOUR
    assert subscribe.first_due(regular, MONDAY - timedelta(minutes=59)) == MONDAY


def test_a_reader_who_returns_from_a_pause_starts_without_it(desk):
    reader = desk.reader()
    subscribe.pause(desk.store, reader, 0, MONDAY)
    subscribe.unsubscribe(desk.store, reader, 0, MONDAY)
    subscribe.request(desk.store, WISH, MONDAY + HOUR)
    subscribe.confirm(desk.store, reader, MONDAY + 2 * HOUR)
    with desk.store.read() as tx:
        assert subscribers.find(tx, WISH.address).paused_until is None
