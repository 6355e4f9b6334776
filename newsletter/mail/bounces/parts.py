"""A raw mail -> what a bounce is read from: header, words for people, fields, the mail sent.

A small reader of its own instead of `email`: it takes any line ends, broken boundaries and unknown
charsets without an exception, and its work is bounded by the octets that it is given.
"""

import base64
import binascii
import codecs
import html
import quopri
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

MOST_OCTETS = 2**20  # of one mail; what follows is the returned message, which says nothing new
MOST_TEXT = 2**17  # characters for people
MOST_PARTS = 60
MOST_FIELDS = 2000  # of one header
DEEPEST = 6  # of parts inside parts
TAG = re.compile(r"<[^<>]{0,2000}>")
UNSEEN = re.compile(r"<(style|script)\b", re.I)
BOUNDARY = re.compile(r"boundary\s*=\s*(?:\"([^\"]{1,200})\"|([^\s;]{1,200}))", re.I)
CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:-]{1,40})", re.I)
RETURNED: tuple[str, ...] = (
    "message/rfc822",
    "message/global",
    "message/partial",
    "text/rfc822-headers",
)
RETURNED += ("message/rfc822-headers", "message/global-headers")
STATUS = ("message/delivery-status", "message/global-delivery-status")
# After these words comes the mail that we sent, in reports that have one text for all.
COPY = re.compile(
    r"^[ \t>]{0,40}(?:[-=_*]{1,99}[ \t]{0,40})?(?:below this line is (?:a|the) copy"
    r"|this is a copy of (?:the|your)"
    r"|enclosed is (?:a|the) copy|original message(?: follows)?\b[ \t.:-]*$"
    r"|(?:the )?header of the"
    r" original message|message headers? follow|unsent message follows|returned message"
    r"|original message header|the original message (?:follows|was attached)|below is a copy of"
    r"|(?:returned|undelivered|undeliverable) mail follows|message text follows"
    r"|(?:your|the) (?:original )?message (?:header )?follows|original mail follows"
    r"|start of returned message|content of the (?:original )?message|included is a copy of"
    r"|le message original|copia del mensaje|ursprüngliche nachricht|mail header follows"
    r"|failed message follows|rejected message follows|the first \d+ (?:lines|bytes) of)",
    re.I | re.M,
)
HEADER_LINE = re.compile(
    r"^(?:return-path|received|message-id|mime-version|delivered-to|dkim-signature|x-[\w-]+|date"
    r"|from|to|subject|content-type|reply-to|sender|list-[\w-]+|user-agent|x-mailer):",
    re.I,
)
SURE_HEADER = re.compile(r"^(?:return-path|received|message-id|dkim-signature):\s*\S", re.I)

Fields = dict[str, str]
# What Python decodes by and no mail is written in: some give halves of characters, some take long.
NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})


@dataclass(slots=True)
class Letter:
    """A mail taken apart. Texts are Unicode with bare line feeds."""

    headers: Fields = field(default_factory=dict)
    text: str = ""  # for people
    blocks: list[Fields] = field(default_factory=list)  # of a delivery status, in order
    feedback: list[Fields] = field(default_factory=list)  # of a feedback report
    returned: str = ""  # the mail that we sent, or its header
    kind: str = ""  # the content type with its parameters, in small letters


def taken_apart(raw: bytes) -> Letter:
    """Return the mail in its parts; copies that differ in their line ends alone give the same."""
    octets = raw[:MOST_OCTETS].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    text = octets.decode("latin-1").lstrip("\n")
    if text.startswith("From "):  # of an mbox
        text = text.partition("\n")[2]
    head, body = split(text)
    letter = Letter(headers=head, kind=head.get("content-type", "text/plain").lower())
    seen: list[str] = []
    for kind, fields, content in leaves(head, body, 0, [MOST_PARTS]):
        take(letter, kind, fields, content, seen)
    if not letter.text:
        letter.text = "\n".join(seen)  # HTML, for want of anything better
    letter.text, copied = cut(letter.text[:MOST_TEXT])
    letter.returned = letter.returned or copied
    if not letter.blocks:
        letter.blocks = loose_blocks(letter.text)
    return letter


def take(letter: Letter, kind: str, fields: Fields, content: str, rich: list[str]) -> None:
    """Put one part where it belongs."""
    if kind in STATUS:
        letter.blocks += blocks(decoded(fields, content))
    elif kind == "message/feedback-report":
        letter.feedback += blocks(decoded(fields, content), repeated=True)
    elif kind in RETURNED:
        letter.returned = letter.returned or decoded(fields, content)
    elif kind == "text/html":
        rich.append(html.unescape(TAG.sub(" ", shown(decoded(fields, content)))))
    elif kind.startswith("text/") or kind in ("message/", ""):
        letter.text += decoded(fields, content) + "\n"


def leaves(
    head: Fields, body: str, depth: int, left: list[int]
) -> Iterator[tuple[str, Fields, str]]:
    """Yield kind, header and content of each part that has no parts."""
    kind = head.get("content-type", "text/plain").split(";")[0].strip().lower()
    pieces = divided(head.get("content-type", ""), body) if kind.startswith("multipart/") else []
    if not pieces or depth >= DEEPEST:
        yield ("text/plain" if kind.startswith("multipart/") else kind), head, body
        return
    yield "text/plain", {}, pieces[0]  # the words before the first part
    for piece in pieces[1:]:
        left[0] -= 1
        if left[0] < 0:
            return
        inner, rest = split(piece)
        yield from leaves(inner, rest, depth + 1, left)


def divided(kind: str, body: str) -> list[str]:
    """Return what stands before the first boundary, then each part; [] if there is no boundary."""
    found = BOUNDARY.search(kind[:2000])
    mark = (found[1] or found[2]) if found else ""
    if not mark or f"--{mark}" not in body:
        guess = re.search(r"^--(\S{4,100})[ \t]*\n(?=content-|\n)", body, re.I | re.M)
        if not guess:
            return []
        mark = guess[1]
    ends = re.compile(rf"^--{re.escape(mark)}(--)?[ \t]*(?:\n|\Z)", re.M)
    pieces, start = list[str](), 0
    for one in ends.finditer(body):
        pieces.append(body[start : one.start()])
        start = one.end()
        if one[1]:
            return pieces
    return [*pieces, body[start:]]


def split(text: str) -> tuple[Fields, str]:
    """Return the header's fields, names in small letters, the first of a name; and what follows."""
    if text.startswith("\n"):
        return {}, text[1:]
    head, _, body = text.partition("\n\n")
    return fields_of(head), body


def fields_of(head: str, repeated: bool = False) -> Fields:
    """Return the fields of a header, unfolded; a repeated one has its values on lines."""
    found: Fields = {}
    name = ""
    for line in head.split("\n")[:MOST_FIELDS]:
        if line[:1] in " \t" and name:
            found[name] += "\n" + line.strip() if repeated else " " + line.strip()
            continue
        before, colon, value = line.partition(":")
        name = before.strip().lower() if colon and " " not in before.strip() else ""
        if not name:
            continue
        if name in found and repeated:
            found[name] += "\n" + value.strip()
        elif name in found:
            name = ""  # the first counts; the lines that continue this one do not
        else:
            found[name] = value.strip()
    return found


def blocks(text: str, repeated: bool = False) -> list[Fields]:
    """Return the groups of fields between blank lines."""
    groups = re.split(r"\n[ \t]*\n+", text.strip("\n"))
    return [found for one in groups[:500] if (found := fields_of(one, repeated))]


def loose_blocks(text: str) -> list[Fields]:
    """Return fields of a delivery status that stand in the text for people, as some write them."""
    if not re.search(r"^(?:final|original)-recipient:", text, re.I | re.M):
        return []
    return [one for one in blocks(text) if one.keys() & {"final-recipient", "action", "status"}]


def decoded(fields: Mapping[str, str], content: str) -> str:
    """Return a part's content as text, its transfer encoding undone."""
    octets = content.encode("latin-1")
    encoding = fields.get("content-transfer-encoding", "").strip().lower()
    if encoding == "base64":
        letters = re.sub(rb"[^A-Za-z0-9+/]", b"", octets)
        try:
            octets = base64.b64decode(letters[: len(letters) // 4 * 4 or None] or b"")
        except (binascii.Error, ValueError):
            octets = b""
    elif encoding == "quoted-printable":
        octets = quopri.decodestring(octets)
    named = CHARSET.search(fields.get("content-type", "")[:2000])
    for charset in ((named[1] if named else ""), "utf-8"):
        try:
            if codecs.lookup(charset).name in NO_CHARSETS:
                continue
            text = octets.decode(charset)
            text.encode()  # halves of characters come of UTF-7, too
            break
        except (LookupError, ValueError, UnicodeError):  # unknown, or other than it says
            continue
    else:
        text = octets.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def shown(page: str) -> str:
    """Return a page without its styles and scripts."""
    kept, at = list[str](), 0
    while found := UNSEEN.search(page, at):
        end = page.lower().find(f"</{found[1].lower()}", found.end()) if len(kept) < 50 else -1
        kept.append(page[at : found.start()])
        if end < 0:
            return " ".join(kept)
        at = end
    return " ".join([*kept, page[at:]])


def cut(text: str) -> tuple[str, str]:
    """Return the words of the report, and the copy of our mail behind them, "" if there is none."""
    where = len(text)
    if marked := COPY.search(text):
        where = marked.start()
    lines = text[:where].split("\n")
    at = 0
    for place, line in enumerate(lines):
        near = [one for one in lines[place : place + 12] if one.strip()]
        if SURE_HEADER.match(line) and sum(bool(HEADER_LINE.match(one)) for one in near) >= 3:
            where = at
            break
        at += len(line) + 1
    return text[:where], text[where:]
