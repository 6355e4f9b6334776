"""The connection against servers that we did not write."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from newsletter.domain.delivery import Result
from newsletter.errors import SenderError
from newsletter.mail.smtp import Connection, Relay, Security
from tests.mail.recording import RecordingServer
from tests.mail.samples import RAW, a_message, always, waits

SINK = Path("/usr/sbin/smtp-sink")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


class Keeping:
    """Keeps what was handed over."""

    def __init__(self) -> None:
        self.mails = []

    async def handle_DATA(self, server, session, envelope):
        facts = (envelope.mail_from, envelope.rcpt_tos, envelope.original_content)
        self.mails.append((session.ssl is not None, session.authenticated, *facts))
        return "250 2.0.0 kept"


def known(server, session, envelope, mechanism, login):
    good = (login.login, login.password) == (b"zoe", b"secret")
    return AuthResult(success=good, handled=False)


@pytest.fixture
def aiosmtpd(tmp_path):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    controller = Controller(
        Keeping(),
        *("127.0.0.1", free_port()),
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=known,
    )
    controller.start()
    yield controller
    controller.stop()


def test_aiosmtpd_takes_mail_by_starttls_and_login(aiosmtpd, tmp_path):
    relay = Relay(
        *("127.0.0.1", aiosmtpd.port, Security.STARTTLS, "zoe", "secret"),
        ca_file=str(tmp_path / "authority.pem"),
        timeouts=waits(),
    )
    with Connection.open(relay) as connection:
        for _ in range(2):
            outcome = connection.send(a_message(), always)
            assert (outcome.result, outcome.reply) == (Result.ACCEPTED, "250 2.0.0 kept")
    mail = (True, True, "bounce+7@example.com", ["ada@example.org"], RAW)
    assert aiosmtpd.handler.mails == [mail, mail]


def test_aiosmtpd_refuses_a_wrong_password(aiosmtpd, tmp_path):
    relay = Relay(
        *("127.0.0.1", aiosmtpd.port, Security.STARTTLS, "zoe", "guess"),
        ca_file=str(tmp_path / "authority.pem"),
        timeouts=waits(),
    )
    with pytest.raises(SenderError, match="the login of zoe was refused: 535"):
        Connection.open(relay)


@contextmanager
def sink(*options: str) -> Iterator[Relay]:
    """Run smtp-sink; yield the relay that leads to it once it listens."""
    port = free_port()
    person = ["-u", "nobody"] if os.geteuid() == 0 else []  # it refuses to run as root
    command = [str(SINK), *person, *options, f"127.0.0.1:{port}", "100"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        try:
            until = time.monotonic() + 10
            while time.monotonic() < until and process.poll() is None:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except ConnectionRefusedError:
                    threading.Event().wait(0.01)  # it does not say when it is ready
            yield Relay("127.0.0.1", port, Security.NONE, timeouts=waits())
        finally:
            process.terminate()


@pytest.mark.postfix
@pytest.mark.skipif(not SINK.exists(), reason="needs smtp-sink from Postfix")
@pytest.mark.parametrize(
    ("options", "result", "usable"),
    [
        ((), Result.ACCEPTED, True),
        (("-p",), Result.ACCEPTED, True),  # without PIPELINING
        (("-e",), Result.ACCEPTED, True),  # without ESMTP
        (("-f", "RCPT"), Result.REFUSED, True),
        (("-r", "RCPT"), Result.DEFERRED, True),
        (("-f", "MAIL"), Result.DEFERRED, True),
        (("-f", "DATA"), Result.DEFERRED, True),
        (("-q", "MAIL"), Result.DEFERRED, False),
        (("-q", "DATA"), Result.DEFERRED, False),
        (("-Q", "RCPT"), Result.DEFERRED, False),
        (("-r", "."), Result.DEFERRED, True),
        (("-f", "."), Result.REFUSED, True),
        (("-Q", "."), Result.DEFERRED, False),
        (("-q", "."), Result.IN_DOUBT, False),
    ],
)
def test_smtp_sink_and_we_agree_on_what_happened(options, result, usable):
    with sink(*options) as relay, Connection.open(relay) as connection:
        for _ in range(2):
            assert connection.send(a_message(), always).result == result
            assert connection.usable is usable
            if not usable:
                break


def test_the_recording_server_as_a_program_journals_before_it_answers(tmp_path):
    journal = tmp_path / "journal.jsonl"
    command = [sys.executable, "-m", "tests.mail.recording", "--journal", str(journal)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            relay = Relay("127.0.0.1", int(process.stdout.readline()), Security.NONE)
            with Connection.open(relay) as connection:
                assert connection.send(a_message(), always).result == Result.ACCEPTED
                (line,) = journal.read_text(encoding="utf-8").splitlines()
                assert '"recipients": ["ada@example.org"]' in line
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_the_recording_server_in_a_thread_leaves_nothing_behind():
    before = threading.active_count()
    with RecordingServer() as server:
        relay = Relay("127.0.0.1", server.port, Security.NONE, timeouts=waits())
        connection = Connection.open(relay)
    assert not connection.usable
    connection.close()
    assert threading.active_count() == before
