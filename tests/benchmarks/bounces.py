"""Verdicts on bounces against expected ones.

    python -m tests.benchmarks.bounces FILE [--run OUT]

FILE has a JSON object a line, gzipped or not: `name`, `message_base64`, and where known `expected`.
Each message is also judged with its line ends as LF, CRLF and CR. `--run` writes name and verdict.
"""

import argparse
import base64
import gzip
import json
import logging
import time
from collections import Counter
from pathlib import Path
from typing import Any

from newsletter.mail.bounces.parts import taken_apart
from newsletter.mail.bounces.verdict import Kind, judged, verdict

COMPLAINTS = ("abuse", "opt-out", "opt-out-list")
IGNORED = ("vacation", "delivered", "feedback")  # a feedback that is no complaint


def read(file: Path) -> list[dict[str, Any]]:
    octets = file.read_bytes()
    if octets[:2] == b"\x1f\x8b":
        octets = gzip.decompress(octets)
    return [json.loads(line) for line in octets.decode().splitlines() if line.strip()]


def wanted(expected: list[dict[str, Any]]) -> Kind:
    """Return the verdict that the expected values of all recipients amount to."""
    if any(one.get("feedback") in COMPLAINTS for one in expected):
        return Kind.COMPLAIN
    if any(one.get("hard") for one in expected):
        return Kind.SUPPRESS
    ignored = all(one.get("reason") in IGNORED or one.get("feedback") for one in expected)
    return Kind.IGNORE if ignored else Kind.COUNT


def copies(raw: bytes) -> list[bytes]:
    plain = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return [plain, plain.replace(b"\n", b"\r\n"), plain.replace(b"\n", b"\r")]


def share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--run", type=Path)
    chosen = parser.parse_args()
    logging.disable(logging.CRITICAL)
    count, answers, exceptions, disagree = Counter[str](), [], 0, 0
    began = time.perf_counter()
    for row in read(chosen.file):
        raw = base64.b64decode(row["message_base64"])
        found = verdict(raw)
        answers.append({"name": row["name"], "verdict": found.kind.value})
        try:  # once more without the net under it
            judged(taken_apart(raw))
        except Exception:
            exceptions += 1
        disagree += any(verdict(one) != found for one in copies(raw))
        if "expected" in row:
            due = wanted(row["expected"])
            count[f"{due}"] += 1
            count[f"{due}->{found.kind}"] += 1
            if due != found.kind:
                print(f"{row['name']}: {found.kind} for {due}: {found.diagnostic[:150]}")
    seconds = time.perf_counter() - began
    if chosen.run:
        chosen.run.write_text("".join(json.dumps(one) + "\n" for one in answers), "utf-8")
    print(", ".join(f"{name} {number}" for name, number in sorted(count.items())))
    reports = count["suppress"] + count["count"] + count["complain"]
    unseen = sum(count[f"{due}->ignore"] for due in ("suppress", "count", "complain"))
    soft = count["count"] + count["ignore"] + count["complain"]
    false = sum(count[f"{due}->suppress"] for due in ("count", "ignore", "complain"))
    result = {
        "hard_recall": share(count["suppress->suppress"], count["suppress"]),
        "false_suppressed": share(false, soft),
        "recognised": share(reports - unseen, reports),
        "complaints_recognised": share(count["complain->complain"], count["complain"]),
        "exceptions": exceptions,
        "messages": len(answers),
        "line_ends_disagree": disagree,
        "ms_mean": round(seconds * 1000 / max(1, 5 * len(answers)), 2),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
