"""Mails are signed on their way: one that cannot be holds up no other, and none goes unsigned."""

from contextlib import suppress
from dataclasses import replace

from newsletter.actions.gate import Gate
from newsletter.domain.delivery import State
from newsletter.domain.message import Message, Rendered
from newsletter.errors import TemplateError
from newsletter.rendering.lint import lint
from tests.actions.departing import Departure, composed, recipients, states
from tests.mail.recording import RecordingServer


def signed(message):
    return replace(message, raw=b"X-Signed: yes\r\n" + message.raw)


def test_every_mail_goes_out_signed(desk):
    composed(desk, 12)
    with RecordingServer() as server:
        assert Departure(desk, server, more={"sign": signed}).go() == {"accepted": 12}
        assert all(one.body.startswith(b"X-Signed: yes\r\n") for one in server.mails)


def test_a_mail_that_cannot_be_signed_is_put_off_and_the_others_go(desk):
    composed(desk, 6)

    def sign(message):
        if message.recipient == "r3@example.org":
            raise RuntimeError("the key is gone")
        return signed(message)

    with RecordingServer() as server:
        handled = Departure(desk, server, more={"sign": sign}).go()
        assert "r3" not in recipients(server)
    assert handled == {"accepted": 5, "deferred": 1}
    assert states(desk) == {State.ACCEPTED: 5, State.DEFERRED: 1}


def test_the_first_mail_is_looked_at_as_it_will_be_signed():
    raw = b"From: us@example.org\r\nSubject: Papers\r\n\r\nOne paper\r\n"
    made = Message("x", "<x@example.org>", "", "ada@example.org", Rendered("", ""), raw)
    looked_at = []

    def sign(message):
        looked_at.append(message)
        return message

    for _ in range(2):
        with suppress(TemplateError):
            Gate().admit_once(made, "daily", None, sign)
    gate = Gate(frozenset(one.rule for one in lint(raw)))
    assert gate.admit_once(made, "daily", None, sign) is made
    assert gate.admit_once(made, "daily", None, sign) is made
    assert len(looked_at) == 3, "a gate looks once"
