"""A delivery or an issue -> its message: the same inputs give the same bytes, at any time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import sqlalchemy as sa

from newsletter.actions.gate import Gate
from newsletter.actions.prints import Prints, Shape
from newsletter.domain import token
from newsletter.domain.delivery import REGARDLESS, Kind
from newsletter.domain.imprint import Imprint
from newsletter.domain.issue import Issue
from newsletter.domain.message import Links, Message, Rendered, Site
from newsletter.domain.token import Purpose
from newsletter.errors import NotFoundError
from newsletter.rendering import digest, message, notes
from newsletter.rendering.confirmation import VALID_HOURS
from newsletter.rendering.fresh import Fresh
from newsletter.rendering.templates import Templates
from newsletter.store.deliveries import Delivery
from newsletter.store.shelf import Shelf

if TYPE_CHECKING:  # where nothing is signed, nobody waits for the library
    from newsletter.actions.signing import Signing


@dataclass(frozen=True, slots=True, eq=False)
class Press:
    """What every message is made with."""

    templates: Templates
    site: Site
    keys: Sequence[bytes]  # of tokens, the newest first
    envelope_sender: str
    pages: bool  # whether the site's address leads to our pages
    instance: str  # of the database: another one's messages have other ids
    envelope: str = "fixed"  # or plus, verp: a token in it says which delivery came back
    sign: "Signing | None" = None
    shelf: Shelf = field(default_factory=Shelf)
    gate: Gate = field(default_factory=Gate)
    prints: Prints = field(default_factory=Prints)
    signs: Sequence[str] = ()  # which DKIM keys, for the record
    tongues: dict[str, "Press"] = field(default_factory=dict)  # by language, see `speaking`


def prepare(
    press: Press, tx: sa.Connection, batch: Sequence[Delivery]
) -> Callable[[Delivery], Message]:
    """Return what writes the messages of these deliveries, having read all that they need.

    It raises TemplateError, also for the first of an edition with an error that the lint finds, or
    NotFoundError for a delivery whose issue is gone.
    """
    found = press.shelf.issues(tx, [one.issue_id for one in batch if one.issue_id])

    def write(delivery: Delivery) -> Message:
        spoken = speaking(press, delivery.language)
        if delivery.kind is not Kind.DIGEST:
            shape = press.prints.of_note(shape_of(spoken), notes.names(delivery.kind))
            note = returned(press, delivery, write_note(spoken, delivery), shape)
            return press.gate.admit_once(note, delivery.kind, spoken.templates)
        issue = found.get(delivery.issue_id or 0)
        if issue is None:
            raise NotFoundError(f"delivery {delivery.id} has no issue")
        written = write_digest(spoken, issue, delivery.address, delivery.key)
        made = returned(press, delivery, written, press.prints.of(shape_of(spoken), issue))
        return press.gate.admit_once(made, issue.edition, spoken.templates)

    return write


def speaking(press: Press, code: str) -> Press:
    """Return the press in a reader's language; the site's where none, or one unknown, is wanted."""
    if not code or code == press.templates.language.code:
        return press
    try:
        templates = press.templates.speaking(code)
    except ValueError:
        return press
    found = press.tongues.get(code)
    if found is None or found.templates is not templates:  # the files may have changed
        found = press.tongues[code] = replace(press, templates=templates)
    return found


def shape_of(press: Press) -> Shape:
    """Return what shapes the digests of this press."""
    return Shape(
        press.templates, press.site, press.pages, press.instance, press.keys[0], press.signs
    )


def following(
    press: Press,
) -> Callable[[sa.Connection, Sequence[Delivery]], Callable[[Delivery], Message]]:
    """Return `prepare` by the newest templates that work, for a program that runs on."""
    fresh = Fresh(press.templates)
    return lambda tx, batch: prepare(replace(press, templates=fresh.look()), tx, batch)


def returned(press: Press, delivery: Delivery, written: Message, shape: Imprint) -> Message:
    """Return it with the envelope sender by which a bounce finds its delivery, and its imprint."""
    return replace(written, envelope_sender=returning(press, delivery.id), imprint=shape)


def write_digest(press: Press, issue: Issue, address: str, key: str) -> Message:
    """Return the digest of an issue to an address; its date is when it was composed."""
    links = digest_links(press, issue.subscriber_id, issue.id)
    rendered = digest.digest(press.templates, issue, press.site, links)
    name = f"{issue.edition}-{issue.subscriber_id}"
    return pack(
        press, rendered, links, Envelope(address, key, Kind.DIGEST, issue.composed_at, name)
    )


def write_note(press: Press, delivery: Delivery) -> Message:
    """Return any mail but a digest; its date, as all it says, was stored with the delivery."""
    asked_at = datetime.fromisoformat(delivery.inputs["asked_at"])
    if delivery.kind is Kind.CONFIRMATION:
        links = confirmation_links(press, delivery.subscriber_id, asked_at)
    elif delivery.kind in REGARDLESS:
        links = Links(unsubscribe="")  # it may be that there is nothing to end
    else:
        links = digest_links(press, delivery.subscriber_id, 0)
    writer = notes.WRITERS[delivery.kind]
    rendered = writer(press.templates, press.site, links, delivery.address, delivery.inputs)
    name = f"{delivery.kind}-{delivery.id}"
    envelope = Envelope(delivery.address, delivery.key, delivery.kind, asked_at, name)
    return pack(press, rendered, links, envelope)


class Envelope(NamedTuple):
    """What tells one message from another, its text apart."""

    recipient: str
    key: str  # the delivery's
    kind: Kind
    date: datetime
    name: str


def pack(press: Press, rendered: Rendered, links: Links, envelope: Envelope) -> Message:
    """Return the rendered text as a message."""
    made = message.build(
        rendered,
        site=press.site,
        links=links,
        recipient=envelope.recipient,
        message_key=f"{press.instance}/{envelope.key}/{envelope.recipient}",
        kind=envelope.kind,
        date=envelope.date,
        name=envelope.name,
        envelope_sender=press.envelope_sender,
    )
    return press.sign(made) if press.sign else made


def returning(press: Press, delivery_id: int) -> str:
    """Return the envelope sender of a delivery, to which its bounces come back."""
    local, _, domain = press.envelope_sender.rpartition("@")
    if press.envelope == "fixed":
        return press.envelope_sender
    box = "bounces" if press.envelope == "verp" else local
    return f"{box}+{token.make_return(press.keys[0], delivery_id)}@{domain}"


def digest_links(press: Press, subscriber: int, issue: int) -> Links:
    """Return a digest's personal links: pages where there are any, and mailto always."""
    payload = token.payload(subscriber, issue)

    def link(path: str, purpose: Purpose) -> tuple[str, str]:
        made = token.stamped(press.keys[0], purpose, payload)
        page = f"{press.site.url}/{path}/{made}" if press.pages else ""
        return page, mailto(press.site, purpose, made)

    unsubscribe, unsubscribe_mailto = link("unsubscribe", Purpose.UNSUBSCRIBE)
    pause, pause_mailto = link("pause", Purpose.PAUSE)
    rate, rate_mailto = link("rate", Purpose.RATE)
    return Links(
        unsubscribe=unsubscribe or unsubscribe_mailto,
        one_click=unsubscribe,
        unsubscribe_mailto=unsubscribe_mailto,
        pause=pause or pause_mailto,
        preferences=link("preferences", Purpose.PREFERENCES)[0] if press.pages else "",
        web_view=link("issues", Purpose.READ)[0] if press.pages else "",
        subscribe=f"{press.site.url}/" if press.pages else "",
        rate=rate,
        rate_mailto=rate_mailto,
    )


def confirmation_links(press: Press, subscriber: int, asked_at: datetime) -> Links:
    """Return the links of the mail that asks to confirm."""
    until = asked_at + timedelta(hours=VALID_HOURS)
    made = token.make(press.keys[0], Purpose.CONFIRM, subscriber, expires=until)
    written = mailto(press.site, Purpose.CONFIRM, made)
    confirm = f"{press.site.url}/confirm/{made}" if press.pages else written
    return Links(unsubscribe="", confirm=confirm)


def mailto(site: Site, purpose: Purpose, made: str) -> str:
    """Return an address that a mail program opens with the token in the subject."""
    # A token is of letters that need no quoting.
    return f"mailto:{quoted(site.reply_to or site.from_address)}?subject={purpose}%20{made}"


@lru_cache(maxsize=16)
def quoted(address: str) -> str:
    """Return the address as it stands in a link."""
    return quote(address, safe="@")
