"""From a feed to a mailbox, by the command line alone."""

import email
import email.policy
import re

import pytest

from tests.letters import write_papers
from tests.mail.recording import RecordingServer


@pytest.fixture
def subscribed(letter, tmp_path):
    """A newsletter with three papers and two readers of different interests."""
    letter("ingest", write_papers(tmp_path / "papers.jsonl"))
    letter("subscribers", "add", "ada@example.org", "--topic", "robot manipulation")
    letter("subscribers", "add", "cy@example.org", "--topic", "camera traps in ecology")
    return letter


def parsed(raw):
    return email.message_from_bytes(raw, policy=email.policy.default)


def mails_in(folder):
    return {mail["To"]: mail for mail in (parsed(one.read_bytes()) for one in folder.glob("*.eml"))}


def test_the_same_file_twice_adds_nothing(letter, tmp_path):
    file = write_papers(tmp_path / "papers.jsonl")
    counts = ("read", "new", "updated", "duplicate", "skipped", "error")
    (first,) = letter.json("ingest", file)["sources"]
    assert [first[one] for one in counts] == [3, 3, 0, 0, [], None]
    (second,) = letter.json("ingest", file)["sources"]
    assert [second[one] for one in counts] == [3, 0, 0, 3, [], None]


def test_each_reader_gets_a_mail_of_their_own(subscribed):
    made = subscribed.json("compose")
    assert (made["issues"], made["items"], len(made["editions"])) == (2, 2, 1)
    assert subscribed.json("deliver")["states"]["accepted"] == 2
    mails = mails_in(subscribed.folder / "outbox")
    assert mails["ada@example.org"]["Subject"].startswith("Folding by Fold Lines")
    assert mails["cy@example.org"]["Subject"].startswith("Tapirs Go Uphill")


def test_composing_and_delivering_again_does_nothing_new(subscribed):
    subscribed("compose")
    assert subscribed.json("compose")["issues"] == 0
    subscribed("deliver")
    before = sorted((subscribed.folder / "outbox").iterdir())
    assert subscribed.json("deliver")["handled"]["accepted"] == 0
    assert sorted((subscribed.folder / "outbox").iterdir()) == before


def test_each_reason_quotes_words_that_stand_in_the_paper(subscribed):
    subscribed("compose")
    quotes = 0
    for issue in subscribed.json("issues", "list")["issues"]:
        for item in subscribed.json("issues", "show", str(issue["issue"]))["items"]:
            assert abs(sum(part["share"] for part in item["parts"]) - 1) < 1e-9
            assert abs(sum(part["value"] for part in item["parts"]) - item["score"]) < 1e-9
            for part in item["parts"]:
                quote = part["quote"]
                if quote:
                    quotes += 1
                    text = item[quote["field"]]
                    assert text[quote["start"] : quote["end"]] == quote["text"] != ""
    assert quotes >= 4


def test_an_issue_that_has_not_gone_out_gives_its_papers_to_the_next(subscribed):
    subscribed("compose")
    made = subscribed.json("compose", "--at", "2030-03-14T08:00Z")
    assert (made["issues"], made["items"]) == (2, 2), "what has not gone out goes into the next"
    states = [one["state"] for one in subscribed.json("deliveries", "list")["deliveries"]]
    assert sorted(states) == ["expired", "expired", "pending", "pending"]


def test_nobody_gets_a_paper_twice(subscribed):
    subscribed("compose")
    subscribed("deliver")
    made = subscribed.json("compose", "--at", "2030-03-14T08:00Z")
    assert made["issues"] == 0
    assert made["skipped"] == {"no new paper fits": 2}


def test_by_smtp_the_mail_reaches_the_mailbox(subscribed, monkeypatch):
    subscribed("compose")
    with RecordingServer() as server:
        monkeypatch.setenv("NEWSLETTER_SENDER__KIND", "smtp")
        monkeypatch.setenv("NEWSLETTER_SENDER__HOST", server.host)
        monkeypatch.setenv("NEWSLETTER_SENDER__PORT", str(server.port))
        monkeypatch.setenv("NEWSLETTER_SENDER__SECURITY", "none")
        monkeypatch.setenv("NEWSLETTER_SENDER__CONNECTIONS", "1")  # so they come in order
        assert subscribed.json("deliver")["states"]["accepted"] == 2
        assert [mail.recipients for mail in server.mails] == [
            ("ada@example.org",),
            ("cy@example.org",),
        ]
        first = parsed(server.mails[0].body)
    listed = subscribed.json("deliveries", "list")["deliveries"]
    assert {"edition", "subscriber", "state", "message_id", "attempts", "reply"} <= set(listed[0])
    assert listed[-1]["message_id"] == first["Message-ID"]
    assert listed[-1]["reply"].startswith("250")
    html = first.get_body(("html",)).get_content()
    text = first.get_body(("plain",)).get_content()
    assert "63.7%" in html
    assert "63.7%" in text


def test_a_closed_relay_loses_nothing(subscribed, monkeypatch):
    subscribed("compose")
    monkeypatch.setenv("NEWSLETTER_SENDER__KIND", "smtp")
    monkeypatch.setenv("NEWSLETTER_SENDER__HOST", "127.0.0.1")
    monkeypatch.setenv("NEWSLETTER_SENDER__PORT", "1")
    told = subscribed.run("deliver")
    assert told.code == 1
    assert "127.0.0.1:1" in told.err
    monkeypatch.setenv("NEWSLETTER_SENDER__KIND", "outbox")
    assert subscribed.json("deliver")["states"]["accepted"] == 2


def test_without_a_public_address_the_mail_answers_by_mail(subscribed):
    subscribed("compose")
    subscribed("deliver")
    mail = mails_in(subscribed.folder / "outbox")["ada@example.org"]
    header = mail["List-Unsubscribe"]
    assert header.startswith("<mailto:newsletter@example.org?subject=unsubscribe%20")
    assert "List-Unsubscribe-Post" not in mail
    subject = header.removesuffix(">").partition("subject=")[2].replace("%20", " ")
    answer = subscribed.folder.parent / "answer.eml"
    answer.write_text(f"From: someone@elsewhere.example\nSubject: {subject}\n\nplease\n")
    assert subscribed.json("bounces", "process", answer)["unsubscribed"] == 1
    people = {
        one["address"]: one["state"]
        for one in subscribed.json("subscribers", "list")["subscribers"]
    }
    assert people == {"ada@example.org": "unsubscribed", "cy@example.org": "active"}


def test_mail_that_only_quotes_our_links_changes_nobody(subscribed):
    subscribed("compose")
    subscribed("deliver")
    (quoted, *_) = (subscribed.folder / "outbox").glob("*.eml")
    assert subscribed.json("bounces", "process", quoted)["ignored"] == 1
    forged = subscribed.folder.parent / "forged.eml"
    forged.write_text(f"From: a@b.example\nSubject: unsubscribe {'A' * 44}\n\n")
    assert subscribed.json("bounces", "process", forged)["ignored"] == 1
    people = subscribed.json("subscribers", "list")["subscribers"]
    assert {one["state"] for one in people} == {"active"}


def test_run_does_it_all(letter, tmp_path):
    file = write_papers(tmp_path / "papers.jsonl")
    settings = letter.folder / "config/newsletter.toml"
    settings.write_text(f'[[feeds]]\nname = "Ours"\nurl = "{file}"\n')
    letter("subscribers", "add", "ada@example.org", "--topic", "robot manipulation")
    told = letter.json("run")
    assert told["ingest"]["sources"][0]["new"] == 3
    assert told["compose"]["issues"] == 1
    assert told["deliver"]["states"]["accepted"] == 1
    assert letter.json("run")["compose"]["issues"] == 0


def test_the_listing_gives_each_profile_its_paper_first(letter, shared):
    listing = shared / "samples/hf-papers-listing.txt"
    (read,) = letter.json("ingest", listing)["sources"]
    assert (read["read"], read["new"]) == (78, 78)
    wanted = {
        "robot manipulation": "Robotic Manipulation",
        "information bottleneck": "Cauchy-Schwarz Divergence Information Bottleneck for Regression",
        "camera traps in ecology": "Camera Trap Species Identification as Link Prediction",
    }
    for number, topic in enumerate(wanted):
        letter("subscribers", "add", f"reader{number}@example.org", "--topic", topic)
    letter("compose")
    for issue, title in zip((1, 2, 3), wanted.values(), strict=True):
        first = letter.json("issues", "show", str(issue))["items"][0]
        assert title in first["title"]


def test_the_why_line_of_each_mail_quotes_words_that_are_in_the_paper(subscribed):
    subscribed("compose")
    subscribed("deliver")
    quotes = 0
    for mail in mails_in(subscribed.folder / "outbox").values():
        text = " ".join(mail.get_body(("plain",)).get_content().split())
        why = text.partition("Why: ")[2].partition("\\\\")[0]
        paper = text.partition("Title: ")[2].partition("Why: ")[0] + text.partition("\\\\ ")[2]
        for quote in re.findall(r"“([^”]+)”", why):
            quotes += 1
            assert quote in paper
    assert quotes >= 4
