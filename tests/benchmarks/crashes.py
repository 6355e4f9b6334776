"""kill -9 in the midst of sending: who got what, by the receiving server's own journal.

`python -m tests.benchmarks.crashes [--kills N --recipients N --connections K]` kills the sender at
random moments until it was killed so often, lets it finish, and compares journal and ledger;
`--exhaustive` kills it instead before and after each of the first 200 commits and writes of a run
to 20 readers. The last line is one JSON object: `kills`, `lost` (neither received nor in doubt nor
waiting), `twice`, `false_accepted` (accepted in the ledger, absent from the journal),
`in_doubt_max` (by one kill), `in_doubt_unlisted` (received and neither accepted nor in doubt).
"""

import argparse
import fcntl
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks import mailing
from tests.letters import through

FIRST_STEPS = 200


@dataclass
class Verdict:
    """What the comparison of journal and ledger found, added up."""

    kills: int = 0
    lost: int = 0
    twice: int = 0
    false_accepted: int = 0
    in_doubt_max: int = 0
    in_doubt_unlisted: int = 0
    in_doubt: int = 0
    received: int = 0


@dataclass
class Yard:
    """A newsletter in a folder and the server that takes its mail."""

    folder: Path
    journal: Path
    port: int
    connections: int
    processes: int = 1
    under: tuple[str, ...] = ()  # a program, with its options, that runs the sender
    errors: int = subprocess.DEVNULL  # where the sender's words go
    verdict: Verdict = field(default_factory=Verdict)

    def start(self, *launcher: str) -> "subprocess.Popen[bytes]":
        """Start the sender."""
        settings = through(self.port, CONNECTIONS=str(self.connections))
        module = launcher or ("newsletter",)
        command = [*self.under, sys.executable, "-m", *module]
        command += ["--folder", str(self.folder), "deliver"]
        command += ["--processes", str(self.processes)]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": self.errors}
        return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
            [*command, "--json"], env={**os.environ, **settings}, cwd=mailing.ROOT, **quiet
        )

    def finish(self) -> None:
        """Let the sender finish; what is left waits for its time, as nothing was deferred."""
        with self.start() as sender:
            assert sender.wait(600) in (0, 1, 3), sender.returncode

    def wait_for_lock(self) -> None:
        """Wait until no process of the sender is left: each of them holds the folder's lock."""
        with (self.folder / "newsletter.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)

    def states(self) -> dict[str, str]:
        """Return each reader's delivery's state, by address."""
        with closing(sqlite3.connect(self.folder / "newsletter.db")) as database:
            found = database.execute(
                "SELECT address, d.state FROM deliveries d JOIN subscribers s "
                "ON s.id = d.subscriber_id WHERE d.state != 'cancelled'"
            )
            return dict(found.fetchall())

    def received(self) -> Counter[str]:
        """Return how many mails the journal has for each address."""
        text = self.journal.read_text() if self.journal.exists() else ""
        lines = text[: text.rfind("\n") + 1].splitlines()  # the last may be half written
        return Counter(json.loads(line)["recipients"][0] for line in lines)

    def note_kill(self, doubts_before: int) -> int:
        """Count what the kill left armed; return all that is or will be in doubt."""
        states = Counter(self.states().values())
        doubts = states["in_doubt"] + states["armed"]
        self.verdict.kills += 1
        self.verdict.in_doubt_max = max(self.verdict.in_doubt_max, doubts - doubts_before)
        return doubts

    def judge(self) -> None:
        """Compare the journal with the ledger, at the end of a run."""
        got, states, verdict = self.received(), self.states(), self.verdict
        verdict.received += len(got)
        verdict.twice += sum(count > 1 for count in got.values())
        for address, state in states.items():
            verdict.in_doubt += state == "in_doubt"
            if address in got:
                verdict.in_doubt_unlisted += state not in ("accepted", "in_doubt")
            else:
                verdict.false_accepted += state == "accepted"
                verdict.lost += state not in ("in_doubt", "accepted")


def at_random(yard: Yard, kills: int, recipients: int, chance: random.Random) -> None:
    """Kill the sender so often while it sends, then let it finish."""
    doubts, size = 0, 0
    # So that the last kill still finds something to send.
    most = max(2, 2 * recipients // (kills + 2) - 2)
    while yard.verdict.kills < kills:
        before = line_count(yard.journal)
        with yard.start() as sender:
            target = before + chance.randint(0, most)
            while sender.poll() is None and (size := line_count(yard.journal)) <= target:
                time.sleep(0.002)
            time.sleep(chance.random() * 0.02)  # in the midst of whatever it does
            if sender.poll() is not None:
                break  # it had sent all
            for one in victims(sender.pid, yard.processes, chance):
                os.kill(one, signal.SIGKILL)
        yard.wait_for_lock()
        doubts = yard.note_kill(doubts)
    assert size <= recipients
    yard.finish()
    yard.judge()


def victims(sender: int, processes: int, chance: random.Random) -> list[int]:
    """Return whom to kill: some of the processes that send; what writes beside one, or not."""
    family = [sender, *children(sender)]
    found = chance.sample(family, chance.randint(1, len(family)))
    # Without the one that writes beside it a sender goes on: that would be no kill.
    return found if processes > 1 or sender in found else [*found, sender]


def children(parent: int) -> list[int]:
    """Return the processes that a sender began."""
    try:
        found = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    except FileNotFoundError:
        return []
    return [int(one) for one in found]


def line_count(journal: Path) -> int:
    """Return how many mails the journal has."""
    return journal.read_bytes().count(b"\n") if journal.exists() else 0


def one_by_one(yard: Yard, steps: Sequence[str]) -> Counter[str]:
    """Kill the sender at each of these steps of a run of its own, and let the next one finish.

    Return how often it was killed at a commit and at a write.
    """
    kills = Counter[str]()
    for kind in ("commit", "write"):
        for step in steps:
            reset(yard)
            with yard.start("tests.benchmarks.faults", kind, step) as sender:
                ended = sender.wait(120)
            if ended == 0:
                break  # a run has no more steps of this kind
            assert ended == -signal.SIGKILL, f"at {kind} {step} it ended by {ended}"
            kills[kind] += 1
            yard.note_kill(0)
            yard.finish()
            yard.judge()
    return kills


def reset(yard: Yard) -> None:
    """Empty the journal and make all deliveries pending."""
    from newsletter.app import now_utc, open_app

    os.truncate(yard.journal, 0)
    app = open_app(yard.folder, now_utc())
    mailing.again(app.store)
    app.close()


def every(first: int) -> Iterator[str]:
    """Yield before and after each of the first so many steps."""
    for number in range(1, first + 1):
        yield str(number)
        yield f"{number}+"


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--recipients", type=int, default=2000)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--exhaustive", action="store_true")
    parser.add_argument("--steps", type=int, default=FIRST_STEPS, help="of the exhaustive form")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, journal = Path(name) / "letter", Path(name) / "journal.jsonl"
        recipients = 20 if options.exhaustive else options.recipients
        mailing.make(folder, recipients).close()
        journal.touch()
        with mailing.recorder(journal, "--no-bodies", "--delay-ms", "1") as port:
            yard = Yard(folder, journal, port, options.connections, options.processes)
            if options.exhaustive:
                one_by_one(yard, tuple(every(options.steps)))
            else:
                at_random(yard, options.kills, recipients, random.Random(options.seed))
    print(json.dumps(vars(yard.verdict)))


if __name__ == "__main__":
    main()
