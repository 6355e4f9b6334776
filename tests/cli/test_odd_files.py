"""What lies in a Maildir and is no mail: it is told, stays, and holds nobody up."""

import os
import socket

import pytest

from newsletter.mail import intake
from newsletter.mail.intake import MOST_OCTETS
from tests.mail.bounces.letters import dsn

HELLO = b"Subject: hello\n\nhello\n"


@pytest.fixture
def box(tmp_path):
    """A Maildir with one mail of which nothing is to be done."""
    made = tmp_path / "M"
    for one in ("new", "cur", "tmp"):
        (made / one).mkdir(parents=True)
    (made / "new/5.good").write_bytes(HELLO)
    return made


def link_to_a_device(place):
    place.symlink_to("/dev/zero")


def link_to_a_mail(place):
    place.symlink_to(place.parent / "5.good")


def port(place):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(place))


ODD = {"a pipe": os.mkfifo, "a device": link_to_a_device, "a link": link_to_a_mail, "a port": port}


@pytest.mark.parametrize("kind", ODD)
def test_what_is_no_mail_is_counted_apart_and_the_next_is_dealt_with(letter, box, kind):
    ODD[kind](box / "new/1")
    told = letter.run("bounces", "process", "--maildir", box)
    assert (told.code, told.out) == (3, "1 ignored, 1 unreadable\n")
    assert told.err.startswith(f"error: {box}/new/1: cannot be read: ")
    assert (box / "new/1").is_symlink() or (box / "new/1").exists(), "it is not ours to remove"


def test_a_box_that_holds_no_mail_but_a_pipe_is_a_failure(letter, box):
    (box / "new/5.good").unlink()
    os.mkfifo(box / "cur/1:2,S")
    done = letter.json("bounces", "process", "--maildir", box, code=1)
    assert done["unreadable"] == 1


def test_of_a_file_of_gigabytes_the_first_octets_are_read(letter, box):
    with (box / "new/1").open("wb") as large:
        large.write(dsn("550 5.1.1 user unknown"))
        large.truncate(3 * 2**30)
    sizes = {name: len(raw) for name, raw in intake.maildir(box)}
    assert sizes == {"1": MOST_OCTETS, "5.good": len(HELLO)}
    done = letter.json("bounces", "process", "--maildir", box)
    assert (done["unmatched"], done["ignored"]) == (1, 1)


def test_mails_are_removed_by_their_names_also_when_a_reader_has_moved_them(box):
    (box / "new/5.good").rename(box / "cur/5.good:2,")
    ((name, raw),) = intake.maildir(box)
    assert (name, raw) == ("5.good", HELLO)
    (box / "cur/5.good:2,").rename(box / "cur/5.good:2,S")
    intake.discard(box, name)
    assert not list((box / "cur").iterdir())
