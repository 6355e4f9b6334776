"""How the newsletter stands, on one screen."""

from newsletter import lock
from tests.letters import write_papers


def test_a_new_newsletter_has_nothing_to_tell(letter):
    found = letter.json("status")
    assert found["papers"] == {"all": 0, "new_24_hours": 0}
    assert found["editions"] == found["forecast"] == []
    assert (found["due"], found["runs"], found["at_work"]) == (0, 0, False)
    assert found["next_issue_at"] == ""


def test_what_is_due_is_foretold_and_wants_a_hand(letter, tmp_path):
    letter("ingest", write_papers(tmp_path / "papers.jsonl"))
    letter("subscribers", "add", "ada@example.net", "--topic", "robot manipulation")
    letter("compose")
    settings = letter.folder / "config/newsletter.toml"
    text = settings.read_text()
    assert "per_second = 0.0" in text
    settings.write_text(text.replace("per_second = 0.0", "per_second = 0.01"))
    found = letter.json("status")
    assert found["papers"] == {"all": 3, "new_24_hours": 3}
    assert found["subscribers"]["active"] == 1
    (edition,) = found["editions"]
    assert (edition["issues"], edition["states"]) == (1, {"pending": 1})
    (outlook,) = found["forecast"]
    assert outlook["mails"] == 1
    assert outlook["done_at"] > outlook["due_at"]
    assert any("deliveries due, and nobody sends them: 1" in one for one in found["wants"])
    assert "at this rate the last goes out at" in letter("status")
    told = letter.run("deliver")
    assert "at this rate the last goes out at" in told.err
    assert "deliveries   1 accepted" in letter("status")


def test_a_sender_at_work_is_seen_and_is_not_in_its_own_way(letter):
    with lock.holding(letter.folder):
        assert letter.json("status")["at_work"] is True
    assert letter.json("status")["at_work"] is False
    with lock.holding(letter.folder):
        pass
