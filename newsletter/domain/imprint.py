"""What shaped a mail: texts under their hashes, by which it can be built again byte for byte."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b, sha256
from typing import Any

SIGNATURE = b"DKIM-Signature:"
PARTED = "2:"  # headers and body each by themselves


@dataclass(frozen=True, slots=True)
class Imprint:
    """The hashes of what shaped one mail, and the texts that are new with them."""

    shape: str  # of templates, settings and keys: many mails have the same
    papers: tuple[str, ...]  # each as it stood then, in the order of the issue
    texts: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Print:
    """What is on record of a mail that was armed."""

    shape: str
    papers: tuple[str, ...]
    content: str  # of its bytes without signature, see `content_of`
    signature: str  # of its DKIM-Signature headers; "" if it has none

    def to_text(self, inputs: Mapping[str, Any]) -> str:
        """Return it as it is kept, beside the inputs of the mail."""
        kept = {**inputs, "shape": self.shape, "papers": self.papers}
        return json.dumps({**kept, "content": self.content, "signature": self.signature})


def to_print(imprint: Imprint, raw: bytes, body_hash: bytes = b"") -> Print:
    """Return what is to be on record of a mail with these bytes; its body's SHA-256 if known."""
    return Print(imprint.shape, imprint.papers, *content_of(raw, body_hash))


def from_record(inputs: Mapping[str, Any]) -> Print | None:
    """Return what is on record of a delivery; None if it was never armed."""
    if "shape" not in inputs:
        return None
    return Print(inputs["shape"], tuple(inputs["papers"]), inputs["content"], inputs["signature"])


def hash_of(text: str) -> str:
    """Return the name of a text: 32 hexadecimal digits of its BLAKE2b."""
    return blake2b(text.encode(), digest_size=16).hexdigest()


def content_of(raw: bytes, body_hash: bytes = b"") -> tuple[str, str]:
    """Return what tells a mail's bytes from others, and the SHA-256 of its signatures, in hex.

    The first is the SHA-256 of its headers but the DKIM-Signature ones, and the body's SHA-256,
    which a signature has as well: the body is read once.
    """
    end = signatures_end(raw)
    signature = sha256(raw[:end]).hexdigest() if end else ""
    body_at = raw.find(b"\r\n\r\n", end) + 4
    made = sha256(memoryview(raw)[end:body_at])
    made.update(body_hash or body_hash_of(raw))
    return PARTED + made.hexdigest(), signature


def body_hash_of(raw: bytes) -> bytes:
    """Return the SHA-256 of a mail's body."""
    return sha256(memoryview(raw)[raw.find(b"\r\n\r\n") + 4 :]).digest()


def is_of(content: str, raw: bytes) -> bool:
    """Return whether this is on record of a mail with these bytes."""
    if content.startswith(PARTED):
        return content == content_of(raw)[0]
    # As it was before: the SHA-256 of all but the signatures.
    return content == sha256(memoryview(raw)[signatures_end(raw) :]).hexdigest()


def signatures_end(raw: bytes) -> int:
    """Return where the DKIM-Signature headers before all others end."""
    at = 0
    while raw.startswith(SIGNATURE, at):
        at = raw.index(b"\n", at) + 1
        while raw[at : at + 1] in (b" ", b"\t"):
            at = raw.index(b"\n", at) + 1
    return at
