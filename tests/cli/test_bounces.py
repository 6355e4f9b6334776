"""Mail that comes back to a newsletter that has sent some, by the command line."""

from datetime import UTC, datetime, timedelta

import pytest

from newsletter.actions.suppress import take_back
from newsletter.domain import token
from newsletter.domain.bounce import BouncePolicy, score
from newsletter.keys import secret_keys
from newsletter.store import subscribers
from newsletter.store.database import Store
from newsletter.store.schema import deliveries
from tests.letters import write_papers
from tests.mail.bounces.letters import arf, dsn
from tests.mail.imap import ImapServer

NOW = datetime(2026, 3, 14, 7, tzinfo=UTC)
DAY = timedelta(days=1)
GONE = "550 5.1.1 <ada@example.net>: User unknown"
FULL = "552 5.2.2 Mailbox full"


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
def store(sent):
    opened = Store(f"sqlite:///{sent.folder / 'newsletter.db'}")
    yield opened
    opened.close()


def mail_to(letter, name):
    """Return the mail that a reader got."""
    mails = [one.read_text() for one in (letter.folder / "outbox").glob("*.eml")]
    return next(one for one in mails if f"To: {name}@example.net" in one)


def head_of(mail):
    """Return its header without List-Unsubscribe, so that only the Message-ID is left to find."""
    lines = mail.partition("\n\n")[0].splitlines()
    return "\n".join(one for one in lines if not one.startswith("List-Unsubscribe"))


def process(letter, *mails, code=0):
    files = []
    for number, raw in enumerate(mails):
        files.append(letter.folder.parent / f"mail-{number}.eml")
        files[-1].write_bytes(raw)
    return letter.json("bounces", "process", *files, code=code)


def suppressed(letter):
    found = letter.json("suppressions", "list")["suppressions"]
    return {one["address"]: one["reason"] for one in found}


def states(letter):
    found = letter.json("subscribers", "list")["subscribers"]
    return {one["address"].partition("@")[0]: one["state"] for one in found}


def test_a_hard_bounce_of_our_mail_suppresses_its_reader_alone(sent):
    done = process(sent, dsn(GONE, returned=mail_to(sent, "ada")))
    assert (done["suppressed"], done["ignored"]) == (1, 0)
    ((address, why),) = suppressed(sent).items()
    assert address == "ada@example.net"
    assert "unknown user" in why
    (one,) = sent.json("bounces", "list")["bounces"]
    assert (one["subscriber"], one["verdict"], one["status"]) == (
        "ada@example.net",
        "suppress",
        "5.1.1",
    )
    assert "unknown user" in sent("bounces", "list", "--verdict", "suppress")


def test_the_message_id_of_the_returned_header_is_enough(sent):
    returned = head_of(mail_to(sent, "cy"))
    assert "Message-ID" in returned
    assert process(sent, dsn(GONE, address="cy@example.net", returned=returned))["suppressed"] == 1
    assert list(suppressed(sent)) == ["cy@example.net"]


def test_the_token_in_the_envelope_sender_is_enough(sent):
    (key,) = secret_keys(sent.folder)
    made = token.make_return(key, 1)
    raw = dsn(GONE, returned="", to=f"bounces+{made.upper()}@example.org")
    assert process(sent, raw)["suppressed"] == 1
    assert len(suppressed(sent)) == 1


def test_the_same_mail_twice_counts_once(sent):
    raw = dsn(FULL, returned=mail_to(sent, "ada"))
    assert process(sent, raw, raw)["counted"] == 1
    assert process(sent, raw)["known"] == 1


def test_a_forged_bounce_changes_nobody(sent):
    mail = mail_to(sent, "ada")
    message_id = mail.partition("Message-ID: <")[2][:32]
    forged = [
        dsn(GONE),
        dsn(GONE, returned=""),
        dsn(GONE, to="bounces+aaaaaaaaaaaaaaaaaaaaaaaa@example.org"),
        dsn(GONE, returned=head_of(mail).replace(message_id, message_id[::-1])),
        arf("abuse"),
        dsn(GONE, returned="Subject: unsubscribe " + "A" * 44),
    ]
    assert process(sent, *forged)["unmatched"] == len(forged)
    assert suppressed(sent) == {}
    assert set(states(sent).values()) == {"active"}


def test_a_bounce_of_what_never_went_out_changes_nobody(sent, store):
    with store.write() as tx:
        tx.execute(deliveries.update().values(state="pending"))
    assert process(sent, dsn(GONE, returned=mail_to(sent, "ada")))["unmatched"] == 1


def test_a_complaint_ends_the_subscription_at_once(sent):
    assert process(sent, arf("abuse", returned=mail_to(sent, "ada")))["complained"] == 1
    assert states(sent) == {"ada": "unsubscribed", "cy": "active"}


def test_a_bounce_settles_a_doubt(sent, store):
    with store.write() as tx:
        tx.execute(deliveries.update().values(state="in_doubt"))
    process(sent, dsn(FULL, returned=mail_to(sent, "ada")))
    found = sent.json("deliveries", "list")["deliveries"]
    assert {one["subscriber"]: one["state"] for one in found} == {
        "ada@example.net": "accepted",
        "cy@example.net": "in_doubt",
    }


def test_soft_bounces_on_five_days_suppress_and_a_week_without_forgets(sent, store):
    keys = secret_keys(sent.folder)
    mail = mail_to(sent, "ada")

    def bounce(day):
        raw = dsn(f"{FULL} on day {day}", returned=mail)
        return take_back(store, keys, raw, NOW + DAY * day)

    days = [0, 0.1, 1, 2, 3, 11, 12, 13, 14]
    assert [bounce(day) for day in days] == ["counted"] * len(days)
    assert bounce(15) == "suppressed"
    with store.read() as tx:
        assert subscribers.is_suppressed(tx, "ada@example.net")


def test_a_report_about_others_of_the_mail_is_only_counted(sent, store):
    keys = secret_keys(sent.folder)
    raw = dsn("550 5.1.1 User unknown", address="x@example.net", returned=mail_to(sent, "ada"))
    second = b"Final-Recipient: rfc822; y@example.net\nAction: failed\nStatus: 5.1.1\n\n--b=1\n"
    two = raw.replace(
        b"--b=1\nContent-Type: message/rfc822", second + b"Content-Type: message/rfc822"
    )
    assert take_back(store, keys, two, NOW) == "counted"


def test_the_score_has_a_point_a_day_and_goes_stale():
    policy = BouncePolicy()
    assert score([], policy) == 0
    assert score([NOW, NOW + DAY / 24, NOW + DAY], policy) == 2
    assert score([NOW, NOW + DAY, NOW + 9 * DAY], policy) == 1
    assert score([NOW + DAY * day for day in range(5)], policy) == 5


def test_classify_says_what_each_mail_is_and_changes_nothing(sent, tmp_path):
    hard, none = tmp_path / "hard.eml", tmp_path / "none.eml"
    hard.write_bytes(dsn(GONE, returned=mail_to(sent, "ada")))
    none.write_bytes(b"Subject: Re: a paper\n\nThank you.\n")
    found = sent.json("bounces", "classify", hard, none)["mails"]
    assert [one["verdict"] for one in found] == ["suppress", "ignore"]
    assert found[0]["recipients"] == [
        {
            "address": "ada@example.net",
            "status": "5.1.1",
            "reply": "550",
            "reason": "unknown user",
            "hard": True,
        }
    ]
    alone = sent.json("bounces", "classify", hard)
    assert alone == {"schema_version": 1, **found[0]}
    assert "suppress: 550 5.1.1" in sent("bounces", "classify", hard)
    assert suppressed(sent) == {}
    told = sent.run("bounces", "classify", hard, tmp_path / "absent.eml")
    assert (told.code, "absent.eml: cannot be read" in told.err) == (3, True)
    done = sent.json("bounces", "classify", hard, tmp_path / "absent.eml", code=3)
    assert (len(done["mails"]), done["unreadable"]) == (1, [str(tmp_path / "absent.eml")])
    assert "error" in sent.json("bounces", "classify", tmp_path / "absent.eml", code=1)


def test_a_maildir_loses_what_was_dealt_with_and_keeps_the_rest(sent, tmp_path):
    box = tmp_path / "Maildir"
    for name in ("new", "cur", "tmp"):
        (box / name).mkdir(parents=True)
    (box / "new/1.a").write_bytes(dsn(GONE, returned=mail_to(sent, "ada")))
    (box / "new/2.a").write_bytes(dsn(GONE))
    done = sent.json("bounces", "process", "--maildir", box)
    assert (done["suppressed"], done["unmatched"]) == (1, 1)
    assert [one.name for one in (box / "new").iterdir()] == ["2.a"]


def test_an_imap_box_loses_what_was_dealt_with_and_keeps_the_rest(sent, tmp_path):
    mails = [dsn(GONE, returned=mail_to(sent, "ada")), dsn(GONE), b"Subject: hello\n\nhello\n"]
    with ImapServer(mails, tmp_path) as server:
        server.add(b"Subject: deleted by its reader\n\n", "\\Deleted")
        (sent.folder / "password").write_text("secret\n")
        settings = server.settings().replace('password = "secret"', 'password_file = "password"')
        (sent.folder / "config/newsletter.toml").write_text(settings)
        done = sent.json("bounces", "process", "--imap")
        assert (done["suppressed"], done["unmatched"], done["ignored"]) == (1, 1, 1)
        assert server.left[:2] == mails[1:]
        assert len(server.left) == 3, "what others have marked for removal is not ours to remove"
        assert server.suppressed_when_removed, "first the commit, then the removal"
        again = sent.json("bounces", "process", "--imap")
        assert sum(again.values()) - again["schema_version"] == 0, "the rest was seen before"


def test_an_imap_server_without_a_good_certificate_gets_no_password(sent, tmp_path):
    with ImapServer([], tmp_path) as server:
        settings = server.settings().partition("imap_ca_file")[0]
        (sent.folder / "config/newsletter.toml").write_text(settings)
        told = sent.run("bounces", "process", "--imap")
        assert (told.code, "certificate is not good" in told.err) == (1, True)
        assert server.logins == []


def test_an_imap_login_that_is_refused_is_told_without_its_password(sent, tmp_path):
    with ImapServer([], tmp_path) as server:
        settings = server.settings().replace('"secret"', '"wrong"')
        (sent.folder / "config/newsletter.toml").write_text(settings)
        told = sent.run("bounces", "process", "--imap")
        assert (told.code, "check bounces.imap_user" in told.err) == (1, True)
        assert "wrong" not in told.err


def test_suppressions_are_listed_added_removed_and_travel_as_csv(letter, tmp_path):
    added = letter.json("suppressions", "add", "Ada@Example.net", "--reason", "asked by phone")
    assert added["address"] == "ada@example.net"
    assert added["added"]
    assert not letter.json("suppressions", "add", "ada@example.net")["added"]
    letter("suppressions", "add", "cy@example.net", "--reason", "=cmd()")
    file = tmp_path / "out.csv"
    letter("suppressions", "export", file)
    assert "'=cmd()" in file.read_text()
    letter("suppressions", "remove", "ada@example.net")
    assert list(suppressed(letter)) == ["cy@example.net"]
    assert letter.run("suppressions", "remove", "ada@example.net").code == 1
    letter("suppressions", "remove", "cy@example.net")
    done = letter.json("suppressions", "import", file)
    assert (done["added"], done["known"], done["skipped"]) == (2, 0, [])
    assert suppressed(letter) == {"ada@example.net": "asked by phone", "cy@example.net": "=cmd()"}


def test_an_import_takes_the_good_lines_and_names_the_others(letter, tmp_path):
    file = tmp_path / "list.txt"
    good = "Email,Why\nada@example.net\nnot an address\n\nbob@example.net,moved,2026-03-14\n"
    file.write_text(f"{good}cy@example.net,moved,lately\n")
    told = letter.json("suppressions", "import", file, code=3)
    assert told["added"] == 2
    assert told["skipped"][0].startswith("line 3: ")
    assert told["skipped"][1].startswith("line 6: 'lately' is no time; write 2026-03-14")


@pytest.mark.parametrize(
    ("envelope", "start"), [("plus", "newsletter+"), ("verp", "bounces+"), ("fixed", "newsletter@")]
)
def test_the_envelope_sender_says_which_delivery_comes_back(sent, store, envelope, start):
    from newsletter.actions import messages
    from newsletter.app import now_utc, open_app, press
    from tests.store.samples import all_due

    (sent.folder / "config/newsletter.toml").write_text(f'[sender]\nenvelope = "{envelope}"\n')
    app = open_app(sent.folder, now_utc())
    try:
        with app.store.write() as tx:
            tx.execute(deliveries.update().values(state="pending"))
            found = [one.delivery for one in all_due(tx, now_utc())]
            write = messages.prepare(press(app), tx, found)
            made = [write(one).envelope_sender for one in found]
    finally:
        app.close()
    assert all(one.startswith(start) for one in made)
    if envelope != "fixed":
        read = [token.read_return(app.keys, one.split("+")[1].split("@")[0]) for one in made]
        assert read == [one.id for one in found]
        assert max(map(len, made)) <= 64 + 1 + len("example.org")
