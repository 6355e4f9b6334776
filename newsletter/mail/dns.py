"""Questions to DNS: a name and a type in, the records' texts out."""

import re
import socket
from collections.abc import Callable
from ipaddress import ip_address

import dns.exception
import dns.resolver

from newsletter.errors import NewsletterError

# From a name and TXT or MX to the records; raises CouldNotAskError where nobody answers.
Resolver = Callable[[str, str], tuple[str, ...]]
SECONDS = 5.0  # for one question, all in all

PORT = 53
SERVER = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\s:\[\]]+))(?::([0-9]{1,5}))?")


class CouldNotAskError(NewsletterError):
    """No name server answered: that says nothing about the name."""


def resolver(server: str = "") -> Resolver:
    """Return what asks the system's name servers, or the one at `HOST` or `HOST:PORT`.

    Raises ValueError if that is no address, and no host that has one.
    """
    at = addresses(server) if server else None

    def ask(name: str, kind: str) -> tuple[str, ...]:
        try:
            found = made(at).resolve(name, kind, search=False, lifetime=SECONDS)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except (dns.exception.DNSException, OSError) as error:
            raise CouldNotAskError(f"{name}: no name server answered") from error
        return tuple(text_of(one, kind) for one in found)

    return ask


def made(at: tuple[list[str], int] | None) -> dns.resolver.Resolver:
    """Return the library's resolver, for these addresses and port or the system's."""
    if at is None:
        return dns.resolver.Resolver()
    asking = dns.resolver.Resolver(configure=False)
    asking.nameservers, asking.port = list(at[0]), at[1]
    return asking


def addresses(server: str) -> tuple[list[str], int]:
    """Return the IP addresses and the port of `HOST`, `HOST:PORT`, `[IPV6]` or `[IPV6]:PORT`.

    Raises ValueError.
    """
    try:
        return [str(ip_address(server))], PORT  # one of IPv6 may stand without brackets
    except ValueError:
        found = SERVER.fullmatch(server)
    if not found or int(found[3] or PORT) not in range(1, 65536):
        raise ValueError(f"{server!r}: expected an IP address or host, and perhaps :PORT")
    host = found[1] or found[2]
    try:
        known = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        text = f"{server!r}: there is no such host; expected an IP address or host"
        raise ValueError(text) from error
    return list(dict.fromkeys(str(one[4][0]) for one in known)), int(found[3] or PORT)


def text_of(record: object, kind: str) -> str:
    """Return a record as text: a TXT with its strings joined, an MX as its host without dot."""
    if kind == "TXT":
        strings: tuple[bytes, ...] = getattr(record, "strings", ())
        return b"".join(strings).decode("utf-8", "replace")
    if kind == "MX":
        return str(getattr(record, "exchange", "")).rstrip(".")
    return str(record)
