"""What the ledger promises, each broken once to see that it is found."""

from newsletter.domain.delivery import Outcome, Result, State
from newsletter.store import deliveries, subscribers
from newsletter.store import promises as promises_of
from newsletter.store.schema import deliveries as table
from tests.store.samples import (
    HOUR,
    NOW,
    OK,
    add_issue,
    arm,
    begin,
    settle,
)


def promises(store):
    with store.read() as tx:
        return promises_of.broken_promises(tx)


def break_promise(store, delivery, **values):
    with store.write() as tx:
        tx.execute(table.update().where(table.c.id == delivery).values(**values))


def test_each_broken_promise_is_found(store, reader, digest):
    begin(store)
    assert promises(store) == []
    sent = {"reply": "250 Ok", "epoch": 1, "message_id": "<a@b>"}
    for gone in ("in_doubt", "armed"):
        break_promise(store, digest, state=gone, **sent)
        assert promises(store) == [f"delivery {digest} went out unarmed"]
    break_promise(store, digest, state="accepted", armed_at=NOW)
    assert promises(store) == [f"delivery {digest} is accepted by nobody"]
    break_promise(store, digest, state="pending", epoch=7)
    (found,) = promises(store)
    assert found.endswith("by a run that this database has not had")
    break_promise(store, digest, state="lost", epoch=1)
    (found,) = promises(store)
    assert found.endswith("in a state that does not exist")
    break_promise(store, digest, state="pending", issue_id=None)
    lost, digest_of_none = promises(store)
    assert lost.endswith("has no delivery")
    assert digest_of_none.endswith("is a digest of no issue")


def test_what_a_dead_run_armed_and_nobody_settled_is_a_broken_promise(store, digest):
    assert arm(store, digest, begin(store))
    assert promises(store) == []
    break_promise(store, digest, epoch=0)
    assert promises(store) == [
        f"delivery {digest} is armed by a run that is over; the next run settles it"
    ]


def test_two_attempts_accepted_or_two_issues_waiting_are_broken_promises(store, reader, digest):
    assert arm(store, digest, begin(store))
    settle(store, digest, OK, State.ACCEPTED)
    with store.write() as tx:
        deliveries.note_attempt(tx, digest, OK, NOW)
    assert promises(store) == [f"delivery {digest} was accepted twice"]
    add_issue(store, reader, "daily-2026-03-15", NOW + 24 * HOUR)
    add_issue(store, reader, "daily-2026-03-16", NOW + 48 * HOUR)
    assert promises(store)[1:] == [f"subscriber {reader} has two undelivered issues"]


def test_nobody_who_had_left_is_armed(store, reader, digest):
    assert arm(store, digest, begin(store))
    with store.write() as tx:
        subscribers.suppress(tx, "ada@example.org", "550 5.1.1 gone", NOW - HOUR)
    assert promises(store) == [f"delivery {digest} was armed for somebody who had left"]


def test_a_doubt_that_evidence_ended_is_accepted_rightly(store, reader):
    issue, digest = add_issue(store, reader)
    assert arm(store, digest, begin(store))
    settle(store, digest, Outcome(Result.IN_DOUBT, None, "silence"), State.IN_DOUBT)
    with store.write() as tx:
        assert deliveries.resolve_doubt(tx, issue, "the reader used a link of it", NOW)
    assert promises(store) == []
