"""A message: an issue (or a note) rendered, with what a sender must know to hand it over."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

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


@dataclass(frozen=True, slots=True)
class Links:
    """Where one mail's personal links lead: https with a public address, else mailto; "" if none.

    Every mailto carries its token in the subject.
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


@dataclass(frozen=True, slots=True, eq=False)
class Octets:
    """A text as it goes over the wire (quoted-printable), and as DKIM signs it in relaxed form.

    Both in pieces that many mails share, to be joined once.
    """

    wires: Sequence[bytes]
    relaxeds: Sequence[bytes]

    @property
    def wire(self) -> bytes:
        """Return the octets of the wire."""
        return b"".join(self.wires)

    @property
    def relaxed(self) -> bytes:
        """Return the octets that are signed."""
        return b"".join(self.relaxeds)


@dataclass(frozen=True)
class Rendered:
    """What a reader sees; each part in pieces or as one text."""

    subject: str
    preheader: str
    html_pieces: Sequence[str]
    text_pieces: Sequence[str]
    # The same encoded, where it was made of pieces that are encoded already.
    html_octets: Octets | None = field(default=None, compare=False, repr=False)
    text_octets: Octets | None = field(default=None, compare=False, repr=False)

    @cached_property
    def html(self) -> str:
        """Return the HTML part."""
        return "".join(self.html_pieces)

    @cached_property
    def text(self) -> str:
        """Return the text part."""
        return "".join(self.text_pieces)


@dataclass(frozen=True, slots=True)
class Message:
    """A rendered mail in RFC 5322 form, CRLF line ends, and its envelope."""

    name: str  # stable and safe as a file name, for the outbox folder
    message_id: str  # with angle brackets
    envelope_sender: str
    recipient: str
    rendered: Rendered
    raw: bytes
    # As DKIM signs it, in pieces of pieces; none if it must be found in `raw`.
    relaxed_body: Sequence[Sequence[bytes]] = field(default=(), compare=False, repr=False)
    # Made so that every line ends in CRLF and none begins with a dot: it goes out as it is. All of
    # it is ASCII but an address that is not.
    is_clean: bool = field(default=False, compare=False)
    imprint: Imprint | None = field(default=None, compare=False, repr=False)  # None: of a note
