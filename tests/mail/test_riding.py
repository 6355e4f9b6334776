"""The next mail's envelope in the write of the dot: never more of it, and each mail once."""

from dataclasses import replace

import pytest

from newsletter.domain.delivery import Result
from newsletter.mail.smtp import Connection
from tests.mail.recording import RecordingServer
from tests.mail.samples import BRIEF, RAW, STUFFED, a_message, a_relay, always, unarmable, waits
from tests.mail.session import DROP, EXTENSIONS, PLAIN, SILENCE, TAKE_AND_DROP, Script

ADA, BOB, CY = (a_message(recipient=f"{name}@example.org") for name in ("ada", "bob", "cy"))
PARAMETERS = f"SIZE={len(RAW)}"
ENVELOPE = f"MAIL FROM:<bounce+7@example.com> {PARAMETERS}\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n"
BUSY = "554 5.5.0 Error: SMTP protocol synchronization"


def to(server):
    return [mail.recipients[0].partition("@")[0] for mail in server.mails]


def both(connection, second=BOB, arm=always):
    """Send a mail, with a second one that rides, and then that one; return its outcome."""
    connection.send(ADA, always, lambda: second)
    return connection.send(second, arm)


def test_the_envelope_and_nothing_more_goes_with_the_dot():
    seen = []
    script = Script(answers={".": lambda _: seen.append(server.heard)})
    with RecordingServer(script) as server, Connection.open(a_relay(server)) as connection:
        assert both(connection).result == Result.ACCEPTED
        assert seen[0].endswith(STUFFED + b".\r\n" + ENVELOPE.encode())
        assert seen[1] == seen[0] + STUFFED + b".\r\n", "the envelope is not said twice"
    assert [(one.body, one.parameters) for one in server.mails] == [(RAW, PARAMETERS)] * 2
    assert to(server) == ["ada", "bob"]


def test_the_second_body_waits_until_the_server_asks_for_it():
    script = Script(answers={"DATA": lambda _: "451 4.3.0 later" if server.mails else None})
    with RecordingServer(script) as server, Connection.open(a_relay(server)) as connection:
        assert both(connection, arm=unarmable).reply == "451 4.3.0 later"
        assert server.heard.count(STUFFED) == 1
        assert connection.send(CY, unarmable).reply == "451 4.3.0 later", "it is still in step"


def test_nothing_rides_to_a_server_that_takes_one_command_after_the_other():
    with RecordingServer(Script(PLAIN)) as server, Connection.open(a_relay(server)) as connection:
        asked = []
        connection.send(ADA, always, lambda: asked.append(1))
        assert connection.send(BOB, always).result == Result.ACCEPTED
    assert (asked, to(server)) == ([], ["ada", "bob"])


@pytest.mark.parametrize("answer", ["451 4.3.0 later", "554 5.7.1 spam"])
def test_a_mail_that_is_not_taken_holds_up_none_that_rides(answer):
    script = Script(answers={".": {"ada@example.org": answer}})
    with RecordingServer(script) as server, Connection.open(a_relay(server)) as connection:
        assert connection.send(ADA, always, lambda: BOB).reply == answer
        assert connection.send(BOB, always).result == Result.ACCEPTED
    assert to(server) == ["bob"]


def test_a_recipient_who_is_refused_while_riding_is_refused():
    script = Script(answers={"RCPT": {"bob@example.org": "550 5.1.1 gone"}})
    with RecordingServer(script) as server, Connection.open(a_relay(server)) as connection:
        assert both(connection, arm=unarmable).result == Result.REFUSED
        assert connection.send(CY, always).result == Result.ACCEPTED
    assert to(server) == ["ada", "cy"]


@pytest.mark.parametrize(
    "answer", ["421 4.3.2 down", DROP, TAKE_AND_DROP, "354 more", "250 a\n250 b"]
)
def test_after_a_dot_that_ends_the_connection_or_the_step_no_body_follows(answer):
    script = Script(answers={".": {"ada@example.org": answer}})
    with RecordingServer(script) as server, Connection.open(a_relay(server)) as connection:
        outcome = both(connection, arm=unarmable)
        assert (outcome.result, connection.usable) == (Result.DEFERRED, False)
    assert server.heard.count(STUFFED) == 1


def test_another_mail_than_the_one_that_rides_finds_the_connection_closed():
    with RecordingServer() as server, Connection.open(a_relay(server)) as connection:
        connection.send(ADA, always, lambda: BOB)
        assert connection.send(CY, unarmable).result == Result.DEFERRED
        assert not connection.usable
        server.wait(lambda: server.sessions[0].ended)
    assert to(server) == ["ada"]


def test_a_connection_that_ends_with_an_envelope_on_its_way_says_no_more():
    with RecordingServer() as server:
        with Connection.open(a_relay(server)) as connection:
            connection.send(ADA, always, lambda: BOB)
            assert connection.usable
        server.wait(lambda: server.sessions[0].ended)
    assert server.heard.endswith(b"DATA\r\n"), "QUIT would be a line of the body"


@pytest.mark.parametrize("recipient", ["bob@example.org>\r\nDATA", "", "bób@example.org"])
def test_an_envelope_that_cannot_be_said_does_not_ride(recipient):
    offered = tuple(one for one in EXTENSIONS if one != "SMTPUTF8")
    odd = a_message(recipient=recipient)
    with RecordingServer(Script(offered)) as server, Connection.open(a_relay(server)) as connection:
        assert connection.send(ADA, always, lambda: odd).result == Result.ACCEPTED
        assert connection.send(CY, always).result == Result.ACCEPTED
    assert to(server) == ["ada", "cy"]


@pytest.mark.parametrize("answer", [BUSY, "451 4.3.0 later", "421 4.3.2 down", DROP])
def test_a_server_that_takes_a_riding_envelope_for_an_error_is_known_by_it(answer):
    script = Script(answers={"MAIL": lambda _: answer if server.mails else None})
    with RecordingServer(script) as server, Connection.open(a_relay(server)) as connection:
        assert connection.may_ride
        assert both(connection, arm=unarmable).result == Result.DEFERRED
        assert not connection.may_ride
        assert not connection.usable


@pytest.mark.parametrize("answer", [DROP, SILENCE])
def test_a_server_that_answers_no_dot_with_more_behind_it_is_known_by_it(answer):
    with RecordingServer(Script(answers={".": answer})) as server:
        relay = replace(a_relay(server), timeouts=waits(dot=BRIEF))
        for following in (None, BOB):
            with Connection.open(relay) as connection:
                outcome = connection.send(ADA, always, lambda following=following: following)
                assert (outcome.result, connection.usable) == (Result.IN_DOUBT, False)
                assert connection.may_ride is (following is None)


def test_what_goes_wrong_with_the_next_mail_leaves_this_one_unarmed():
    def ahead():
        raise RuntimeError("it cannot be signed")

    with RecordingServer() as server, Connection.open(a_relay(server)) as connection:
        with pytest.raises(RuntimeError):
            connection.send(ADA, unarmable, ahead)
        assert not connection.usable


def test_a_server_that_loses_a_riding_envelope_is_known_by_it():
    script = Script(answers={"MAIL": lambda _: SILENCE if server.mails else None})
    with RecordingServer(script) as server:
        relay = replace(a_relay(server), timeouts=waits(mail=BRIEF))
        with Connection.open(relay) as connection:
            assert both(connection, arm=unarmable).result == Result.DEFERRED
            assert not connection.may_ride
