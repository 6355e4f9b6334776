"""A mail that came back -> what it is about -> suppressed, counted or unsubscribed.

Only what nobody else can know counts as proof: the token in the envelope sender, a link's token or
the Message-ID in the returned mail. The address in a report proves nothing.
"""

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

import sqlalchemy as sa

from newsletter.domain import token
from newsletter.domain.bounce import BouncePolicy, score
from newsletter.domain.subscriber import SubscriberState
from newsletter.domain.token import Purpose
from newsletter.errors import TokenError
from newsletter.mail.bounces.parts import taken_apart
from newsletter.mail.bounces.verdict import Kind, Recipient, Verdict, verdict
from newsletter.store import bounces, deliveries, subscribers
from newsletter.store.bounces import About, Bounce
from newsletter.store.database import Store

log = logging.getLogger(__name__)

# The words for what was done; the last two changed nobody.
OUTCOMES = ("suppressed", "counted", "complained", "known", "unmatched", "ignored")
ADDRESSED = ("to", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-rcpt-to")
RETURN = re.compile(r"\+([a-z2-7]{20,40})@", re.I)
LINK = re.compile(r"(?<![A-Za-z0-9_-])([A-Za-z0-9_-]{24,64})(?![A-Za-z0-9_-])")
MESSAGE_ID = re.compile(r"<[0-9a-f]{32}@[!-;=?-~]{1,255}>")
MOST_RETURNED = 2**18  # characters of the returned mail that are searched
MOST_TRIED = 200  # tokens of one mail


@dataclass(frozen=True, slots=True)
class Found:
    """A report and the delivery that it proves to know."""

    about: About
    verdict: Verdict


def take_back(
    store: Store,
    keys: Sequence[bytes],
    raw: bytes,
    now: datetime,
    policy: BouncePolicy | None = None,
) -> str:
    """Do what a mail that came back asks for, and return one of OUTCOMES."""
    told = verdict(raw)
    if told.kind is Kind.IGNORE:
        return "ignored"
    with store.read() as tx:
        about = matched(tx, keys, raw, told, now)
    if about is None:
        return "unmatched"
    digest = blake2b(raw, digest_size=16).hexdigest()
    with store.write() as tx:
        return apply(tx, Found(about, told), digest, now, policy or BouncePolicy())


def matched(
    tx: sa.Connection, keys: Sequence[bytes], raw: bytes, told: Verdict, now: datetime
) -> About | None:
    """Return the delivery that the mail proves to know of, None if it proves nothing."""
    headers = taken_apart(raw).headers
    addressed = " ".join(headers.get(name, "") for name in ADDRESSED)[:5000]
    for one in RETURN.findall(addressed):
        try:
            return bounces.by_delivery(tx, token.read_return(keys, one))
        except TokenError:
            continue
    returned = told.returned[:MOST_RETURNED]
    # Quoted-printable breaks a token at the end of a line; unfolded, it is whole again.
    text = returned.replace("=\n", "").replace("=3D", "=")
    for subscriber, issue in linked(keys, text, now):
        if about := bounces.by_issue(tx, subscriber, issue):
            return about
    return bounces.by_message_id(tx, MESSAGE_ID.findall(returned))


def linked(keys: Sequence[bytes], text: str, now: datetime) -> Iterator[tuple[int, int]]:
    """Yield subscriber and issue of each of our links' tokens in the text."""
    for one in list(dict.fromkeys(LINK.findall(text)))[:MOST_TRIED]:
        for purpose in (Purpose.UNSUBSCRIBE, Purpose.PAUSE, Purpose.READ):
            try:
                yield token.read(keys, purpose, one, now)
            except TokenError:
                continue


def apply(tx: sa.Connection, found: Found, digest: str, now: datetime, policy: BouncePolicy) -> str:
    """Keep the bounce and do what follows from it; the same mail again changes nothing."""
    about, told = found.about, found.verdict
    one = concerned(told, about.address)
    kind = told.kind
    if kind is Kind.SUPPRESS and not one.hard:
        kind = Kind.COUNT
    kept = Bounce(
        digest=digest,
        delivery_id=about.delivery_id,
        subscriber_id=about.subscriber_id,
        verdict=kind.value,
        status=one.status,
        reason=one.reason,
        diagnostic=told.diagnostic,
        at=now,
    )
    if not bounces.keep(tx, kept):
        return "known"
    bounces.settle_doubt(tx, about.delivery_id, "it came back, so it had gone out", now)
    log.info("bounce delivery=%d verdict=%s reason=%s", about.delivery_id, kind, one.reason)
    if kind is Kind.COMPLAIN:
        left = SubscriberState.UNSUBSCRIBED
        subscribers.set_state(tx, about.subscriber_id, left, now, now)
        deliveries.close_all_of(tx, about.subscriber_id, "the reader complained", now)
        return "complained"
    if kind is Kind.SUPPRESS:
        why = f"hard bounce: {one.reason}: {told.diagnostic}"[:300]
        subscribers.suppress(tx, about.address, why, now)
        return "suppressed"
    # Longer than any row of days that could still count.
    since = now - policy.forget_after * (policy.threshold + 1)
    if score(bounces.soft_days(tx, about.subscriber_id, since), policy) >= policy.threshold:
        why = f"soft bounces on {policy.threshold} days, the last: {told.diagnostic}"[:300]
        subscribers.suppress(tx, about.address, why, now)
        return "suppressed"
    return "counted"


def concerned(told: Verdict, address: str) -> Recipient:
    """Return what the report says of our reader; of several others, that nothing is sure."""
    same = [one for one in told.recipients if one.address.lower() == address.lower()]
    if same:
        return next((one for one in same if one.hard), same[0])
    if len({one.address.lower() for one in told.recipients}) == 1:
        return told.recipients[0]  # forwarded to another address, and that one failed
    return Recipient(address, "", "", "not told", hard=False)
