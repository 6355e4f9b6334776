"""DKIM keys: a new one, one from its file's bytes, and the DNS record of its public half."""

import base64

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from newsletter.rendering.dkim import PrivateKey, SigningKey

RSA_BITS = 2048
FEWEST_BITS = 1024  # RFC 8301: receivers must not accept less
STRING_OCTETS = 255  # of one string in a TXT record (RFC 1035, section 3.3)


def new_key(algorithm: str) -> bytes:
    """Return a new private key in PEM; `algorithm` is rsa or ed25519."""
    made: PrivateKey
    if algorithm == "ed25519":
        made = Ed25519PrivateKey.generate()
    else:
        made = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    return to_pem(made)


def to_pem(key: PrivateKey) -> bytes:
    """Return the private key as it stands in a file."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def read_key(domain: str, selector: str, pem: bytes) -> SigningKey:
    """Return the key; raises ValueError with the reason if it cannot sign."""
    try:
        private = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("it holds no private key in PEM without a password") from error
    if not isinstance(private, RSAPrivateKey | Ed25519PrivateKey):
        raise ValueError("DKIM knows RSA and Ed25519 keys only")
    if isinstance(private, RSAPrivateKey) and private.key_size < FEWEST_BITS:
        raise ValueError(f"its {private.key_size} bits are too few; receivers want 2048")
    return SigningKey(domain, selector, private)


def bits(key: SigningKey) -> int:
    """Return the size of an RSA key; 256 for Ed25519."""
    return key.private.key_size if isinstance(key.private, RSAPrivateKey) else 256


def public(key: SigningKey) -> str:
    """Return the public half as it stands in the tag `p`."""
    if isinstance(key.private, RSAPrivateKey):
        form = PublicFormat.SubjectPublicKeyInfo
        octets = key.private.public_key().public_bytes(Encoding.DER, form)
    else:  # RFC 8463, section 4.2: the bare 32 octets
        octets = key.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.b64encode(octets).decode()


def name(key: SigningKey) -> str:
    """Return the name of the DNS record."""
    return f"{key.selector}._domainkey.{key.domain}"


def record(key: SigningKey) -> str:
    """Return the text of the DNS record (RFC 6376, section 3.6.1)."""
    kind = "rsa" if isinstance(key.private, RSAPrivateKey) else "ed25519"
    return f"v=DKIM1; k={kind}; p={public(key)}"


def zone_line(key: SigningKey) -> str:
    """Return the record as a line of a zone file, its text in strings of at most 255 octets."""
    text = record(key)
    pieces = [text[at : at + STRING_OCTETS] for at in range(0, len(text), STRING_OCTETS)]
    quoted = " ".join(f'"{piece}"' for piece in pieces)
    return f"{name(key)}. IN TXT ( {quoted} )"
