"""No one twice, nothing lost: the ledger's keys, fences and moves."""

from datetime import timedelta

import pytest

from newsletter.domain.delivery import Answer, Kind, Outcome, Result, State
from newsletter.domain.subscriber import SubscriberState
from newsletter.store import deliveries, issuing, ledger, outbox, subscribers
from newsletter.store import promises as promises_of
from newsletter.store.deliveries import NewDelivery
from newsletter.store.schema import deliveries as table
from tests.store.samples import (
    BUSY,
    HOUR,
    NO,
    NOW,
    OK,
    add_issue,
    add_note,
    add_reader,
    all_due,
    arm,
    begin,
    due,
    new_issue,
    row,
    settle,
    state,
)

DOUBT = Outcome(Result.IN_DOUBT, None, "no answer in 600 s")


def attempts(store, delivery):
    with store.read() as tx:
        found = ledger.attempts_of(tx, delivery)
    return [(number, result) for number, _, _, result, _ in found]


def promises(store):
    with store.read() as tx:
        return promises_of.broken_promises(tx)


def test_a_delivery_comes_back_as_it_was_made(store, reader):
    issue, key = add_issue(store, reader)
    note = add_note(store, reader)
    with store.read() as tx:
        one, other = (due.delivery for due in all_due(tx, NOW))
    assert (one.id, one.kind, one.inputs) == (note, Kind.CONFIRMATION, {"token": "t"})
    assert (other.id, other.kind, other.issue_id) == (key, Kind.DIGEST, issue)
    assert (other.address, other.subscriber_id) == ("ada@example.org", reader)
    assert (other.state, other.attempts, other.due_at) == (State.PENDING, 0, NOW)


def test_a_delivery_is_unique_by_its_key_and_by_edition_and_reader(store, reader):
    with store.write() as tx:
        edition, issue = issuing.add(tx, [new_issue(tx, reader)], NOW)[reader]
        new = NewDelivery(Kind.DIGEST, "one", reader, NOW, edition, issue)
        assert deliveries.add(tx, new, NOW)
        assert not deliveries.add(tx, new, NOW)
        assert not deliveries.add(
            tx, NewDelivery(Kind.DIGEST, "other", reader, NOW, edition, issue), NOW
        )
        assert sum(ledger.states(tx).values()) == 1


def test_two_notes_to_one_reader_are_two_deliveries(store, reader):
    assert add_note(store, reader, "confirm:1") != add_note(store, reader, "confirm:2")


def test_what_is_due_goes_notes_first_then_by_its_time(store, reader):
    _, late = add_issue(store, reader, "daily-2026-03-15", NOW + 24 * HOUR)
    _, early = add_issue(store, reader)
    note = add_note(store, reader)
    assert due(store) == [note, early]
    assert due(store, NOW - HOUR) == []
    assert due(store, NOW + 24 * HOUR) == [note, early, late]


def test_arming_puts_on_record_what_is_about_to_happen(store, digest):
    epoch = begin(store)
    assert arm(store, digest, epoch, NOW + HOUR)
    found = row(store, digest)
    assert (found.state, found.epoch, found.armed_at) == ("armed", epoch, NOW + HOUR)
    assert (found.attempts, found.message_id) == (1, f"<{digest}@example.org>")


def test_a_delivery_is_armed_once(store, digest):
    epoch = begin(store)
    assert arm(store, digest, epoch)
    assert not arm(store, digest, epoch)
    assert row(store, digest).attempts == 1


@pytest.mark.parametrize("off", [-1, 1])
def test_a_run_that_is_no_longer_the_newest_arms_nothing(store, digest, off):
    epoch = begin(store)
    assert not arm(store, digest, epoch + off)
    assert state(store, digest) is State.PENDING
    begin(store)
    assert not arm(store, digest, epoch)


def test_a_reader_who_left_meanwhile_gets_nothing(store, reader, digest):
    note = add_note(store, reader)
    epoch = begin(store)
    with store.write() as tx:
        subscribers.set_state(tx, reader, SubscriberState.UNSUBSCRIBED, NOW, NOW)
    assert not arm(store, digest, epoch)
    assert not arm(store, note, epoch)


def test_an_address_suppressed_meanwhile_gets_nothing(store, reader, digest):
    note = add_note(store, reader)
    epoch = begin(store)
    with store.write() as tx:
        subscribers.suppress(tx, "ada@example.org", "complaint", NOW)
    assert not arm(store, digest, epoch)
    assert not arm(store, note, epoch)


def test_who_has_not_confirmed_gets_a_confirmation_and_no_digest(store):
    pending = add_reader(store, "new@example.org", SubscriberState.PENDING)
    _, digest = add_issue(store, pending)
    note = add_note(store, pending)
    epoch = begin(store)
    assert not arm(store, digest, epoch)
    assert arm(store, note, epoch)


@pytest.mark.parametrize("other", [one for one in State if one is not State.PENDING])
def test_only_a_pending_delivery_is_armed(store, digest, other):
    epoch = begin(store)
    with store.write() as tx:
        tx.execute(table.update().values(state=other.value))
    assert not arm(store, digest, epoch)
    assert state(store, digest) is other


def test_a_delivery_that_is_not_there_is_not_armed(store):
    assert not arm(store, 77, begin(store))


@pytest.mark.parametrize(
    ("outcome", "after"),
    [
        (OK, State.ACCEPTED),
        (NO, State.REFUSED),
        (BUSY, State.DEFERRED),
        (DOUBT, State.IN_DOUBT),
    ],
)
def test_an_armed_delivery_ends_as_the_server_said(store, digest, outcome, after):
    arm(store, digest, begin(store))
    settle(store, digest, outcome, after, NOW + HOUR if after is State.DEFERRED else None)
    found = row(store, digest)
    assert (found.state, found.reply, found.attempts) == (after.value, outcome.reply, 1)
    assert (found.settled_at is None) == (after is State.DEFERRED)
    assert attempts(store, digest) == [(1, outcome.result.value)]
    assert promises(store) == []


def test_a_refusal_before_the_dot_counts_as_an_attempt(store, digest):
    settle(store, digest, NO, State.REFUSED)
    assert row(store, digest).attempts == 1
    assert attempts(store, digest) == [(1, "refused")]


def test_a_deferred_delivery_waits_for_its_time_and_every_attempt_is_kept(store, digest):
    epoch = begin(store)
    settle(store, digest, BUSY, State.DEFERRED, NOW + HOUR)
    assert due(store, NOW + HOUR) == [], "it is not pending yet"
    with store.write() as tx:
        assert outbox.wake_deferred(tx, NOW + HOUR - timedelta(seconds=1)) == 0
        assert outbox.wake_deferred(tx, NOW + HOUR) == 1
    assert due(store, NOW + HOUR) == [digest]
    assert arm(store, digest, epoch)
    settle(store, digest, OK, State.ACCEPTED)
    assert attempts(store, digest) == [(1, "deferred"), (2, "accepted")]


@pytest.mark.parametrize("closed", [State.EXPIRED, State.CANCELLED, State.SUPPRESSED])
@pytest.mark.parametrize(("outcome", "after"), [(BUSY, State.DEFERRED), (NO, State.REFUSED)])
def test_what_was_closed_during_the_attempt_stays_closed(store, digest, closed, outcome, after):
    """A newer issue took its papers in: sent later, the reader would have them twice."""
    with store.write() as tx:
        deliveries.close(tx, digest, closed, "a newer issue was composed", NOW)
    settle(store, digest, outcome, after, NOW + HOUR)
    found = row(store, digest)
    assert (found.state, found.reply) == (closed.value, "a newer issue was composed")
    assert attempts(store, digest) == [(1, outcome.result.value)]
    with store.write() as tx:
        assert outbox.wake_deferred(tx, NOW + 2 * HOUR) == 0


def test_a_late_answer_settles_the_doubt_of_an_overtaken_run(store, digest):
    arm(store, digest, begin(store))
    begin(store)
    assert state(store, digest) is State.IN_DOUBT
    settle(store, digest, OK, State.ACCEPTED)
    assert state(store, digest) is State.ACCEPTED
    assert attempts(store, digest) == [(1, "in_doubt"), (1, "accepted")]


def test_what_an_ended_run_left_armed_is_in_doubt_and_a_note_is_sent_again(store, reader, digest):
    note, other = add_note(store, reader), add_note(store, reader, "confirm:2")
    first = begin(store)
    assert arm(store, digest, first)
    assert arm(store, note, first)
    assert begin(store, NOW + HOUR) == first + 1
    assert state(store, digest) is State.IN_DOUBT
    assert state(store, note) is State.DEFERRED
    assert state(store, other) is State.PENDING
    assert row(store, digest).reply == "the sender ended before the server's answer came"
    with store.write() as tx:
        assert outbox.wake_deferred(tx, NOW + HOUR) == 1
    assert due(store, NOW + HOUR) == [note, other], "the digest is never sent again"
    assert promises(store) == []


def test_each_run_has_a_number_of_its_own(store):
    assert [begin(store) for _ in range(3)] == [1, 2, 3]


def test_a_newer_issue_expires_the_digests_that_have_not_gone_out(store, reader):
    epoch = begin(store)
    keys = [add_issue(store, reader, f"daily-{day}", NOW + day * 24 * HOUR)[1] for day in range(4)]
    note = add_note(store, reader)
    _, others = add_issue(store, add_reader(store, "bob@example.org"))
    settle(store, keys[0], BUSY, State.DEFERRED, NOW + HOUR)
    arm(store, keys[1], epoch)
    settle(store, keys[2], NO, State.REFUSED)
    with store.write() as tx:
        assert issuing.expire_undelivered(tx, [reader], NOW) == 2
    found = [state(store, key) for key in (*keys, note, others)]
    assert found == ["expired", "armed", "refused", "expired", "pending", "pending"]


def test_who_leaves_has_everything_cancelled_that_has_not_gone_out(store, reader, digest):
    note = add_note(store, reader)
    _, others = add_issue(store, add_reader(store, "bob@example.org"))
    settle(store, note, BUSY, State.DEFERRED, NOW + HOUR)
    with store.write() as tx:
        assert deliveries.close_all_of(tx, reader, "unsubscribed", NOW) == 2
    assert [state(store, key) for key in (digest, note, others)] == [
        State.CANCELLED,
        State.CANCELLED,
        State.PENDING,
    ]


def test_only_what_has_not_gone_out_can_be_closed(store, digest):
    arm(store, digest, begin(store))
    with store.write() as tx:
        assert not deliveries.close(tx, digest, State.CANCELLED, "too late", NOW)
    settle(store, digest, OK, State.ACCEPTED)
    with store.write() as tx:
        assert not deliveries.close(tx, digest, State.CANCELLED, "too late", NOW)
    assert state(store, digest) is State.ACCEPTED


def test_a_doubt_is_settled_by_evidence_once_and_nothing_else_is(store, reader):
    issue, digest = add_issue(store, reader)
    with store.write() as tx:
        assert not deliveries.resolve_doubt(tx, issue, "its link was used", NOW)
    arm(store, digest, begin(store))
    settle(store, digest, DOUBT, State.IN_DOUBT)
    with store.write() as tx:
        assert deliveries.resolve_doubt(tx, issue, "its link was used", NOW + HOUR)
        assert not deliveries.resolve_doubt(tx, issue, "its link was used", NOW + HOUR)
    assert (row(store, digest).state, row(store, digest).reply) == ("accepted", "its link was used")
    assert promises(store) == []


def test_the_operator_may_send_a_doubtful_mail_again(store, digest):
    epoch = begin(store)
    with store.write() as tx:
        assert not deliveries.resolve(tx, digest, State.PENDING, "by hand", NOW)
    arm(store, digest, epoch)
    settle(store, digest, DOUBT, State.IN_DOUBT)
    with store.write() as tx:
        assert deliveries.resolve(tx, digest, State.PENDING, "by hand", NOW + HOUR)
    found = row(store, digest)
    assert (found.state, found.settled_at, found.next_attempt_at) == ("pending", None, NOW + HOUR)
    assert arm(store, digest, epoch)


def test_an_answer_of_many_words_is_kept_whole(store, digest):
    arm(store, digest, begin(store))
    long = Answer(250, "2.0.0 Ok: queued as " + "ü" * 900)
    settle(store, digest, Outcome(Result.ACCEPTED, long), State.ACCEPTED)
    assert row(store, digest).reply == f"250 {long.text}"
