"""Mails that readers send us -> what they ask for: a purpose and its token in the subject."""

import email
import email.policy
import mailbox
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from newsletter.domain.token import Purpose
from newsletter.errors import SenderError

ASKED = re.compile(r"\b(confirm|pause|unsubscribe)\s+([A-Za-z0-9_-]{24,})")
MOST_OCTETS = 10 * 2**20


@dataclass(frozen=True, slots=True)
class Request:
    """What one mail asks for."""

    purpose: Purpose
    token: str


def request_of(raw: bytes) -> Request | None:
    """Return what the mail asks for by its subject; None if it asks for nothing of ours.

    Only the subject counts: a quoted digest in the body holds the tokens of links, and a mail that
    answers it asks for none of them.
    """
    message = email.message_from_bytes(raw[:MOST_OCTETS], policy=email.policy.default)
    try:
        subject = " ".join(str(message.get("subject", "")).split())
    except (ValueError, LookupError, IndexError, AttributeError):  # a header beyond its parser
        return None
    found = ASKED.search(subject)
    return Request(Purpose(found.group(1)), found.group(2)) if found else None


def maildir(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each mail in a Maildir; raises SenderError if it is none."""
    if not (folder / "new").is_dir() or not (folder / "cur").is_dir():
        raise SenderError(f"{folder}: this is no Maildir; it has no new/ and cur/")
    box = mailbox.Maildir(folder, create=False)
    for name in sorted(box.keys()):
        yield name, box.get_bytes(name)


def discard(folder: Path, name: str) -> None:
    """Remove a mail that was dealt with from a Maildir."""
    mailbox.Maildir(folder, create=False).discard(name)
