"""Text -> quoted-printable octets, in segments that can be joined in any order of mails.

A segment's octets depend on its own text alone: a line that it leaves open ends in a soft line
break. So what many mails share is encoded once. Beside the octets stands their form as DKIM signs
it (RFC 6376, section 3.4.4), which differs where spaces are doubled.
"""

import binascii
import re
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from newsletter.domain.message import Octets

SOFT = b"=\r\n"
LONGEST = 76  # octets of an encoded line (RFC 2045, section 6.7)
ENDING_SPACE = re.compile(rb"=(?:20|09)\r\n")
# An end of mail in SMTP, and a line that old mailboxes take for the beginning of the next mail.
ODD_START = re.compile(rb"^(?:\.|From )[^\r\n]*", re.MULTILINE)
SPACES = re.compile(rb"[ \t]{2,}|\t")


class Segment(NamedTuple):
    """A stretch of one part of a mail: its text and its octets."""

    text: str
    size: int  # of the text in UTF-8
    wire: bytes
    relaxed: bytes


TEXT, SIZE, _, RELAXED = range(4)  # places in a segment


class Column(Sequence[Any]):
    """One field of some segments, looked at when it is asked for: seldom are all of them."""

    def __init__(self, segments: Sequence[Segment], at: int) -> None:
        self.segments = segments
        self.at = at

    def __len__(self) -> int:
        return len(self.segments)

    def __iter__(self) -> Iterator[Any]:
        return map(itemgetter(self.at), self.segments)

    def __getitem__(self, place: Any) -> Any:
        return list(self)[place]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Column) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


def segment(text: str) -> Segment:
    """Return the text with its octets, which every mail that holds it can use."""
    wire = encoded(text)
    return Segment(text, len(text.encode(errors="replace")), wire, relaxed(wire))


def joined(segments: Sequence[Segment]) -> Octets:
    """Return the octets of a whole part; it ends in one line end, whatever its text ends in."""
    ended = [*segments[:-3], closed(segments[-3:])]
    if ended[-1].wire == b"\r\n":  # the line ends before it are too many
        ended = [closed(segments)]
    return Octets([one.wire for one in ended], Column(ended, RELAXED))


def closed(segments: Sequence[Segment]) -> Segment:
    """Return the last segments of a part as one, ending in one line end."""
    texts, sizes, wires, relaxeds = zip(*segments, strict=True) if segments else ((),) * 4
    return Segment(
        "".join(texts), sum(sizes), finished(b"".join(wires)), finished(b"".join(relaxeds))
    )


def merged(segments: Iterable[Segment]) -> Segment:
    """Return segments that follow each other as one, with the same octets."""
    texts, sizes, wires, relaxeds = zip(*segments, strict=True)
    wire, relaxed_ = b"".join(wires), b"".join(relaxeds)
    return Segment("".join(texts), sum(sizes), wire, wire if wire == relaxed_ else relaxed_)


def finished(octets: bytes) -> bytes:
    """Return the octets ending in a single CRLF."""
    while octets.endswith((b"\r\n\r\n", SOFT)):
        octets = octets[:-2] if octets.endswith(b"\r\n\r\n") else octets[: -len(SOFT)]
    return octets if octets.endswith(b"\r\n") else octets + b"\r\n"


def encoded(text: str) -> bytes:
    """Return the text in lines of at most 76 octets that end in CRLF or a soft line break."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    # The encoder takes the kind of its soft line ends from the first line end that it meets.
    octets = text.replace("\n", "\r\n").encode(errors="replace")
    open_end = bool(octets) and not octets.endswith(b"\r\n")
    lines = binascii.b2a_qp(octets + b"\r\n" if open_end else octets, quotetabs=False, istext=True)
    if b"=20\r\n" in lines or b"=09\r\n" in lines:
        lines = ENDING_SPACE.sub(within_line, lines)
    if open_end:
        lines = softly_ended(lines)
    return ODD_START.sub(guarded, lines) if needs_guard(lines) else lines


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


def relaxed(wire: bytes) -> bytes:
    """Return the octets with each run of spaces and tabs as one space; the same object if so.

    No encoded line ends in a space, and the body's end is `finished`'s.
    """
    if b"  " not in wire and b"\t" not in wire:
        return wire
    return SPACES.sub(b" ", wire)
