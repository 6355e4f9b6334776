"""Questions to DNS: a name and a type in, the records' texts out."""

from collections.abc import Callable

import dns.exception
import dns.resolver

from newsletter.errors import NewsletterError

# From a name and TXT or MX to the records; raises CouldNotAskError where nobody answers.
Resolver = Callable[[str, str], tuple[str, ...]]
SECONDS = 5.0  # for one question, all in all


class CouldNotAskError(NewsletterError):
    """No name server answered: that says nothing about the name."""


def resolver(server: str = "") -> Resolver:
    """Return what asks the system's name servers, or the one at `HOST` or `HOST:PORT`."""

    def ask(name: str, kind: str) -> tuple[str, ...]:
        try:
            asking = made(server)
            found = asking.resolve(name, kind, search=False, lifetime=SECONDS)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except (dns.exception.DNSException, OSError) as error:
            raise CouldNotAskError(f"{name}: no name server answered") from error
        return tuple(text_of(one, kind) for one in found)

    return ask


def made(server: str) -> dns.resolver.Resolver:
    """Return the library's resolver."""
    if not server:
        return dns.resolver.Resolver()
    host, _, port = server.partition(":")
    asking = dns.resolver.Resolver(configure=False)
    asking.nameservers = [host]
    asking.port = int(port or 53)
    return asking


def text_of(record: object, kind: str) -> str:
    """Return a record as text: a TXT with its strings joined, an MX as its host without dot."""
    if kind == "TXT":
        strings: tuple[bytes, ...] = getattr(record, "strings", ())
        return b"".join(strings).decode("utf-8", "replace")
    if kind == "MX":
        return str(getattr(record, "exchange", "")).rstrip(".")
    return str(record)
