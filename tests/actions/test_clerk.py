"""The one writer of the ledger: what fails there reaches everybody who waits for it."""

import threading

import pytest
import sqlalchemy as sa

from newsletter.actions.clerk import Clerk
from newsletter.actions.deliver import begin
from newsletter.domain.delivery import Answer, Outcome, Result, RetryPolicy, State
from newsletter.errors import BusyError
from newsletter.mail.hub import Hub
from newsletter.store import deliveries, outbox
from newsletter.store.outbox import Share
from tests.actions.conftest import MONDAY
from tests.actions.departing import Departure, composed, recipients, states
from tests.mail.recording import RecordingServer

TAKEN = Outcome(Result.ACCEPTED, Answer(250, "2.0.0 taken"))


def pending(desk):
    with desk.store.read() as tx:
        wanted = list(outbox.line(tx, MONDAY, Share()))
        return [one.delivery for one in outbox.digests(tx, wanted, MONDAY)]


def a_clerk(desk, hub=None):
    return Clerk(desk.store, begin(desk.store, MONDAY), RetryPolicy(), lambda: MONDAY, hub)


def break_after(desk, accepted):
    """Let the database refuse every arming after so many mails, as a full disk does."""
    trigger = (
        "CREATE TRIGGER full BEFORE UPDATE OF state ON deliveries WHEN NEW.state = 'armed' "
        "AND (SELECT count(*) FROM deliveries WHERE state = 'accepted') >= %d "
        "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
    )
    with desk.store.write() as tx:
        tx.execute(sa.text(trigger % accepted))


def test_what_is_armed_and_settled_stands_in_the_ledger(desk):
    composed(desk, 3)
    with a_clerk(desk) as clerk:
        for delivery in pending(desk):
            assert clerk.arm(delivery, f"<{delivery.id}@example.org>")
            clerk.settle(delivery, TAKEN)
        clerk.flush()
        assert states(desk) == {State.ACCEPTED: 3}
    assert clerk.handled == {"accepted": 3}


def test_a_row_that_is_armed_is_not_armed_again(desk):
    composed(desk, 1)
    (delivery,) = pending(desk)
    with a_clerk(desk) as clerk:
        assert clerk.arm(delivery, "<1@example.org>")
        assert not clerk.arm(delivery, "<1@example.org>")


def test_who_left_meanwhile_is_not_armed(desk):
    from newsletter.actions import subscribe

    composed(desk, 2)
    first, second = pending(desk)
    with a_clerk(desk) as clerk:
        subscribe.unsubscribe(desk.store, first.subscriber_id, 0, MONDAY)
        assert [clerk.arm(first, "<1@x>"), clerk.arm(second, "<2@x>")] == [False, True]


def test_a_run_that_was_overtaken_arms_nothing(desk):
    composed(desk, 1)
    (delivery,) = pending(desk)
    with a_clerk(desk) as clerk:
        begin(desk.store, MONDAY)
        assert not clerk.arm(delivery, "<1@example.org>")


def test_a_failure_reaches_all_who_wait_and_all_who_come_later(desk):
    composed(desk, 6)
    break_after(desk, 0)
    told = []

    def arm(delivery):
        try:
            clerk.arm(delivery, "<1@example.org>")
        except Exception as error:
            told.append(error)

    with a_clerk(desk) as clerk:
        clerk.failed = told.append
        threads = [threading.Thread(target=arm, args=[one]) for one in pending(desk)]
        for one in threads:
            one.start()
        for one in threads:
            one.join(10)
            assert not one.is_alive()
        with pytest.raises(Exception, match="the disk is full"):
            clerk.flush()
    assert len(told) == 7
    assert states(desk) == {State.PENDING: 6}


def test_after_the_run_nothing_can_be_armed(desk):
    composed(desk, 1)
    (delivery,) = pending(desk)
    with a_clerk(desk) as clerk:
        pass
    with pytest.raises(BusyError, match="the run is over"):
        clerk.arm(delivery, "<1@example.org>")
    assert states(desk) == {State.PENDING: 1}


def test_a_database_that_fails_in_the_midst_of_a_run_ends_it_and_no_dot_is_unarmed(desk):
    composed(desk, 60)
    break_after(desk, 20)
    with RecordingServer() as server:
        with pytest.raises(Exception, match="the disk is full"):
            Departure(desk, server).go()
        got = recipients(server)
    with desk.store.write() as tx:
        tx.execute(sa.text("DROP TRIGGER full"))
        deliveries.begin_epoch(tx, MONDAY)
    found = states(desk)
    assert set(got.values()) == {1}
    assert found[State.ACCEPTED] <= len(got) <= found[State.ACCEPTED] + found.get(State.IN_DOUBT, 0)
    with RecordingServer() as server:
        Departure(desk, server).go()
        assert not set(recipients(server)) & set(got)


class Disk:
    """Holds up each commit until it `may` go on, or fails it."""

    def __init__(self, store, error=None):
        self.begun, self.may, self.error = threading.Event(), threading.Event(), error
        sa.event.listen(store.engine, "commit", self.commit)

    def commit(self, _connection):
        self.begun.set()
        assert self.may.wait(10)
        if self.error:
            raise self.error


def aside(work):
    """Do it in a thread; return the thread, and what will hold the result or the error."""
    found = []

    def run():
        try:
            found.append(work())
        except Exception as error:
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, found


def test_tasks_go_on_while_the_disk_is_waited_for_and_nobody_is_armed_before_it_answers(desk):
    composed(desk, 1)
    (delivery,) = pending(desk)
    hub, went = Hub(), threading.Event()
    clerk = a_clerk(desk, hub)
    disk = Disk(desk.store)
    with clerk:
        arming, armed = aside(lambda: clerk.arm(delivery, "<1@example.org>"))
        assert disk.begun.wait(10)
        flushing, _ = aside(clerk.flush)
        hub.begin(went.set)
        assert went.wait(10), "other connections are held up"
        flushing.join(0.2)
        assert (armed, flushing.is_alive()) == ([], True)
        disk.may.set()
        for one in (arming, flushing):
            one.join(10)
        assert armed == [True]


def test_a_commit_that_fails_arms_nobody_and_reaches_all(desk):
    composed(desk, 1)
    (delivery,) = pending(desk)
    with a_clerk(desk) as clerk:
        disk = Disk(desk.store, OSError("the disk is gone"))
        disk.may.set()
        arming, armed = aside(lambda: clerk.arm(delivery, "<1@example.org>"))
        arming.join(10)
        assert "the disk is gone" in str(armed[0])
        with pytest.raises(Exception, match="the disk is gone"):
            clerk.settle(delivery, TAKEN)
        disk.error = None
    assert states(desk) == {State.PENDING: 1}
