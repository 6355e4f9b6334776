"""A process that makes signatures and nothing else: hashes come by a socket, signatures go back.

`python -m newsletter.rendering.dkim_process` takes its keys, then hashes, over its standard input,
and answers in their order. It ends with its input. It is begun anew for each large run: what it
imports is what it needs.
"""

import os
import signal
import socket
import struct
import sys
from contextlib import suppress

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import load_pem_private_key

ASKED = struct.Struct(">B32s")  # which key, and what it is to sign
LENGTH = struct.Struct(">H")  # of what follows: a key in PEM, or a signature
READY = b"+"
PADDING, PREHASHED = PKCS1v15(), Prehashed(hashes.SHA256())

PrivateKey = RSAPrivateKey | Ed25519PrivateKey


def signature(key: PrivateKey, digest: bytes) -> bytes:
    """Return the signature over the SHA-256 of canonical headers (RFC 6376; RFC 8463, 3)."""
    if isinstance(key, RSAPrivateKey):
        return key.sign(digest, PADDING, PREHASHED)
    return key.sign(digest)


def greeting(pems: list[bytes]) -> bytes:
    """Return what the process is told first: its keys, in PEM."""
    return bytes([len(pems)]) + b"".join([LENGTH.pack(len(one)) + one for one in pems])


def serve(asker: socket.socket) -> None:
    """Sign what is asked for until the asker is gone."""
    asked = asker.makefile("rb")
    keys: list[PrivateKey] = []
    for _ in range(asked.read(1)[0]):
        (length,) = LENGTH.unpack(asked.read(LENGTH.size))
        key = load_pem_private_key(asked.read(length), None)
        if isinstance(key, PrivateKey):  # as each is: the asker has read them
            keys.append(key)
    asker.sendall(READY)
    while len(record := asked.read(ASKED.size)) == ASKED.size:
        number, digest = ASKED.unpack(record)
        made = signature(keys[number], digest)
        asker.sendall(LENGTH.pack(len(made)) + made)


if __name__ == "__main__":
    os.nice(10)  # whoever sends goes first; what is not signed in time is signed there
    # A stop is for the process that asks: what it asked for is still to be signed.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with suppress(OSError, IndexError, struct.error):  # the asker is gone
        serve(socket.socket(fileno=sys.stdin.fileno()))
    os._exit(0)  # at once: its end is waited for
