"""A rendered mail in RFC 5322 form: headers, a text part, an HTML part; the same bytes each time.

Date, Message-ID and boundary come from what is stored, so a mail can be built again byte for byte.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from hashlib import blake2b

from newsletter.domain.delivery import Kind
from newsletter.domain.message import Attachment, Canonical, Links, Message, Rendered, Site
from newsletter.rendering.headers import (
    address_header,
    id_header,
    one_line,
    text_header,
    uri_header,
)
from newsletter.rendering.octets import closed, segment


def build(
    rendered: Rendered,
    *,
    site: Site,
    links: Links,
    recipient: str,
    message_key: str,
    kind: Kind,
    date: datetime,
    name: str,
    envelope_sender: str,
) -> Message:
    """Return the message; `message_key` is unique to this mail and makes its Message-ID.

    `name` is a file name for it. Raises AddressError if an address cannot stand in a header.
    """
    digits = keyed(message_key)
    ours = standing(site, kind)
    message_id = f"<{digits}@{ours.domain}>"
    to = address_header("To", recipient)
    subject, dated = text_header("Subject", rendered.subject), date_header(date)
    named = b"Message-ID: " + message_id.encode() + b"\r\n"
    leaving, one_click = leaving_headers(site, links) if kind is Kind.DIGEST else (b"", b"")
    typed, body = content(rendered, digits)
    first = (ours.sender, to, ours.reply_to, subject, dated, named, ours.mime, ours.list_id)
    head = b"".join((*first, leaving, one_click, ours.ending, typed, b"\r\n"))
    signable = (
        *(ours.sender, to, b"", subject, dated, named, ours.reply_to, ours.mime, typed),
        *(ours.list_id, leaving, one_click, ours.automatic),
    )
    return Message(
        name,
        message_id,
        envelope_sender,
        recipient,
        rendered,
        b"".join((head, *body)),
        Canonical(signable, len(head)),
        is_clean=True,
    )


def content(rendered: Rendered, digits: str) -> tuple[bytes, tuple[bytes, ...]]:
    """Return the Content-Type header and the body, to be joined; the boundary is of the digits."""
    # Of "=_" nothing in a quoted-printable body can consist: there "=" precedes digits only.
    boundary = f"=_{digits}".encode()
    typed = b'Content-Type: multipart/alternative;\r\n boundary="' + boundary + b'"\r\n'
    text = rendered.text_octets or closed([segment(rendered.text)])
    html = rendered.html_octets or closed([segment(rendered.html)])
    opening, closing = b"--" + boundary, b"\r\n--" + boundary
    body = (opening, TEXT_HEAD, *text, closing, HTML_HEAD, *html, closing, b"--\r\n")
    if rendered.attachment is None:
        return typed, body
    outer = f"=_a{digits}".encode()
    mixed = b'Content-Type: multipart/mixed;\r\n boundary="' + outer + b'"\r\n'
    return mixed, enclosed(outer, typed, body, rendered.attachment)


def enclosed(
    boundary: bytes, typed: bytes, body: Sequence[bytes], file: Attachment
) -> tuple[bytes, ...]:
    """Return the body with a file behind it (RFC 2046, section 5.1.3; RFC 2183)."""
    head = (
        f"Content-Type: {file.media_type}\r\n"
        f'Content-Disposition: attachment; filename="{file.name}"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    ).encode("ascii")
    lines = base64.encodebytes(file.content).replace(b"\n", b"\r\n")
    opening = b"--" + boundary
    return (
        *(opening, b"\r\n", typed, b"\r\n", *body),
        *(opening, b"\r\n", head, lines, opening, b"--\r\n"),
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """The headers that all mails of a kind have from one site; b"" for one that is not there."""

    domain: str  # in which Message-IDs are made
    sender: bytes
    reply_to: bytes
    mime: bytes
    list_id: bytes
    automatic: bytes
    ending: bytes  # what stands before Content-Type


@lru_cache(maxsize=16)
def standing(site: Site, kind: Kind) -> Standing:
    """Return the headers that do not change; raises AddressError."""
    is_listed = kind is Kind.DIGEST
    automatic = text_header("Auto-Submitted", "auto-generated")
    list_id = site.list_id or site.from_address.replace("@", ".")
    return Standing(
        domain=site.from_address.rpartition("@")[2],
        sender=address_header("From", site.from_address, one_line(site.from_name) or site.name),
        reply_to=address_header("Reply-To", site.reply_to) if site.reply_to else b"",
        mime=text_header("MIME-Version", "1.0"),
        list_id=id_header("List-Id", list_id, site.name) if is_listed else b"",
        automatic=automatic,
        ending=(text_header("Precedence", "bulk") if is_listed else b"") + automatic,
    )


@lru_cache(maxsize=16)
def date_header(date: datetime) -> bytes:
    """Return the Date header, in UTC."""
    return text_header("Date", format_datetime(date.astimezone(UTC)))


def keyed(message_key: str) -> str:
    """Return 32 hexadecimal digits made from the key."""
    return blake2b(message_key.encode(), digest_size=16, person=b"message-id").hexdigest()


def leaving_headers(site: Site, links: Links) -> tuple[bytes, bytes]:
    """Return List-Unsubscribe (RFC 2369), https before mailto, and -Post (RFC 8058); b"" for none.

    Without a public address there is no https to offer.
    """
    mailto = links.unsubscribe_mailto
    if not mailto and links.unsubscribe.startswith("mailto:"):
        mailto = links.unsubscribe
    page = (links.one_click or links.unsubscribe) if site.url else ""
    offered = [page] if page.startswith(("https://", "http://")) else []
    offered += [mailto] if mailto else []
    if not offered:
        return b"", b""
    is_one_click = links.one_click and links.one_click in offered
    return uri_header("List-Unsubscribe", offered), ONE_CLICK if is_one_click else b""


def part_head(kind: bytes) -> bytes:
    """Return what stands between a part's boundary and its text."""
    return (
        b"\r\nContent-Type: " + kind + b"; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )


# The poorer form comes first (RFC 2046, section 5.1.4).
TEXT_HEAD, HTML_HEAD = part_head(b"text/plain"), part_head(b"text/html")
ONE_CLICK = text_header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
