"""A mail piped in by a mail server: for what is not its own fault it is to be tried again."""

import io
import json
import sqlite3
import sys
from contextlib import closing
from types import SimpleNamespace

import pytest

from newsletter.mail import intake
from newsletter.mail.bounces import notices
from newsletter.store import database

HELLO = b"Subject: hello\n\nhello\n"


@pytest.fixture
def piped(letter, monkeypatch):
    """Return what runs `bounces process` with a mail on its standard input."""

    def run(raw=HELLO, *options):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
        return letter.run("bounces", "process", *options)

    return run


@pytest.fixture
def locked(letter, monkeypatch):
    """A newsletter in whose database another process writes all the time."""
    monkeypatch.setattr(database, "BUSY_SECONDS", 0)
    with closing(sqlite3.connect(letter.folder / "newsletter.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        yield letter
        other.rollback()


def test_a_piped_mail_that_can_be_dealt_with_is_done(piped):
    told = piped()
    assert (told.code, told.out) == (0, "1 ignored\n")


def test_a_piped_mail_meets_a_locked_database_and_is_to_be_tried_again(piped, locked):
    told = piped()
    assert (told.code, "try later" in told.err, told.out) == (75, True, "")
    told = piped(HELLO, "--json")
    assert json.loads(told.out)["exit_code"] == 75


def test_any_command_that_meets_a_locked_database_says_that_it_is_to_be_run_later(locked):
    told = locked.run("suppressions", "add", "ada@example.net")
    assert (told.code, "newsletter.db: another process" in told.err) == (75, True)


def test_a_piped_mail_meets_a_database_that_is_none_and_is_to_be_tried_again(piped, letter):
    for leftover in letter.folder.glob("newsletter.db-*"):
        leftover.unlink()
    (letter.folder / "newsletter.db").write_bytes(b"no database at all" * 100)
    told = piped()
    assert (told.code, "this is no database of ours" in told.err) == (75, True)
    assert letter.run("suppressions", "list").code == 1, "later is no better here"


@pytest.mark.parametrize("file", ["config/secret.key", "config/newsletter.toml"])
def test_a_piped_mail_meets_a_file_that_is_odd_and_is_to_be_tried_again(piped, letter, file):
    (letter.folder / file).write_text("not good")
    told = piped()
    assert (told.code, file in told.err, told.err.count("\n")) == (75, True, 1)
    assert letter.run("suppressions", "list").code == 4, "whoever runs it mends the settings"


@pytest.mark.parametrize(("part", "name"), [(intake, "decode_header"), (notices, "events")])
def test_a_piped_mail_finds_no_memory_left_and_is_to_be_tried_again(piped, monkeypatch, part, name):
    def no_memory(*_):
        raise MemoryError

    monkeypatch.setattr(part, name, no_memory)
    told = piped()
    assert (told.code, told.err) == (75, "error: MemoryError\n")


def test_a_piped_mail_that_is_odd_itself_is_not_tried_again(piped, monkeypatch):
    monkeypatch.setattr("newsletter.actions.answer.answer", lambda *_: 1 // 0)
    told = piped()
    assert (told.code, told.out) == (1, "1 unreadable\n")
