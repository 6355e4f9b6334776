"""Several relays by the command line: deliver, status, deliveries show, doctor name each."""

import pytest

from tests.letters import write_papers
from tests.mail.recording import RecordingServer
from tests.mail.session import Script

TABLE = """
[sender.relays.{name}]
host = "127.0.0.1"
port = {port}
security = "none"
per_day = {day}
"""


@pytest.fixture
def lettered(letter, tmp_path):
    letter("ingest", write_papers(tmp_path / "papers.jsonl"))
    for name in ("ada", "bob", "cy", "dan"):
        letter("subscribers", "add", f"{name}@example.net", "--topic", "robot manipulation")
    letter("compose")

    def relays(**servers):
        tables = [
            TABLE.format(name=name, port=port, day=day) for name, (port, day) in servers.items()
        ]
        text = '[sender]\nkind = "smtp"\n' + "".join(tables)
        (letter.folder / "config/newsletter.toml").write_text(text)
        return letter

    return relays


def test_each_relay_is_named_with_what_went_by_it(lettered):
    with RecordingServer() as a, RecordingServer() as b:
        letter = lettered(first=(a.port, 3), second=(b.port, 3))
        found = letter.json("deliver")
        assert found["states"]["accepted"] == 4
        by = {name: one["accepted"] for name, one in found["relays"].items()}
        assert by == {"first": len(a.mails), "second": len(b.mails)}
        rows = {one["name"]: one for one in letter.json("status")["relays"]}
        assert rows["first"]["handed_over_24_hours"] == len(a.mails)
        assert rows["second"]["results_24_hours"] == {"accepted": len(b.mails)}
        assert f"relay        first: {len(a.mails)} of 3 handed over" in letter("status")
        (attempt,) = letter.json("deliveries", "show", "1")["attempts"]
        assert attempt["relay"] in by


def test_the_text_of_deliver_names_them_too(lettered):
    with (
        RecordingServer(Script(answers={"RCPT": "450 4.7.1 Too fast"})) as a,
        RecordingServer() as b,
    ):
        told = lettered(first=(a.port, 0), second=(b.port, 0))("deliver")
        assert "4 accepted" in told
        assert "by second: 4 accepted" in told


def test_only_one_relay_has_a_line_of_its_own_in_status(letter):
    (row,) = letter.json("status")["relays"]
    assert (row["name"], row["handed_over_24_hours"], row["results_24_hours"]) == ("outbox", 0, {})


def test_the_doctor_looks_at_each_relay(lettered):
    with RecordingServer() as a:
        letter = lettered(first=(a.port, 0), second=(1, 0))
        found = letter.json("doctor", "--resolver", "127.0.0.1:1", code=1)["findings"]
    told = {one["text"]: one["level"] for one in found if one["check"] == "relay"}
    (well,) = [text for text, level in told.items() if level == "ok"]
    (ill,) = [text for text, level in told.items() if level == "error"]
    assert well.startswith("first: greeting is well, without TLS; no login, for no user is set")
    assert ill.startswith("second (127.0.0.1:1): nothing listens there; check sender.relays.second")


@pytest.mark.parametrize("processes", ["1", "2"])
@pytest.mark.parametrize(("greeting", "code"), [("421 4.3.2 busy", 75), ("554 5.7.1 no", 1)])
def test_a_relay_that_says_later_is_asked_again_later(lettered, greeting, code, processes):
    with RecordingServer(Script(answers={"CONNECT": greeting})) as server:
        letter = lettered(first=(server.port, 0))
        told = letter.run("deliver", "--processes", processes)
    assert (told.code, greeting in told.err) == (code, True)
    assert letter.json("deliver", "--dry-run")["states"]["pending"] == 4
