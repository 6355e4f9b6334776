"""A message: an issue (or a note) rendered, with what a sender must know to hand it over."""

import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from newsletter.domain.imprint import Imprint


@dataclass(frozen=True, slots=True)
class Site:
    """Who writes, as the reader sees it."""

    name: str
    url: str = ""  # without slash at the end; "" if the newsletter has no public address
    postal_address: str = ""
    from_address: str = "newsletter@example.org"
    from_name: str = ""  # the site's name if empty
    reply_to: str = ""
    list_id: str = ""  # RFC 2919, without brackets; derived from the from address if empty


class Links(NamedTuple):
    """Where one mail's personal links lead: https with a public address, else mailto; "" if none.

    Every mailto carries its token in the subject. A tuple: each mail has links of its own.
    """

    unsubscribe: str  # the page with a button, or a mailto
    one_click: str = ""  # RFC 8058: https only
    unsubscribe_mailto: str = ""
    pause: str = ""
    preferences: str = ""
    web_view: str = ""
    subscribe: str = ""
    confirm: str = ""  # in a confirmation only
    rate: str = ""  # the page on which an issue's papers are rated and saved
    rate_mailto: str = ""  # the same by mail, see `rating`

    def rating(self, word: str, position: int) -> str:
        """Return where a paper is rated by its position: on the page, else by a mail of that word.

        The words are more, less, save and none. "" if neither is there.
        """
        if self.rate:
            return f"{self.rate}#p{position}"
        return f"{self.rate_mailto}%20{word}%20{position}" if self.rate_mailto else ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail."""

    name: str  # of letters, digits, dots and hyphens
    media_type: str  # application/json
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Rendered:
    """What a reader sees; each part as a text, or encoded already (quoted-printable)."""

    subject: str
    preheader: str
    html_pieces: Sequence[str] = ()
    text_pieces: Sequence[str] = ()
    html_octets: Sequence[bytes] = field(default=(), repr=False)  # to be joined
    text_octets: Sequence[bytes] = field(default=(), repr=False)
    attachment: Attachment | None = None

    @cached_property
    def html(self) -> str:
        """Return the HTML part."""
        return "".join(self.html_pieces) or decoded(self.html_octets)

    @cached_property
    def text(self) -> str:
        """Return the text part."""
        return "".join(self.text_pieces) or decoded(self.text_octets)


def decoded(octets: Sequence[bytes]) -> str:
    """Return the text that the octets of a part say."""
    return binascii.a2b_qp(b"".join(octets)).decode().replace("\r\n", "\n")


class Canonical(NamedTuple):
    """What DKIM signs of a message, where that is known from the making (RFC 6376, relaxed)."""

    # Each header that is signed, as it stands in `raw`, in the order of dkim.OVERSIGNED; b"" for
    # one that is not there.
    headers: tuple[bytes, ...]
    body_at: int  # where the body begins in `raw`, which is canonical as it stands


class Seal(Protocol):
    """Headers that are to go before a message once their signatures are made."""

    @property
    def blanks(self) -> tuple[Any, ...]:
        """Return them without their signatures."""

    def __call__(self) -> bytes:
        """Return them with their signatures."""


@dataclass(frozen=True, slots=True)
class Message:
    """A rendered mail in RFC 5322 form, CRLF line ends, and its envelope."""

    name: str  # stable and safe as a file name, for the outbox folder
    message_id: str  # with angle brackets
    envelope_sender: str
    recipient: str
    rendered: Rendered
    raw: bytes
    canonical: Canonical | None = field(default=None, compare=False, repr=False)
    # Made so that every line ends in CRLF and none begins with a dot: it goes out as it is. All of
    # it is ASCII but an address that is not.
    is_clean: bool = field(default=False, compare=False)
    imprint: Imprint | None = field(default=None, compare=False, repr=False)  # None: not kept
    body_hash: bytes = field(default=b"", compare=False, repr=False)  # its SHA-256, if known
    seal: Seal | None = field(default=None, compare=False, repr=False)

    def sealed(self) -> "Message":
        """Return it with its signatures, ready to be handed over."""
        return replace(self, raw=self.seal() + self.raw, seal=None) if self.seal else self
