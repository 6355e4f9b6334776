"""The commonest mistakes of a newsletter's surroundings, each with what to do about it.

In: plain values of the settings, a resolver, what the relay showed. Out: findings. Nothing is sent.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from pathlib import Path
from shutil import which
from stat import S_ISDIR

from newsletter.errors import one_line
from newsletter.mail.dns import CouldNotAskError, Resolver
from newsletter.mail.probe import Seen

LONGEST = 600  # characters of a finding
FEWEST_BITS = 2048
SOON = timedelta(days=14)  # before a certificate ends
SKEW = timedelta(minutes=5)
# RFC 2606: nobody can own these.
RESERVED = re.compile(r"(?:^|\.)(?:example(?:\.(?:com|net|org))?|invalid|test|localhost)$")
DATE = re.compile(r"(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}")


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    UNKNOWN = "unknown"  # nobody could be asked


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    check: str
    level: Level
    text: str  # what servers said stands in it: one printable line

    def __post_init__(self) -> None:
        """Take from the text what a terminal would obey."""
        object.__setattr__(self, "text", one_line(self.text, LONGEST))


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """A DKIM key as it should stand in DNS."""

    domain: str
    name: str  # of the record
    public: str  # base64
    is_rsa: bool
    bits: int


def settings(
    from_address: str, site_url: str, postal_address: str, is_outbox: bool
) -> Iterator[Finding]:
    """Yield what the settings alone tell."""
    domain = from_address.rpartition("@")[2]
    if RESERVED.search(domain):
        text = f"{from_address} can receive no answer; set sender.from_address to your own"
        yield Finding("from_address", Level.ERROR, text)
    else:
        yield Finding("from_address", Level.OK, from_address)
    if is_outbox:
        text = "mails go into files only; set sender.kind to smtp to send them"
        yield Finding("sender", Level.WARNING, text)
    if not postal_address:
        text = "many countries ask for an address in each mail; set site.postal_address"
        yield Finding("postal_address", Level.WARNING, text)
    if not site_url:
        text = (
            "no public address: no one-click unsubscribe, which Gmail and Yahoo ask of big senders"
        )
        yield Finding("site_url", Level.WARNING, f"{text}; set site.url when there are pages")
    elif site_url.startswith("http://"):
        text = "one-click unsubscribe needs https; set site.url to the https address"
        yield Finding("site_url", Level.ERROR, text)
    else:
        yield Finding("site_url", Level.OK, site_url)


def files(modes: Mapping[str, int]) -> Iterator[Finding]:
    """Yield whether others may read the secret files, by their permission bits."""
    for name, mode in modes.items():
        if mode & 0o077:
            text = f"{name} may be read by others (mode {mode & 0o777:o}); run chmod 600 {name}"
            yield Finding("key_permission", Level.ERROR, text)
        else:
            yield Finding("key_permission", Level.OK, name)


def readable(modes: Mapping[str, int]) -> Iterator[Finding]:
    """Yield which files and folders that hold addresses others may read."""
    for name, mode in modes.items():
        if mode & 0o077:
            wanted = "700" if S_ISDIR(mode) else "600"
            text = f"{name} holds addresses, and may be read by others (mode {mode & 0o777:o})"
            yield Finding("permission", Level.WARNING, f"{text}; run chmod {wanted} {name}")


def place(name: str, folder: Path) -> Finding:
    """Return whether mails can be written into the folder, or it can be made."""
    nearest = next(one for one in (folder, *folder.parents) if one.exists() or one == one.parent)
    if not nearest.is_dir():
        return Finding("sender", Level.ERROR, f"{name}: {nearest} is no folder; move it away")
    if not os.access(nearest, os.W_OK | os.X_OK):
        text = f"{name}: {nearest} cannot be written; check its owner and mode"
        return Finding("sender", Level.ERROR, text)
    return Finding("sender", Level.OK, f"{name}: {folder} can be written")


def command(words: Sequence[str]) -> Finding:
    """Return whether there is the program that takes our mails."""
    if found := which(words[0]):
        return Finding("sender", Level.OK, f"sender.command: {found} can be run")
    text = f"sender.command: there is no program {words[0]}, or it cannot be run; name one that can"
    return Finding("sender", Level.ERROR, text)


def dns(
    ask: Resolver, from_domain: str, bounce_domain: str, keys: Sequence[PublishedKey]
) -> Iterator[Finding]:
    """Yield how DKIM, SPF, DMARC and the MX of the bounce domain stand in DNS."""
    if not keys:
        text = "mails go out unsigned; unless your relay signs them run `newsletter dkim new`"
        yield Finding("dkim", Level.WARNING, text)
    for key in keys:
        yield asked("dkim", lambda key=key: dkim(ask, key, from_domain))  # type: ignore[misc]
    yield asked("spf", lambda: spf(ask, bounce_domain))
    yield asked("dmarc", lambda: dmarc(ask, from_domain))
    yield asked("bounce_mx", lambda: mx(ask, bounce_domain))


def asked(check: str, look: Callable[[], Finding]) -> Finding:
    """Return the finding, or that nobody could be asked."""
    try:
        return look()
    except CouldNotAskError as error:
        text = f"could not ask: {error}; check the network and run this again"
        return Finding(check, Level.UNKNOWN, text)


def dkim(ask: Resolver, key: PublishedKey, from_domain: str) -> Finding:
    """Return whether the published key is the one that signs."""
    here = f"{key.name}: "
    if key.is_rsa and key.bits < FEWEST_BITS:
        text = f"{here}{key.bits} bits are few; make one of 2048 by `newsletter dkim new`"
        return Finding("dkim", Level.WARNING, text)
    if not is_aligned(key.domain, from_domain):
        text = f"{here}signs for another domain than the From address ({from_domain})"
        return Finding("dkim", Level.ERROR, f"{text}; DMARC wants the same; see [[dkim]]")
    found = [one for one in ask(key.name, "TXT") if "p=" in one]
    if not found:
        text = f"{here}no record in DNS; publish the one that `newsletter dkim show` prints"
        return Finding("dkim", Level.ERROR, text)
    if len(found) > 1:
        return Finding("dkim", Level.ERROR, f"{here}{len(found)} records; leave one")
    tags = tags_of(found[0])
    if not tags.get("p"):
        text = f"{here}the key is revoked (empty p=); publish the record anew"
        return Finding("dkim", Level.ERROR, text)
    if tags["p"] != key.public or (tags.get("k", "rsa") == "rsa") != key.is_rsa:
        text = f"{here}another key is published; publish the one of `newsletter dkim show`"
        return Finding("dkim", Level.ERROR, text)
    if "y" in tags.get("t", "").split(":"):
        text = f"{here}marked as a test (t=y), so receivers may ignore it; take that tag out"
        return Finding("dkim", Level.WARNING, text)
    return Finding("dkim", Level.OK, f"{here}published as it is here")


def spf(ask: Resolver, domain: str) -> Finding:
    """Return whether the domain of the envelope sender says who may send for it (RFC 7208)."""
    found = [one for one in ask(domain, "TXT") if re.match(r"v=spf1(?:\s|$)", one, re.I)]
    if not found:
        text = f"{domain}: no SPF record; publish one that names your relay, ending in -all or ~all"
        return Finding("spf", Level.ERROR, text)
    if len(found) > 1:
        text = f"{domain}: {len(found)} SPF records, which counts as none; merge them"
        return Finding("spf", Level.ERROR, text)
    if re.search(r"(?:^|\s)\+?all\b", found[0]):
        text = f"{domain}: {found[0]!r} lets anybody send for you; end it in -all or ~all"
        return Finding("spf", Level.ERROR, text)
    if (
        len(re.findall(r"(?:^|\s)[-+?~]?(?:include:|a\b|mx\b|ptr|exists:)|redirect=", found[0]))
        > 10
    ):
        text = f"{domain}: more than 10 look-ups (RFC 7208, 4.6.4); receivers give up; shorten it"
        return Finding("spf", Level.ERROR, text)
    return Finding("spf", Level.OK, f"{domain}: {found[0]}; see that it names your relay")


def dmarc(ask: Resolver, domain: str) -> Finding:
    """Return whether the From domain, or the one above it, has a policy (RFC 7489)."""
    labels = domain.split(".")
    for at in range(max(1, len(labels) - 1)):
        name = f"_dmarc.{'.'.join(labels[at:])}"
        found = [one for one in ask(name, "TXT") if one.lower().startswith("v=dmarc1")]
        if len(found) > 1:
            return Finding("dmarc", Level.ERROR, f"{name}: {len(found)} records; leave one")
        if found:
            policy = tags_of(found[0]).get("p", "")
            if policy not in ("none", "quarantine", "reject"):
                text = f"{name}: p={policy} is no policy; write p=none, quarantine or reject"
                return Finding("dmarc", Level.ERROR, text)
            return Finding("dmarc", Level.OK, f"{name}: p={policy}")
    text = f'_dmarc.{domain}: no policy, which Gmail and Yahoo ask for; publish "v=DMARC1; p=none"'
    return Finding("dmarc", Level.ERROR, text)


def mx(ask: Resolver, domain: str) -> Finding:
    """Return whether bounces can come back."""
    found = ask(domain, "MX")
    if found and not any(found):
        text = f"{domain}: it says that it takes no mail (null MX), so no bounce comes back"
        return Finding("bounce_mx", Level.ERROR, f"{text}; see sender.envelope_sender")
    if found:
        return Finding("bounce_mx", Level.OK, f"{domain}: {', '.join(sorted(found))}")
    if ask(domain, "A") or ask(domain, "AAAA"):
        text = f"{domain}: no MX; servers try its address instead; publish an MX"
        return Finding("bounce_mx", Level.WARNING, text)
    text = f"{domain}: no server takes its mail, so no bounce or answer comes back; publish an MX"
    return Finding("bounce_mx", Level.ERROR, text)


def relay(seen: Seen, now: datetime) -> Iterator[Finding]:
    """Yield what the relay's greeting and certificate tell."""
    tls = "by TLS" if seen.encrypted else "without TLS"
    login = f"logged in as {seen.user}" if seen.user else "no login, for no user is set"
    text = f"greeting is well, {tls}; {login}: {seen.greeting[:100]}"
    yield Finding("relay", Level.OK, text)
    if seen.certificate_ends:
        left = seen.certificate_ends - now
        until = f"the relay's certificate is good until {seen.certificate_ends:%Y-%m-%d}"
        level = Level.WARNING if left < SOON else Level.OK
        advice = "; ask its operator to renew it" if left < SOON else ""
        yield Finding("certificate", level, until + advice)
    if "PIPELINING" not in seen.extensions:
        text = "the relay offers no PIPELINING: sending takes several times as long"
        yield Finding("pipelining", Level.WARNING, text)
    if found := DATE.search(seen.greeting):
        yield clock(found[0], now)


def clock(told: str, now: datetime) -> Finding:
    """Return whether our clock and the relay's agree."""
    try:
        apart = parsedate_to_datetime(told).astimezone(UTC) - now
    except ValueError:
        return Finding("clock", Level.UNKNOWN, "the relay's greeting has no readable date")
    if abs(apart) > SKEW:
        minutes = round(apart.total_seconds() / 60)
        text = f"the relay's clock is {minutes:+d} minutes from ours; set ours by NTP"
        return Finding("clock", Level.WARNING, text)
    return Finding("clock", Level.OK, "ours and the relay's agree")


def is_aligned(signing: str, sending: str) -> bool:
    """Return whether one domain is the other or above it: relaxed alignment, nearly enough."""
    return signing == sending or sending.endswith(f".{signing}") or signing.endswith(f".{sending}")


def tags_of(record: str) -> dict[str, str]:
    """Return the tags of a record (RFC 6376, section 3.2), without white space in the values."""
    pairs = (one.partition("=") for one in record.split(";"))
    return {name.strip(): re.sub(r"\s", "", value) for name, _, value in pairs if name.strip()}
