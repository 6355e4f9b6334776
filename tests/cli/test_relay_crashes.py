"""kill -9 while two processes send by two relays: by the relays' own journals nobody gets two."""

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter

import pytest

from tests.benchmarks import crashes, mailing
from tests.cli.test_common_limits import two_relays

READERS, KILLS, CONNECTIONS = 80, 3, 6
pytestmark = pytest.mark.slow


def test_after_each_kill_the_next_run_goes_on_and_nobody_gets_two(tmp_path):
    mailing.make(tmp_path / "letter", READERS).close()
    journals = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    for one in journals:
        one.touch()
    slow = ("--no-bodies", "--delay-ms", "100")
    chance = random.Random(7)
    with mailing.recorder(journals[0], *slow) as a, mailing.recorder(journals[1], *slow) as b:
        yard = crashes.Yard(tmp_path / "letter", journals[0], a, CONNECTIONS, processes=2)
        for _ in range(KILLS):
            before = sum(map(crashes.line_count, journals))
            with started(yard.folder, two_relays(a, b)) as sender:
                while sum(map(crashes.line_count, journals)) < before + 8:
                    assert sender.poll() is None
                family = [sender.pid, *crashes.children(sender.pid)]
                os.kill(chance.choice(family), signal.SIGKILL)
            yard.wait_for_lock()
        with started(yard.folder, two_relays(a, b)) as sender:
            assert sender.wait(120) in (0, 3)
    lines = [line for one in journals for line in one.read_text().splitlines()]
    got = Counter(json.loads(line)["recipients"][0] for line in lines)
    states = yard.states()
    assert set(got.values()) == {1}
    assert {states[one] for one in got} <= {"accepted", "in_doubt"}
    assert {states[one] for one in states.keys() - got.keys()} <= {"in_doubt"}
    assert Counter(states.values())["in_doubt"] <= KILLS * CONNECTIONS


def started(folder, settings):
    """Start a sender of two processes."""
    command = [sys.executable, "-m", "newsletter", "--folder", str(folder), "deliver"]
    return subprocess.Popen(
        [*command, "--processes", "2", "--json"],
        env={**os.environ, **settings},
        cwd=mailing.ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
