"""A raw mail -> what is to be done about its recipients: suppress, count, complain or ignore."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from newsletter.errors import one_line
from newsletter.mail.bounces import feedback, notices
from newsletter.mail.bounces.meaning import reason
from newsletter.mail.bounces.odd import recipients_of_odd
from newsletter.mail.bounces.parts import Letter, taken_apart
from newsletter.mail.bounces.phrases import HARD
from newsletter.mail.bounces.reports import Failure, failures, of_words

log = logging.getLogger(__name__)

WELL = frozenset({"delivered", "relayed", "expanded", "deliverable"})
LONGEST = 300  # characters of a diagnostic that are kept
LONGEST_NAME = 320  # of an address, or of a reason


class Kind(StrEnum):
    """What to do."""

    SUPPRESS = "suppress"  # the address is gone for good
    COUNT = "count"  # it failed this time
    COMPLAIN = "complain"  # the reader calls it spam or opts out: unsubscribe at once
    IGNORE = "ignore"  # delivered, an answer by machine, or no report at all


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient of a report."""

    address: str
    status: str  # RFC 3463, "" if not told
    reply: str  # RFC 5321, "" if not told
    reason: str
    hard: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a mail that came back says."""

    kind: Kind
    recipients: tuple[Recipient, ...] = ()
    diagnostic: str = ""  # one line
    returned: str = ""  # the mail that it is about, or its header: our tokens are in it


def verdict(raw: bytes) -> Verdict:
    """Return the verdict on a mail; raises nothing but MemoryError, whatever comes in."""
    try:
        return printable(judged(taken_apart(raw)))
    except MemoryError:  # no fault of the mail
        raise
    except Exception:  # one mail of many; it changes nobody and the next goes on
        log.exception("bounce not readable")
        return Verdict(Kind.IGNORE)


def printable(found: Verdict) -> Verdict:
    """Return the verdict in signs that every database and terminal takes, a field a line.

    JSON can name halves of characters, and any field can hold a NUL.
    """
    about = tuple(
        replace(
            one,
            address=one_line(one.address, LONGEST_NAME),
            reason=one_line(one.reason, LONGEST_NAME),
        )
        for one in found.recipients
    )
    return replace(found, recipients=about, diagnostic=one_line(found.diagnostic, LONGEST))


def judged(letter: Letter) -> Verdict:
    """Return the verdict on a mail that is taken apart."""
    complaint = feedback.complaint(letter)
    if complaint is not None:
        kind = Kind.COMPLAIN if complaint.counts else Kind.IGNORE
        about = tuple(Recipient(one, "", "", complaint.type, False) for one in complaint.addresses)
        return Verdict(kind, about, f"feedback: {complaint.type}", letter.returned)
    found = notices.events(letter)
    if found is None:
        found = failures(letter)
        if not letter.blocks and not notices.is_bounce(letter):
            return Verdict(Kind.IGNORE, returned=letter.returned)
    if found and all(one.action in WELL for one in found):
        return Verdict(Kind.IGNORE, (), "delivered", letter.returned)
    bad = [one for one in found if one.action not in WELL] or [whole(letter)]
    about = tuple(to_recipient(one) for one in bad)
    kind = Kind.SUPPRESS if any(one.hard for one in about) else Kind.COUNT
    return Verdict(kind, about, diagnostic(bad), letter.returned)


def whole(letter: Letter) -> Failure:
    """Return the failure of a report that names no recipient where one is looked for."""
    named = recipients_of_odd(letter)
    return of_words(
        named[0] if named else "", f"{letter.headers.get('subject', '')}\n{letter.text}"[:6000]
    )


def to_recipient(failure: Failure) -> Recipient:
    """Return the recipient of a failure."""
    why = reason(failure)
    return Recipient(failure.address, failure.status, failure.reply, why.value, why in HARD)


def diagnostic(found: Sequence[Failure]) -> str:
    """Return the first server's words on one line."""
    words = next((one.words for one in found if one.words), "")
    return re.sub(r"[^\S ]+|\s{2,}", " ", words)[:LONGEST].strip()
