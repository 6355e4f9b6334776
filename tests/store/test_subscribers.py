"""A subscriber by address, from the first wish to the last goodbye."""

import pytest

from newsletter.domain.edition import Cadence, Schedule
from newsletter.domain.profile import Topic, TopicProfile
from newsletter.domain.subscriber import Preferences, SubscriberState
from newsletter.errors import NotFoundError
from newsletter.store import subscribers
from newsletter.store.schema import profiles
from newsletter.store.schema import subscribers as table
from tests.store.samples import HOUR, NOW, SLEEP, add_issue, add_reader

ACTIVE, PENDING, GONE = (
    SubscriberState.ACTIVE,
    SubscriberState.PENDING,
    SubscriberState.UNSUBSCRIBED,
)
OWN = Preferences(Schedule(Cadence.WEEKDAYS, (1, 3), 6, 45, "Asia/Kathmandu"), length=12)


def reader(store, address="ada@example.org"):
    with store.read() as tx:
        return subscribers.find(tx, address)


def addresses(store, now=NOW, due_by=None):
    with store.read() as tx:
        return [one.address for one in subscribers.receiving(tx, now, due_by)]


def test_a_subscriber_comes_back_with_all_preferences_and_is_due_at_once(store):
    with store.write() as tx:
        key = subscribers.add(tx, "ada@example.org", ACTIVE, OWN, NOW)
    found = reader(store)
    assert (found.id, found.preferences, found.state) == (key, OWN, ACTIVE)
    assert found.due_at == found.subscribed_at == NOW
    assert found.paused_until is None
    with store.read() as tx:
        assert subscribers.get(tx, key) == found
        assert subscribers.every(tx) == [found]


def test_an_address_is_kept_once_as_it_first_was(store):
    first = add_reader(store)
    with store.write() as tx:
        assert subscribers.add(tx, "ada@example.org", PENDING, OWN, NOW + HOUR) is None
    assert reader(store).id == first
    assert reader(store).preferences == Preferences()


def test_somebody_unknown_is_told(store):
    with pytest.raises(NotFoundError, match=r"^bob@example\.org is not a subscriber"):
        reader(store, "bob@example.org")
    with store.read() as tx, pytest.raises(NotFoundError, match="no longer known"):
        subscribers.get(tx, 77)
    with store.read() as tx, pytest.raises(NotFoundError, match="no topic profile"):
        subscribers.profile(tx, 77)


def test_only_the_active_receive_unless_paused_or_suppressed(store):
    for name, state in (("ada", ACTIVE), ("bob", PENDING), ("cy", GONE), ("dee", ACTIVE)):
        add_reader(store, f"{name}@example.org", state)
    assert addresses(store) == ["ada@example.org", "dee@example.org"]
    with store.write() as tx:
        subscribers.pause(tx, subscribers.find(tx, "ada@example.org").id, NOW + HOUR)
        subscribers.suppress(tx, "dee@example.org", "550 5.1.1 No such user", NOW)
    assert addresses(store) == []
    assert addresses(store, NOW + HOUR) == ["ada@example.org"]


def test_a_pause_can_be_ended_at_once(store):
    key = add_reader(store)
    with store.write() as tx:
        subscribers.pause(tx, key, NOW + HOUR)
    assert reader(store).paused_until == NOW + HOUR
    with store.write() as tx:
        subscribers.pause(tx, key, None)
    assert addresses(store) == ["ada@example.org"]


def test_of_those_due_only_the_due_ones_receive(store):
    key = add_reader(store)
    with store.write() as tx:
        subscribers.set_due(tx, key, NOW + HOUR)
    assert addresses(store, due_by=NOW) == []
    assert addresses(store, due_by=NOW + HOUR) == ["ada@example.org"]
    assert addresses(store) == ["ada@example.org"]


def test_a_confirmation_counts_once_and_makes_the_reader_due(store):
    key = add_reader(store, state=PENDING)
    with store.write() as tx:
        assert subscribers.set_state(tx, key, ACTIVE, NOW + HOUR, NOW + 2 * HOUR)
        assert not subscribers.set_state(tx, key, ACTIVE, NOW + 3 * HOUR, NOW + 4 * HOUR)
        row = tx.execute(table.select()).one()
    assert (row.state, row.confirmed_at, row.due_at) == ("active", NOW + HOUR, NOW + 2 * HOUR)


def test_a_goodbye_is_dated_and_a_return_takes_the_date_away(store):
    key = add_reader(store)
    with store.write() as tx:
        assert subscribers.set_state(tx, key, GONE, NOW + HOUR, NOW)
        assert tx.execute(table.select()).one().unsubscribed_at == NOW + HOUR
        assert not subscribers.set_state(tx, key, GONE, NOW + 2 * HOUR, NOW)
        assert tx.execute(table.select()).one().unsubscribed_at == NOW + HOUR
        assert subscribers.set_state(tx, key, ACTIVE, NOW + 3 * HOUR, NOW + 3 * HOUR)
        assert tx.execute(table.select()).one().unsubscribed_at is None


def test_nobody_unknown_changes_state(store):
    with store.write() as tx:
        assert not subscribers.set_state(tx, 77, ACTIVE, NOW, NOW)


def test_preferences_are_written_over_the_old_ones(store):
    key = add_reader(store)
    with store.write() as tx:
        subscribers.save_preferences(tx, key, OWN)
    assert reader(store).preferences == OWN


def test_a_profile_is_a_new_version_only_when_it_changed_and_an_issue_rests_on_the_last(store):
    key = add_reader(store)
    add_issue(store, key)
    with store.read() as tx:
        first = subscribers.profile(tx, key)
    with store.write() as tx:
        subscribers.save_profile(tx, key, SLEEP, NOW + HOUR)
        assert subscribers.profile(tx, key) == first
        changed = TopicProfile((Topic("Tea"),))
        subscribers.save_profile(tx, key, changed, NOW + HOUR)
        second = subscribers.profile(tx, key)
    add_issue(store, key, "daily-2026-03-15", NOW + 24 * HOUR)
    with store.write() as tx:
        subscribers.save_profile(tx, key, SLEEP, NOW + HOUR)
        third = subscribers.profile(tx, key)
    assert (first.profile, second.profile, third.profile) == (SLEEP, changed, SLEEP)
    assert len({first.row, second.row, third.row}) == 3


def test_a_profile_that_no_issue_rests_on_is_written_over(store):
    key, other = add_reader(store), add_reader(store, "bob@example.org")
    add_issue(store, other)
    for number in range(5):
        changed = TopicProfile((Topic(f"Tea {number}"),))
        with store.write() as tx:
            subscribers.save_profile(tx, key, changed, NOW + number * HOUR)
    with store.read() as tx:
        (row,) = tx.execute(profiles.select().where(profiles.c.subscriber_id == key))
        assert subscribers.profile(tx, key).profile == changed
        assert subscribers.profile(tx, other).profile == SLEEP
    assert (row.number, row.created_at) == (1, NOW + 4 * HOUR)


def test_profiles_of_many_readers_come_at_once_however_many(store):
    one, other = add_reader(store), add_reader(store, "bob@example.org")
    with store.read() as tx:
        found = subscribers.profiles_of(tx, range(1, 70_000))
        assert subscribers.profiles_of(tx, []) == {}
    assert {key: stored.profile for key, stored in found.items()} == {one: SLEEP, other: SLEEP}


def test_a_suppression_keeps_its_first_reason(store):
    with store.write() as tx:
        subscribers.suppress(tx, "ada@example.org", "550 5.1.1 No such user", NOW)
        subscribers.suppress(tx, "ada@example.org", "complaint", NOW + HOUR)
        assert subscribers.is_suppressed(tx, "ada@example.org")
        assert not subscribers.is_suppressed(tx, "bob@example.org")
        rows = tx.exec_driver_sql("SELECT address, reason FROM suppressions").all()
    assert rows == [("ada@example.org", "550 5.1.1 No such user")]
