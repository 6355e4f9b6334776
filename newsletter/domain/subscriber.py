"""A subscriber, the states from pending to unsubscribed, and the normal form of an address."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from newsletter.domain.edition import Schedule
from newsletter.errors import AddressError

SubscriberId = NewType("SubscriberId", int)

LOCAL_OCTETS = 64  # RFC 5321, section 4.5.3.1.1
PATH_OCTETS = 254  # a path of 256 with its angle brackets, section 4.5.3.1.3
LOCAL = re.compile(r"[^\s@<>()\[\]\\,;:\"]+")
LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
DOTS = re.compile(r"[.。．｡]")  # all four part labels (RFC 3490, section 3.1)
LETTERS_SINCE_2010 = frozenset("ßς")
DOMAIN = re.compile(rf"(?=.{{1,253}}$){LABEL}(\.{LABEL})*")


class SubscriberState(StrEnum):
    """Where a subscriber stands; only an active one gets issues."""

    PENDING = "pending"  # asked, not confirmed
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    OPERATOR = "operator"  # never subscribed: an address that alarms go to


class Detail(StrEnum):
    """What stands under a paper's sentence in the mail."""

    USUAL = "usual"  # nothing where the newsletter has pages, else the abstract
    ABSTRACT = "abstract"
    CARD = "card"  # problem, idea and result; where none was found, as usual


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a reader chose about the mail, topics apart."""

    schedule: Schedule = field(default_factory=Schedule)
    length: int = 7  # papers in an issue at most
    language: str = ""  # of the mails; "": the site's
    detail: Detail = Detail.USUAL


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A person by address."""

    id: SubscriberId
    address: str  # in normal form
    state: SubscriberState
    preferences: Preferences
    due_at: datetime  # of the next issue
    subscribed_at: datetime
    paused_until: datetime | None = None


def normal_address(text: str) -> str:
    """Return the address in the form in which it is stored and compared.

    The domain in lower case and ASCII (IDNA), the local part in NFC and lower case, for no server
    in use tells `Ada@` from `ada@`. Raises AddressError if it cannot be an address: quoted local
    parts and address literals are refused, and so is all that could break out of a header.
    """
    local, at, domain = unicodedata.normalize("NFC", text.strip().lower()).rpartition("@")
    if "\ufffd" in text:  # what a decoder puts where bytes were no text
        raise AddressError(f"{shown(text)}: it holds bytes that are no text")
    if not at or not local:
        raise AddressError(f"{shown(text)} is not an address; one looks like ada@example.org")
    if not LOCAL.fullmatch(local) or not local.isprintable() or ".." in f".{local}.":
        raise AddressError(f"{shown(text)}: the part before the @ has a character out of place")
    # Before the domain is looked at: Python's IDNA takes time that grows with its square.
    if len(local.encode()) > LOCAL_OCTETS or len(domain) > PATH_OCTETS:
        raise AddressError(f"{shown(text)}: longer than an address may be")
    address = f"{local}@{normal_domain(domain, text)}"
    if len(address.encode()) > PATH_OCTETS:
        raise AddressError(f"{shown(text)}: longer than an address may be")
    return address


def normal_domain(domain: str, text: str) -> str:
    """Return the domain in lower-case ASCII; raises AddressError if it cannot be one."""
    try:
        ascii_domain = ".".join(ascii_label(label) for label in DOTS.split(domain.lower()))
    except UnicodeError as error:
        raise AddressError(f"{shown(text)}: {shown(domain)} is no domain name") from error
    if not DOMAIN.fullmatch(ascii_domain):
        raise AddressError(f"{shown(text)}: {shown(domain)} is no domain name")
    return ascii_domain


def ascii_label(label: str) -> str:
    """Return the label in ASCII; raises UnicodeError if there is no such form.

    Python's codec is of 2003 and writes ß as ss, which is another's domain; since 2010 (RFC 5894,
    section 7.2) such a letter stands for itself.
    """
    if label.isascii():
        return label
    if set(label) & LETTERS_SINCE_2010:
        return "xn--" + unicodedata.normalize("NFC", label).encode("punycode").decode()
    return label.encode("idna").decode().lower()


def shown(text: str) -> str:
    """Return a foreign text cut and made printable, for a message to a person."""
    return "".join(c if c.isprintable() else "?" for c in text[:80]) or "(nothing)"
