"""Mails that readers send us -> what they ask for: a purpose and its token in the subject."""

import email.policy
import logging
import mailbox
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.parser import HeaderParser
from pathlib import Path

from newsletter.domain.token import Purpose
from newsletter.errors import SenderError

ASKED = re.compile(r"\b(confirm|pause|unsubscribe)\s+([A-Za-z0-9_-]{24,})")
# By a paper's position in its issue: "rate TOKEN more 3".
RATED = re.compile(r"\brate\s+([A-Za-z0-9_-]{24,})\s+(more|less|save|none)\s+(\d{1,3})\b", re.ASCII)
MOST_OCTETS = 2**16  # of a header
MOST_SUBJECT = 1000  # characters

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """What one mail asks for."""

    purpose: Purpose
    token: str
    word: str = ""  # of a rating
    position: int = 0  # of the rated paper in its issue, from 1


def request_of(raw: bytes) -> Request | None:
    """Return what the mail asks for by its subject; None if it asks for nothing of ours.

    Only the subject counts: a quoted digest in the body holds the tokens of links, and a mail that
    answers it asks for none of them.
    """
    head = re.split(rb"\r?\n\r?\n", raw[:MOST_OCTETS], maxsplit=1)[0]
    try:
        # The header alone: a body of a thousand nested parts is nobody's request.
        message = HeaderParser(policy=email.policy.compat32).parsestr(head.decode("latin-1"))
        words = str(make_header(decode_header(message.get("subject", "")[:MOST_SUBJECT])))
    except Exception:  # one mail of many, and the parser is known to stumble over odd ones
        log.exception("mail not readable")
        return None
    subject = " ".join(words.split())
    rated = RATED.search(subject)
    if rated:
        return Request(Purpose.RATE, rated[1], rated[2], int(rated[3]))
    found = ASKED.search(subject)
    return Request(Purpose(found.group(1)), found.group(2)) if found else None


def maildir(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each mail in a Maildir; raises SenderError if it is none."""
    if not (folder / "new").is_dir() or not (folder / "cur").is_dir():
        raise SenderError(f"{folder}: this is no Maildir; it has no new/ and cur/")
    box = mailbox.Maildir(folder, create=False)
    for name in sorted(box.keys()):
        try:
            yield name, box.get_bytes(name)
        except (KeyError, OSError):  # another reader of the box was quicker
            continue


def discard(folder: Path, name: str) -> None:
    """Remove a mail that was dealt with from a Maildir."""
    mailbox.Maildir(folder, create=False).discard(name)
