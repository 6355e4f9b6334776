import socket
import threading
import time
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from newsletter.domain.delivery import Result, suppresses
from newsletter.mail.smtp import Connection
from newsletter.mail.wire import Wire
from tests.mail.recording import RecordingServer
from tests.mail.samples import (
    BRIEF,
    RAW,
    STUFFED,
    a_message,
    a_relay,
    always,
    never,
    unarmable,
    waits,
)
from tests.mail.session import DRIP, DROP, EXTENSIONS, PLAIN, SILENCE, STALL, TAKE_AND_DROP, Script

ADA, BOB = "ada@example.org", "bob@example.org"


def test_a_mail_arrives_as_it_was_given_with_its_envelope():
    with RecordingServer() as server, Connection.open(a_relay(server)) as connection:
        outcome = connection.send(a_message(), always)
        assert (outcome.result, outcome.reply) == (Result.ACCEPTED, "250 2.0.0 taken")
    (mail,) = server.mails
    assert (mail.sender, mail.recipients) == ("bounce+7@example.com", (ADA,))
    assert (mail.body, mail.parameters) == (RAW, f"SIZE={len(RAW)}")
    assert server.heard.endswith(b"QUIT\r\n")


@pytest.mark.parametrize("extensions", [EXTENSIONS, PLAIN], ids=["pipelined", "step by step"])
@pytest.mark.parametrize(
    ("answers", "result", "reply", "usable", "taken"),
    [
        ({"RCPT": "251 2.1.5 forwarded"}, "accepted", "250 2.0.0 taken", True, 1),
        ({"RCPT": "450 4.2.1 busy"}, "deferred", "450 4.2.1 busy", True, 0),
        ({"RCPT": "550 5.1.1 gone"}, "refused", "550 5.1.1 gone", True, 0),
        ({"RCPT": "550-5.1.1 gone\n550 5.1.1 long"}, "refused", "550 5.1.1 gone long", True, 0),
        ({"RCPT": "421 4.3.2 down"}, "deferred", "421 4.3.2 down", False, 0),
        ({"RCPT": DROP}, "deferred", "the server closed the connection", False, 0),
        ({"RCPT": "354 what"}, "deferred", "354 what", False, 0),
        ({"RCPT": "550 5.1.1 gone", "RSET": DROP}, "refused", "550 5.1.1 gone", False, 0),
        ({"RCPT": "550 5.1.1 gone", "DATA": DROP}, "refused", "550 5.1.1 gone", None, 0),
        ({"MAIL": "451 4.7.1 slower"}, "deferred", "451 4.7.1 slower", True, 0),
        ({"MAIL": "550 5.7.1 not you"}, "deferred", "550 5.7.1 not you", True, 0),
        ({"MAIL": "421 4.7.0 enough"}, "deferred", "421 4.7.0 enough", False, 0),
        ({"MAIL": DROP}, "deferred", "the server closed the connection", False, 0),
        ({"DATA": "451 4.3.0 later"}, "deferred", "451 4.3.0 later", True, 0),
        ({"DATA": "554 5.7.1 policy"}, "deferred", "554 5.7.1 policy", True, 0),
        ({"DATA": "250 ok"}, "deferred", "250 ok", False, 0),
        ({"DATA": DROP}, "deferred", "the server closed the connection", False, 0),
        ({".": "250-2.0.0 taken\n250 2.0.0 as 7"}, "accepted", "250 2.0.0 taken as 7", True, 1),
        ({".": "250"}, "accepted", "250 ", True, 1),
        ({".": "250  taken "}, "accepted", "250 taken", True, 1),
        ({".": "451 4.3.0 later"}, "deferred", "451 4.3.0 later", True, 0),
        ({".": "554 5.7.1 spam"}, "refused", "554 5.7.1 spam", True, 0),
        ({".": "421 4.3.2 down"}, "deferred", "421 4.3.2 down", False, 0),
        ({".": "250 ok\n421 idle"}, "accepted", "250 ok", False, 1),
        ({".": DROP}, "in_doubt", "the server closed the connection", False, 0),
        ({".": TAKE_AND_DROP}, "in_doubt", "the server closed the connection", False, 1),
        ({".": "354 more"}, "in_doubt", "the server answered the dot with 354 more", False, 0),
        ({".": "maybe"}, "in_doubt", "the server's answer is not SMTP: b'maybe'", False, 0),
        ({".": "250-yes\n550 no"}, "in_doubt", "the server's answer is not SMTP", False, 1),
    ],
)
def test_the_answer_decides_the_outcome(answers, result, reply, usable, taken, extensions):
    script = Script(extensions, answers)
    with RecordingServer(script) as server, Connection.open(a_relay(server)) as connection:
        outcome = connection.send(a_message(), always)
        assert outcome.result == result
        assert outcome.reply.startswith(reply)
        if usable is not None:
            assert connection.usable is usable
    assert len(server.mails) == taken


def test_after_421_nothing_more_is_asked_of_a_server_that_lingers():
    script = Script(answers={"RCPT": {ADA: "421 4.3.2 down"}}, lingers=True)
    with RecordingServer(script) as server, Connection.open(a_relay(server)) as connection:
        assert connection.send(a_message(), unarmable).reply == "421 4.3.2 down"
        assert not connection.usable
        server.wait(lambda: server.sessions[0].ended)
    assert server.heard.endswith(b"DATA\r\n")


def test_only_an_answer_about_the_recipient_suppresses_the_address():
    script = Script(answers={"RCPT": "550 5.1.1 gone"})
    with RecordingServer(script) as server, Connection.open(a_relay(server)) as connection:
        assert suppresses(connection.send(a_message(), always))
    script = Script(answers={"MAIL": "550 5.1.8 bad sender"})
    with RecordingServer(script) as server, Connection.open(a_relay(server)) as connection:
        assert not suppresses(connection.send(a_message(), always))


@pytest.mark.parametrize("extensions", [EXTENSIONS, PLAIN], ids=["pipelined", "step by step"])
@pytest.mark.parametrize("answer", ["550 5.1.1 gone", "450 4.2.1 busy"])
def test_after_a_refused_recipient_the_next_mail_goes_over_the_same_connection(answer, extensions):
    script = Script(extensions, {"RCPT": {ADA: answer}})
    with RecordingServer(script) as server, Connection.open(a_relay(server)) as connection:
        connection.send(a_message(), unarmable)
        assert connection.send(a_message(recipient=BOB), always).result == Result.ACCEPTED
        assert len(server.sessions) == 1
    assert [mail.recipients for mail in server.mails] == [(BOB,)]


def test_data_granted_to_nobody_ends_without_a_dot():
    script = Script(answers={"RCPT": "550 5.1.1 gone", "DATA": "354 go"})
    with RecordingServer(script) as server, Connection.open(a_relay(server)) as connection:
        outcome = connection.send(a_message(), unarmable)
        assert (outcome.result, connection.usable) == (Result.REFUSED, False)
        server.wait(lambda: server.sessions[0].ended)
    assert server.heard.endswith(b"DATA\r\n")
    assert server.mails == []


@pytest.mark.parametrize(("extensions", "together"), [(EXTENSIONS, True), (PLAIN, False)])
def test_the_envelope_is_written_at_once_only_where_pipelining_is_offered(extensions, together):
    seen = []
    script = Script(extensions, {"MAIL": lambda _: seen.append(b"DATA\r\n" in server.heard)})
    with RecordingServer(script) as server, Connection.open(a_relay(server)) as connection:
        connection.send(a_message(), always)
    assert seen == [together]


def test_the_dot_is_written_only_after_arming_has_returned():
    with RecordingServer() as server, Connection.open(a_relay(server)) as connection:
        before = []

        def arm() -> bool:
            server.wait(lambda: server.heard.endswith(STUFFED))
            before.append(server.heard)
            return True

        assert connection.send(a_message(), arm).result == Result.ACCEPTED
        assert server.heard == before[0] + b".\r\n"


def test_what_may_not_be_armed_is_not_sent_and_the_connection_is_closed():
    with RecordingServer() as server, Connection.open(a_relay(server)) as connection:
        assert connection.send(a_message(), never).result == Result.NOT_ARMED
        assert not connection.usable
        server.wait(lambda: server.sessions[0].ended)
    assert server.heard.endswith(STUFFED)
    assert server.mails == []


# An OSError, too: the disk's failure must not be taken for the network's.
@pytest.mark.parametrize("error", [OSError("disk"), KeyboardInterrupt(), ValueError("x")])
def test_an_error_while_arming_leaves_without_a_dot(error):
    def arm() -> bool:
        raise error

    with RecordingServer() as server, Connection.open(a_relay(server)) as connection:
        with pytest.raises(type(error)):
            connection.send(a_message(), arm)
        assert not connection.usable
        server.wait(lambda: server.sessions[0].ended)
    assert server.heard.endswith(STUFFED)
    assert server.mails == []


def test_a_server_that_goes_while_we_arm_leaves_no_doubt():
    with RecordingServer() as server, Connection.open(a_relay(server)) as connection:

        def arm() -> bool:
            server.hang_up()
            return True

        outcome = connection.send(a_message(), arm)
        assert (outcome.result, connection.usable) == (Result.DEFERRED, False)
    assert not server.heard.endswith(b"\r\n.\r\n")


@pytest.mark.parametrize("words", ["421 4.3.2 going down", "550 5.7.1 no", "250 2.0.0 taken"])
@pytest.mark.parametrize("raw", [RAW, b"a\r\n" * 4_000_000], ids=["short", "long"])
def test_what_the_server_says_before_the_dot_is_no_answer_to_it(words, raw):
    script = Script(answers={"DATA": f"354 go\n{words}"})
    with RecordingServer(script) as server, Connection.open(a_relay(server)) as connection:
        outcome = connection.send(a_message(raw), unarmable)
        assert (outcome.result, outcome.reply) == (Result.DEFERRED, words)
        assert not connection.usable


@pytest.mark.parametrize(
    ("answers", "short", "result"),
    [
        ({"MAIL": SILENCE}, "mail", Result.DEFERRED),
        ({"RCPT": SILENCE}, "rcpt", Result.DEFERRED),
        ({"DATA": SILENCE}, "data", Result.DEFERRED),
        ({"MAIL": DRIP}, "mail", Result.DEFERRED),
        ({".": SILENCE}, "dot", Result.IN_DOUBT),
        ({".": DRIP}, "dot", Result.IN_DOUBT),
    ],
)
def test_silence_is_a_doubt_only_after_the_dot(answers, short, result):
    with RecordingServer(Script(answers=answers)) as server:
        relay = replace(a_relay(server), timeouts=waits(**{short: BRIEF}))
        with Connection.open(relay) as connection:
            outcome = connection.send(a_message(), always)
            assert outcome.result == result
            assert outcome.reply.startswith("the server gave no answer within")
            assert not connection.usable


def test_a_body_that_the_server_does_not_read_is_given_up():
    with RecordingServer(Script(answers={"DATA": STALL})) as server:
        relay = replace(a_relay(server), timeouts=waits(block=BRIEF))
        with Connection.open(relay) as connection:
            outcome = connection.send(a_message(b"a\r\n" * 20_000_000), unarmable)
            assert outcome.result == Result.DEFERRED
            assert outcome.reply.startswith("the server took no data within")


def test_a_server_that_went_while_idle_costs_no_mail_an_attempt():
    with RecordingServer() as server, Connection.open(a_relay(server)) as connection:
        assert connection.send(a_message(), always).result == Result.ACCEPTED
        assert connection.usable
        server.hang_up()
        assert not connection.usable
        assert connection.send(a_message(), unarmable).result == Result.DEFERRED


def test_all_of_a_reply_must_come_within_its_time_also_where_it_comes_in_parts():
    with socket.create_server(("127.0.0.1", 0)) as server:
        wire = Wire(socket.create_connection(server.getsockname()))
        theirs, _ = server.accept()
        with theirs, closing(wire):
            late = threading.Timer(0.8, lambda: theirs.send(b"25"))
            late.start()
            begun = time.monotonic()
            with pytest.raises(TimeoutError):
                wire.answer(timedelta(seconds=1))
            assert time.monotonic() - begun < 1.6
            late.join()
