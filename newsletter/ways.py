"""The ways out that the settings name: one relay or several, a program, or files."""

import shlex
from collections.abc import Callable
from functools import partial
from pathlib import Path

from newsletter.actions.outlets import Outlet
from newsletter.mail.domains import DomainLimit
from newsletter.mail.outbox import Maildir, Outbox
from newsletter.mail.pace import Pace
from newsletter.mail.pipe import Pipe
from newsletter.mail.relay import Relay, Security
from newsletter.mail.sender import Sender
from newsletter.mail.smtp import Connection
from newsletter.settings_tables import RelaySettings, SenderSettings


def outlets(folder: Path, sender: SenderSettings) -> tuple[Outlet, ...]:
    """Return the ways out; those of several relays bear their names."""
    match sender.kind:
        case "outbox":
            return (outlet(lambda: Outbox(folder / "outbox"), "outbox", sender, connections=1),)
        case "maildir":
            place = folder / sender.maildir
            return (outlet(lambda: Maildir(place), "maildir", sender, connections=1),)
        case "sendmail":
            return (outlet(lambda: Pipe(shlex.split(sender.command)), "sendmail", sender),)
    if not sender.relays:
        (relay,) = relays(sender, folder)
        return (outlet(partial(Connection.open, relay), sender.host, sender),)
    return tuple(
        outlet(partial(Connection.open, relay), relay.name, one, priority=one.priority)
        for relay, one in zip(relays(sender, folder), sender.relays.values(), strict=True)
    )


def domain_limits(sender: SenderSettings) -> dict[str, DomainLimit]:
    """Return the limits for recipients' domains."""
    return {
        name: DomainLimit(one.per_second, one.connections) for name, one in sender.domains.items()
    }


def outlet(
    open_sender: Callable[[], Sender],
    name: str,
    limits: SenderSettings | RelaySettings,
    connections: int = 0,
    priority: int = 1,
) -> Outlet:
    """Return a way out with the limits of the settings, or so many connections."""
    pace = Pace(limits.per_second, limits.per_day)
    return Outlet(open_sender, name, connections or limits.connections, pace, priority)


def relays(sender: SenderSettings, folder: Path) -> tuple[Relay, ...]:
    """Return the servers that take our mail; files are named from the newsletter's folder."""
    if not sender.relays:
        return (to_relay(sender, "", folder),)
    return tuple(to_relay(one, name, folder) for name, one in sender.relays.items())


def to_relay(one: SenderSettings | RelaySettings, name: str, folder: Path) -> Relay:
    """Return the server of a table of the settings."""
    return Relay(
        host=one.host,
        port=one.port,
        security=Security(one.security),
        user=one.user,
        password=one.password,
        ca_file=str(folder / Path(one.ca_file).expanduser()) if one.ca_file else "",
        name=name,
    )
