"""Signatures made by a process beside: the same bytes, and none is waited for or lost."""

import os
import signal
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from itertools import count

import pytest

from newsletter.actions import signing
from newsletter.actions.gate import Gate
from newsletter.actions.signing import ENOUGH, MOST, Helper, Signing
from newsletter.domain.message import Message, Rendered
from newsletter.rendering.dkim import signed
from newsletter.rendering.dkim_keys import new_key, read_key
from tests.actions.departing import RAW, Departure, composed
from tests.mail.recording import RecordingServer
from tests.mail.session import DROP, Script
from tests.rendering.test_dkim import verified

KEYS = tuple(read_key("example.org", kind, new_key(kind)) for kind in ("rsa", "ed25519"))
BUSY = "421 4.7.0 Too many connections"
DIGESTS = [bytes([number]) * 32 for number in range(200)]


def message(number: int) -> Message:
    raw = RAW.replace(b"paper", f"paper, number {number}".encode())
    rendered = Rendered("Papers", "", "", "")
    return Message(
        f"m{number}", "<1@example.org>", "us@example.org", "ada@example.org", rendered, raw
    )


@contextmanager
def helping(keys=KEYS):
    """Give a process that is ready."""
    helper = Helper(keys)
    until = time.monotonic() + 20
    while helper.ask([]) is None:
        assert time.monotonic() < until
        time.sleep(0.01)
    yield helper
    helper.end()


def taken(helper, number, count=1):
    """Wait for an answer, as no sender does."""
    until = time.monotonic() + 20
    while helper._answered < number + count:
        assert time.monotonic() < until
        helper._say()
        helper._hear()
        time.sleep(0.001)
    return helper.take(number, count)


def test_its_signatures_are_those_that_would_be_made_here():
    with helping() as helper:
        asked = [(one, helper.ask([one, one])) for one in DIGESTS[:10]]
        for digest, number in asked:
            assert taken(helper, number, 2) == [key.sign(digest) for key in KEYS]


def test_a_message_is_the_same_whoever_signs_it():
    sign = Signing(KEYS)
    with helping() as sign._helper:
        made = [sign(message(number)) for number in range(10)]
        assert all(one.seal for one in made)
        assert all(b"DKIM-Signature" not in one.raw for one in made)
        sealed = [one.sealed() for one in made]
    assert [one.raw for one in sealed] == [signed(message(n).raw, KEYS) for n in range(10)]
    assert verified(sealed[0].raw, KEYS) == [True, True]
    assert sealed[0].sealed() is sealed[0]


def test_a_mail_that_is_laid_down_again_can_be_sealed_again():
    sign = Signing(KEYS)
    with helping() as sign._helper:
        made = [sign(message(number)) for number in range(4)]
        until = time.monotonic() + 20
        while sign._helper._answered < 8 and time.monotonic() < until:
            sign._helper._say()
            sign._helper._hear()
        found = [[one.sealed().raw for _ in range(3)] for one in made]
    assert found == [[signed(message(number).raw, KEYS)] * 3 for number in range(4)]


def test_the_first_mail_of_an_edition_is_looked_at_with_its_signatures():
    class Every:
        """The names of all rules."""

        def __contains__(self, _rule):
            return True

    sign = Signing(KEYS)
    with helping() as sign._helper:
        gate = Gate(Every())
        first, second = (gate.admit_once(sign(message(1)), "daily", "it") for _ in range(2))
    assert (first.seal, first.raw) == (None, signed(message(1).raw, KEYS))
    assert second.seal, "no other is held up"


def test_what_is_not_there_in_time_is_signed_here_and_the_others_stay_in_order():
    with helping() as helper:
        numbers = [helper.ask([one]) for one in DIGESTS[:6]]
        helper._answered, kept = -1, helper._answered
        assert helper.take(numbers[0], 1) is None
        helper._answered = kept
        for digest, number in list(zip(DIGESTS, numbers, strict=False))[1:]:
            assert taken(helper, number) == [KEYS[0].sign(digest)]
        assert helper._answers == {}, "the one that nobody wants is not kept"


def test_it_is_not_asked_for_more_than_it_can_do_soon():
    with helping(KEYS[:1]) as helper:
        os.kill(helper._process.pid, signal.SIGSTOP)
        found = [helper.ask([one]) for one in DIGESTS]
        os.kill(helper._process.pid, signal.SIGCONT)
        assert found.index(None) == MOST
        assert taken(helper, MOST - 1) == [KEYS[0].sign(DIGESTS[MOST - 1])]
        assert helper.ask(DIGESTS[:1]) is not None


def test_when_it_is_killed_the_sender_signs():
    sign = Signing(KEYS)
    with helping() as sign._helper:
        made = [sign(message(number)) for number in range(3)]
        sign._helper._process.kill()
        sign._helper._process.wait()
        made += [sign(message(number)) for number in range(3, 60)]
        assert [one.sealed().raw for one in made] == [
            signed(message(number).raw, KEYS) for number in range(60)
        ]
        assert not sign(message(1)).seal, "and asks no more"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_whole_group_does_not_end_it_before_the_sender(number):
    with helping() as helper:
        helper._process.send_signal(number)
        assert taken(helper, helper.ask(DIGESTS[:1])) == [KEYS[0].sign(DIGESTS[0])]


def test_it_ends_with_the_process_that_began_it():
    with helping() as helper:
        helper._socket.close()
        assert helper._process.wait(10) == 0


@pytest.mark.parametrize(
    ("mails", "processors", "processes", "is_begun"),
    [(ENOUGH, 2, 1, True), (ENOUGH - 1, 2, 1, False), (ENOUGH, 1, 1, False), (ENOUGH, 4, 3, False)],
)
def test_it_is_begun_for_many_mails_where_a_processor_is_free(
    monkeypatch, mails, processors, processes, is_begun
):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(processors)), raising=False)
    sign = Signing(KEYS)
    with sign.beside(mails, processes):
        assert (sign._helper is not None) is is_begun
    assert sign._helper is None


def test_where_it_cannot_be_begun_the_sender_signs(monkeypatch, caplog):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    monkeypatch.setattr(signing, "has_room", lambda _: True)
    sign = Signing(KEYS)
    with sign.beside(ENOUGH):
        assert sign(message(1)).raw == signed(message(1).raw, KEYS)
    assert "made by the sender alone" in caplog.text


def test_a_run_hands_over_signed_mails_only(desk):
    composed(desk, 60)
    sign = Signing(KEYS)

    def prepare(_tx, _batch):
        return lambda delivery: sign(
            replace(message(delivery.id), recipient=delivery.address, name=f"d{delivery.id}")
        )

    asked, mails = count(), count()
    script = Script(  # the third and fourth mail are laid down again: no new connection is granted
        answers={
            "CONNECT": lambda _: None if next(asked) < 3 else BUSY,
            "MAIL": lambda _: DROP if next(mails) in (3, 4) else None,
        }
    )
    with helping() as sign._helper, RecordingServer(script) as server:
        run = Departure(desk, server, more={"prepare": prepare})
        assert run.go() == {"accepted": 60}
        assert sign._helper._answered
    assert all(mail.body.startswith(b"DKIM-Signature:") for mail in server.mails)
    assert all(mail.body.count(b"DKIM-Signature:") == 2 for mail in server.mails)
    assert all(verified(mail.body, KEYS) == [True, True] for mail in server.mails[:5])
