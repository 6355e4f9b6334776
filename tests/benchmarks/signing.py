"""What a DKIM signature costs: ours beside the bare RSA operation and dkimpy, CPU medians.

    python -m tests.benchmarks.signing [--kilobytes N]

`pieces` is the way of a renderer whose segments are canonical already: the body's hash is there.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable

import dkim as dkimpy

from newsletter.domain.message import Canonical
from newsletter.rendering.dkim import OVERSIGNED, signed
from newsletter.rendering.dkim_keys import new_key, read_key

ROUNDS = 5
HEAD = (
    b"From: Letter <letter@example.org>\r\nTo: ada@example.net\r\nSubject: A paper, and 6 more\r\n"
    b"Date: Sat, 14 Mar 2026 07:00:00 +0000\r\nMessage-ID: <0123@example.org>\r\n"
    b"MIME-Version: 1.0\r\nList-Id: <letter.example.org>\r\nAuto-Submitted: auto-generated\r\n"
    b"List-Unsubscribe: <https://letter.example.org/u/abc>, <mailto:letter@example.org>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    b'Content-Type: multipart/alternative; boundary="=_0123"\r\n'
)
LINE = b'<td style=3D"padding:0 24px">A robust kernel for sparse, latent graphs</td>=\r\n'


def cpu(act: Callable[[], object], times: int) -> float:
    """Return the CPU microseconds of one call."""
    began = time.process_time()
    for _ in range(times):
        act()
    return (time.process_time() - began) / times * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kilobytes", type=int, default=60)
    body = LINE * (parser.parse_args().kilobytes * 1000 // len(LINE))
    raw = HEAD + b"\r\n" + body
    pem = new_key("rsa")
    rsa = read_key("example.org", "r", pem)
    edwards = read_key("example.org", "e", new_key("ed25519"))

    lines = {line.partition(b":")[0].lower(): line for line in HEAD.splitlines(keepends=True)}
    headers = tuple(lines.get(name, b"") for name in OVERSIGNED)
    known = Canonical(headers, len(HEAD) + 2)

    acts: dict[str, tuple[Callable[[], object], int]] = {
        "bare": (lambda: rsa.sign(b"x" * 600), 200),
        "rsa": (lambda: signed(raw, (rsa,)), 200),
        "known": (lambda: signed(raw, (rsa,), known), 200),
        "ed25519": (lambda: signed(raw, (edwards,)), 200),
        "both": (lambda: signed(raw, (rsa, edwards)), 200),
        "dkimpy": (lambda: dkimpy.sign(raw, b"r", b"example.org", pem), 10),
    }
    rounds = [{name: cpu(*one) for name, one in acts.items()} for _ in range(ROUNDS)]
    us = {name: round(statistics.median(one[name] for one in rounds), 1) for name in acts}
    print(", ".join(f"{name} {figure} us" for name, figure in us.items()))
    result = {f"{name}_us": figure for name, figure in us.items()}
    result |= {
        "known_per_bare": round(us["known"] / us["bare"], 2),
        "rsa_per_bare": round(us["rsa"] / us["bare"], 2),
        "dkimpy_per_ours": round(us["dkimpy"] / us["rsa"], 1),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
