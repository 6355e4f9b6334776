"""A rendered mail in RFC 5322 form: headers, a text part, an HTML part; the same bytes each time.

Date, Message-ID and boundary come from what is stored, so a mail can be built again byte for byte.
"""

from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from hashlib import blake2b

from newsletter.domain.delivery import Kind
from newsletter.domain.message import Links, Message, Rendered, Site
from newsletter.rendering.headers import (
    address_header,
    id_header,
    one_line,
    text_header,
    uri_header,
)
from newsletter.rendering.octets import joined, segment


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
    message_id = f"<{digits}@{site.from_address.rpartition('@')[2]}>"
    headers = [
        address_header("From", site.from_address, one_line(site.from_name) or site.name),
        address_header("To", recipient),
        address_header("Reply-To", site.reply_to) if site.reply_to else b"",
        text_header("Subject", rendered.subject),
        date_header(date),
        b"Message-ID: " + message_id.encode() + b"\r\n",
        text_header("MIME-Version", "1.0"),
        *(list_headers(site, links) if kind is Kind.DIGEST else []),
        text_header("Auto-Submitted", "auto-generated"),
    ]
    # Of "=_" nothing in a quoted-printable body can consist: there "=" precedes digits only.
    boundary = f"=_{digits}".encode()
    text = rendered.text_octets or joined([segment(rendered.text)])
    html = rendered.html_octets or joined([segment(rendered.html)])
    text_head, html_head, end = frame(boundary)
    headers.append(b'Content-Type: multipart/alternative;\r\n boundary="' + boundary + b'"\r\n')
    return Message(
        name,
        message_id,
        envelope_sender,
        recipient,
        rendered,
        b"".join([*headers, b"\r\n", *text_head, *text.wires, *html_head, *html.wires, end]),
        (text_head, text.relaxeds, html_head, html.relaxeds, [end]),
        is_clean=True,
    )


@lru_cache(maxsize=16)
def date_header(date: datetime) -> bytes:
    """Return the Date header, in UTC."""
    return text_header("Date", format_datetime(date.astimezone(UTC)))


def keyed(message_key: str) -> str:
    """Return 32 hexadecimal digits made from the key."""
    return blake2b(message_key.encode(), digest_size=16, person=b"message-id").hexdigest()


def list_headers(site: Site, links: Links) -> list[bytes]:
    """Return the headers of list mail (RFC 2369, 2919, 8058), https before mailto.

    Without a public address there is no https to offer.
    """
    mailto = links.unsubscribe_mailto
    if not mailto and links.unsubscribe.startswith("mailto:"):
        mailto = links.unsubscribe
    page = (links.one_click or links.unsubscribe) if site.url else ""
    offered = [page] if page.startswith(("https://", "http://")) else []
    offered += [mailto] if mailto else []
    list_id = site.list_id or site.from_address.replace("@", ".")
    headers = [id_header("List-Id", list_id, site.name)]
    if offered:
        headers.append(uri_header("List-Unsubscribe", offered))
    if links.one_click and links.one_click in offered:
        headers.append(text_header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return [*headers, text_header("Precedence", "bulk")]


def frame(boundary: bytes) -> tuple[list[bytes], list[bytes], bytes]:
    """Return what stands before the text, before the HTML and after it: the poorer form first."""
    between = b"--" + boundary
    before = [part_head(between, b"text/plain")]
    middle = [b"\r\n", part_head(between, b"text/html")]
    return before, middle, b"\r\n" + between + b"--\r\n"


def part_head(between: bytes, kind: bytes) -> bytes:
    """Return a part's boundary and headers."""
    return (
        between + b"\r\nContent-Type: " + kind + b"; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
