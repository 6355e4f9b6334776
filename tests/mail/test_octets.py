"""What stands on the wire: bodies octet by octet, envelopes that cannot be broken out of."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.domain.delivery import Result, suppresses
from newsletter.mail.smtp import Connection
from tests.mail.recording import RecordingServer
from tests.mail.samples import a_message, a_relay, always, unarmable
from tests.mail.session import EXTENSIONS, PLAIN, Script

LINES = st.one_of(
    st.sampled_from([b"", b".", b"..", b". ", b".MAIL FROM:<x@y>", b"RSET", b"DATA", b"\0", b"."]),
    st.binary(max_size=80).map(lambda octets: octets.replace(b"\r", b"").replace(b"\n", b"")),
)


@pytest.mark.parametrize("extensions", [EXTENSIONS, PLAIN], ids=["pipelined", "step by step"])
def test_every_body_arrives_octet_by_octet(extensions):
    script = Script(extensions)
    with RecordingServer(script) as server, Connection.open(a_relay(server)) as connection:

        @settings(max_examples=200, deadline=None, database=None)
        @given(st.lists(LINES, min_size=1, max_size=30))
        def arrives(lines: list[bytes]) -> None:
            server.mails.clear()
            raw = b"".join(line + b"\r\n" for line in lines)
            assert connection.send(a_message(raw), always).result == Result.ACCEPTED
            assert [mail.body for mail in server.mails] == [raw]

        arrives()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no end",
        b"a\nb\r\n",
        b"a\rb\r\n",
        b"a\r\n\n.\n\r\n",
        b"a\r\n\r\r\n",
        b"\n.\r\nQUIT\r\n",
    ],
)
def test_a_body_whose_lines_could_be_read_in_two_ways_is_never_written(raw):
    with RecordingServer() as server, Connection.open(a_relay(server)) as connection:
        said = server.heard
        with pytest.raises(ValueError, match="CRLF"):
            connection.send(a_message(raw), unarmable)
        assert connection.usable
        assert server.heard == said


@pytest.mark.parametrize(
    "address", ["a@b\r\nRSET", "a@b\n", "a\0@b", "a@b> SIZE=1", "<a@b", "a b@c", "a@b\x7f", ""]
)
def test_an_address_that_is_more_than_one_is_never_written(address):
    with RecordingServer() as server, Connection.open(a_relay(server)) as connection:
        said = server.heard
        named = f"^the address {re.escape(repr(address))} "
        with pytest.raises(ValueError, match=named if address else "no recipient"):
            connection.send(a_message(recipient=address), unarmable)
        if address:
            with pytest.raises(ValueError, match=named):
                connection.send(a_message(sender=address), unarmable)
        assert server.heard == said


def test_an_empty_envelope_sender_is_the_null_sender():
    with RecordingServer() as server, Connection.open(a_relay(server)) as connection:
        assert connection.send(a_message(sender=""), always).result == Result.ACCEPTED
    assert b"MAIL FROM:<> " in server.heard


def test_an_address_beyond_ascii_goes_as_it_is_where_smtputf8_is_offered():
    message = a_message("Subject: é\r\n\r\n".encode(), "zoë@example.org")
    with RecordingServer() as server, Connection.open(a_relay(server)) as connection:
        assert connection.send(message, always).result == Result.ACCEPTED
    (mail,) = server.mails
    assert (mail.recipients, mail.parameters) == (
        ("zoë@example.org",),
        "SIZE=15 BODY=8BITMIME SMTPUTF8",
    )


def test_an_address_beyond_ascii_is_refused_and_never_mangled_where_smtputf8_is_not_offered():
    script = Script(extensions=("PIPELINING",))
    with RecordingServer(script) as server, Connection.open(a_relay(server)) as connection:
        said = server.heard
        outcome = connection.send(a_message(recipient="zoë@example.org"), unarmable)
        assert (outcome.result, outcome.reply[:6]) == (Result.REFUSED, "5.6.7 ")
        assert not suppresses(outcome)
        assert server.heard == said
        assert connection.send(a_message(), always).result == Result.ACCEPTED
    assert [mail.parameters for mail in server.mails] == [""]
