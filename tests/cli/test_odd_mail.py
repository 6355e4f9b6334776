"""Mail that comes back in forms that nobody foresaw: it is kept apart, and stops no other."""

import pytest

from newsletter.actions.suppress import MESSAGE_ID
from tests.letters import write_papers
from tests.mail.bounces.letters import dsn

GONE = "550 5.1.1 <cy@example.net>: User unknown"


@pytest.fixture
def sent(letter, tmp_path):
    """A newsletter whose two readers have each got an issue."""
    letter("ingest", write_papers(tmp_path / "papers.jsonl"))
    letter("subscribers", "add", "ada@example.net", "--topic", "robot manipulation")
    letter("subscribers", "add", "cy@example.net", "--topic", "camera traps in ecology")
    letter("compose")
    letter("deliver")
    return letter


@pytest.fixture
def box(tmp_path):
    """An empty Maildir."""
    made = tmp_path / "Maildir"
    for one in ("new", "cur", "tmp"):
        (made / one).mkdir(parents=True)
    return made


def mail_to(letter, name):
    """Return the mail that a reader got."""
    mails = [one.read_text() for one in (letter.folder / "outbox").glob("*.eml")]
    return next(one for one in mails if f"To: {name}@example.net" in one)


def returning(kind, part, returned):
    return (
        "From: MAILER-DAEMON@mx.example.net\nSubject: failure notice\n"
        "Content-Type: multipart/report; boundary=B\n\n"
        f"--B\nContent-Type: {kind}\n\n{part}\n"
        f"--B\nContent-Type: message/rfc822\n\n{returned}\n--B--\n"
    ).encode()


COMPLAINED = (
    '{"notificationType":"Complaint","complaint":{"complainedRecipients":[{"emailAddress":5}]}}'
)
BOUNCED = (
    '{"notificationType":"Bounce","bounce":{"bouncedRecipients":[{"emailAddress":"ada@example.net",'
    r'"diagnosticCode":"550 5.1.1 user unknown \ud800"}]}}'
)
NO_USER = "550 5.1.1 user unknown"
FIELDS = "Final-Recipient: rfc822; ada@example.net\nAction: failed\nDiagnostic-Code: smtp; "
ODD = {
    "a number for an address": ("text/plain", COMPLAINED),
    "half a character in JSON": ("text/plain", BOUNCED),
    "half a character by its charset": (
        "message/delivery-status; charset=unicode-escape",
        f"{FIELDS}{NO_USER} \\ud800",
    ),
    "half a character in UTF-7": (
        "message/delivery-status; charset=utf-7",
        f"{FIELDS}{NO_USER} +2AA-",
    ),
    "an end of string": ("message/delivery-status", f"{FIELDS}{NO_USER} \0"),
}


def test_a_message_id_with_a_sign_that_no_database_takes_is_none_of_ours():
    name = "<0123456789abcdef0123456789abcdef@example.org%s>"
    assert MESSAGE_ID.findall(name % "") == [name % ""]
    for odd in ("\0", "\ud800", "ä", " "):
        assert MESSAGE_ID.findall(name % odd) == []


@pytest.mark.parametrize("name", ODD)
def test_an_odd_report_stops_no_other_and_is_told_in_signs_that_every_database_takes(
    sent, box, name
):
    (box / "new/1.odd").write_bytes(returning(*ODD[name], mail_to(sent, "ada")))
    (box / "new/2.good").write_bytes(
        dsn(GONE, address="cy@example.net", returned=mail_to(sent, "cy"))
    )
    done = sent.json("bounces", "process", "--maildir", box)
    assert (done["unreadable"], done["suppressed"] + done["complained"]) == (0, 2)
    assert not list((box / "new").iterdir())
    kept = sent.json("bounces", "list")["bounces"]
    assert all(one["diagnostic"].isprintable() and one["reason"].isprintable() for one in kept)
    (box / "odd.eml").write_bytes(returning(*ODD[name], ""))
    assert sent.run("bounces", "classify", box / "odd.eml").code == 0


def test_a_mail_that_nobody_foresaw_stays_in_the_box_and_the_next_is_dealt_with(
    sent, box, monkeypatch
):
    (box / "new/1.odd").write_bytes(b"Subject: odd\n\n")
    (box / "new/2.good").write_bytes(dsn(GONE, returned=mail_to(sent, "cy")))

    def odd_one(_store, _keys, raw, _now):
        return 1 // 0 if b"odd" in raw else "ignored"

    monkeypatch.setattr("newsletter.actions.answer.answer", odd_one)
    done = sent.json("bounces", "process", "--maildir", box, code=3)
    assert (done["unreadable"], done["suppressed"]) == (1, 1)
    assert [one.name for one in (box / "new").iterdir()] == ["1.odd"]


def test_a_box_that_the_settings_lack_is_told_before_any_mail_is_dealt_with(sent, box):
    (box / "new/1.good").write_bytes(dsn(GONE, returned=mail_to(sent, "cy")))
    told = sent.run("bounces", "process", "--maildir", box, "--imap")
    assert (told.code, "bounces.imap_host is empty" in told.err) == (4, True)
    assert (box / "new/1.good").exists()


def test_files_of_which_none_can_be_read_are_a_failure(sent, tmp_path):
    told = sent.run("bounces", "process", tmp_path / "a.eml", tmp_path / "b.eml")
    assert (told.code, "2 unreadable" in told.out) == (1, True)
