"""A whole edition going out: how long a confirmation asked meanwhile takes, and how much memory.

`python -m tests.benchmarks.edition [--few N] [--many N] [--asked N] [--connections N]` delivers an
edition to a few readers and one to many (1,000 and 50,000), mails of 10 papers, by `newsletter
deliver` as a process of its own into our recording server, whose answers take 5 ms. Meanwhile
confirmations are asked, one after the other. The last line is one JSON object:

- `confirmed_seconds_max`, `confirmed_seconds_median`: from asking to the server's taking it;
- `overtaken_min`: digests that still waited when a confirmation was taken, the fewest;
- `rss_mb_few`, `rss_mb_many`, `rss_growth`: the most memory of the process, and many over few;
- `rss_mb_at`: of the large edition, when so many tenths of it were out;
- `digests_per_second`: of the large edition, over all.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from newsletter.actions import subscribe
from newsletter.app import App, now_utc
from newsletter.domain.profile import TopicProfile
from newsletter.domain.subscriber import Preferences
from tests.benchmarks import mailing
from tests.benchmarks.crashes import Yard, line_count

BETWEEN = 1.0  # seconds between two confirmations
LOOK = 0.01  # seconds between two looks into the journal


@dataclass
class Edition:
    """What was seen while one went out."""

    waits: list[float]  # seconds, of the confirmations
    overtaken: list[int]
    rss_mb: int  # at the most
    rss_mb_at: list[int]  # when so many tenths were out
    seconds: float


def send(folder: Path, readers: int, asked: int, connections: int) -> Edition:
    """Send an edition to so many, with so many confirmations asked meanwhile."""
    journal = folder / "journal.jsonl"
    folder.mkdir()
    journal.touch()
    with mailing.recorder(journal, "--no-bodies", "--delay-ms", "5") as port:
        app = mailing.make(folder / "letter", readers)
        yard = Yard(folder / "letter", journal, port, connections)
        begun = time.perf_counter()
        sender = yard.start()
        try:
            waits, overtaken = ask(app, sender, journal, readers, asked)
            memory = watch(sender, journal, readers)
            most = mailing.peak(sender)
        finally:
            if sender.returncode is None:
                sender.kill()
                sender.wait()
        took = time.perf_counter() - begun
        app.close()
    assert sender.returncode == 0, sender.returncode
    assert line_count(journal) == readers + len(waits)
    return Edition(waits, overtaken, most, memory, took)


def watch(sender: "subprocess.Popen[bytes]", journal: Path, readers: int) -> list[int]:
    """Return the sender's memory, in MB, at each tenth of the mails that is still to come."""
    found = list[int]()
    tenth = line_count(journal) * 10 // readers + 1
    for mails in (readers * one // 10 for one in range(tenth, 10)):
        while line_count(journal) < mails:
            assert sender.poll() is None, "it ended before all were out"
            time.sleep(0.1)
        found.append((mailing.held(sender.pid, "VmRSS") or 0) // 1024)
    return found


def ask(
    app: App, sender: "subprocess.Popen[bytes]", journal: Path, readers: int, asked: int
) -> tuple[list[float], list[int]]:
    """Ask for confirmations in turn; return how long each took, and what it overtook."""
    waits, overtaken = list[float](), list[int]()
    with journal.open("rb") as lines:
        read_until(lines, b"@example.org", sender)
        for number in range(asked):
            time.sleep(BETWEEN)
            address = f"zoe{number}@example.net"
            wish = subscribe.Wish(address, Preferences(), TopicProfile(()))
            begun = time.perf_counter()
            subscribe.request(app.store, wish, now_utc())
            read_until(lines, address.encode(), sender)
            waits.append(time.perf_counter() - begun)
            overtaken.append(readers + number + 1 - line_count(journal))
    return waits, overtaken


def read_until(lines: BinaryIO, wanted: bytes, sender: "subprocess.Popen[bytes]") -> None:
    """Read on in the journal until a mail to this address, or part of one, is in it."""
    heard = b""
    while wanted not in heard:
        more = lines.read()
        heard = heard[-1000:] + more  # an address may have come in two pieces
        if not more:
            assert sender.poll() is None, "the edition was out before; take more readers"
            time.sleep(LOOK)


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=1000)
    parser.add_argument("--many", type=int, default=50_000)
    parser.add_argument("--asked", type=int, default=20, help="confirmations, one a second")
    parser.add_argument("--connections", type=int, default=4)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        few = send(Path(name) / "few", options.few, 0, options.connections)
        many = send(Path(name) / "many", options.many, options.asked, options.connections)
    print(
        json.dumps(
            {
                "confirmed_seconds_max": round(max(many.waits), 2),
                "confirmed_seconds_median": round(statistics.median(many.waits), 2),
                "overtaken_min": min(many.overtaken),
                "rss_mb_few": few.rss_mb,
                "rss_mb_many": many.rss_mb,
                "rss_mb_at": many.rss_mb_at,
                "rss_growth": round(many.rss_mb / few.rss_mb, 3),
                "digests_per_second": round(options.many / many.seconds),
            }
        )
    )


if __name__ == "__main__":
    main()
