"""A delivery's states and allowed moves, what a server's answer means, and when to try again."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import NamedTuple, NewType

DeliveryId = NewType("DeliveryId", int)


class State(StrEnum):
    """Where a delivery stands; see MOVES for the ways between."""

    PENDING = "pending"
    ARMED = "armed"  # on record before the final dot is written
    ACCEPTED = "accepted"
    REFUSED = "refused"
    DEFERRED = "deferred"
    IN_DOUBT = "in_doubt"  # the dot was written and no answer came
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


MOVES: dict[State, frozenset[State]] = {
    State.PENDING: frozenset(
        {State.ARMED, State.REFUSED, State.DEFERRED, State.SUPPRESSED, State.EXPIRED}
        | {State.CANCELLED}
    ),
    State.ARMED: frozenset({State.ACCEPTED, State.REFUSED, State.DEFERRED, State.IN_DOUBT}),
    State.DEFERRED: frozenset(
        {State.PENDING, State.EXPIRED, State.SUPPRESSED, State.CANCELLED},
    ),
    State.IN_DOUBT: frozenset({State.ACCEPTED, State.PENDING}),
    State.ACCEPTED: frozenset(),
    State.REFUSED: frozenset(),
    State.SUPPRESSED: frozenset(),
    State.EXPIRED: frozenset(),
    State.CANCELLED: frozenset(),
}
UNDELIVERED = (State.PENDING, State.DEFERRED)  # nothing of it has left the house
# The papers of these compete again: no reader has seen them.
UNSEEN = (State.REFUSED, State.SUPPRESSED, State.EXPIRED, State.CANCELLED)

# RFC 3463, section 3.2: syntax and domain of the sender; 5.1.0 names nobody. One wrong setting of
# ours gets these from every server, for every reader.
ABOUT_THE_SENDER = ("5.1.0", "5.1.7", "5.1.8")


class Kind(StrEnum):
    """What a delivery carries. All but the digest are transactional: sent again when in doubt."""

    DIGEST = "digest"
    CONFIRMATION = "confirmation"
    WELCOME = "welcome"  # after the confirmation: what comes, and when
    RESUMED = "resumed"  # a pause ran out
    EXPORT = "export"  # what is kept of a reader, to that reader
    ALARM = "alarm"  # to the operator

    __hash__ = str.__hash__  # the enum's own takes longer than the rest of looking one up


# No part of the subscription: these go out whatever its state, but to no suppressed address.
REGARDLESS = (Kind.EXPORT, Kind.ALARM)


class Stage(IntEnum):
    """The last thing that we wrote to the server for this mail, in the order of RFC 5321."""

    CONNECT = 0
    MAIL = 1
    RCPT = 2
    DATA = 3
    DOT = 4


class Result(StrEnum):
    """How one attempt ended."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    IN_DOUBT = "in_doubt"
    NOT_ARMED = "not_armed"  # the row was no longer ours to send: nothing was sent


class Answer(NamedTuple):
    """A server's reply: a code from 200 to 599 and its text on one line."""

    code: int
    text: str

    @property
    def enhanced(self) -> str:
        """Return the enhanced status code (RFC 3463) that the text begins with, or ""."""
        found = re.match(r"[245]\.\d{1,3}\.\d{1,3}(?=\s|$)", self.text)
        return found.group() if found else ""

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


class Outcome(NamedTuple):
    """The result of one attempt and what the server said, if it said anything."""

    result: Result
    answer: Answer | None = None
    reason: str = ""  # ours, where no server spoke
    relay: str = ""  # by which it was tried

    @property
    def reply(self) -> str:
        """Return the server's words, else ours."""
        return str(self.answer) if self.answer else self.reason


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When to try again; `first` and `give_up_after` follow RFC 5321, section 4.5.4.1."""

    first: timedelta = timedelta(minutes=30)
    factor: float = 2.0
    longest: timedelta = timedelta(hours=8)
    give_up_after: timedelta = timedelta(days=4)

    def next_attempt(self, failures: int, queued_at: datetime, now: datetime) -> datetime | None:
        """Return now + min(first * factor ** (failures - 1), longest), or None to give up."""
        growth = self.factor ** min(failures - 1, 100)  # bounded, or the float overflows
        wait = min(self.first.total_seconds() * growth, self.longest.total_seconds())
        at = now + timedelta(seconds=wait)
        return at if at < queued_at + self.give_up_after else None


def judge(written: Stage, answer: Answer | None, reason: str = "") -> Outcome:
    """Return what the server's answer, or its silence, means for a delivery.

    Before the dot the server owns nothing; after it nobody can know (RFC 1047). Only a 5xx is
    final; what is not understood counts as temporary.
    """
    if answer is None:
        result = Result.IN_DOUBT if written is Stage.DOT else Result.DEFERRED
        return Outcome(result, None, reason or "the connection ended without an answer")
    if answer.code >= 500:
        return Outcome(Result.REFUSED, answer)
    if written is Stage.DOT and answer.code < 400:
        # A 3xx after the dot answers nothing; the mail may have been taken.
        return Outcome(Result.ACCEPTED if answer.code < 300 else Result.IN_DOUBT, answer)
    return Outcome(Result.DEFERRED, answer)


def suppresses(outcome: Outcome) -> bool:
    """Return whether the refusal says that the address is dead (RFC 3463: 5.1.x), not we are."""
    if outcome.result is not Result.REFUSED or outcome.answer is None:
        return False
    code = outcome.answer.enhanced
    return code.startswith("5.1.") and code not in ABOUT_THE_SENDER
