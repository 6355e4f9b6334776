"""The server that takes our mail: where it is, how the wire is secured, how long we wait for it."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class Security(StrEnum):
    """How the connection is encrypted; never less than this."""

    STARTTLS = "starttls"  # plain at first, then TLS before anything of ours is said (port 587)
    TLS = "tls"  # from the first byte (port 465, RFC 8314)
    NONE = "none"  # for a relay on this machine


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait for the server at each step; RFC 5321, section 4.5.3.2, but for the ends."""

    connect: timedelta = timedelta(seconds=30)  # the RFC says nothing; TCP would try for minutes
    greeting: timedelta = timedelta(minutes=5)  # also for EHLO, STARTTLS and AUTH
    mail: timedelta = timedelta(minutes=5)
    rcpt: timedelta = timedelta(minutes=5)
    data: timedelta = timedelta(minutes=2)
    block: timedelta = timedelta(minutes=3)  # for one block of the body to be taken
    dot: timedelta = timedelta(minutes=10)  # less makes doubts: the server may be delivering
    quit: timedelta = timedelta(seconds=5)  # nothing depends on it


@dataclass(frozen=True, slots=True)
class Relay:
    """One server and what it wants to know of us."""

    host: str
    port: int
    security: Security = Security.STARTTLS
    user: str = ""  # "": no login
    password: str = field(default="", repr=False)
    local_name: str = ""  # ours in EHLO; if empty, the address literal of our end
    ca_file: str = ""  # certificates trusted beside the system's, in PEM
    name: str = ""  # in the settings, where there are several
    timeouts: Timeouts = field(default_factory=Timeouts)

    def __post_init__(self) -> None:
        # Each would end its command or its part of it, and begin another.
        if re.search(r"[\s\x00-\x1f\x7f]", self.local_name):
            raise ValueError(f"the local name {self.local_name!r} has a space or control character")
        if "\0" in self.user + self.password:
            raise ValueError("the login has a NUL, which separates its parts (RFC 4616)")

    def __str__(self) -> str:
        place = f"{self.host}:{self.port}"
        return f"{self.name} ({place})" if self.name else place

    @property
    def table(self) -> str:
        """Return its table in the settings, for advice."""
        return f"sender.relays.{self.name}" if self.name else "sender"
