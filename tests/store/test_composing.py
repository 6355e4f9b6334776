"""What composing asks of a block of readers at a time, and what it keeps of them."""

from datetime import timedelta

import pytest

from newsletter.domain.delivery import UNDELIVERED, UNSEEN, State
from newsletter.domain.edition import Cadence, Schedule
from newsletter.domain.paper import Paper
from newsletter.domain.profile import TopicProfile, from_json
from newsletter.domain.subscriber import Preferences, SubscriberState
from newsletter.store import composing, issuing, papers, subscribers, twins
from newsletter.store.composing import Past, Receiver
from tests.store.samples import (
    GATES,
    NOW,
    SLEEP,
    SPINDLES,
    add_issue,
    add_papers,
    add_reader,
    new_issue,
)

DAY = timedelta(days=1)
TODAY = NOW.date()


@pytest.fixture
def reader(store):
    add_papers(store, GATES, SPINDLES)
    return add_reader(store)


def add(store, reader, edition="daily-2026-03-14", day=NOW, found=()):
    with store.write() as tx:
        return issuing.add(tx, [new_issue(tx, reader, edition, day, found)], NOW).get(reader)


def rows(store, *found):
    with store.read() as tx:
        return {papers.by_keys(tx, [one.key])[one.key].row for one in found}


def past(store, reader, oldest=0):
    with store.read() as tx:
        return composing.pasts(tx, [reader], oldest).get(reader)


def set_states(store, state):
    with store.write() as tx:
        tx.exec_driver_sql(f"UPDATE deliveries SET state = '{state}'")  # noqa: S608


def test_many_issues_are_stored_at_once_each_with_its_own_items(store, reader):
    readers = [reader, *(add_reader(store, f"r{number}@example.org") for number in range(700))]
    with store.write() as tx:
        found = papers.between(tx, 0, 1_000_000)
        new = [new_issue(tx, one, found=found[:1] if one % 2 else found) for one in readers]
        kept = issuing.add(tx, new, NOW)
        issuing.deliver(tx, new, kept, NOW, set(kept))
    assert sorted(kept) == readers
    assert len({issue for _, issue in kept.values()}) == len(readers)
    with store.read() as tx:
        pairs = tx.exec_driver_sql("""
            SELECT issues.subscriber_id, count(*) FROM items
            JOIN issues ON issues.id = items.issue_id
            JOIN deliveries ON deliveries.issue_id = issues.id
            AND deliveries.subscriber_id = issues.subscriber_id GROUP BY 1 ORDER BY 1
        """).all()
    assert [tuple(one) for one in pairs] == [(one, 1 if one % 2 else 2) for one in readers]


def test_who_has_the_edition_or_the_day_already_gets_no_second_issue(store, reader):
    other = add_reader(store, "bob@example.org")
    first = add(store, reader)
    with store.write() as tx:
        found = papers.between(tx, 0, 1_000_000)
        new = [new_issue(tx, one, found=found) for one in (reader, other)]
        kept = issuing.add(tx, new, NOW)
        issuing.deliver(tx, new, kept, NOW, set(kept))
        again = issuing.add(tx, [new_issue(tx, other, "weekly-2026-W11")], NOW)
    assert list(kept) == [other]
    assert kept[other][1] != first[1]
    assert again == {}


def test_a_slot_is_taken_by_its_edition_or_its_day(store, reader):
    add(store, reader)
    names = ["daily-2026-03-14", "daily-2026-03-15"]
    with store.read() as tx:
        assert composing.taken(tx, [reader, reader + 1], names) == {(reader, names[0])}
        assert composing.taken(tx, [reader], names[1:]) == set()
    assert past(store, reader).local_date == TODAY


def test_the_next_window_begins_where_the_newest_one_ended(store, reader):
    other = add_reader(store, "bob@example.org")
    with store.read() as tx:
        (stored,) = papers.by_keys(tx, [GATES.key]).values()
    add(store, reader, "daily-2026-03-15", NOW + DAY, found=(stored,))
    add(store, reader)
    assert past(store, reader) == Past(stored.row, NOW, TODAY + DAY)
    with store.read() as tx:
        assert list(composing.pasts(tx, [reader, other], 0)) == [reader]
        assert composing.pasts(tx, [], 0) == {}
        assert composing.oldest_mark(tx, [reader, other]) == stored.row
        assert composing.oldest_mark(tx, [other]) is None


def test_what_competes_again_depends_on_how_its_delivery_ended(store, reader):
    everything = rows(store, GATES, SPINDLES)
    add_issue(store, reader)
    for state in State:
        set_states(store, state)
        found = past(store, reader)
        seen = state not in UNSEEN + UNDELIVERED
        assert (found.again, found.had) == (set() if seen else everything, set()), state
    assert past(store, reader, max(everything)).again == set(), "it is not ranked any more"


def test_what_was_had_after_all_does_not_compete_again(store, reader):
    (gates,) = rows(store, GATES)
    add_issue(store, reader)
    set_states(store, State.REFUSED)
    with store.read() as tx:
        (stored,) = papers.by_keys(tx, [GATES.key]).values()
    add(store, reader, "daily-2026-03-15", NOW + DAY, found=(stored,))
    found = past(store, reader)
    assert (found.again, found.had) == (rows(store, GATES, SPINDLES), {gates})


def test_a_folded_paper_counts_as_the_one_that_it_is_folded_into(store, reader):
    gates, spindles = (row for one in (GATES, SPINDLES) for row in rows(store, one))
    add_issue(store, reader)
    with store.write() as tx:
        both = {gates: {spindles: None}}
        known = {row.id: row for row in papers.load_rows(tx, papers.papers.c.id > 0)}
        texts = dict.fromkeys(known, twins.shingles(Paper("Long", " ".join(map(str, range(60))))))
        assert twins.fold(tx, both, known, texts) == 1
    assert past(store, reader).again == {gates}


def test_what_another_reader_had_is_nothing_to_this_one(store, reader):
    add_issue(store, reader)
    assert past(store, add_reader(store, "bob@example.org")) is None


def test_a_block_of_readers_comes_with_schedules_and_newest_profiles(store):
    weekly = Schedule(Cadence.WEEKLY, (4,), 9, 30, "Europe/Berlin")
    keys = [add_reader(store, f"r{number}@example.org") for number in range(3)]
    with store.write() as tx:
        subscribers.save_preferences(tx, keys[1], Preferences(weekly, 12))
        subscribers.save_profile(tx, keys[1], TopicProfile(), NOW)
    with store.read() as tx:
        found = composing.receivers(tx, keys[:2])
        bodies = composing.bodies(tx, keys)
        one = subscribers.get(tx, keys[1])
    assert found == [Receiver(keys[0], Schedule(), 7), Receiver(keys[1], weekly, 12)]
    assert found[1] == composing.receiver(one)
    assert [from_json(bodies[key][1]) for key in keys] == [SLEEP, TopicProfile(), SLEEP]


def test_only_who_may_receive_is_composed_for(store):
    active = add_reader(store)
    pending = add_reader(store, "bob@example.org", SubscriberState.PENDING)
    with store.write() as tx:
        assert composing.receiving(tx, NOW, None) == [active]
        assert composing.receiving(tx, NOW, NOW - DAY) == []
        assert composing.still_receiving(tx, [active, pending], NOW) == {active}
        subscribers.suppress(tx, "ada@example.org", "bounced", NOW)
        assert composing.still_receiving(tx, [active, pending], NOW) == set()


def test_many_readers_clocks_are_moved_at_once(store):
    keys = [add_reader(store, f"r{number}@example.org") for number in range(3)]
    with store.write() as tx:
        issuing.set_due(tx, {keys[0]: NOW + DAY, keys[1]: NOW + DAY, keys[2]: NOW})
        found = [subscribers.get(tx, key).due_at for key in keys]
    assert found == [NOW + DAY, NOW + DAY, NOW]
