"""DKIM signatures (RFC 6376, RFC 8463), relaxed/relaxed, deterministic: message in, signed one out.

Only the signature itself costs: headers and body are made canonical by a few passes of C over the
bytes, and a body that is canonical by construction is hashed as it stands. A signature is made from
32 octets, so that another process may make it.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from newsletter.domain.message import Canonical

# Named once more than they stand there, so that nobody can add a second one (RFC 6376, 8.15).
OVERSIGNED = (
    b"from", b"to", b"cc", b"subject", b"date", b"message-id", b"reply-to", b"mime-version",
    b"content-type", b"list-id", b"list-unsubscribe", b"list-unsubscribe-post", b"auto-submitted",
)  # fmt: skip
OPENINGS = tuple(name + b":" for name in OVERSIGNED)
TABS = bytes.maketrans(b"\t", b" ")
WIDTH = 72  # characters of the signature on a line
PADDING, PREHASHED = PKCS1v15(), Prehashed(hashes.SHA256())

PrivateKey = RSAPrivateKey | Ed25519PrivateKey
Field = tuple[bytes, bytes]  # a header's name and value, both in relaxed form


@dataclass(frozen=True, slots=True, eq=False)  # by identity: it is a key of a cache
class SigningKey:
    """A private key and where its public half is published."""

    domain: str
    selector: str
    private: PrivateKey = field(repr=False)

    @property
    def algorithm(self) -> str:
        """Return the value of the tag `a`."""
        return "rsa-sha256" if isinstance(self.private, RSAPrivateKey) else "ed25519-sha256"

    def sign(self, digest: bytes) -> bytes:
        """Return the signature over the SHA-256 of canonical headers (RFC 6376; RFC 8463, 3)."""
        if isinstance(self.private, RSAPrivateKey):
            return self.private.sign(digest, PADDING, PREHASHED)
        return self.private.sign(digest)


class Blank(NamedTuple):
    """A DKIM-Signature header up to its signature, and the SHA-256 that its key is to sign."""

    header: bytes
    digest: bytes

    def filled(self, signature: bytes) -> bytes:
        """Return the header with its signature."""
        made = base64.b64encode(signature)
        lines = [made[start : start + WIDTH] for start in range(0, len(made), WIDTH)]
        return self.header + b"\r\n ".join(lines) + b"\r\n"


def signed(raw: bytes, keys: Sequence[SigningKey], known: Canonical | None = None) -> bytes:
    """Return the message with a signature of each key before it, the first key's first.

    `raw` has CRLF line ends; what is known of it from its making is not looked for. No signature
    covers another one.
    """
    found, _ = blanks(raw, keys, known)
    made = [one.filled(key.sign(one.digest)) for one, key in zip(found, keys, strict=True)]
    return b"".join([*made, raw])


def blanks(
    raw: bytes, keys: Sequence[SigningKey], known: Canonical | None = None
) -> tuple[list[Blank], bytes]:
    """Return the header of each key without its signature, and the SHA-256 of the body."""
    if known:
        names, covered = chosen_at_once(known.headers)
        body: bytes | memoryview = memoryview(raw)[known.body_at :]
    else:
        end = raw.find(b"\r\n\r\n")
        end = len(raw) if end < 0 else end
        names, covered = chosen(canonical_fields(raw[:end]))
        body = canonical_body(raw[end + 4 :])
    body_hash = hashlib.sha256(body).digest()
    return [blank(key, names, covered, base64.b64encode(body_hash)) for key in keys], body_hash


def blank(key: SigningKey, names: tuple[bytes, ...], covered: bytes, body_hash: bytes) -> Blank:
    """Return the header of a key for these canonical headers and this body."""
    header = tags(key, names) + body_hash + b";\r\n b="
    # Our own header without the signature, relaxed and without CRLF, is the last thing signed.
    own = b"dkim-signature:" + header[len(b"DKIM-Signature: ") :].replace(b"\r\n ", b" ")
    return Blank(header, hashlib.sha256(covered + own).digest())


def chosen(fields: Sequence[Field]) -> tuple[tuple[bytes, ...], bytes]:
    """Return the names for the tag `h`, and the canonical headers that they stand for.

    Of several headers of one name the last comes first (RFC 6376, section 5.4.2).
    """
    standing: dict[bytes, list[bytes]] = {}
    for name, value in fields:
        standing.setdefault(name, []).append(value)
    names, covered = list[bytes](), list[bytes]()
    for name in OVERSIGNED:
        values = standing.get(name, [])
        names += [name] * (len(values) + 1)
        covered += [name + b":" + value + b"\r\n" for value in reversed(values)]
    return tuple(names), b"".join(covered)


def chosen_at_once(headers: tuple[bytes, ...]) -> tuple[tuple[bytes, ...], bytes]:
    """Return the same for headers of ours, of each name one at most, in the order of OVERSIGNED."""
    named = zip(OPENINGS, headers, strict=True)
    # From `Name: value` to `name:value`.
    covered = b"".join([opening + one[len(opening) + 1 :] for opening, one in named if one])
    covered = covered.replace(b"\r\n ", b" ")
    if b"  " in covered or b"\t" in covered or b" \r\n" in covered:
        return chosen(canonical_fields(b"".join(headers).removesuffix(b"\r\n")))
    return names_of(tuple(map(bool, headers))), covered


@lru_cache(maxsize=64)
def names_of(there: tuple[bool, ...]) -> tuple[bytes, ...]:
    """Return the names for the tag `h`, where headers are there as told."""
    pairs = zip(OVERSIGNED, there, strict=True)
    return tuple(name for name, is_there in pairs for _ in range(1 + is_there))


@lru_cache(maxsize=64)
def tags(key: SigningKey, names: tuple[bytes, ...]) -> bytes:
    """Return the header up to the body's hash, folded where it may be."""
    lines, line = [], b" h="
    for name in names:
        if len(line) + len(name) > WIDTH:
            lines.append(line)
            line = b" "
        line += name + b":"
    lines.append(line[:-1] + b";")
    first = (
        f"DKIM-Signature: v=1; a={key.algorithm}; c=relaxed/relaxed; d={key.domain};\r\n"
        f" s={key.selector};\r\n"
    )
    return first.encode() + b"\r\n".join(lines) + b"\r\n bh="


def canonical_fields(head: bytes) -> list[Field]:
    """Return the headers in relaxed form (RFC 6376, section 3.4.2)."""
    unfolded = head.translate(TABS).replace(b"\r\n ", b" ")
    found = []
    for line in unfolded.split(b"\r\n"):
        name, _, value = line.partition(b":")
        found.append((name.strip(b" ").lower(), single(value).strip(b" ")))
    return found


def canonical_body(body: bytes) -> bytes:
    """Return the body in relaxed form (RFC 6376, section 3.4.4)."""
    if b"\t" in body:
        body = body.translate(TABS)
    body = single(body)
    if b" \r\n" in body:
        body = body.replace(b" \r\n", b"\r\n")
    body = body.rstrip(b" ").rstrip(b"\r\n") if body.endswith((b"\r\n\r\n", b" ")) else body
    if body in (b"", b"\r\n"):
        return b""
    return body if body.endswith(b"\r\n") else body + b"\r\n"


def single(text: bytes) -> bytes:
    """Return the text with each run of spaces as one."""
    while b"  " in text:
        text = text.replace(b"  ", b" ")
    return text
