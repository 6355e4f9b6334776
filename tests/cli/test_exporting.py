"""`newsletter subscribers export`: to the terminal, or by mail to the reader."""

import json

from tests.letters import write_papers


def test_it_is_json_on_the_terminal_and_a_file_by_mail(letter, tmp_path):
    letter("ingest", write_papers(tmp_path / "papers.jsonl"))
    letter("subscribers", "add", "ada@example.net", "--topic", "robot manipulation")
    letter("compose")
    shown = json.loads(letter("subscribers", "export", "ada@example.net"))
    assert shown["schema_version"] == 1
    assert shown["mails"][0]["papers"]
    assert letter.json("subscribers", "export", "ada@example.net")["profile"] == shown["profile"]
    asked = letter.json("subscribers", "export", "ada@example.net", "--mail")
    assert asked["mailed"] is True
    told = letter.run("subscribers", "export", "ada@example.net", "--mail")
    assert told.code == 1
    assert "in the last 24 hours" in told.err
    letter("deliver")
    (mail,) = (letter.folder / "outbox").glob("export-*.eml")
    assert b'filename="your-data.json"' in mail.read_bytes()
    again = letter("check", str(mail))
    assert "warn" not in again
    assert "error" not in again


def test_a_stranger_is_named(letter):
    told = letter.run("subscribers", "export", "nobody@example.net")
    assert told.code == 1
    assert "nobody@example.net is not a subscriber" in told.err
