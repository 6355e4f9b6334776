"""The mail that went out is built again byte for byte, whatever has changed since."""

import dataclasses
import json
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from newsletter.actions import noting
from newsletter.rendering import language, templates
from newsletter.store import subscribers
from newsletter.store.database import Store
from newsletter.store.schema import papers
from newsletter.store.tables_imprints import imprints
from tests.letters import PAPERS, write_papers
from tests.mail.recording import RecordingServer


@pytest.fixture
def sent(letter, tmp_path, monkeypatch):
    """A newsletter that has sent an issue to each of two readers; `sent.mails` came by SMTP."""
    found = [{**one, "votes": 3, "authors": ["Ada Okafor"]} for one in PAPERS]
    letter("ingest", write_papers(tmp_path / "papers.jsonl", found))
    letter("subscribers", "add", "ada@example.net", "--topic", "robot manipulation")
    letter("subscribers", "add", "cy@example.net", "--topic", "camera traps in ecology")
    letter("compose")
    letter.mails = send(letter, monkeypatch)
    return letter


def send(letter, monkeypatch):
    """Deliver what is due by SMTP; return the mails that came, by their reader's name."""
    with RecordingServer() as server:
        way = {"KIND": "smtp", "HOST": "127.0.0.1", "PORT": str(server.port), "SECURITY": "none"}
        for name, value in way.items():
            monkeypatch.setenv(f"NEWSLETTER_SENDER__{name}", value)
        letter("deliver")
    return {one.recipients[0].partition("@")[0]: one.body for one in server.mails}


@pytest.fixture
def store(sent):
    opened = Store(f"sqlite:///{sent.folder / 'newsletter.db'}")
    yield opened
    opened.close()


def replayed(letter, number, folder):
    letter("replay", str(number), "--out", folder)
    (file,) = folder.glob("*.eml")
    raw = file.read_bytes()
    file.unlink()
    return raw


def verdict(letter, number, code=0):
    (found,) = letter.json("replay", str(number), "--check", code=code)["issues"]
    return found["verdict"]


def test_it_is_what_the_server_got(sent, tmp_path):
    assert verdict(sent, 1) == verdict(sent, 2) == "same"
    assert replayed(sent, 1, tmp_path / "again") == sent.mails["ada"]
    assert replayed(sent, 2, tmp_path / "again") == sent.mails["cy"]


def test_templates_settings_papers_and_the_compiler_may_change(sent, tmp_path, monkeypatch, store):
    folder = sent.folder / "templates/mail"
    folder.mkdir(parents=True)
    (folder / "theme.mjml").write_text('[% set accent = "#7a1f5c" %]')
    (folder / "digest.txt").write_text("All is new.\n")
    settings = sent.folder / "config/newsletter.toml"
    settings.write_text(settings.read_text().replace('name = "', 'name = "The other '))
    changed = [{**one, "votes": 4321, "authors": ["Somebody Else"]} for one in PAPERS]
    sent("ingest", write_papers(tmp_path / "changed.jsonl", changed))
    with store.write() as tx:
        tx.execute(papers.update().values(venue="ICLR", url="https://example.org/moved"))

    def broken(_):
        raise AssertionError("an old mail needs no compiler")

    monkeypatch.setattr(templates, "compile_mjml", broken)
    assert verdict(sent, 1) == verdict(sent, 2) == "same"
    assert replayed(sent, 1, tmp_path / "again") == sent.mails["ada"]


def test_a_signed_mail_is_the_same_until_its_key_is_another(letter, tmp_path, monkeypatch):
    letter("dkim", "new", "--domain", "example.org", "--selector", "s1")
    letter("ingest", write_papers(tmp_path / "papers.jsonl"))
    letter("subscribers", "add", "ada@example.net", "--topic", "robot manipulation")
    letter("compose")
    raw = send(letter, monkeypatch)["ada"]
    assert raw.startswith(b"DKIM-Signature: ")
    assert verdict(letter, 1) == "same"
    assert replayed(letter, 1, tmp_path / "again") == raw
    letter("dkim", "new", "--domain", "example.org", "--selector", "s2")
    settings = letter.folder / "config/newsletter.toml"
    settings.write_text(settings.read_text().replace("s1.dkim.key", "s2.dkim.key", 1))
    assert verdict(letter, 1, code=3) == "same_but_signature"


def test_a_retired_key_is_told_and_the_rest_is_there(sent, monkeypatch):
    (sent.folder / "config/secret.key").write_text("f" * 64 + "\n")
    assert verdict(sent, 1, code=3) == "key_retired"


def test_an_erased_reader_and_a_lost_text_are_told_and_stop_no_other(sent, store):
    with store.write() as tx:
        rows = tx.execute(sa.select(imprints)).all()
        one = next(row for row in rows if "Tapirs" in row.body)
        tx.execute(imprints.update().where(imprints.c.hash == one.hash).values(body="{}"))
    found = sent.json("replay", "1", "2", "99", "--check", code=3)["issues"]
    assert [one["verdict"] for one in found] == ["same", "gone", "gone"]
    assert "was changed in the database" in found[1]["why"]
    assert "there is no issue 99" in found[2]["why"]
    sent.json("replay", "1", "99", code=3)
    sent.json("replay", "99", code=1)


def test_what_was_not_sent_is_built_as_it_would_be_now(letter, tmp_path):
    letter("ingest", write_papers(tmp_path / "papers.jsonl"))
    letter("subscribers", "add", "ada@example.net", "--topic", "robot manipulation")
    letter("compose")
    assert verdict(letter, 1, code=3) == "not_sent"
    letter("deliveries", "cancel", "1")
    again = letter.json("replay", "1", "--check", code=3)["issues"][0]
    assert again["why"] == "it was never handed over: it is cancelled"
    told = letter.run("replay", "1")
    assert told.code == 0
    assert told.out.startswith("From: ")
    assert letter.run("replay").code == 2


def test_a_whole_edition_is_replayed(sent):
    edition = sent.json("issues", "list")["issues"][0]["edition"]
    found = sent.json("replay", "--edition", edition, "--check")["issues"]
    assert [one["verdict"] for one in found] == ["same", "same"]
    assert "there is no issue of" in sent.run("replay", "--edition", "daily-1999-01-01").err


def test_what_many_mails_share_is_kept_once(sent, store):
    with store.read() as tx:
        kept = [row.body for row in tx.execute(sa.select(imprints))]
    assert len([one for one in kept if one.startswith('{"program"')]) == 1
    assert json.loads(next(one for one in kept if "Tapirs" in one))["votes"] == 3


def test_diff_tells_papers_that_came_and_lines_that_changed(sent):
    found = sent.json("issues", "diff", "1", "2")
    assert found["out"] == ["Folding by Fold Lines: Robot Manipulation of Cloth"]
    assert found["in"] == ["Tapirs Go Uphill: Camera Traps in a Cloud Forest"]
    assert found["subjects"][0] != found["subjects"][1]
    assert "+ Tapirs Go Uphill" in sent("issues", "diff", "1", "2")


def test_diff_tells_what_new_templates_change(sent):
    assert "text     the same" in sent("issues", "diff", "1")
    folder = sent.folder / "templates/mail"
    folder.mkdir(parents=True)
    (folder / "digest.txt").write_text("All is new.\n")
    found = sent.json("issues", "diff", "1")
    assert "+All is new." in found["text"]
    assert (found["same_html"], found["in"], found["out"], found["moved"]) == (True, [], [], [])


def test_an_issue_is_checked_by_its_number(sent):
    assert sent("check", "1").startswith("1: ")
    assert "there is no issue 99" in sent.run("check", "99").err


def test_a_reader_gets_the_mails_in_the_language_they_chose_and_again(
    letter, tmp_path, monkeypatch
):
    letter("ingest", write_papers(tmp_path / "papers.jsonl"))
    letter("subscribers", "add", "ada@example.net", "--topic", "robot manipulation")
    letter("subscribers", "set", "ada@example.net", "--language", "de")
    assert letter.json("subscribers", "list")["subscribers"][0]["language"] == "de"
    letter("compose")
    raw = send(letter, monkeypatch)["ada"]
    assert b"Abbestellen" in raw
    assert b"Unsubscribe:" not in raw.replace(b"List-Unsubscribe:", b"")
    letter("subscribers", "set", "ada@example.net", "--language", "site")
    language.language.cache_clear()
    other = (language.FOLDER / "de.po").read_text().replace("Abbestellen", "Kündigen")
    (tmp_path / "de.po").write_text(other)
    monkeypatch.setattr(language, "FOLDER", tmp_path)
    assert language.language("de").say("Unsubscribe") == "Kündigen"
    assert verdict(letter, 1) == "same"
    assert replayed(letter, 1, tmp_path / "again") == raw
    language.language.cache_clear()


def test_a_note_is_replayed_by_its_delivery_whatever_has_changed_since(
    letter, tmp_path, monkeypatch
):
    letter("subscribers", "add", "ada@example.net", "--topic", "robot manipulation")
    opened = Store(f"sqlite:///{letter.folder / 'newsletter.db'}")
    now = datetime(2026, 3, 14, 7, tzinfo=UTC)
    with opened.write() as tx:
        noting.welcome(tx, subscribers.find(tx, "ada@example.net"), now)
    opened.close()
    number = str(letter.json("deliveries", "list")["deliveries"][0]["id"])
    again = ("replay", "--delivery", number, "--check")
    assert letter.json(*again, code=3)["issues"][0]["verdict"] == "not_sent"
    raw = send(letter, monkeypatch)["ada"]
    assert b"Subject: Welcome to Paper Letter" in raw
    folder = letter.folder / "templates/mail"
    folder.mkdir(parents=True)
    (folder / "note.txt").write_text("All is new.\n")
    letter("subscribers", "set", "ada@example.net", "--topic", "tapirs", "--language", "de")
    (found,) = letter.json(*again)["issues"]
    assert (found["verdict"], found["delivery"], found["issue"]) == ("same", int(number), 0)
    letter("replay", "--delivery", number, "--out", tmp_path / "again")
    assert (tmp_path / "again" / f"welcome-{number}.eml").read_bytes() == raw
    assert "there is no delivery 99" in letter.run("replay", "--delivery", "99").err


def test_a_card_that_was_chosen_is_in_the_mail_and_stays_there(letter, tmp_path, monkeypatch):
    letter("ingest", write_papers(tmp_path / "papers.jsonl"))
    letter("subscribers", "add", "ada@example.net", "--topic", "robot manipulation")
    letter("subscribers", "set", "ada@example.net", "--detail", "card")
    assert letter.json("subscribers", "list")["subscribers"][0]["detail"] == "card"
    letter("compose")
    letter("subscribers", "set", "ada@example.net", "--detail", "usual")
    raw = send(letter, monkeypatch)["ada"]
    assert b"Idea: We propose a grasping policy" in raw
    assert b"Result: It folds 412 of 500 shirts" in raw
    assert verdict(letter, 1) == "same"
    told = letter.run("subscribers", "set", "ada@example.net", "--detail", "all")
    assert told.code == 2
    assert "one of usual, abstract, card" in told.err


def test_a_language_that_is_not_there_is_refused(letter):
    told = letter.run("subscribers", "add", "ada@example.net", "--language", "tlh")
    assert told.code == 2
    assert "one of en, de, or site" in told.err
    settings = letter.folder / "config/newsletter.toml"
    settings.write_text(settings.read_text().replace('language = "en"', 'language = "xx"'))
    told = letter.run("subscribers", "list")
    assert told.code == 4
    assert "site.language = 'xx': one of en, de" in told.err


def test_templates_that_changed_while_the_program_ran_change_in_every_language(letter, tmp_path):
    from newsletter import app as wiring
    from newsletter.actions import messages

    app = wiring.open_app(letter.folder, wiring.now_utc())
    press = wiring.press(app)
    before = messages.speaking(press, "de")
    assert messages.speaking(press, "de") is before
    press = dataclasses.replace(press, templates=templates.Templates(press.templates.folders))
    after = messages.speaking(press, "de")
    assert after.templates is not before.templates
    assert after.templates is press.templates.speaking("de")
    app.close()
