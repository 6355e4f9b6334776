"""Link tokens: keyed, bound to one purpose, so that none works where another belongs."""

import base64
import binascii
import hmac
import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b

from newsletter.errors import TokenError

THREE = struct.Struct(">QQQ")
URL_SAFE = bytes.maketrans(b"+/", b"-_")
MAC_OCTETS = 16  # 128 bits
RETURN_MAC_OCTETS = 12  # 96 bits: a local part has room for 64 characters


class Purpose(StrEnum):
    """What a token allows, and nothing else."""

    CONFIRM = "confirm"
    UNSUBSCRIBE = "unsubscribe"
    PAUSE = "pause"
    PREFERENCES = "preferences"
    READ = "read"  # one issue, on the web
    RATE = "rate"  # the papers of one issue, and what was saved
    BOUNCE = "bounce"  # in an envelope sender

    __hash__ = str.__hash__  # the enum's own takes longer than the rest of looking one up


def make(
    key: bytes, purpose: Purpose, subscriber: int, issue: int = 0, expires: datetime | None = None
) -> str:
    """Return the token for one subscriber (and issue)."""
    return stamped(key, purpose, payload(subscriber, issue, expires))


def payload(subscriber: int, issue: int = 0, expires: datetime | None = None) -> bytes:
    """Return what a token says: three big-endian integers, of which the first has no zeros before.

    They are the subscriber, the issue, and the expiry in Unix seconds (0: never).
    """
    until = int(expires.timestamp()) if expires else 0
    return THREE.pack(subscriber, issue, until).lstrip(b"\0")


def stamped(key: bytes, purpose: Purpose, payload: bytes) -> str:
    """Return the token of a payload: its keyed blake2b MAC and itself, base64url."""
    return spelled(mac(key, purpose, payload) + payload)


def read(keys: Sequence[bytes], purpose: Purpose, text: str, now: datetime) -> tuple[int, int]:
    """Return the subscriber and the issue (0 if none) that the token was made for.

    `keys` has the newest first; older ones are kept for rotation. Raises TokenError if no key made
    it for this purpose, or it is out of date.
    """
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, UnicodeError) as error:
        raise TokenError("this link is not complete; copy it whole from the mail") from error
    given, payload = packed[:MAC_OCTETS], packed[MAC_OCTETS:]
    # Decoding passes over foreign letters and spare bits; only the spelling that we wrote counts.
    written = text == spelled(packed) and len(payload) <= 24
    if not written or not any(
        hmac.compare_digest(given, mac(key, purpose, payload)) for key in keys
    ):
        raise TokenError("this link is not complete; copy it whole from the mail")
    subscriber, issue, until = THREE.unpack(payload.rjust(24, b"\0"))
    if until and datetime.fromtimestamp(until, UTC) <= now:
        raise TokenError("this link is out of date; ask for a new one")
    return subscriber, issue


def spelled(packed: bytes) -> str:
    """Return the octets in base64url without padding (RFC 4648, section 5)."""
    plain = binascii.b2a_base64(packed, newline=False)
    return plain.translate(URL_SAFE, b"=").decode()


def mac(key: bytes, purpose: Purpose, payload: bytes) -> bytes:
    """Return the keyed blake2b of the payload, personalised by the purpose (RFC 7693)."""
    begun = keyed(key, purpose).copy()
    begun.update(payload)
    return begun.digest()


@lru_cache(maxsize=64)
def keyed(key: bytes, purpose: Purpose) -> blake2b:
    """Return the hash that has taken in the key, to be copied: that is half of the work."""
    return blake2b(key=key, digest_size=MAC_OCTETS, person=purpose.encode()[:16])


def make_return(key: bytes, delivery: int) -> str:
    """Return the token for an envelope sender: small letters and digits, for case may be lost."""
    payload = delivery.to_bytes(8, "big").lstrip(b"\0")
    packed = mac(key, Purpose.BOUNCE, payload)[:RETURN_MAC_OCTETS] + payload
    return base64.b32encode(packed).rstrip(b"=").decode().lower()


def read_return(keys: Sequence[bytes], text: str) -> int:
    """Return the delivery that the token was made for; raises TokenError if no key made it."""
    try:
        packed = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except ValueError as error:
        raise TokenError("this is no return address of ours") from error
    given, payload = packed[:RETURN_MAC_OCTETS], packed[RETURN_MAC_OCTETS:]
    for key in keys:
        wanted = mac(key, Purpose.BOUNCE, payload)[:RETURN_MAC_OCTETS]
        if len(payload) <= 8 and hmac.compare_digest(given, wanted):
            return int.from_bytes(payload, "big")
    raise TokenError("this is no return address of ours")
