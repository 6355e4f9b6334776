"""A bounce taken apart -> one failure a recipient: address, action, codes, and the server's words.

From the fields of RFC 3464 where there are any, from the words for people otherwise; often both.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from newsletter.mail.bounces.parts import Fields, Letter

MOST_WORDS = 4000  # characters that are looked at for one recipient
MOST_FAILURES = 50  # our mails have one recipient each
MOST_REMARK = 300  # characters behind a status
MOST_TOLD = 2 * MOST_WORDS + 1  # near the address, and of the server
ADDRESS = r"(?:\"[^\"\n]{1,80}\"|[^\s<>@:;,\"'()\[\]]{1,100})@[A-Za-z0-9][A-Za-z0-9.-]{0,200}"
NAMED = re.compile(
    rf"^[ \t>*-]*(?:(?:<<< )?[45]\d\d[ -](?:[45]\.\d+\.\d+ )?|to:?[ \t]+)?"
    rf"[<\"']?({ADDRESS})>?",
    re.I,
)
ANY_ADDRESS = re.compile(ADDRESS)
# An enhanced status code (RFC 3463), not a part of an IP address or a version.
ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
# A reply code at the start of a line, or after words that announce one.
REPLY = re.compile(
    r"(?:^|(?:said|response|error|returned|reason|code|reply|status|was|is|smtp|server|with|<<<"
    r"|>>>)"
    r"[\"':;,. #(<\-]{0,20}|[:;>\"'(\[,\-] ?)([245]\d\d)(?=[ \-#:\])>,.'\"]|$)",
    re.I | re.M,
)


class Spoken(IntEnum):
    """What the server was answering when it said no, in the order of a session."""

    UNKNOWN = 0
    CONNECT = 1
    MAIL = 2
    RCPT = 3
    DATA = 4


STAGES = (
    (
        Spoken.DATA,
        r"end of data|\(in reply to (?:end of )?DATA|after (?:pipelined )?(?:end of )?(?:data"
        r"|\"?\.\"?$)"
        r"|after I sent the message|(?:our|final) data\b|data command|end_of_data|\[data\]"
        r"|failed after sending|^>>> ?(?:data|\.)[ \t]*$|smtp:data"
        r"|sending (?:the )?message (?:body|text)"
        r"|in reply to the data|>>> \.|after receiving the message|response to data|\(BODY\)"
        r"|bdat",
    ),
    (
        Spoken.RCPT,
        r"rcpt|does not like recipient|in reply to rcpt",
    ),
    (
        Spoken.MAIL,
        r"mail from|in reply to mail|does not like (?:the )?sender|sender address rejected"
        r"|mail_from",
    ),
    (
        Spoken.CONNECT,
        r"refused to talk to me|helo|ehlo|initial connection|connected to \S+ but|greeting"
        r"|handshake|banner",
    ),
)
# What PowerMTA made of it, in words that other servers use.
CATEGORIES = {
    "bad-mailbox": "user unknown",
    "bad-domain": "domain unknown",
    "inactive-mailbox": "mailbox disabled",
    "quota-issues": "mailbox full",
}
STAGE = tuple((stage, re.compile(words, re.I | re.M)) for stage, words in STAGES)


@dataclass(frozen=True, slots=True)
class Failure:
    """What is told of one recipient."""

    address: str = ""
    action: str = ""  # failed, delayed, delivered, relayed, expanded, or "" if not told
    status: str = ""  # enhanced, of the server's own words before those of the field
    reply: str = ""
    words: str = ""  # of the server
    around: str = ""  # the words for people near the address
    spoken: Spoken = Spoken.UNKNOWN
    reporter: str = ""  # the host that reports


def failures(letter: Letter) -> tuple[Failure, ...]:
    """Return what the report tells of each recipient; () if it names none."""
    reporter = next(
        (one["reporting-mta"] for one in letter.blocks if "reporting-mta" in one), letter.kind
    )
    found = [of_block(one, reporter) for one in letter.blocks if is_recipients(one)]
    stanzas = told(letter.text)
    if found:
        return tuple(enriched(one, stanzas, letter.text) for one in found[:MOST_FAILURES])
    told_all = letter.text[:MOST_WORDS]
    named = [of_words(address, words) for address, words in stanzas[:MOST_FAILURES]]
    if len(named) == 1 and not (named[0].status or named[0].reply):
        # One address in a list, and the reason in another place.
        named = [replace(named[0], status=status_of(told_all, ""), spoken=stage_of(told_all))]
    return tuple(replace(one, around=told_all, reporter=letter.kind) for one in named)


def is_recipients(fields: Fields) -> bool:
    """Return whether a group of fields is about a recipient, not about the message."""
    return bool(fields.keys() & {"final-recipient", "original-recipient", "action", "status"})


def of_block(fields: Fields, reporter: str) -> Failure:
    """Return the failure of one group of fields (RFC 3464, section 2.3)."""
    words = " ".join(fields.get("diagnostic-code", "")[: 2 * MOST_WORDS].split())[:MOST_WORDS]
    remark = re.sub(r"^[\d.\s]*", "", fields.get("status", "")[:MOST_REMARK])
    kind, semicolon, rest = words.partition(";")
    if semicolon and len(kind) < 40 and " " not in kind.strip():
        words = rest.strip()
    address = fields.get("final-recipient") or fields.get("original-recipient", "")
    address = fields.get("x-actual-recipient", "") if "@" not in address else address
    shown = ANY_ADDRESS.search(address.rpartition(";")[2])
    category = CATEGORIES.get(fields.get("x-powermta-bouncecategory", ""), "")
    action = fields.get("action", "").split("(")[0].strip().lower()
    return Failure(
        address=shown[0] if shown else address.rpartition(";")[2].strip(" <>"),
        action=action.split()[0] if action else "",
        status=status_of(words, fields.get("status", "")),
        reply=reply_of(words),
        words=words,
        around=f"{remark} {category}".strip(),
        reporter=reporter.lower(),
        spoken=stage_of(words),
    )


def status_of(words: str, declared: str) -> str:
    """Return the most telling enhanced code: of the server's words, else of the field."""
    field = ENHANCED.search(declared)
    said = [one[0] for one in ENHANCED.finditer(words[:MOST_WORDS])]
    said = [one for one in said if not one.endswith(".0.0")]
    if said:
        return said[-1] if said[0].endswith((".1.0", ".3.0", ".5.0")) else said[0]
    return field[0] if field else ""


def reply_of(words: str) -> str:
    """Return the reply code, "" if none is told."""
    found = REPLY.search(words[:MOST_WORDS])
    return found[1] if found else ""


def told(text: str) -> list[tuple[str, str]]:
    """Return the recipients that the words for people name, each with the words that follow it.

    A recipient begins a line; a second mention carries on with what is told of the first.
    """
    order: list[str] = []
    held: dict[str, list[str]] = {}
    current, blank = "", False
    for line in text.split("\n")[:3000]:
        named = NAMED.match(line)
        if named and not line.lstrip(" >*").lower().startswith(("from:", "sender:")):
            current = named[1].lower()
            if current not in held:
                held[current] = []
                order.append(current)
        elif blank and line[:1].strip() and current and len(held[current]) > 30:
            current = ""
        if current:
            held[current].append(line.strip())
        blank = not line.strip()
    return [(one, "\n".join(held[one])[:MOST_WORDS]) for one in order]


def of_words(address: str, words: str) -> Failure:
    """Return the failure that the words for people tell."""
    return Failure(
        address=address,
        status=status_of(words, ""),
        reply=reply_of(words),
        words=words,
        spoken=stage_of(words),
    )


def enriched(one: Failure, stanzas: Sequence[tuple[str, str]], text: str) -> Failure:
    """Return the failure with what the words for people add: at which stage, and what was said."""
    near = next((words for address, words in stanzas if address == one.address.lower()), "")
    near = near or text[:MOST_WORDS]
    filled = one
    if not one.words or re.fullmatch(r"[\d.\s-]*", one.words):
        filled = replace(one, reply=one.reply or reply_of(near))
    spoken = stage_of(f"{near}\n{one.words}" if "<<<" in near else one.words) or stage_of(near)
    return replace(filled, around=f"{one.around}\n{near}".strip(), spoken=spoken)


def stage_of(words: str) -> Spoken:
    """Return what the server was answering, as far as the words say: the last command named."""
    words = words[:MOST_TOLD]
    at = [(match.start(), stage) for stage, what in STAGE for match in what.finditer(words)]
    # A transcript names commands in their order: the one before the refusal is the last named
    # before the first reply that says no.
    no = REPLY.search(words)
    before = [one for one in at if no is None or one[0] < no.start()]
    if before:
        return max(before)[1]
    if at:
        return min(at)[1]
    rejected = "recipient address rejected" in words.lower()
    return Spoken.RCPT if rejected else Spoken.UNKNOWN
