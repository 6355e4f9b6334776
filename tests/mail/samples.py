"""A message, and a relay that leads to a recording server."""

import ssl
from datetime import timedelta
from pathlib import Path

import trustme

from newsletter.domain.message import Message, Rendered
from newsletter.mail.smtp import Relay, Security, Timeouts
from tests.mail.recording import RecordingServer

RAW = b"Subject: Papers\r\n\r\nFirst line\r\n.hidden dot\r\n..\r\n.\r\nMAIL FROM:<x@y>\r\nlast\r\n"
STUFFED = RAW.replace(b"\r\n.", b"\r\n..")
BRIEF = timedelta(milliseconds=50)
PATIENT = timedelta(seconds=10)  # so that a fault is a failed test and not a hanging one
WAITS = {"connect": PATIENT, "greeting": PATIENT, "mail": PATIENT, "rcpt": PATIENT}
WAITS |= {"data": PATIENT, "block": PATIENT, "dot": PATIENT, "quit": PATIENT}


class Authority:
    """A private authority: the file that trusts it, and certificates from it."""

    def __init__(self, folder: Path) -> None:
        self._ca = trustme.CA()
        self.file = str(folder / "authority.pem")
        self._ca.cert_pem.write_to_path(self.file)

    def context(self, name: str = "127.0.0.1") -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert(name).configure_cert(context)
        return context


def a_message(
    raw: bytes = RAW,
    recipient: str = "ada@example.org",
    sender: str = "bounce+7@example.com",
    name: str = "2026-03-02-ada",
) -> Message:
    rendered = Rendered("Papers", "", "", "")
    return Message(name, "<1@example.com>", sender, recipient, rendered, raw)


def a_relay(server: RecordingServer, security: Security = Security.NONE, **more: str) -> Relay:
    return Relay(server.host, server.port, security, timeouts=waits(), **more)


def waits(**changed: timedelta) -> Timeouts:
    return Timeouts(**{**WAITS, **changed})


def always() -> bool:
    return True


def never() -> bool:
    return False


def unarmable() -> bool:
    raise AssertionError("there was nothing to arm")
