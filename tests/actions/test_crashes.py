"""kill -9 in the middle of a delivery: everybody gets one mail, nobody two."""

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest

from newsletter.actions import subscribe
from newsletter.app import now_utc, open_app
from newsletter.domain.profile import TopicProfile
from newsletter.domain.subscriber import Preferences
from tests.letters import add_readers, through, write_papers

ROOT = Path(__file__).parents[2]
CONNECTIONS = 4


@contextmanager
def recording_server(journal: Path):
    """The recording server in a process of its own, which outlives our sender."""
    command = [sys.executable, "-m", "tests.mail.recording", "--journal", str(journal)]
    with subprocess.Popen(
        [*command, "--no-bodies", "--delay-ms", "1"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            yield int(server.stdout.readline())
        finally:
            server.terminate()
            server.wait(10)


def deliver(folder: Path, port: int) -> subprocess.Popen:
    settings = through(port, CONNECTIONS=str(CONNECTIONS))
    return subprocess.Popen(
        [sys.executable, "-m", "newsletter", "--folder", str(folder), "deliver", "--json"],
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def received(journal: Path) -> Counter[str]:
    text = journal.read_text() if journal.exists() else ""
    lines = text[: text.rfind("\n") + 1].splitlines()  # the last may be half written
    return Counter(json.loads(line)["recipients"][0] for line in lines)


def kill_after(sender: subprocess.Popen, journal: Path, mails: int) -> bool:
    """Kill -9 once the server has so many mails; return whether the sender was still at work."""
    while sender.poll() is None:
        if received(journal).total() >= mails:
            os.kill(sender.pid, signal.SIGKILL)
            sender.communicate()
            return True
    sender.communicate()
    return False


@pytest.mark.parametrize(
    ("readers", "rounds"),
    [
        pytest.param(150, 4, marks=pytest.mark.slow),
        pytest.param(3000, 100, marks=[pytest.mark.soak, pytest.mark.timeout(1800)]),
    ],
)
def test_after_kill_9_everybody_has_one_mail_and_nobody_two(letter, tmp_path, readers, rounds):
    letter("ingest", write_papers(tmp_path / "papers.jsonl"))
    add_readers(letter.folder, readers)
    letter("compose")
    journal = tmp_path / "journal.jsonl"
    chance = random.Random(7)
    kills = 0
    with recording_server(journal) as port:
        for _ in range(rounds):
            target = received(journal).total() + chance.randint(5, 25)
            kills += kill_after(deliver(letter.folder, port), journal, target)
        last = deliver(letter.folder, port)
        out, err = last.communicate(timeout=60)
    assert kills == rounds, err
    states = json.loads(out)["states"]
    got = received(journal)
    doubtful = letter.json("deliveries", "list", "--state", "in_doubt")["deliveries"]
    assert max(got.values()) == 1, "somebody got two"
    most = CONNECTIONS * kills
    assert states["in_doubt"] == len(doubtful) <= most, "at most one a connection and kill"
    missing = {f"r{number}@example.org" for number in range(readers)} - set(got)
    assert missing <= {one["subscriber"] for one in doubtful}, "somebody is missing and unlisted"
    assert states["accepted"] + states["in_doubt"] == readers
    assert letter("db", "check") == "the database is sound\n"


@pytest.mark.slow
def test_after_kill_9_each_confirmation_arrives_and_one_sent_again_is_the_same_to_the_octet(
    letter, tmp_path
):
    letter("dkim", "new", "--domain", "example.org", "--selector", "s1")
    ask_to_confirm(letter.folder, 60)
    journal = tmp_path / "journal.jsonl"
    chance = random.Random(3)
    kills = 0
    with recording_server(journal) as port:
        for _ in range(6):
            target = received(journal).total() + chance.randint(2, 8)
            kills += kill_after(deliver(letter.folder, port), journal, target)
        last = deliver(letter.folder, port)
        out, err = last.communicate(timeout=60)
    assert kills == 6, err
    assert json.loads(out)["states"]["accepted"] == 60, "a doubt is sent again, until it is none"
    bodies = {}
    for line in journal.read_text().splitlines():
        mail = json.loads(line)
        bodies.setdefault(mail["recipients"][0], []).append(mail["sha256"])
    assert set(bodies) == {f"r{number}@example.org" for number in range(60)}
    again = [one for one in bodies.values() if len(one) > 1]
    assert all(len(set(one)) == 1 for one in again), "sent again, and not the same"
    assert 0 < len(again) <= kills, "one connection takes them: one is in doubt by each kill"


def ask_to_confirm(folder: Path, number: int) -> None:
    app = open_app(folder, now_utc())
    for one in range(number):
        wish = subscribe.Wish(f"r{one}@example.org", Preferences(), TopicProfile(()))
        subscribe.request(app.store, wish, now_utc())
    app.close()
