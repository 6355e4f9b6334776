"""Where a fetch may go: an address and its lookup come in, the checked numbers go out.

A feed's address comes from an operator, but a redirect or a name server sends us on to wherever
it likes: to this machine, its neighbours, or a cloud's metadata page. Whatever is not plainly on
the public internet is refused unless the settings name it. Nothing here opens a connection.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

import httpx2

from newsletter.errors import FeedError

PORTS = {"http": 80, "https": 443}
SHOWN = 200  # characters of foreign text in a reason

# Own tables, for what `ipaddress` calls private differs between releases of Python.
# From the IANA special-purpose registries of IPv4 and IPv6 (RFC 6890).
V4_KINDS: tuple[tuple[str, str], ...] = (
    ("0.0.0.0/8", "unspecified"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "shared, RFC 6598"),
    ("127.0.0.0/8", "loopback"),
    ("168.63.129.16/32", "a cloud's inside"),  # public by number, yet inside every Azure machine
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "reserved"),
    ("192.0.2.0/24", "reserved"),
    ("192.88.99.0/24", "reserved"),
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "reserved"),
    ("198.51.100.0/24", "reserved"),
    ("203.0.113.0/24", "reserved"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
)
V6_KINDS: tuple[tuple[str, str], ...] = (
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("2001::/23", "reserved"),  # Teredo, ORCHID, benchmarks
    ("2001:db8::/32", "reserved"),
    ("3fff::/20", "reserved"),
    ("fc00::/7", "private"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "private"),
    ("ff00::/8", "multicast"),
)
FORBIDDEN = tuple((ip_network(block), kind) for block, kind in V4_KINDS + V6_KINDS)
GLOBAL_UNICAST = IPv6Network("2000::/3")  # all that has been given out (RFC 4291, section 2.4)
# Blocks whose addresses carry an IPv4 address, and how far from the right it ends, in bits.
CARRIERS = (
    (IPv6Network("::ffff:0:0/96"), 0),  # IPv4-mapped
    (IPv6Network("64:ff9b::/96"), 0),  # NAT64 (RFC 6052)
    (IPv6Network("2002::/16"), 80),  # 6to4 (RFC 3056)
)

LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
NAME = re.compile(rf"{LABEL}(?:\.{LABEL})*\.?")
# What the C library reads as a number: `127.1`, `2130706433`, `0x7f.1`, `0177.0.0.1`.
NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?")


@dataclass(frozen=True, slots=True)
class Target:
    """An address that may be asked, once its numbers are checked."""

    url: httpx2.URL  # without fragment and userinfo
    host: str  # lower case, ASCII; an IPv6 address in its short form, without brackets
    port: int


def parse(url: str) -> Target:
    """Return the address in its parts.

    Raises FeedError if it is not a plain http or https address.
    """
    try:
        parsed = httpx2.URL(url)
        host = parsed.raw_host.decode("ascii")
    except (httpx2.InvalidURL, ValueError) as error:
        raise FeedError(masked(url), "this is not a valid address") from error
    if parsed.scheme not in PORTS:
        raise FeedError(masked(url), "only http and https addresses can be fetched")
    if parsed.userinfo:
        raise FeedError(masked(url), "a name or password in the address is not supported")
    if not host:
        raise FeedError(masked(url), "the address has no host name")
    port = PORTS[parsed.scheme] if parsed.port is None else parsed.port
    if not 1 <= port <= 65535:
        raise FeedError(masked(url), "the port must be between 1 and 65535")
    address = number(host)
    if address is None:
        check_name(url, host)
    return Target(parsed.copy_with(fragment=None), str(address or host), port)


def check_name(url: str, host: str) -> None:
    """Raise FeedError if the host could be anything but a name."""
    if NUMBER.fullmatch(host):
        raise FeedError(
            masked(url), "the host is a number in an unusual form; write four decimal parts"
        )
    if len(host) > 253 or not NAME.fullmatch(host):
        raise FeedError(masked(url), "the host is not a valid name")


def check(target: Target, answers: Sequence[str], allowed: frozenset[str]) -> tuple[str, ...]:
    """Return the numbers that may be connected to, in the order of the answers.

    `answers` are those of the one lookup. One forbidden among them spoils them all, for a name
    that leads both outside and inside is a trap. `allowed` holds names or numbers, each with or
    without a port, that may be inside. Raises FeedError if the target may not be asked.
    """
    host = target.host
    if permitted(host, target.port, allowed):
        return tuple(answers)
    for answer in answers:
        kind = forbidden(answer)
        if kind and not permitted(answer, target.port, allowed):
            leads = f"{host} leads to {shown(answer)}, which" if answer != host else host
            raise FeedError(
                str(target.url),
                f"{leads} is not a public address ({kind}); "
                f'if it is meant, add "{host}" to ingest.allowed_hosts',
            )
    return tuple(answers)


def permitted(host: str, port: int, allowed: frozenset[str]) -> bool:
    """Return whether the settings name this host, for every port or with this one."""
    # Without brackets, `::1:80` is another address and not `::1` with a port.
    with_port = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return any(entry.lower() in (host, f"[{host}]", with_port) for entry in allowed)


def forbidden(answer: str) -> str:
    """Return what makes a number forbidden, in a word or a few; empty for a public one."""
    address = number(answer)
    if address is None:
        return "not even an address"
    if "%" in answer:
        return "link-local"  # a zone names one of this machine's own links
    carried = carried_by(address)
    if carried is not None:
        return forbidden(str(carried))
    for block, kind in FORBIDDEN:
        if address in block:
            return kind
    if isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST:
        return "reserved"
    return ""


def number(host: str) -> IPv4Address | IPv6Address | None:
    """Return the host as a number if it is one in its normal form; a zone (`%eth0`) is kept."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def carried_by(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that a mapped, NAT64 or 6to4 address stands for."""
    for block, shift in CARRIERS:
        if address in block:
            return IPv4Address(int(address) >> shift & 0xFFFFFFFF)
    return None


def masked(url: str) -> str:
    """Return a refused address fit to be shown: no name or password, short, on one line."""
    # Up to the last @, for in a malformed address nobody knows where the password ends.
    return shown(re.sub(r"(?s)^([a-zA-Z][a-zA-Z0-9+.-]*://)?.*@", r"\1…@", url))


def shown(text: str) -> str:
    """Return foreign text as one short line."""
    return printable(text if len(text) <= SHOWN else text[:SHOWN] + "…")


def printable(text: str) -> str:
    """Return foreign text on one line, with a question mark for each control character."""
    return "".join(char if char.isprintable() else "?" for char in text)
