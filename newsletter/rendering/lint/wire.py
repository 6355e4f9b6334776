"""Rules over the lines of a mail as they go over the wire (RFC 5321, 5322)."""

import re
from collections.abc import Iterator

from newsletter.rendering.lint.finding import ERROR, WARN, Finding

LONGEST = 998  # octets, RFC 5322, section 2.1.1, without CRLF
BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)")


def octets(raw: bytes) -> Iterator[Finding]:
    """Look at line ends, lengths, dots and octets that cannot be sent."""
    bare = BARE.search(raw)
    if bare:
        line = raw.count(b"\n", 0, bare.start()) + 1
        yield Finding(
            "line-ends", ERROR, f"line {line} ends in bare CR or LF; use CRLF (RFC 5321, 2.3.8)"
        )
    lines = raw.splitlines()
    longest = max(range(len(lines)), key=lambda at: len(lines[at]), default=0)
    if lines and len(lines[longest]) > LONGEST:
        told = f"line {longest + 1} has {len(lines[longest])} octets; {LONGEST} is the most"
        yield Finding("line-length", ERROR, f"{told}: encode the part (RFC 5322, 2.1.1)")
    if b"\0" in raw:
        line = raw.count(b"\n", 0, raw.index(b"\0")) + 1
        yield Finding("octets", ERROR, f"line {line} holds a NUL octet; servers refuse it")
    dots = [at for at, line in enumerate(lines, start=1) if line.startswith(b".")]
    if dots:
        told = f"line {dots[0]} begins with a dot, which every relay must double; write it as =2E"
        yield Finding("dot-lines", WARN, told)
    head, _, body = raw.partition(b"\r\n\r\n")
    has_eight = b"8bit" in raw.lower() or b"binary" in head.lower()
    if not body.isascii() and not has_eight:
        told = "the body holds octets over 127 and no part says 8bit; use quoted-printable"
        yield Finding("octets", ERROR, told)
