"""Complaints: feedback reports of RFC 5965, and the forms that some providers have instead."""

import json
import re
from dataclasses import dataclass

from newsletter.mail.bounces.parts import Letter
from newsletter.mail.bounces.reports import ANY_ADDRESS, MOST_FAILURES

COUNTING = frozenset({"abuse", "opt-out", "opt-out-list", "complaint", "fraud", "unsubscribe"})
FROM_A_LOOP = re.compile(
    r"^(?:staff@hotmail\.com|[^@]*(?:feedback|fbl|abuse|complaint|jmrp|arf)[^@]*@)", re.I
)
ABOUT_ABUSE = re.compile(
    r"complaint about message|abuse report|spam (?:report|complaint)|email feedback report"
    r"|feedback loop"
    r"|client tos notification",
    re.I,
)
OPT_OUT = re.compile(r"^\s*(?:re:\s*)?unsubscribe\s*$", re.I)


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a provider reports of a reader."""

    type: str  # abuse, opt-out, auth-failure, not-spam, ...
    addresses: tuple[str, ...]

    @property
    def counts(self) -> bool:
        """Return whether the reader wants no more mail."""
        return self.type in COUNTING


def complaint(letter: Letter) -> Complaint | None:
    """Return the complaint that the mail is, None if it is none."""
    subject = letter.headers.get("subject", "")
    sender = ANY_ADDRESS.search(letter.headers.get("from", ""))
    if letter.feedback or "feedback-report" in letter.kind:
        fields = {name: value for one in letter.feedback for name, value in one.items()}
        kind = fields.get("feedback-type") or fields.get("abuse-type") or "abuse"
        named = " ".join(fields.get(name, "") for name in ("original-rcpt-to", "removal-recipient"))
        addresses = tuple(ANY_ADDRESS.findall(named)[:MOST_FAILURES])
        return Complaint(kind.split("\n")[0].strip().lower(), addresses)
    if sender and FROM_A_LOOP.match(sender[0]) and ABOUT_ABUSE.search(subject):
        return Complaint("abuse", ())
    if OPT_OUT.match(subject) and not letter.blocks:
        return Complaint("opt-out", (sender[0],) if sender else ())  # a mail program's own button
    return of_event(letter.text)


def of_event(text: str) -> Complaint | None:
    """Return the complaint that a provider tells as JSON in a mail."""
    start = text.find('{"notificationType":"Complaint"')
    if start < 0:
        return None
    try:
        event, _ = json.JSONDecoder().raw_decode(text[start:])
        told = event["complaint"]
        named = told["complainedRecipients"][:MOST_FAILURES]
        addresses = tuple(str(one["emailAddress"]) for one in named)
        return Complaint(str(told.get("complaintFeedbackType") or "abuse"), addresses)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Complaint("abuse", ())
