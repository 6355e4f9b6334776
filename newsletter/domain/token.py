"""Link tokens: keyed, bound to one purpose, so that none works where another belongs."""

import base64
import hmac
import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import blake2b

from newsletter.errors import TokenError

MAC_OCTETS = 16  # 128 bits


class Purpose(StrEnum):
    """What a token allows, and nothing else."""

    CONFIRM = "confirm"
    UNSUBSCRIBE = "unsubscribe"
    PAUSE = "pause"
    PREFERENCES = "preferences"
    READ = "read"  # one issue, on the web
    RATE = "rate"  # the papers of one issue, and what was saved


def make(
    key: bytes, purpose: Purpose, subscriber: int, issue: int = 0, expires: datetime | None = None
) -> str:
    """Return the token for one subscriber (and issue): payload and keyed blake2b MAC, base64url.

    The payload is three big-endian integers: subscriber, issue, expiry in Unix seconds (0: never).
    """
    until = int(expires.timestamp()) if expires else 0
    payload = struct.pack(">QQQ", subscriber, issue, until).lstrip(b"\0")
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
    subscriber, issue, until = struct.unpack(">QQQ", payload.rjust(24, b"\0"))
    if until and datetime.fromtimestamp(until, UTC) <= now:
        raise TokenError("this link is out of date; ask for a new one")
    return subscriber, issue


def spelled(packed: bytes) -> str:
    """Return the octets in base64url without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def mac(key: bytes, purpose: Purpose, payload: bytes) -> bytes:
    """Return the keyed blake2b of the payload, personalised by the purpose (RFC 7693)."""
    return blake2b(payload, key=key, digest_size=MAC_OCTETS, person=purpose.encode()[:16]).digest()
