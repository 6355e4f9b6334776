"""What the ledger says: who got what, how many stand where, and the operator's word on it."""

import pytest

from newsletter.domain.delivery import State
from newsletter.errors import NotFoundError
from newsletter.store import deliveries, ledger
from newsletter.store.ledger import Filter
from tests.store.samples import (
    BUSY,
    HOUR,
    NO,
    NOW,
    add_note,
    add_reader,
    due,
    settle,
    state,
)


def test_the_states_are_all_named_and_sum_to_all_deliveries(store, reader, digest):
    note = add_note(store, reader)
    settle(store, note, NO, State.REFUSED)
    with store.read() as tx:
        found = ledger.states(tx)
    assert set(found) == {one.value for one in State}
    assert {name: number for name, number in found.items() if number} == {
        "pending": 1,
        "refused": 1,
    }


def test_what_is_due_counts_the_pending_and_the_deferred(store, reader, digest):
    note = add_note(store, reader)
    settle(store, note, BUSY, State.DEFERRED, NOW + HOUR)
    with store.read() as tx:
        assert ledger.count_due(tx, NOW - HOUR) == 0
        assert ledger.count_due(tx, NOW) == 1
        assert ledger.count_due(tx, NOW + HOUR) == 2


def test_the_list_is_newest_first_and_can_be_narrowed(store, reader, digest):
    note = add_note(store, add_reader(store, "bob@example.org"))
    settle(store, note, NO, State.REFUSED)
    with store.read() as tx:
        assert [one.id for one in ledger.listed(tx)] == [note, digest]
        (refused,) = ledger.listed(tx, Filter(state="refused"))
        (adas,) = ledger.listed(tx, Filter(address="ada@example.org"))
        assert ledger.listed(tx, Filter(state="refused", address="ada@example.org")) == []
    assert (refused.kind, refused.edition, refused.attempts) == ("confirmation", "", 1)
    assert refused.reply == "550 5.7.1 No"
    assert (adas.edition, adas.state) == ("daily-2026-03-14", "pending")


def test_a_delivery_that_is_not_there_has_no_attempts(store):
    with store.read() as tx, pytest.raises(NotFoundError, match="there is no delivery 77"):
        ledger.attempts_of(tx, 77)


def chosen(store, move, **wanted):
    with store.write() as tx:
        return move(tx, ledger.chosen(Filter(**wanted)))


def test_what_waits_for_its_next_try_is_tried_at_once_when_the_operator_says(store, digest):
    settle(store, digest, BUSY, State.DEFERRED, NOW + HOUR)
    assert chosen(store, lambda tx, one: deliveries.hasten(tx, one, NOW), code="4.2") == 1
    assert due(store) == [digest]
    assert chosen(store, lambda tx, one: deliveries.hasten(tx, one, NOW), code="4.2") == 0


def test_what_has_not_gone_out_can_be_cancelled_by_its_domain(store, digest):
    def cancel(tx, one):
        return deliveries.cancel(tx, one, "cancelled", NOW)

    assert chosen(store, cancel, domain="example.net") == 0
    assert chosen(store, cancel, domain="EXAMPLE.org", edition="daily-2026-03-14") == 1
    assert chosen(store, cancel, domain="example.org") == 0
    assert state(store, digest) is State.CANCELLED


def test_a_domain_is_whole_and_a_code_is_no_pattern(store, reader, digest):
    settle(store, digest, BUSY, State.DEFERRED, NOW + HOUR)
    with store.read() as tx:
        for wanted in ({"domain": "ple.org"}, {"code": "%"}, {"code": "2.1"}, {"code": "5"}):
            assert ledger.listed(tx, Filter(**wanted)) == [], wanted
        for wanted in ({"code": "450"}, {"code": "4.2.1"}, {"code": "4.2"}, {"ids": (digest,)}):
            assert len(ledger.listed(tx, Filter(**wanted))) == 1, wanted
