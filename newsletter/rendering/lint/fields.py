"""Rules over the header fields of every mail (RFC 5322, 2047, 6376)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.utils import parseaddr, parsedate_to_datetime
from functools import cached_property

from newsletter.rendering.lint.finding import ERROR, INFO, WARN, Finding, shown

ONCE = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Auto-Submitted")
AT_MOST_ONCE = ("Sender", "Reply-To", "Cc", "Content-Type", "In-Reply-To", "References")
NAME = re.compile(rb"[!-9;-~]+[ \t]*:")  # RFC 5322, section 3.6.8, and the obsolete space
WORD = re.compile(r"=\?[^?\s]*\?[^?\s]*\?[^?]*\?=")
LONGEST = 200_000  # octets of a head that are looked at
WORD_LENGTH, LINE_LENGTH = 75, 76  # RFC 2047, section 2
MESSAGE_ID = re.compile(r"<[^\s<>@]+@[^\s<>@]+>")
ADDRESS = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;.]+")
NEAR = re.compile(r"[^\s@<>,;]+@[^\s@<>,;.]+")  # of this network only
COVERED = ("from", "to", "subject", "date", "message-id", "mime-version", "content-type")


@dataclass(frozen=True)
class Fields:
    """The header fields of a mail in their order: name in small letters, and value as it stands."""

    rows: tuple[tuple[str, str], ...]
    strays: tuple[str, ...] = ()  # lines that are no field

    @cached_property
    def by_name(self) -> dict[str, list[str]]:
        """Return the values by name."""
        found: dict[str, list[str]] = {}
        for name, value in self.rows:
            found.setdefault(name, []).append(value)
        return found

    def get(self, name: str) -> str:
        """Return the first value, unfolded; "" without one."""
        values = self.by_name.get(name.lower(), [""])
        return re.sub(r"\r?\n[ \t]+", " ", values[0]).strip()

    def __contains__(self, name: str) -> bool:
        return name.lower() in self.by_name

    @property
    def is_list(self) -> bool:
        """Return whether this is mail of a list, not a note to one person."""
        return "List-Id" in self or "List-Unsubscribe" in self

    @property
    def domain(self) -> str:
        """Return the domain of the From address, in small letters."""
        return parseaddr(self.get("From"))[1].rpartition("@")[2].lower()

    @property
    def subject(self) -> str:
        """Return the subject as a person reads it."""
        return decoded(self.get("Subject"))


def read(raw: bytes) -> Fields:
    """Return the header fields; whatever is no field is kept apart."""
    head = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0]
    rows: list[list[str]] = []
    strays = []
    for line in head[:LONGEST].splitlines(keepends=True):
        text = line.decode("utf-8", "replace")
        if line[:1] in b" \t" and rows and line.strip():
            rows[-1][1] += text
        elif NAME.match(line):
            name, _, value = text.partition(":")
            rows.append([name.strip().lower(), value])
        else:
            strays.append(text)
    return Fields(tuple((name, value.rstrip("\r\n")) for name, value in rows), tuple(strays))


def decoded(value: str) -> str:
    """Return a value with its encoded words read; as it stands if they cannot be."""
    try:
        return str(make_header(decode_header(value[:5000])))
    except (ValueError, LookupError):
        return value


def check(given: Fields) -> Iterator[Finding]:
    """Look at the fields that every mail has."""
    for name in ONCE:
        number = len(given.by_name.get(name.lower(), ()))
        if number != 1:
            told = f"{name} stands {number} times; once is right (RFC 5322, 3.6)"
            yield Finding("headers", ERROR, told)
    for name in AT_MOST_ONCE:
        number = len(given.by_name.get(name.lower(), ()))
        if number > 1:
            yield Finding("headers", ERROR, f"{name} stands {number} times; at most once is right")
    for stray in given.strays[:1]:
        told = f"the line {shown(stray)} of the head is no header field; leave it out"
        yield Finding("headers", ERROR, told)
    if "Bcc" in given:
        yield Finding("headers", ERROR, "Bcc stands in the mail; every reader would see it")
    yield from shapes(given)
    yield from words(given)
    yield from signatures(given)


def shapes(given: Fields) -> Iterator[Finding]:
    """Look at the values of the fields that have a form of their own."""
    for name in ("From", "To", "Reply-To"):
        if name not in given or ADDRESS.fullmatch(address := parseaddr(given.get(name))[1]):
            continue
        if name == "To" and NEAR.fullmatch(address):  # the reader's: it stops nobody else's mail
            told = f"{name} is an address of this network only: {shown(address)}"
            yield Finding("addresses", WARN, told)
        else:
            told = f"{name} holds no whole address: {shown(given.get(name))}"
            yield Finding("addresses", ERROR, told)
    if "Date" in given:
        try:
            is_aware = parsedate_to_datetime(given.get("Date")).tzinfo is not None
        except (ValueError, TypeError, IndexError, OverflowError):
            told = f"Date is {shown(given.get('Date'))}; write it as RFC 5322, 3.3 has it"
            yield Finding("date", ERROR, told)
        else:
            if not is_aware:
                yield Finding("date", WARN, "Date has the unknown zone -0000; write +0000")
    message_id = given.get("Message-ID")
    if message_id and not MESSAGE_ID.fullmatch(message_id):
        told = f"Message-ID is {shown(message_id)}; it has the form <left@right> (RFC 5322, 3.6.4)"
        yield Finding("message-id", ERROR, told)
    elif message_id and given.domain and not same_house(message_id[:-1], given.domain):
        told = f"Message-ID is not of the domain {given.domain}, which writes; filters mind"
        yield Finding("message-id", WARN, told)
    if "Subject" in given and not given.subject.strip():
        yield Finding("subject", ERROR, "Subject is empty; say what is inside")
    if given.get("MIME-Version") not in ("", "1.0"):
        yield Finding("headers", ERROR, "MIME-Version is not 1.0; there is no other")
    if given.get("Auto-Submitted").lower() == "no":
        yield Finding("headers", WARN, "Auto-Submitted is no; use auto-generated (RFC 3834)")


def words(given: Fields) -> Iterator[Finding]:
    """Look at what is not ASCII, and at encoded words (RFC 2047)."""
    for name, value in given.rows:
        own = parseaddr(given.get(name))[1] if name == "to" else ""
        if own and not own.isascii() and value.replace(own, "").isascii():  # RFC 6532
            told = "To is an address with letters beyond ASCII; few relays take such"
            yield Finding("addresses", INFO, told)
        elif not value.isascii():
            told = f"{name.title()} holds letters beyond ASCII; write encoded words (RFC 2047)"
            yield Finding("encoded-words", ERROR, told)
        for line in f"{name}:{value}".splitlines():
            found = WORD.findall(line[:2000])
            if found and len(line) > LINE_LENGTH:
                told = f"a line of {name.title()} with an encoded word has {len(line)} characters"
                yield Finding(
                    "encoded-words", WARN, f"{told}; {LINE_LENGTH} is the most (RFC 2047)"
                )
            if any(len(one) > WORD_LENGTH for one in found):
                told = f"an encoded word of {name.title()} is over {WORD_LENGTH} characters long"
                yield Finding("encoded-words", ERROR, f"{told}; split it (RFC 2047, 2)")
            for one in found:
                if decoded(one) == one or "\ufffd" in decoded(one):
                    told = f"{name.title()} holds an encoded word that cannot be read: {shown(one)}"
                    yield Finding("encoded-words", ERROR, told)


def signatures(given: Fields) -> Iterator[Finding]:
    """Look at what each DKIM signature covers (RFC 6376; RFC 8058, 3.1)."""
    for value in given.by_name.get("dkim-signature", []):
        tags = dict(re.findall(r"(?:^|;)\s*([a-z]+)\s*=\s*([^;]*)", re.sub(r"\r?\n", "", value)))
        covered = re.sub(r"\s", "", tags.get("h", "")).lower().split(":")
        wanted = [name for name in COVERED if name in given]
        wanted += [name for name in ("list-unsubscribe", "list-unsubscribe-post") if name in given]
        for name in wanted:
            if name not in covered:
                told = f"the DKIM signature of {shown(tags.get('d', ''))} does not cover {name}"
                yield Finding("signature", ERROR, f"{told}; put it into h= (RFC 8058, 3.1)")
        if "l" in tags:
            told = "the DKIM signature has l=, so anybody may add to the body; leave it out"
            yield Finding("signature", ERROR, told)
        if tags.get("a", "").strip() not in ("rsa-sha256", "ed25519-sha256"):
            told = f"the DKIM signature is made by {shown(tags.get('a', ''))}; use rsa-sha256"
            yield Finding("signature", ERROR, told)
        if given.domain and not same_house(tags.get("d", "").strip(), given.domain):
            told = (
                f"the DKIM signature is of {shown(tags.get('d', ''))}, the From of {given.domain}"
            )
            yield Finding("signature", WARN, f"{told}: DMARC wants them aligned")
        if "from" in covered and covered.count("from") < 2:
            told = "the DKIM signature names From once; twice keeps others from adding one"
            yield Finding("signature", INFO, told)


def same_house(one: str, other: str) -> bool:
    """Return whether the domain at the end of `one` and the other are one, or one is below it."""
    first, second = one.rpartition("@")[2].lower(), other.lower()
    return first == second or first.endswith(f".{second}") or second.endswith(f".{first}")
