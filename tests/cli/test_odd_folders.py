"""A folder may have any name, and what is made in it is its owner's alone."""

import os
import sqlite3
import threading

import pytest

from newsletter.store.database import Store, sqlite_url
from tests.letters import Letter, add_readers, write_papers


@pytest.mark.parametrize("name", ["a?b", "c%20d", "e#f", "g h", "file:x?mode=memory"])
def test_a_folder_of_any_name_holds_its_own_database(tmp_path, capsys, name):
    letter = Letter(tmp_path / name, capsys)
    letter("init", letter.folder)
    letter("ingest", write_papers(tmp_path / "papers.jsonl"))
    add_readers(letter.folder, 2)
    letter("compose")
    letter("deliver", "--processes", "2")
    letter("db", "upgrade")
    letter("db", "backup", letter.folder / "copy.db")
    letter("db", "restore", letter.folder / "copy.db")
    assert letter.json("status")["deliveries"]["accepted"] == 2
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted([name, "papers.jsonl"])


@pytest.mark.parametrize("name", ["a?b", "c%20d", "e#f", "g h", "x&y=z", "@:"])
def test_the_address_that_is_told_to_another_process_leads_to_the_same_file(tmp_path, name):
    (tmp_path / name).mkdir()
    file = tmp_path / name / "newsletter.db"
    first = Store(sqlite_url(file))
    first.make_ready()
    other = Store(first.address)
    assert other.file == file
    with first.read() as ours, other.read() as theirs:
        query = "SELECT instance FROM ledger"
        assert ours.exec_driver_sql(query).all() == theirs.exec_driver_sql(query).all()
    first.close()
    other.close()


def test_a_backup_is_private_from_its_first_octet(tmp_path):
    store = Store(sqlite_url(tmp_path / "newsletter.db"))
    store.make_ready()
    seen, ended = set(), threading.Event()

    def watch():
        while not ended.is_set():
            for one in tmp_path.glob("copy*"):
                try:
                    seen.add(one.stat().st_mode & 0o777)
                except FileNotFoundError:
                    continue

    before = os.umask(0o022)
    thread = threading.Thread(target=watch)
    thread.start()
    try:
        for number in range(20):
            store.backup(tmp_path / f"copy{number}.db")
    finally:
        ended.set()
        thread.join()
        os.umask(before)
    assert seen == {0o600}
    store.close()


def test_what_is_left_of_a_backup_that_was_cut_short_is_in_nobodys_way(tmp_path):
    store = Store(sqlite_url(tmp_path / "newsletter.db"))
    store.make_ready()
    theirs = tmp_path / "theirs"
    theirs.write_text("of somebody else")
    (tmp_path / "copy.db.part").symlink_to(theirs)
    store.backup(tmp_path / "copy.db")
    store.close()
    assert theirs.read_text() == "of somebody else"
    with sqlite3.connect(tmp_path / "copy.db") as found:
        assert found.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    found.close()
    assert not (tmp_path / "copy.db").is_symlink()
