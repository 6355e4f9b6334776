"""What the processes of one run keep together, as the servers see it."""

import os
import re
import subprocess
import sys

import pytest

from tests.actions.test_domains import Moments
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
    # Every tenth: some of each process, however fast each is.
    refused = {f"r{one}@example.org": ODD for one in range(1, 180, 10)}
    with RecordingServer(Script(answers={"RCPT": refused})) as server:
        code, told = delivered(tmp_path, 3, through(server.port, CONNECTIONS="4"))
        assert code == 1
        assert re.search(r"of 10\d mails were refused", told)
        assert 100 <= asked(server) < 120, "none of the three came to a hundred by itself"


def two_relays(one, other, **days):
    """Return the environment that leads mails to two relays, with so many a day."""
    found = {"NEWSLETTER_SENDER__KIND": "smtp"}
    for name, port in (("A", one), ("B", other)):
        words = {"HOST": "127.0.0.1", "PORT": port, "SECURITY": "none", "CONNECTIONS": 3}
        words["PER_DAY"] = days.get(name.lower(), 0)
        found |= {f"NEWSLETTER_SENDER__RELAYS__{name}__{key}": str(words[key]) for key in words}
    return found


def test_each_relays_day_is_that_of_all_processes_together(tmp_path):
    mailing.make(tmp_path, 60).close()
    with RecordingServer() as a, RecordingServer() as b:
        code, told = delivered(tmp_path, 3, two_relays(a.port, b.port, a=10, b=20))
        assert (code, "30 accepted" in told) == (0, True), told
        assert (len(a.mails), len(b.mails)) == (10, 20)
        assert "by a: 10 accepted" in told


def test_the_mails_of_a_dead_relay_go_by_the_other_from_each_process(tmp_path):
    mailing.make(tmp_path, 60).close()
    with RecordingServer() as b:
        code, told = delivered(tmp_path, 3, two_relays(1, b.port))
        assert (code, "60 accepted" in told) == (0, True), told
        assert len({mail.recipients for mail in b.mails}) == len(b.mails) == 60


def test_a_domains_limit_is_kept_by_all_processes_together(tmp_path):
    mailing.make(tmp_path, 24).close()
    (tmp_path / "config/newsletter.toml").write_text(
        '[sender.domains."example.org"]\nper_second = 8\nconnections = 2\n'
    )
    journal = Moments()
    with RecordingServer(journal=journal) as server:
        code, told = delivered(tmp_path, 3, through(server.port, CONNECTIONS="6"))
        assert (code, "24 accepted" in told) == (0, True), told
    moments = journal.to("example.org")
    assert all(later - one > 0.9 for one, later in zip(moments, moments[8:], strict=False))
