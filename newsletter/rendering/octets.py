"""Text -> quoted-printable octets, in segments that can be joined in any order of mails.

A segment's octets depend on its own text alone: a line that it leaves open ends in a soft line
break. So what many mails share is encoded once. The octets are as DKIM signs them in relaxed form
(RFC 6376, section 3.4.4), for of spaces that follow each other all but the last are encoded.
"""

import binascii
import re
from functools import lru_cache

SOFT = b"=\r\n"
LONGEST = 76  # octets of an encoded line (RFC 2045, section 6.7)
ENDING_SPACE = re.compile(rb"=20\r\n")
# An end of mail in SMTP, and a line that old mailboxes take for the beginning of the next mail.
ODD_START = re.compile(rb"^(?:\.|From )[^\r\n]*", re.MULTILINE)
EARLIER_SPACE = re.compile(rb" (?= )")  # where there are no tabs: many times as fast
EARLIER_BLANK = re.compile(rb"[ \t](?=[ \t])")
# In no UTF-8: an encoder makes three characters of one, whichever it is.
SPACE, TAB = b"\xff", b"\xfe"
# Letters that stand for themselves, in HTML too.
TOKEN = re.compile(r"[A-Za-z0-9_-]{24,}")


def closed(segments: list[bytes]) -> list[bytes]:
    """Return the octets of a whole part; it ends in one line end, whatever its text ends in."""
    if segments and (last := finished(segments[-1])) != b"\r\n":
        segments[-1] = last
        return segments
    return [finished(b"".join(segments))]


def finished(octets: bytes) -> bytes:
    """Return the octets ending in a single CRLF."""
    while octets.endswith((b"\r\n\r\n", SOFT)):
        octets = octets[:-2] if octets.endswith(b"\r\n\r\n") else octets[: -len(SOFT)]
    return octets if octets.endswith(b"\r\n") else octets + b"\r\n"


def segment(text: str) -> bytes:
    """Return the text in lines of at most 76 octets that end in CRLF or a soft line break."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    # The encoder takes the kind of its soft line ends from the first line end that it meets.
    octets = text.replace("\n", "\r\n").encode(errors="replace")
    has_tabs = b"\t" in octets
    is_spaced = has_tabs or b"  " in octets
    if has_tabs:
        octets = EARLIER_BLANK.sub(stand_in, octets).replace(b"\t", TAB)
    elif is_spaced:
        octets = EARLIER_SPACE.sub(SPACE, octets)
    open_end = bool(octets) and not octets.endswith(b"\r\n")
    lines = binascii.b2a_qp(octets + b"\r\n" if open_end else octets, quotetabs=False, istext=True)
    if b"=20\r\n" in lines:
        lines = ENDING_SPACE.sub(within_line, lines)
    if open_end:
        lines = softly_ended(lines)
    if is_spaced:
        lines = lines.replace(b"=FF", b"=20")
    if has_tabs:
        lines = lines.replace(b"=FE", b"=09")
    return ODD_START.sub(guarded, lines) if needs_guard(lines) else lines


def stand_in(space: re.Match[bytes]) -> bytes:
    """Return the octet that will be encoded in place of this space or tab."""
    return SPACE if space.group() == b" " else TAB


def needs_guard(lines: bytes) -> bool:
    """Return whether a line begins as none may; to look so is quicker than the pattern."""
    return lines.startswith((b".", b"From ")) or b"\n." in lines or b"\nFrom " in lines


def within_line(ending: re.Match[bytes]) -> bytes:
    """Return the encoded space and the line end after it, on a line of its own if they need one.

    The encoder counts a space as one octet before it finds that it ends a line and takes three.
    """
    began = ending.string.rfind(b"\n", 0, ending.start()) + 1
    return SOFT + ending.group() if ending.start() - began > LONGEST - 3 else ending.group()


def softly_ended(lines: bytes) -> bytes:
    """Return the lines with a soft break in place of the last CRLF, on a line that has room."""
    open_line = lines[:-2]
    began = open_line.rfind(b"\n") + 1
    if len(open_line) - began < LONGEST:
        return open_line + SOFT
    # A full line: its last character, three octets if it is encoded, goes to a line of its own.
    at = len(open_line) - (3 if open_line[-3:-2] == b"=" else 1)
    return open_line[:at] + SOFT + open_line[at:] + SOFT


def guarded(line: re.Match[bytes]) -> bytes:
    """Return the line with its first character encoded."""
    whole = line.group()
    first = b"=%02X" % whole[0]
    if len(whole) + 2 <= LONGEST:
        return first + whole[1:]
    return first + SOFT + ODD_START.sub(guarded, whole[1:])


@lru_cache(maxsize=16)  # both parts of a mail have it
def spliced(text: str) -> bytes:
    """Return the segment of a link that ends in a token: what stands before it is encoded once."""
    at = text.rfind("%20") + 3
    at = at if at > 2 else text.rfind("/") + 1
    if not TOKEN.fullmatch(text, at):
        return segment(text)
    before, cuts = room(text[:at], len(text) - at)
    token = text[at:].encode()
    return before + SOFT.join([token[start:end] for start, end in cuts]) + SOFT


@lru_cache(maxsize=256)
def room(before: str, length: int) -> tuple[bytes, tuple[tuple[int, int], ...]]:
    """Return the octets before a token of that length, and where its lines begin and end in it."""
    lines = segment(before + "x" * length)[: -len(SOFT)].split(SOFT)
    cuts, end = list[tuple[int, int]](), length
    while end > 0:
        line = lines.pop()
        start = max(end - len(line), 0)
        cuts.append((start, end))
        rest, end = line[: len(line) - (end - start)], start
    return SOFT.join([*lines, rest]), tuple(reversed(cuts))


def size_of(octets: bytes) -> int:
    """Return how many octets the part's text has in UTF-8, with LF line ends."""
    # A soft break is three octets for none, an encoded octet three for one, CRLF two for one.
    return len(octets) - 2 * octets.count(b"=") - octets.count(b"\n")
