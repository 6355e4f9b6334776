"""Messages -> signed messages: at once, or with a seal that is set when somebody has the time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from newsletter.domain.message import Message
from newsletter.rendering.dkim import Blank, SigningKey, blanks


@dataclass(frozen=True, slots=True)
class Seal:
    """Headers without their signatures, and the keys that are to make them."""

    blanks: tuple[Blank, ...]
    keys: tuple[SigningKey, ...]

    def __call__(self) -> bytes:
        """Return the headers with their signatures."""
        pairs = zip(self.blanks, self.keys, strict=True)
        return b"".join([one.filled(key.sign(one.digest)) for one, key in pairs])


class Signing:
    """What signs messages by its keys; `later`, by whoever calls `Message.sealed`.

    RSA (PKCS #1 1.5) and Ed25519 are deterministic: the bytes are the same whoever does.
    """

    def __init__(self, keys: Sequence[SigningKey], later: bool = False) -> None:
        self.keys = tuple(keys)
        self.later = later

    def __call__(self, made: Message) -> Message:
        """Return the message with its signatures, or with the seal."""
        found, body_hash = blanks(made.raw, self.keys, made.canonical)
        known = body_hash if made.canonical else b""  # of the body as it stands
        closed = replace(made, seal=self.seal(found), body_hash=known)
        return closed if self.later else closed.sealed()

    def seal(self, found: Sequence[Blank]) -> Seal:
        """Return what fills these by the keys, which are in their order."""
        return Seal(tuple(found), self.keys)
