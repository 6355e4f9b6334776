"""`db restore`: a copy in the place of the database, which is kept; nothing else is taken."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from newsletter.lock import holding
from tests.letters import add_readers


@pytest.fixture
def copied(letter):
    """A newsletter with a reader, its copy.db, and a second reader that the copy does not know."""
    add_readers(letter.folder, 1)
    letter("db", "backup", letter.folder / "copy.db")
    letter("subscribers", "add", "late@example.org", "--topic", "robot manipulation")
    return letter


def readers(letter):
    return letter.json("status")["subscribers"]["active"]


def mode(file):
    return file.stat().st_mode & 0o777


def crash(folder):
    """Leave the folder as a writer that was killed does: with a log beside the database."""
    file, aside = folder / "newsletter.db", folder / "aside"
    aside.mkdir()
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE of_the_crash (id)")
    for one in folder.glob("newsletter.db*"):
        shutil.copy(one, aside)
    connection.close()
    for one in aside.iterdir():
        shutil.move(one, folder / one.name)


def test_a_copy_is_put_in_place_and_the_old_one_is_kept_with_its_log(copied):
    crash(copied.folder)
    log = (copied.folder / "newsletter.db-wal").read_bytes()
    assert log
    found = copied.json("db", "restore", copied.folder / "copy.db")
    assert (found["paused"], found["file"]) == (True, str(copied.folder / "newsletter.db"))
    kept = Path(found["before"])
    assert kept.name.startswith("newsletter.db.before-")
    assert Path(f"{kept}-wal").read_bytes() == log
    assert readers(copied) == 1
    assert copied("db", "check") == "the database is sound\n"
    with sqlite3.connect(kept) as old:
        assert old.execute("SELECT count(*) FROM of_the_crash").fetchone() == (0,)
        assert old.execute("SELECT count(*) FROM subscribers").fetchone() == (2,)
    old.close()
    assert mode(copied.folder / "newsletter.db") == 0o600


def test_it_is_told_that_it_is_paused_and_what_comes_next(copied):
    told = copied("db", "restore", copied.folder / "copy.db")
    for words in ("It is paused", "newsletter compose", "newsletter db resume", "before it was"):
        assert words in told
    assert copied.run("deliver").code == 75


def test_a_bare_copy_of_the_file_is_paused_too(copied):
    bare = shutil.copy(copied.folder / "newsletter.db", copied.folder / "bare.db")
    copied("db", "restore", bare)
    assert copied.run("deliver").code == 75
    with sqlite3.connect(bare) as found:
        assert "copy-" not in found.execute("SELECT instance FROM ledger").fetchone()[0]
    found.close()


def test_a_copy_with_a_log_beside_it_is_restored_with_what_is_in_the_log(copied):
    crash(copied.folder)
    for end in ("", "-wal"):
        shutil.copy(copied.folder / f"newsletter.db{end}", copied.folder / f"bare.db{end}")
    copied("db", "restore", copied.folder / "bare.db")
    with sqlite3.connect(copied.folder / "newsletter.db") as found:
        assert found.execute("SELECT count(*) FROM of_the_crash").fetchone() == (0,)
    found.close()


def test_a_database_that_is_gone_is_restored(copied):
    copied("deliver")
    for one in copied.folder.glob("newsletter.db*"):
        one.unlink()
    assert "db restore FILE" in copied.run("status").err
    assert copied.json("db", "restore", copied.folder / "copy.db")["before"] == ""
    assert readers(copied) == 1


def test_a_damaged_database_is_told_with_what_to_do(copied):
    file = copied.folder / "newsletter.db"
    octets = bytearray(file.read_bytes())
    octets[4096:] = b"\xaa" * (len(octets) - 4096)
    file.write_bytes(octets)
    told = copied.run("status")
    assert (told.code, "`newsletter db restore FILE`" in told.err) == (1, True)
    copied("db", "restore", copied.folder / "copy.db")
    assert readers(copied) == 1


def cut(file):
    file.write_bytes(file.read_bytes()[:20_000])


def of_a_diary(file):
    file.write_text("Dear diary, today I wrote a newsletter. " * 50)


def of_another_program(file):
    file.unlink()
    change(file, "CREATE TABLE recipes (name)")


def newer(file):
    change(file, "UPDATE alembic_version SET version_num = '9999'")


def without_ledger(file):
    change(file, "DELETE FROM ledger")


def change(file, statement):
    with sqlite3.connect(file) as found:
        found.execute(statement)
    found.close()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (cut, "is damaged"),
        (of_a_diary, "is damaged, or no database"),
        (of_another_program, "is no newsletter's database"),
        (without_ledger, "is no newsletter's database"),
        (newer, "is newer (9999) than this program"),
        (Path.unlink, "there is no such file"),
    ],
)
def test_what_is_no_sound_copy_is_refused_and_nothing_is_changed(copied, spoil, why):
    spoil(copied.folder / "copy.db")
    before = (copied.folder / "newsletter.db").read_bytes()
    told = copied.run("db", "restore", copied.folder / "copy.db")
    assert (told.code, why in told.err) == (1, True), told
    assert (copied.folder / "newsletter.db").read_bytes() == before
    assert not list(copied.folder.glob("*.part*"))
    assert not list(copied.folder.glob("*.before-*"))


def test_the_database_itself_is_no_copy_of_it(copied):
    told = copied.run("db", "restore", copied.folder / "newsletter.db")
    assert (told.code, "is the database itself" in told.err) == (1, True)
    assert readers(copied) == 2


def test_nothing_is_restored_while_somebody_sends(copied):
    with holding(copied.folder):
        told = copied.run("db", "restore", copied.folder / "copy.db")
    assert (told.code, "is at work here" in told.err) == (75, True)


def test_a_database_on_a_server_is_restored_by_its_own_tool(copied, monkeypatch):
    monkeypatch.setenv("NEWSLETTER_DATABASE__URL", "postgresql://nobody@127.0.0.1/nothing")
    told = copied.json("db", "restore", copied.folder / "copy.db", code=1)
    assert "pg_restore" in told["error"]


def test_an_older_copy_is_to_be_upgraded(copied):
    change(copied.folder / "copy.db", "UPDATE alembic_version SET version_num = '0013'")
    assert "newsletter db upgrade" in copied("db", "restore", copied.folder / "copy.db")
