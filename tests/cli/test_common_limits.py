"""What the processes of one run keep together, as the servers see it."""

import os
import re
import subprocess
import sys

import pytest

from tests.benchmarks import mailing
from tests.letters import through
from tests.mail.recording import RecordingServer
from tests.mail.session import Script

pytestmark = pytest.mark.slow
BLOCKED = "550 5.7.1 blocked"
ODD = "554 5.0.0 no"


def delivered(folder, processes, settings):
    """Run `newsletter deliver` by so many processes; return its exit code and what it told."""
    command = [sys.executable, "-m", "newsletter", "--folder", str(folder), "deliver"]
    done = subprocess.run(
        [*command, "--processes", str(processes)],
        env={**os.environ, **settings},
        cwd=mailing.ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def asked(server):
    return server.heard.count(b"RCPT TO")


def test_a_burst_of_policy_answers_to_all_together_ends_the_edition_of_all(tmp_path):
    mailing.make(tmp_path, 60).close()
    with RecordingServer(Script(answers={"RCPT": BLOCKED})) as server:
        code, told = delivered(tmp_path, 3, through(server.port, CONNECTIONS="4"))
        assert code == 1
        assert re.search(r"10 of the last 1\d mails were refused by policy \(5\.7\.1", told)
        assert asked(server) < 20, "each of the three would have come to ten by itself"


def test_more_than_five_of_a_hundred_refused_to_all_together_end_the_edition_of_all(tmp_path):
    mailing.make(tmp_path, 180).close()
    refused = {f"r{one}@example.org": ODD for one in range(1, 180, 9)}
    with RecordingServer(Script(answers={"RCPT": refused})) as server:
        code, told = delivered(tmp_path, 3, through(server.port, CONNECTIONS="4"))
        assert code == 1
        assert re.search(r"of 10\d mails were refused", told)
        assert 100 <= asked(server) < 120, "none of the three came to a hundred by itself"
