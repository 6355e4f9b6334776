"""Deliveries on their way out: what each answer of the server makes of them."""

from dataclasses import replace

import pytest

from tests.letters import Letter, write_papers
from tests.mail.recording import RecordingServer
from tests.mail.session import DROP, TAKE_AND_DROP, Script


@pytest.fixture
def composed(letter, tmp_path, monkeypatch):
    """Three pending issues and an SMTP sender in the settings; the server comes with the test."""
    letter("ingest", write_papers(tmp_path / "papers.jsonl"))
    for name in ("ada", "bob", "cy"):
        letter("subscribers", "add", f"{name}@example.org", "--topic", "robot manipulation")
    letter("compose")
    monkeypatch.setenv("NEWSLETTER_SENDER__KIND", "smtp")
    monkeypatch.setenv("NEWSLETTER_SENDER__SECURITY", "none")
    monkeypatch.setenv("NEWSLETTER_SENDER__HOST", "127.0.0.1")
    return letter


@pytest.fixture
def through(composed, monkeypatch):
    """Deliver through a server of this script and return what it received and how all stand."""

    def deliver(script=None, code=0):
        with RecordingServer(script) as server:
            monkeypatch.setenv("NEWSLETTER_SENDER__PORT", str(server.port))
            composed("deliver", code=code)
            got = sorted(mail.recipients[0].partition("@")[0] for mail in server.mails)
        listed = composed.json("deliveries", "list")["deliveries"]
        return got, {one["subscriber"].partition("@")[0]: one["state"] for one in listed}

    return deliver


def test_a_refused_address_is_refused_and_the_others_get_their_mail(through):
    script = Script(answers={"RCPT": {"bob@example.org": "550 5.1.1 No such user"}})
    got, states = through(script, code=3)
    assert got == ["ada", "cy"]
    assert states == {"ada": "accepted", "bob": "refused", "cy": "accepted"}


def test_a_dead_address_is_suppressed_and_gets_no_later_issue(through, composed):
    through(Script(answers={"RCPT": {"bob@example.org": "550 5.1.1 No such user"}}), code=3)
    made = composed.json("compose", "--at", "2030-01-01T08:00Z", "--subscriber", "bob@example.org")
    assert made["issues"] == 0
    assert made["skipped"] == {"not active, paused or suppressed": 1}


def test_a_refusal_about_us_suppresses_nobody(through, composed):
    through(Script(answers={"RCPT": {"bob@example.org": "550 5.7.1 Blocked"}}), code=3)
    made = composed.json("compose", "--at", "2030-01-01T08:00Z", "--subscriber", "bob@example.org")
    assert made["issues"] == 1, "the papers of a refused issue compete again"


def test_a_busy_server_is_asked_again_later_and_nobody_is_lost(through):
    got, states = through(Script(answers={"RCPT": {"bob@example.org": "450 4.2.1 Busy"}}), code=3)
    assert (got, states["bob"]) == (["ada", "cy"], "deferred")
    got, states = through()
    assert got == [], "before its time it is not tried again"


def test_silence_after_the_dot_is_a_doubt_and_is_never_sent_again(through, composed):
    script = Script(answers={".": {"bob@example.org": TAKE_AND_DROP}})
    got, states = through(script, code=3)
    assert got == ["ada", "bob", "cy"]
    assert states == {"ada": "accepted", "bob": "in_doubt", "cy": "accepted"}
    assert through()[0] == []
    (doubt,) = composed.json("deliveries", "list", "--state", "in_doubt")["deliveries"]
    composed("deliveries", "resolve", str(doubt["id"]), "--as", "accepted")
    assert through()[1]["bob"] == "accepted"


def test_a_doubt_resolved_as_pending_is_sent_again(through, composed):
    through(Script(answers={".": {"bob@example.org": DROP}}), code=3)
    (doubt,) = composed.json("deliveries", "list", "--state", "in_doubt")["deliveries"]
    composed("deliveries", "resolve", str(doubt["id"]), "--as", "pending")
    assert through() == (["bob"], {"ada": "accepted", "bob": "accepted", "cy": "accepted"})


def test_a_server_that_takes_one_mail_a_connection_gets_them_all(through, monkeypatch):
    monkeypatch.setenv("NEWSLETTER_SENDER__CONNECTIONS", "1")
    seen = []

    def one_only(_argument):
        seen.append(1)
        return "421 4.7.0 Enough for one connection" if len(seen) % 2 == 0 else None

    got, states = through(Script(answers={"MAIL": one_only}))
    assert got == ["ada", "bob", "cy"]
    assert set(states.values()) == {"accepted"}


def test_who_left_after_composing_gets_nothing(through, composed):
    composed("subscribers", "remove", "bob@example.org")
    got, states = through()
    assert got == ["ada", "cy"]
    assert states["bob"] == "cancelled"


def test_every_attempt_is_kept_with_its_reply(through, composed):
    through(Script(answers={"RCPT": {"bob@example.org": "450 4.2.1 Busy"}}), code=3)
    (deferred,) = composed.json("deliveries", "list", "--state", "deferred")["deliveries"]
    (attempt,) = composed.json("deliveries", "show", str(deferred["id"]))["attempts"]
    assert (attempt["number"], attempt["result"]) == (1, "deferred")
    assert attempt["reply"] == "450 4.2.1 Busy"


def test_a_second_sender_on_the_folder_is_told_to_wait(composed, monkeypatch):
    from newsletter.app import now_utc, open_app
    from newsletter.lock import holding

    app = open_app(composed.folder, now_utc())
    with holding(app.folder):
        told = composed.run("deliver")
    app.close()
    assert told.code == 75
    assert "is at work here" in told.err


def test_a_restored_copy_sends_nothing_until_it_is_told_to(composed, through):
    backup = composed.folder / "backup.db"
    composed("db", "backup", backup)
    assert through()[0] == ["ada", "bob", "cy"]
    for leftover in composed.folder.glob("newsletter.db*"):
        leftover.unlink()
    backup.rename(composed.folder / "newsletter.db")
    told = composed.run("deliver")
    assert told.code == 75
    assert "restored" in told.err
    composed("db", "resume")
    assert through()[0] == [], "by default nothing that may have gone out goes out again"


@pytest.mark.parametrize(
    ("answer", "told_of", "most"),
    [
        ("550 5.0.0 Not for you", "100 of 100 mails were refused", 104),
        ("550 5.7.1 Your host is listed", "by policy (5.7.1:", 14),
    ],
)
def test_a_run_ends_when_the_server_refuses_what_we_are(
    letter, tmp_path, monkeypatch, answer, told_of, most
):
    from newsletter.app import now_utc, open_app
    from newsletter.store import ledger
    from tests.actions.test_crashes import add_readers

    letter("ingest", write_papers(tmp_path / "papers.jsonl"))
    add_readers(letter.folder, 130)
    letter("compose")
    monkeypatch.setenv("NEWSLETTER_SENDER__KIND", "smtp")
    monkeypatch.setenv("NEWSLETTER_SENDER__SECURITY", "none")
    monkeypatch.setenv("NEWSLETTER_SENDER__HOST", "127.0.0.1")
    with RecordingServer(Script(answers={"RCPT": answer})) as server:
        monkeypatch.setenv("NEWSLETTER_SENDER__PORT", str(server.port))
        told = letter.run("deliver")
    assert told.code == 1
    assert told_of in told.err
    app = open_app(letter.folder, now_utc())
    with app.store.read() as tx:
        states = ledger.states(tx)
    app.close()
    # What the other connections had in hand is refused too.
    assert most - 4 <= states["refused"] <= most
    assert states["refused"] + states["pending"] == 130
    assert states["suppressed"] == 0


def test_a_reader_who_pauses_meanwhile_stops_no_other(composed, through, monkeypatch):
    monkeypatch.setenv("NEWSLETTER_SENDER__CONNECTIONS", "1")
    from newsletter.actions import subscribe
    from newsletter.app import now_utc, open_app

    app = open_app(composed.folder, now_utc())

    def pausing(recipient):
        if recipient.startswith("ada"):
            subscribe.pause(app.store, 2, 0, now_utc())  # bob, between the batch and his turn
        return None

    got, states = through(Script(answers={"RCPT": pausing}))
    app.close()
    assert got == ["ada", "cy"]
    assert states["bob"] == "cancelled"


def test_a_limit_is_kept_exactly(composed, monkeypatch):
    monkeypatch.setenv("NEWSLETTER_SENDER__KIND", "outbox")
    assert composed.json("deliver", "--limit", "2")["states"]["accepted"] == 2


def test_a_deferred_mail_goes_out_when_its_time_has_come(composed, through, monkeypatch):
    from datetime import timedelta

    from newsletter import app as wiring
    from newsletter import lock as locking
    from newsletter import ways
    from newsletter.actions import deliver

    through(Script(answers={"RCPT": {"bob@example.org": "450 4.2.1 Busy"}}), code=3)
    app = wiring.open_app(composed.folder, wiring.now_utc())
    with RecordingServer() as server, locking.holding(app.folder) as lock:
        relay = app.settings.sender.model_copy(update={"port": server.port})
        epoch = locking.begin_run(app.store, lock, wiring.now_utc())
        later = wiring.now_utc() + timedelta(minutes=31)
        way = replace(
            wiring.way(app, epoch, lambda: later), outlets=ways.outlets(app.folder, relay)
        )
        handled = deliver.deliver(app.store, way)
    app.close()
    assert handled == {"accepted": 1}
    assert [mail.recipients for mail in server.mails] == [("bob@example.org",)]


def test_nobody_is_tried_twice_in_one_run(composed, through):
    got, states = through(Script(answers={"RCPT": "450 4.2.1 Busy"}), code=75)
    assert (got, set(states.values())) == ([], {"deferred"})
    listed = composed.json("deliveries", "list")["deliveries"]
    assert [one["attempts"] for one in listed] == [1, 1, 1]


def test_the_mails_of_two_newsletters_have_different_ids(composed, through, tmp_path, capsys):
    through()
    ours = {one["message_id"] for one in composed.json("deliveries", "list")["deliveries"]}
    other = Letter(tmp_path / "other", capsys)
    other("init", other.folder)
    other("ingest", tmp_path / "papers.jsonl")
    other("subscribers", "add", "ada@example.org", "--topic", "robot manipulation")
    other("compose")
    other("preview", "--out", tmp_path / "shown")
    (mail,) = (tmp_path / "shown").glob("*.eml")
    assert len(ours) == 3
    assert not any(one.encode() in mail.read_bytes() for one in ours)


def test_a_lost_key_is_not_replaced_in_silence(composed, through):
    through()
    (composed.folder / "config/secret.key").unlink()
    told = composed.run("compose")
    assert told.code == 4
    assert "secret.key is missing" in told.err
    assert not (composed.folder / "config/secret.key").exists()
