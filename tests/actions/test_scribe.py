"""A process that writes the mails beside the sender: the same bytes, and none lost or twice."""

import os
import signal
from array import array
from multiprocessing.connection import Pipe

import pytest

from newsletter.actions import deliver, messages, scribe
from newsletter.actions.feeding import in_batches
from newsletter.actions.lane import Lane
from newsletter.actions.replay import Verdict, replay
from newsletter.actions.scribe import Hand, Scribe
from newsletter.actions.signing import Signing
from newsletter.actions.writing import bound
from newsletter.domain.delivery import State
from newsletter.domain.imprint import to_print
from newsletter.errors import TemplateError
from newsletter.settings import defaults
from newsletter.store import outbox
from tests.actions.conftest import MONDAY
from tests.actions.departing import Departure, composed, recipients, states
from tests.actions.scribing import a_press, beside, way_of
from tests.actions.test_signing import KEYS
from tests.mail.recording import RecordingServer
from tests.rendering.test_dkim import verified

READERS = 70  # more than fit the places for mails and a chunk


@pytest.mark.parametrize("sign", [None, Signing(KEYS)], ids=["unsigned", "signed"])
def test_its_mails_are_those_that_would_be_written_here(desk, sign):
    composed(desk, READERS)
    press = a_press(sign=sign)
    with desk.store.read() as tx:
        due = list(outbox.line(tx, MONDAY, outbox.Share()))
        batch = [one.delivery for one in outbox.digests(tx, due, MONDAY)]
        write = messages.prepare(press, tx, batch)
        wanted = [write(one) for one in batch]
    with beside(desk, press) as (_, hand):
        hand.ask(due, MONDAY)
        made = []
        while len(made) < len(due):
            chunk = hand.next(20)
            assert [one.delivery for one in chunk.written] == batch[len(made) :][
                : len(chunk.written)
            ]
            made += hand.messages(chunk)
    for ours, theirs in zip(wanted, made, strict=True):
        assert theirs.sealed().raw == ours.raw
        for name in ("name", "message_id", "envelope_sender", "recipient", "is_clean"):
            assert getattr(theirs, name) == getattr(ours, name)
        assert theirs.imprint == ours.imprint
        assert dict(theirs.imprint.texts) == dict(ours.imprint.texts)
        put_down = to_print(theirs.imprint, theirs.sealed().raw, theirs.body_hash)
        assert put_down == to_print(ours.imprint, ours.raw)


def test_a_run_hands_over_what_it_wrote_and_each_mail_can_be_replayed(desk, here):
    composed(desk, READERS)
    press = a_press(sign=Signing(KEYS))
    with beside(desk, press) as (found, hand), RecordingServer() as server:
        run = Departure(desk, server, more=way_of(press, found))
        assert run.go() == {"accepted": READERS}
        assert (here["here"], hand.asked) == (0, 0), "the sender wrote none"
    assert set(recipients(server).values()) == {1}
    assert all(verified(mail.body, KEYS) == [True, True] for mail in server.mails[:5])
    by_reader = {mail.recipients[0]: mail.body for mail in server.mails}
    pasts = {}
    for issue in range(1, READERS + 1):
        again = replay(desk.store, press, issue, pasts)
        assert again.verdict is Verdict.SAME
        assert again.message.raw == by_reader[again.message.recipient]


def test_the_first_batches_are_small():
    line = array("q", range(1000))
    batches = in_batches(line)
    assert [len(one) for one in batches] == [25, 50, 100, 200, 400, 225]
    assert sum(batches, array("q")) == line


def test_it_is_asked_before_a_connection_is_opened(desk, here, monkeypatch):
    seen, ask, opened = [], Hand.ask, Lane.open
    monkeypatch.setattr(Hand, "ask", lambda *told: (seen.append("asked"), ask(*told)))
    monkeypatch.setattr(Lane, "open", lambda one: (seen.append("open"), opened(one))[1])
    composed(desk, 3)
    press = a_press()
    with beside(desk, press) as (found, _), RecordingServer() as server:
        assert Departure(desk, server, more=way_of(press, found)).go() == {"accepted": 3}
    assert (seen[0], here["here"]) == ("asked", 0)
    assert "open" in seen


def test_where_no_process_is_beside_connections_are_opened_before_anything_is_written(
    desk, monkeypatch
):
    seen, feed, opened = [], deliver.feed, Lane.open
    monkeypatch.setattr(deliver, "feed", lambda tour: (seen.append("feed"), feed(tour)))
    monkeypatch.setattr(Lane, "open", lambda one: (seen.append("open"), opened(one))[1])
    composed(desk, 3)
    with RecordingServer() as server:
        assert Departure(desk, server).go() == {"accepted": 3}
    assert seen[0] == "open"
    assert "feed" in seen


def test_the_next_run_is_served_by_the_same_process(desk, here):
    press = a_press()
    with beside(desk, press) as (found, hand), RecordingServer() as server:
        composed(desk, 40)
        assert Departure(desk, server, more=way_of(press, found)).go() == {"accepted": 40}
        for number in range(40, 60):
            desk.reader(f"r{number}")
        desk.compose(MONDAY)
        assert Departure(desk, server, more=way_of(press, found)).go() == {"accepted": 20}
        with found.beside(scribe.ENOUGH) as again:
            assert again is hand
    assert here["here"] == 0
    assert set(recipients(server).values()) == {1}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_when_it_is_killed_or_says_nothing_any_more_the_sender_writes_the_rest(
    desk, here, monkeypatch, number
):
    composed(desk, READERS)
    monkeypatch.setattr(scribe, "PATIENCE", 0.3)
    press = a_press()
    with beside(desk, press) as (found, hand), RecordingServer() as server:
        run = Departure(desk, server, connections=1, more=way_of(press, found))
        was = hand.messages

        def and_it_goes(chunk):
            os.kill(hand._process.pid, number)
            return was(chunk)

        hand.messages = and_it_goes
        assert run.go() == {"accepted": READERS}
        assert here["here"] > 0
        assert hand.is_gone
    assert list(recipients(server).items()) == [(f"r{n}", 1) for n in range(READERS)], "in order"
    assert states(desk) == {State.ACCEPTED: READERS}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_whole_group_does_not_end_it_before_the_sender(desk, here, number):
    composed(desk, 20)
    press = a_press()
    with beside(desk, press) as (found, hand), RecordingServer() as server:
        hand._process.send_signal(number)
        run = Departure(desk, server, more=way_of(press, found))
        assert run.go() == {"accepted": 20}
        assert here["here"] == 0


def test_a_run_that_is_stopped_leaves_the_rest_pending_and_nothing_asked_for(desk, here):
    composed(desk, READERS)
    press = a_press()
    with beside(desk, press) as (found, hand), RecordingServer() as server:
        run = Departure(desk, server, connections=2, more=way_of(press, found))
        was = hand.messages

        def and_stop(chunk):
            run.stopping.set()
            return was(chunk)

        hand.messages = and_stop
        handled = run.go()
        assert hand.is_gone, "what it would still write is for nobody"
        assert states(desk)[State.PENDING] == READERS - handled["accepted"] > 0
        assert Departure(desk, server, more=way_of(press, found)).go() == {
            "accepted": READERS - handled["accepted"]
        }
    assert set(recipients(server).values()) == {1}


def test_no_more_are_tried_than_the_limit_says(desk, here):
    composed(desk, READERS)
    press = a_press()
    with beside(desk, press) as (found, _), RecordingServer() as server:
        run = Departure(desk, server, more=way_of(press, found), limit=30)
        assert run.go() == {"accepted": 30}
    assert states(desk) == {State.ACCEPTED: 30, State.PENDING: READERS - 30}


def test_what_it_cannot_read_is_read_here(desk, here, tmp_path):
    composed(desk, 40)
    press = a_press()
    with RecordingServer() as server:
        found = Scribe(press, f"sqlite:///{tmp_path / 'of-nobody.db'}")
        hand = found.begin()
        assert hand._line.poll(30)
        assert Departure(desk, server, more=way_of(press, found)).go() == {"accepted": 40}
        assert (here["here"], hand.is_gone) == (2, False)
    found.end()


def test_a_broken_template_ends_the_run_as_if_it_were_written_here(desk, here, tmp_path):
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "digest.txt").write_text("{{ nothing.there }}")
    composed(desk, 20)
    press = a_press(tmp_path)
    with beside(desk, press) as (found, _), RecordingServer() as server:
        run = Departure(desk, server, more=way_of(press, found))
        with pytest.raises(TemplateError, match="nothing"):
            run.go()
    assert here["written_here"] == 1
    assert states(desk) == {State.PENDING: 20}


def test_it_follows_templates_that_are_changed(desk, here, tmp_path):
    (tmp_path / "mail").mkdir()
    text = (defaults() / "templates" / "mail" / "digest.txt").read_text("utf-8")
    press = a_press(tmp_path)
    with beside(desk, press) as (found, _), RecordingServer() as server:
        composed(desk, 3)
        assert Departure(desk, server, more=way_of(press, found)).go() == {"accepted": 3}
        (tmp_path / "mail" / "digest.txt").write_text(text + "\nA new last line\n", "utf-8")
        for number in range(3, 6):
            desk.reader(f"r{number}")
        desk.compose(MONDAY)
        assert Departure(desk, server, more=way_of(press, found)).go() == {"accepted": 3}
    assert here["here"] == 0
    assert [b"A new last line" in one.body for one in server.mails] == [False] * 3 + [True] * 3


def test_who_stops_in_the_midst_of_a_thing_is_not_waited_for_for_ever():
    ours, theirs = Pipe()
    with ours, theirs:
        bound(ours, 0.2)
        os.write(theirs.fileno(), b"\x00\x00\x10\x00half of it")
        with pytest.raises(OSError, match="temporarily unavailable"):
            ours.recv()
        with pytest.raises(OSError, match="temporarily unavailable"):
            ours.send(bytes(1 << 22))  # and reads nothing
