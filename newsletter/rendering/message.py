"""A rendered mail in RFC 5322 form: headers, a text part, an HTML part; the same bytes each time.

Date, Message-ID and boundary come from what is stored, so a mail can be built again byte for byte.
"""

import binascii
import re
from datetime import UTC, datetime
from email.utils import format_datetime
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

ENDING_SPACE = re.compile(rb"=(?:20|09)\r\n")


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
    message_id = f"<{keyed(message_key, b'message-id')}@{site.from_address.rpartition('@')[2]}>"
    headers = [
        address_header("From", site.from_address, one_line(site.from_name) or site.name),
        address_header("To", recipient),
        address_header("Reply-To", site.reply_to) if site.reply_to else b"",
        text_header("Subject", rendered.subject),
        text_header("Date", format_datetime(date.astimezone(UTC))),
        text_header("Message-ID", message_id),
        text_header("MIME-Version", "1.0"),
        *(list_headers(site, links) if kind is Kind.DIGEST else []),
        text_header("Auto-Submitted", "auto-generated"),
    ]
    # Of "=_" nothing in a quoted-printable body can consist: there "=" precedes digits only.
    boundary = f"=_{keyed(message_key, b'boundary')}"
    raw = b"".join(headers) + body(rendered, boundary.encode())
    return Message(name, message_id, envelope_sender, recipient, rendered, raw)


def keyed(message_key: str, use: bytes) -> str:
    """Return 32 hexadecimal digits made from the key for this use."""
    return blake2b(message_key.encode(), digest_size=16, person=use).hexdigest()


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


def body(rendered: Rendered, boundary: bytes) -> bytes:
    """Return the Content-Type header and both parts, the text first as the poorer form."""
    return b"".join(
        [
            b"Content-Type: multipart/alternative;\r\n",
            b' boundary="' + boundary + b'"\r\n\r\n',
            part(boundary, b"text/plain", rendered.text),
            part(boundary, b"text/html", rendered.html),
            b"--" + boundary + b"--\r\n",
        ]
    )


def part(boundary: bytes, kind: bytes, text: str) -> bytes:
    """Return one part with its headers, and the line end that belongs to the next boundary."""
    return b"".join(
        [
            b"--" + boundary + b"\r\n",
            b"Content-Type: " + kind + b"; charset=utf-8\r\n",
            b"Content-Transfer-Encoding: quoted-printable\r\n\r\n",
            quoted_printable(text),
            b"\r\n",
        ]
    )


def quoted_printable(text: str) -> bytes:
    """Return the text in lines of at most 76 octets, ending in CRLF (RFC 2045, section 6.7)."""
    unix = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"
    # The encoder takes the kind of its soft line ends from the first line end that it meets.
    octets = unix.replace("\n", "\r\n").encode(errors="replace")
    encoded = binascii.b2a_qp(octets, quotetabs=False, istext=True)
    return ENDING_SPACE.sub(within_line, encoded)


def within_line(ending: re.Match[bytes]) -> bytes:
    """Return the encoded space and the line end after it, on a line of its own if they need one.

    The encoder counts a space as one octet before it finds that it ends a line and takes three.
    """
    began = ending.string.rfind(b"\n", 0, ending.start()) + 1
    return b"=\r\n" + ending.group() if ending.start() - began > 73 else ending.group()
