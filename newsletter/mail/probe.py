"""A look at the relay without sending: greeting, TLS and its certificate, login."""

import socket
from dataclasses import dataclass
from datetime import UTC, datetime

from newsletter.errors import SenderError
from newsletter.mail.opening import explain, greet, introduce, trust
from newsletter.mail.relay import Relay
from newsletter.mail.wire import Wire


@dataclass(frozen=True, slots=True)
class Seen:
    """What the relay showed."""

    greeting: str
    encrypted: bool
    certificate_ends: datetime | None
    extensions: tuple[str, ...]
    user: str = ""  # who logged in; "" if nobody did


def look(relay: Relay) -> Seen:
    """Return what the relay shows up to the login; raises SenderError as sending would."""
    context = trust(relay)
    seconds = relay.timeouts.connect.total_seconds()
    try:
        wire = Wire(socket.create_connection((relay.host, relay.port), seconds))
        try:
            greeting = greet(wire, relay, context, relay.timeouts.connect)
            offer = introduce(wire, relay, context)
            ends = wire.certificate_ends
            until = datetime.fromtimestamp(ends, UTC) if ends else None
            wire.write(b"QUIT\r\n", relay.timeouts.quit)
            extensions = tuple(sorted(offer))
            return Seen(greeting.answer.text, wire.encrypted, until, extensions, relay.user)
        finally:
            wire.close()
    except (OSError, UnicodeError) as error:
        raise SenderError(f"{relay}: {explain(error, relay)}") from error
