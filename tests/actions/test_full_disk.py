"""A disk that fills up, or is only to be read, while mails go out: told, none lost, none twice."""

import random
import subprocess

import pytest

from newsletter.errors import StoreError
from newsletter.lock import holding, note_run
from tests.benchmarks import crashes, mailing
from tests.disk import SmallDisk
from tests.letters import Letter, write_papers

CONNECTIONS = 4
FULL = ("the disk is full; make room", "No space left on device; make room")
READ_ONLY = (
    "it may only be read",
    "it cannot be opened; check the folder",
    "Read-only file system; make room, or check the owner",
)


@pytest.fixture
def disk(tmp_path):
    with SmallDisk(tmp_path / "disk", 64) as made:
        yield made


@pytest.fixture
def yard(tmp_path, disk):
    """Give what makes a newsletter on the small disk and a server whose journal is elsewhere."""
    journal = tmp_path / "journal.jsonl"
    journal.touch()
    with mailing.recorder(journal, "--no-bodies", "--delay-ms", "1") as port:
        folder = disk.folder / "letter"
        yield crashes.Yard(folder, journal, port, CONNECTIONS, errors=subprocess.PIPE)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("readers", "rounds"),
    [(150, 3), pytest.param(3000, 60, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])],
)
def test_a_disk_that_fills_up_at_any_moment_loses_no_mail_and_sends_none_twice(
    disk, yard, readers, rounds
):
    mailing.make(yard.folder, readers).close()
    chance, stopped = random.Random(11), 0
    for _ in range(rounds):
        target = crashes.line_count(yard.journal) + chance.randint(0, 2 * readers // (rounds + 2))
        code, told = deliver_until_full(disk, yard, target)
        assert code in (0, 1, 3)
        assert "Traceback" not in told
        assert code == 0 or any(one in told for one in FULL), told
        stopped += code == 1
        if code == 0:  # it had sent all before it met the full disk
            yard.judge()
            crashes.reset(yard)
    yard.finish()
    yard.judge()
    found = yard.verdict
    assert stopped >= rounds // 2, "the disk was hardly ever full"
    assert (found.lost, found.twice, found.false_accepted, found.in_doubt_unlisted) == (0, 0, 0, 0)
    assert found.in_doubt <= CONNECTIONS * stopped


def deliver_until_full(disk, yard, target):
    """Run the sender, fill the disk once the server has so many mails; return how it ended."""
    with yard.start() as sender:
        while sender.poll() is None and crashes.line_count(yard.journal) < target:
            pass
        disk.fill()
        try:
            _, told = sender.communicate(timeout=60)
        finally:
            disk.empty()
    return sender.returncode, told.decode()


def test_a_full_disk_and_one_only_to_be_read_are_told_by_each_command(disk, capsys, tmp_path):
    letter = Letter(disk.folder / "letter", capsys)
    letter("init", letter.folder)
    file = write_papers(tmp_path / "papers.jsonl")
    letter("ingest", file)
    letter("subscribers", "add", "ada@example.org", "--topic", "robot manipulation")
    commands = (
        ["ingest", file],
        ["compose"],
        ["deliver"],
        ["run"],
        ["db", "backup", disk.folder / "copy.db"],
    )
    commands += (["subscribers", "add", "bo@example.org", "--topic", "tapirs"],)
    disk.fill()
    for command in commands:
        told = letter.run(*command)
        assert (told.code, told.err.count("Traceback")) == (1, 0), (command, told)
        assert any(one in told.err for one in FULL), (command, told)
    disk.empty()
    disk.may_write(False)
    for command in commands:
        told = letter.run(*command)
        assert (told.code, told.err.count("Traceback")) == (1, 0), (command, told)
        assert any(one in told.err for one in READ_ONLY), (command, told)
    assert "ada@example.org" in letter("subscribers", "list"), "reading is allowed"
    disk.may_write(True)
    assert letter.json("compose")["issues"] == 1
    assert letter.json("deliver")["states"]["accepted"] == 1


def test_which_run_was_the_last_is_still_known_when_the_disk_is_full(disk):
    with holding(disk.folder) as lock:
        note_run(lock, "one", 9)
        disk.fill()
        note_run(lock, "one", 10)
        lock.seek(0)
        assert lock.read().split() == ["one", "10"]
    (disk.folder / "newsletter.lock").unlink()
    disk.fill()
    told = pytest.raises(StoreError, match=r"newsletter.lock: cannot be written: .*; make room")
    with told, holding(disk.folder) as lock:
        note_run(lock, "one", 11)
