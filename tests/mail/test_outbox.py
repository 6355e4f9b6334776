from pathlib import Path

import pytest

from newsletter.domain.delivery import Result
from newsletter.errors import SenderError
from newsletter.mail.outbox import Maildir, Outbox
from newsletter.mail.sender import Sender
from tests.mail.samples import RAW, a_message, always, never, unarmable


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_message_becomes_a_file_of_its_name_and_its_very_octets(tmp_path):
    sender: Sender = Outbox(tmp_path / "outbox")
    outcome = sender.send(a_message(name="2026-03-02-ada"), always)
    assert outcome.result == Result.ACCEPTED
    assert outcome.reply == "250 2.0.0 written to 2026-03-02-ada.eml"
    assert names(tmp_path / "outbox") == ["2026-03-02-ada.eml"]
    assert (tmp_path / "outbox" / "2026-03-02-ada.eml").read_bytes() == RAW
    assert sender.usable
    sender.close()


def test_a_later_message_of_the_same_name_takes_the_file_s_place(tmp_path):
    outbox = Outbox(tmp_path)
    outbox.send(a_message(b"first\r\n", name="a"), always)
    outbox.send(a_message(b"second\r\n", name="a"), always)
    assert names(tmp_path) == ["a.eml"]
    assert (tmp_path / "a.eml").read_bytes() == b"second\r\n"


def test_the_file_has_its_octets_before_arming_and_its_name_only_after(tmp_path):
    def arm() -> bool:
        (part,) = tmp_path.iterdir()
        assert part.suffix != ".eml"
        assert part.read_bytes() == RAW
        return True

    assert Outbox(tmp_path).send(a_message(), arm).result == Result.ACCEPTED


def test_what_may_not_be_armed_leaves_the_folder_as_it_was(tmp_path):
    outbox = Outbox(tmp_path)
    outbox.send(a_message(b"first\r\n", name="a"), always)
    assert outbox.send(a_message(name="a"), never).result == Result.NOT_ARMED
    assert names(tmp_path) == ["a.eml"]
    assert (tmp_path / "a.eml").read_bytes() == b"first\r\n"


def test_an_error_while_arming_leaves_the_folder_as_it_was(tmp_path):
    def arm() -> bool:
        raise OSError("the database's disk")

    with pytest.raises(OSError, match="the database's disk"):
        Outbox(tmp_path).send(a_message(), arm)
    assert names(tmp_path) == []


def test_a_part_left_by_a_crash_is_in_nobody_s_way(tmp_path):
    (tmp_path / ".a.part").write_bytes(b"half a ma")
    assert Outbox(tmp_path).send(a_message(name="a"), always).result == Result.ACCEPTED
    assert names(tmp_path) == ["a.eml"]


def test_a_folder_that_cannot_be_written_is_named_and_nothing_is_armed(tmp_path):
    folder = tmp_path / "outbox"
    folder.write_text("a file where the folder should be")
    with pytest.raises(SenderError, match=r"outbox: no message could be written .*; make room"):
        Outbox(folder).send(a_message(), unarmable)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_named_and_leaves_no_part(tmp_path):
    (tmp_path / ".a.part").symlink_to("/dev/full")
    with pytest.raises(SenderError, match=r"No space left on device") as caught:
        Outbox(tmp_path).send(a_message(name="a"), unarmable)
    assert str(tmp_path) in str(caught.value)
    assert names(tmp_path) == []


def test_a_name_that_is_taken_by_a_folder_is_no_doubt_for_nothing_was_delivered(tmp_path):
    (tmp_path / "a.eml").mkdir()
    outcome = Outbox(tmp_path).send(a_message(name="a"), always)
    assert (outcome.result, outcome.answer) == (Result.DEFERRED, None)
    assert "a.eml" in outcome.reply
    assert names(tmp_path) == ["a.eml"]


@pytest.mark.parametrize("name", ["", "../a", "a/b", "/etc/a", "a\0b"])
def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="cannot be a file's"):
        Outbox(tmp_path / "outbox").send(a_message(name=name), unarmable)
    assert names(tmp_path) == []


def test_a_maildir_gets_its_mails_as_mail_programs_look_for_them(tmp_path):
    import mailbox

    sender: Sender = Maildir(tmp_path / "box")
    for name in ("a", "b", "a"):
        assert sender.send(a_message(name=name), always).result == Result.ACCEPTED
    box = mailbox.Maildir(tmp_path / "box", create=False)
    assert [one["Subject"] for one in box] == ["Papers", "Papers"]
    assert names(tmp_path / "box/tmp") == []
    assert names(tmp_path / "box/new") == ["a.1", "b.1"]
    assert (tmp_path / "box/new/a.1").read_bytes() == RAW


def test_a_mail_that_may_not_be_armed_never_stands_in_a_maildir(tmp_path):
    assert Maildir(tmp_path).send(a_message(), never).result == Result.NOT_ARMED
    assert [names(tmp_path / one) for one in ("cur", "new", "tmp")] == [[], [], []]


def test_a_name_that_leads_out_of_a_maildir_is_refused(tmp_path):
    with pytest.raises(ValueError, match="cannot be a file's"):
        Maildir(tmp_path / "box").send(a_message(name="../a"), unarmable)
