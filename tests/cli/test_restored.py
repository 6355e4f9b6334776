"""A copy of the database sends nothing until it is told to, wherever it is put."""

import shutil
import sqlite3

import pytest

from tests.letters import Letter, add_readers, write_papers

READERS = 4


@pytest.fixture
def half_sent(letter, tmp_path):
    """A newsletter that was copied to copy.db when some of an edition had gone out."""
    letter("ingest", write_papers(tmp_path / "papers.jsonl"))
    add_readers(letter.folder, READERS)
    letter("compose")
    letter("deliver", "--limit", "1")
    letter("db", "backup", letter.folder / "copy.db")
    letter("deliver")
    return letter


def mails(letter):
    return len(list((letter.folder / "outbox").glob("*.eml")))


@pytest.fixture
def elsewhere(half_sent, tmp_path, capsys):
    """A new folder that holds its settings and, as its database, the copy; nothing else."""
    folder = tmp_path / "elsewhere"
    shutil.copytree(half_sent.folder / "config", folder / "config")
    shutil.copy(half_sent.folder / "copy.db", folder / "newsletter.db")
    return Letter(folder, capsys)


def test_a_backup_in_a_folder_without_a_lock_file_is_paused(elsewhere):
    told = elsewhere.run("deliver")
    assert (told.code, "is a restored copy" in told.err) == (75, True)
    assert mails(elsewhere) == 0


def test_a_backup_that_was_resumed_sends_and_is_no_copy_any_more(elsewhere):
    found = elsewhere.json("db", "resume")
    assert (found["cancelled"], found["to_send"]) == (READERS - 1, 0)
    elsewhere("deliver")
    assert mails(elsewhere) == 0
    elsewhere("compose", "--at", "2030-01-01T08:00Z")
    elsewhere("deliver", code=0)
    assert elsewhere.run("db", "resume").code == 1


def test_a_backup_put_back_into_its_own_folder_is_paused_each_time(half_sent):
    for _ in range(2):
        half_sent("db", "restore", half_sent.folder / "copy.db")
        told = half_sent.run("deliver")
        assert (told.code, "is a restored copy" in told.err) == (75, True)
        half_sent("db", "resume", "--send")
        half_sent("deliver", "--limit", "1")
        shutil.rmtree(half_sent.folder / "outbox")
        for one in half_sent.folder.glob("*.before-*"):
            one.unlink()


def test_a_backup_made_before_anything_was_sent_is_paused_too(letter, tmp_path, capsys):
    letter("db", "backup", letter.folder / "copy.db")
    (letter.folder / "newsletter.db").unlink()
    (letter.folder / "copy.db").rename(letter.folder / "newsletter.db")
    assert letter.run("deliver").code == 75


def test_a_database_that_is_not_paused_keeps_its_pending_digests(half_sent):
    half_sent("compose", "--at", "2030-01-01T08:00Z")
    before = half_sent.json("status")["deliveries"]
    told = half_sent.run("db", "resume")
    assert told.code == 1
    assert "this database is not paused; nothing was changed" in told.err
    assert half_sent.json("db", "resume", code=1)["exit_code"] == 1
    assert half_sent.json("status")["deliveries"] == before


def test_a_dry_run_of_resume_tells_and_changes_nothing(elsewhere):
    found = elsewhere.json("db", "resume", "--dry-run")
    assert found["cancelled"] == READERS - 1
    assert elsewhere.json("db", "resume", "--dry-run", "--send")["to_send"] == READERS - 1
    assert f"{READERS - 1} pending digests would be cancelled" in elsewhere(
        "db", "resume", "--dry-run"
    )
    assert elsewhere.run("deliver").code == 75
    assert elsewhere.json("status")["deliveries"]["pending"] == READERS - 1


@pytest.mark.parametrize("octets", [b"one\n", bytes(range(256)), b"a b c\n", b"\xff 3\n"])
def test_a_damaged_lock_file_pauses_the_database_until_it_is_resumed(half_sent, octets):
    (half_sent.folder / "newsletter.lock").write_bytes(octets)
    told = half_sent.run("deliver")
    assert (told.code, "newsletter.lock is damaged" in told.err) == (75, True)
    half_sent("db", "resume")
    half_sent("deliver")


@pytest.mark.parametrize("command", [("deliver",), ("status",), ("db", "upgrade")])
@pytest.mark.parametrize("is_there", [True, False])
def test_a_database_that_is_gone_is_no_new_newsletter(half_sent, command, is_there):
    file = half_sent.folder / "newsletter.db"
    file.unlink()
    if is_there:
        file.touch()
    told = half_sent.run(*command)
    assert told.code == 1
    assert "is missing or empty, though this folder has sent" in told.err
    assert file.exists() == is_there
    (half_sent.folder / "newsletter.lock").unlink()
    half_sent("status")


def test_where_a_copy_is_paused_status_and_dry_run_and_doctor_say_so(elsewhere):
    found = elsewhere.json("status")
    assert "is a restored copy" in found["paused"]
    (want,) = [one for one in found["wants"] if "restored copy" in one]
    assert "newsletter db resume" in want
    assert not any("run `newsletter deliver`" in one for one in found["wants"])
    assert "! this database is a restored copy" in elsewhere("status")
    assert "is a restored copy" in elsewhere("deliver", "--dry-run")
    assert "is a restored copy" in elsewhere.json("deliver", "--dry-run")["paused"]
    (row,) = [
        one
        for one in elsewhere.json("doctor", "--offline", code=1)["findings"]
        if one["check"] == "database"
    ]
    assert (row["level"], "is a restored copy" in row["text"]) == ("error", True)
    elsewhere("db", "resume")
    assert elsewhere.json("status")["paused"] == ""


def test_the_mark_is_in_the_backup_alone(half_sent):
    instances = []
    for name in ("newsletter.db", "copy.db"):
        with sqlite3.connect(half_sent.folder / name) as found:
            instances += found.execute("SELECT instance FROM ledger").fetchone()
        found.close()
    assert [one.startswith("copy-") for one in instances] == [False, True]
