"""What the ledger knows of relays and of recipients' domains, on both databases."""

from newsletter.domain.delivery import State
from newsletter.store import deliveries, ledger, outbox
from newsletter.store.outbox import Record, Share
from tests.store.samples import (
    BUSY,
    HOUR,
    NOW,
    OK,
    add_issue,
    add_note,
    add_reader,
    begin,
    row,
    settle,
)


def arm(store, delivery, epoch, relay, now=NOW):
    with store.write() as tx:
        wanted = {delivery: f"<{delivery}@example.org>"}
        return outbox.arm(tx, wanted, epoch, now, {delivery: Record(relay)}) == {delivery}


def gone(store, relay=None, since=NOW - HOUR):
    with store.read() as tx:
        return outbox.handed_over(tx, since, relay)


def test_a_mail_in_doubt_names_the_relay_that_it_was_armed_for(store, digest):
    assert arm(store, digest, begin(store), "main")
    begin(store)  # the run that armed it was killed
    assert (row(store, digest).state, row(store, digest).relay) == ("in_doubt", "main")
    with store.read() as tx:
        ((_, _, relay, result, _),) = ledger.attempts_of(tx, digest)
    assert (relay, result) == ("main", "in_doubt")


def test_attempts_are_counted_by_relay_and_one_left_to_another_stays_pending(store, digest):
    with store.write() as tx:
        deliveries.count_try(tx, digest, BUSY._replace(relay="main"), NOW)
    assert (row(store, digest).state, row(store, digest).attempts) == ("pending", 1)
    assert arm(store, digest, begin(store), "spare")
    settle(store, digest, OK._replace(relay="spare"), State.ACCEPTED)
    with store.read() as tx:
        assert ledger.by_relay(tx, NOW) == {"main": {"deferred": 1}, "spare": {"accepted": 1}}
        assert ledger.by_relay(tx, NOW + HOUR) == {}
        tries = [(number, relay) for number, _, relay, *_ in ledger.attempts_of(tx, digest)]
    assert tries == [(1, "main"), (2, "spare")]


def test_a_relays_day_counts_what_it_was_handed_and_a_note_sent_again_twice(store, reader):
    _, digest = add_issue(store, reader)
    note = add_note(store, reader)
    first = begin(store)
    assert arm(store, digest, first, "main")
    assert arm(store, note, first, "main")
    second = begin(store, NOW + HOUR / 60)  # killed: the digest is in doubt, the note goes again
    with store.write() as tx:
        outbox.wake_deferred(tx, NOW + HOUR)
    assert arm(store, note, second, "spare", NOW + HOUR)
    assert (gone(store, "main"), gone(store, "spare"), gone(store)) == (2, 1, 3)
    assert gone(store, "main", NOW + HOUR) == 0


def test_dots_of_a_clock_that_was_ahead_hold_up_nobody(store, digest):
    assert arm(store, digest, begin(store), "main", NOW)
    settle(store, digest, OK, State.ACCEPTED)
    with store.read() as tx:
        assert len(outbox.newest_dots(tx, NOW - HOUR, NOW)) == 1
        assert outbox.newest_dots(tx, NOW - 3 * HOUR, NOW - HOUR) == []


def test_a_limited_domain_has_a_line_of_its_own_with_one_process(store, reader):
    _, here = add_issue(store, reader)
    other = add_reader(store, "bob@mail.example.org")
    _, there = add_issue(store, other)
    odd = add_reader(store, "eve_example.org@example.net")
    _, far = add_issue(store, odd)
    with store.read() as tx:
        assert list(outbox.line(tx, NOW, Share(), ["example.org"])) == [there, far]
        assert list(outbox.line_to(tx, NOW, Share(), "example.org")) == [here]
        shares = [Share(number, 3) for number in range(3)]
        lines = [list(outbox.line_to(tx, NOW, one, "example.org")) for one in shares]
        assert sorted(lines) == [[], [], [here]]
        others = [one for part in shares for one in outbox.line(tx, NOW, part, ["example.org"])]
        assert sorted(others) == [there, far]
