"""The way out that the settings name: a relay, a program, or files."""

import shlex
from pathlib import Path

from newsletter.mail.outbox import Maildir, Outbox
from newsletter.mail.pipe import Pipe
from newsletter.mail.relay import Relay, Security
from newsletter.mail.sender import Sender
from newsletter.mail.smtp import Connection
from newsletter.settings import Settings
from newsletter.settings_tables import SenderSettings


def open_sender(folder: Path, sender: SenderSettings) -> Sender:
    """Open the sender that the settings name; raises SenderError."""
    match sender.kind:
        case "outbox":
            return Outbox(folder / "outbox")
        case "maildir":
            return Maildir(folder / sender.maildir)
        case "sendmail":
            return Pipe(shlex.split(sender.command))
    return Connection.open(to_relay(sender))


def smtp(settings: Settings) -> Connection:
    """Open a connection to the relay of the settings; raises SenderError."""
    return Connection.open(to_relay(settings.sender))


def relay(settings: Settings) -> Relay:
    """Return the server that takes our mail."""
    return to_relay(settings.sender)


def to_relay(sender: SenderSettings) -> Relay:
    """Return the server of the sender's settings."""
    return Relay(
        host=sender.host,
        port=sender.port,
        security=Security(sender.security),
        user=sender.user,
        password=sender.password,
        ca_file=sender.ca_file,
    )
