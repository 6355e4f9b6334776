"""`newsletter doctor --loop`, through relays that keep the mail, change it, or lose it."""

import mailbox
import re

import pytest

from newsletter.actions.doctor import Level
from newsletter.actions.loop import compare
from tests.mail.imap import ImapServer
from tests.mail.recording import RecordingServer
from tests.mail.session import Journal, Script

REPLY = "250 2.0.0 Ok: queued as 4XyZ12"


SETTINGS = """
[sender]
kind = "smtp"
from_address = "news@letter.example.org"
host = "127.0.0.1"
port = {port}
security = "none"
[site]
url = "https://letter.example.org"
"""


class Relay(Journal):
    """Puts what arrives into a Maildir, changed as a relay may."""

    def __init__(self, folder, change):
        super().__init__()
        self.box, self.change = mailbox.Maildir(folder), change

    def add(self, mail):
        super().add(mail)
        self.box.add(self.change(mail.body).replace(b"\r\n", b"\n"))


@pytest.fixture
def through(letter, tmp_path):
    """Return what the doctor says of a relay that changes each mail so."""

    def ask(change, code, *options):
        relay = Relay(tmp_path / "box", change)
        with RecordingServer(Script(answers={".": REPLY}), relay) as server:
            settings = SETTINGS.format(port=server.port)
            (letter.folder / "config/newsletter.toml").write_text(settings)
            letter("dkim", "new", "--selector", "s1")
            asked = ("--offline", "--loop", "me@example.net", "--maildir", tmp_path / "box")
            found = letter.json("doctor", *asked, *options, code=code)
        rows = {one["check"]: one for one in found["findings"] if one["check"].startswith("loop")}
        return rows, len(relay.box)

    return ask


class ToBox(Journal):
    """Puts what arrives into an IMAP box."""

    def __init__(self, box):
        super().__init__()
        self.box = box

    def add(self, mail):
        super().add(mail)
        self.box.add(b"Received: from us by relay\r\n" + mail.body)


def levels(rows):
    return {name: one["level"] for name, one in rows.items()}


def test_a_relay_that_keeps_the_mail_is_well_and_the_box_is_left_empty(through):
    rows, left = through(lambda raw: b"Received: from us by relay\r\n" + raw, 1)
    assert set(levels(rows).values()) == {"ok"}
    assert "4XyZ12" in rows["loop_reply"]["text"]
    assert len(rows) == 8
    assert left == 0


def test_a_relay_that_writes_ids_anew_is_known_and_breaks_the_signature(through):
    def change(raw):
        return re.sub(rb"(?m)^Message-ID: .*?\r$", b"Message-ID: <4XyZ12@relay.example>\r", raw)

    rows, _ = through(change, 1)
    assert rows["loop_message_id"]["level"] == "warning"
    assert "holds that id" in rows["loop_message_id"]["text"]
    assert "message-id" in rows["loop_dkim"]["text"]
    assert rows["loop_dkim"]["level"] == "error"


def test_a_mail_that_does_not_come_back_is_an_error_and_others_stay_in_the_box(through):
    rows, left = through(lambda _: b"Subject: another\r\n\r\nHello.\r\n", 1, "--wait", "0")
    assert "nothing came back" in rows["loop"]["text"]
    assert left == 1


@pytest.mark.parametrize(("extensions", "left"), [("UIDPLUS", 2), ("", 3), ("IDLE MOVE", 3)])
def test_by_imap_only_its_own_mail_is_removed_and_what_others_deleted_stays(
    letter, tmp_path, extensions, left
):
    others = [b"Subject: unread\r\n\r\nHello.\r\n", b"Subject: deleted\r\n\r\nHello.\r\n"]
    with ImapServer([others[0]], tmp_path, extensions) as box:
        box.add(others[1], "\\Deleted")
        with RecordingServer(Script(), ToBox(box)) as server:
            settings = SETTINGS.format(port=server.port) + box.settings()
            (letter.folder / "config/newsletter.toml").write_text(settings)
            asked = ("doctor", "--offline", "--loop", "me@example.net")
            found = letter.json(*asked, code=1)["findings"]
            assert letter.json("doctor", "--offline", code=1)["findings"]
        assert {one["level"] for one in found if one["check"].startswith("loop_l")} == {"ok"}
        assert box.left[:2] == others
        assert len(box.left) == left
        assert box.flags[1] == set(), "not even marked as seen"
        assert "\\Deleted" in box.flags[3], "where it cannot be removed alone, it is marked"
        assert not {"EXPUNGE", "CLOSE"} & set(box.commands)


def test_without_a_box_nothing_is_sent(letter):
    found = letter.json("doctor", "--offline", "--loop", "me@example.net", code=1)["findings"]
    assert any("--maildir" in one["text"] for one in found if one["check"] == "loop")


def test_headers_to_leave_by_and_the_body_are_compared():
    sent = (
        b"DKIM-Signature: v=1; d=x.org\r\nList-Id: <a.x.org>\r\nList-Unsubscribe: <mailto:a@x.org>"
        b"\r\nMessage-ID: <1@x.org>\r\n\r\nHello.\r\n"
    )
    folded = sent.replace(b"Unsubscribe: ", b"Unsubscribe:\r\n ")
    assert {one.level for one in compare(sent, folded, REPLY)} == {Level.OK}
    without = sent.replace(b"List-Id: <a.x.org>\r\n", b"")
    by = {one.check: one for one in compare(sent, without, REPLY)}
    assert (by["loop_list_id"].level, by["loop_dkim"].level) == (Level.ERROR, Level.ERROR)
    footer = {one.check: one for one in compare(sent, sent + b"Scanned.\r\n", REPLY)}
    assert "the body" in footer["loop_dkim"].text
