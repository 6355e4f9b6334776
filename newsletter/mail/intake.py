"""Mails that readers send us -> what they ask for: a purpose and its token in the subject."""

import email.policy
import errno
import logging
import mailbox
import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.parser import HeaderParser
from pathlib import Path

from newsletter.domain.token import Purpose
from newsletter.errors import SenderError, one_line

ASKED = re.compile(r"\b(confirm|pause|unsubscribe)\s+([A-Za-z0-9_-]{24,})")
# By a paper's position in its issue: "rate TOKEN more 3".
RATED = re.compile(r"\brate\s+([A-Za-z0-9_-]{24,})\s+(more|less|save|none)\s+(\d{1,3})\b", re.ASCII)
MOST_OCTETS = 2**20  # of a mail
HEADER_OCTETS = 2**16
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
    head = re.split(rb"\r?\n\r?\n", raw[:HEADER_OCTETS], maxsplit=1)[0]
    try:
        # The header alone: a body of a thousand nested parts is nobody's request.
        message = HeaderParser(policy=email.policy.compat32).parsestr(head.decode("latin-1"))
        words = str(make_header(decode_header(message.get("subject", "")[:MOST_SUBJECT])))
    except MemoryError:  # no fault of the mail
        raise
    except Exception:  # one mail of many, and the parser is known to stumble over odd ones
        log.exception("mail not readable")
        return None
    subject = " ".join(words.split())
    rated = RATED.search(subject)
    if rated:
        return Request(Purpose.RATE, rated[1], rated[2], int(rated[3]))
    found = ASKED.search(subject)
    return Request(Purpose(found.group(1)), found.group(2)) if found else None


def maildir(
    folder: Path, refused: Callable[[str], None] = lambda _why: None
) -> Iterator[tuple[str, bytes]]:
    """Yield name and first octets of each mail in a Maildir; raises SenderError if it is none.

    What cannot be read is left out, and `refused` is told why: a link, a pipe or a device is no
    mail, and one that never ends would be waited for.
    """
    if not (folder / "new").is_dir() or not (folder / "cur").is_dir():
        raise SenderError(f"{folder}: this is no Maildir; it has no new/ and cur/")
    for name, file in sorted(files_of(folder).items()):
        try:
            raw = first_octets(file)
        except FileNotFoundError:  # another reader of the box was quicker
            continue
        except OSError as error:
            why = "it is a link" if error.errno == errno.ELOOP else error.strerror
            refused(f"{one_line(str(file))}: cannot be read: {why}")
            continue
        yield name, raw


def files_of(folder: Path) -> dict[str, Path]:
    """Return a Maildir's files by the names of their mails, which stay when the flags change."""
    parts = (folder / "new", folder / "cur")
    found = [one for part in parts for one in part.iterdir() if not one.is_dir()]
    return {one.name.partition(":")[0]: one for one in found}


def first_octets(file: Path) -> bytes:
    """Return the first MOST_OCTETS of a plain file; raises OSError, also if it is none."""
    handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as source:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "it is no plain file")
        return source.read(MOST_OCTETS)


def discard(folder: Path, name: str) -> None:
    """Remove a mail that was dealt with from a Maildir."""
    mailbox.Maildir(folder, create=False).discard(name)
