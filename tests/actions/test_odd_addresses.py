"""Addresses that few relays take: they stop nobody else's mail, whoever is first in line."""

from functools import partial

import pytest

from newsletter.actions.deliver import Outlet
from newsletter.mail.pace import Pace
from newsletter.mail.relay import Relay, Security
from newsletter.mail.smtp import Connection
from tests.actions.conftest import MONDAY
from tests.actions.departing import Departure
from tests.letters import through, write_papers
from tests.mail.recording import RecordingServer
from tests.mail.samples import waits
from tests.mail.session import EXTENSIONS, Script

PLAIN = tuple(one for one in EXTENSIONS if one != "SMTPUTF8")


@pytest.fixture
def odd(letter, tmp_path, monkeypatch):
    """Give a newsletter whose first readers have such addresses, and a way to a server."""
    letter("ingest", write_papers(tmp_path / "papers.jsonl"))
    for address in ("\u00e4@example.net", "root@localhost", "bob@example.net"):
        letter("subscribers", "add", address, "--topic", "robot manipulation")
    letter("compose")

    def to(server):
        for name, value in through(server.port).items():
            monkeypatch.setenv(name, value)
        return letter

    return to


def test_a_relay_for_letters_beyond_ascii_takes_all_and_the_mail_is_replayed(odd):
    with RecordingServer() as server:
        letter = odd(server)
        letter("deliver")
        assert sorted(mail.recipients[0] for mail in server.mails) == [
            "bob@example.net",
            "root@localhost",
            "\u00e4@example.net",
        ]
    rows = letter.json("replay", "1", "2", "3", "--check")["issues"]
    assert {one["verdict"] for one in rows} == {"same"}
    assert "To: \u00e4@example.net" in letter("replay", "1")


def test_a_relay_without_them_refuses_one_reader_and_the_others_get_theirs(odd):
    with RecordingServer(Script(extensions=PLAIN)) as server:
        letter = odd(server)
        letter("deliver", code=3)
        assert len(server.mails) == 2
    assert letter.json("deliver", code=0)["states"]["refused"] == 1


def to(server, name, priority, pace=None):
    relay = Relay("127.0.0.1", server.port, Security.NONE, name=name, timeouts=waits())
    return Outlet(partial(Connection.open, relay), name, 1, pace or Pace(), priority)


def with_some_odd(desk):
    desk.papers(3, MONDAY)
    for number in range(20):
        desk.reader(f"r{number}" if number % 5 else f"j\u00fcrgen{number}")
    desk.compose(MONDAY)


def test_while_the_one_that_could_is_spent_it_is_put_off_and_not_refused(desk):
    with_some_odd(desk)
    with RecordingServer(Script(extensions=PLAIN)) as main, RecordingServer() as spare:
        outlets = (to(main, "main", 1), to(spare, "spare", 2, Pace(per_day=1)))
        handled = Departure(desk, None, more={"outlets": outlets, "first_rest": 0.1}).go()
    assert handled == {"accepted": 17, "deferred": 3}
