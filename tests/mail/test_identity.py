"""From a hostile feed to the server: every mail octet by octet as it was built, and no other."""

import pytest

from newsletter import app as wiring
from newsletter.actions import deliver
from newsletter.actions.replay import Verdict, replay
from newsletter.store import outbox
from tests.benchmarks import mailing
from tests.letters import add_readers, through, write_papers
from tests.mail import smuggling
from tests.mail.postfix import Postfix
from tests.mail.recording import RecordingServer

READERS = 1000


@pytest.fixture
def hostile(letter, tmp_path):
    """Give a newsletter whose papers are smugglers, with an issue for each of so many readers."""

    def make(readers):
        told = letter.json("ingest", write_papers(tmp_path / "p.jsonl", smuggling.papers()))
        assert told["sources"][0]["new"] >= len(smuggling.ENDS)
        add_readers(letter.folder, readers)
        assert letter.json("compose")["issues"] == readers
        return wiring.open_app(letter.folder, wiring.now_utc())

    return make


@pytest.mark.slow
def test_a_thousand_mails_arrive_as_they_were_built_and_smuggle_nothing(hostile, monkeypatch):
    with RecordingServer() as server:
        for name, value in through(server.port, CONNECTIONS="4").items():
            monkeypatch.setenv(name, value)
        app = hostile(READERS)
        built = send(app)
        heard, mails = server.heard, server.mails
    assert heard.count(b"\r\n") == heard.count(b"\r") == heard.count(b"\n"), "a bare CR or LF"
    assert len(built) == READERS
    assert sorted(one.recipients[0] for one in mails) == sorted(built)
    assert {len(one.recipients) for one in mails} == {1}
    assert {one.sender for one in mails} == {app.settings.sender.from_address}
    assert {one.recipients[0]: one.body for one in mails} == built
    assert all(smuggling.EVIL.encode() in one for one in built.values()), "nothing was tried"
    press, pasts = wiring.press(app), {}
    for issue in mailing.issue_ids(app.store):
        again = replay(app.store, press, issue, pasts)
        assert again.verdict is Verdict.SAME
        assert again.message.raw == built[again.message.recipient]
    app.close()


@pytest.mark.timeout(120)
def test_a_real_postfix_takes_them_as_they_were_built_and_no_other(
    hostile, postfix_folder, monkeypatch
):
    with (
        RecordingServer() as server,
        Postfix(postfix_folder, server.port, "example.net", server.port) as relay,
    ):
        for name, value in through(relay.port, CONNECTIONS="4").items():
            monkeypatch.setenv(name, value)
        app = hostile(20)
        built = send(app)
        app.close()
        server.wait(lambda: len(server.mails) >= len(built))
    arrived = {one.recipients[0]: one.body for one in server.mails}
    assert len(server.mails) == len(arrived) == 20
    for address, body in arrived.items():
        trace, ours = body[: -len(built[address])], body[-len(built[address]) :]
        assert ours == built[address]
        assert trace.startswith(b"Received: ")
        assert trace.count(b"\r\nReceived: ") == 0, "it passed through Postfix once"


def send(app):
    """Deliver all that is due; return what is built here for each address.

    Of a thousand mails some are written by the process beside the sender: the same, to the octet.
    """
    way = wiring.way(app, deliver.begin(app.store, wiring.now_utc()), wiring.now_utc)
    built = {}
    with app.store.read() as tx:
        due = list(outbox.line(tx, wiring.now_utc(), outbox.Share()))
        for start in range(0, len(due), 200):
            found = outbox.digests(tx, due[start : start + 200], wiring.now_utc())
            batch = [one.delivery for one in found]
            built |= {one.recipient: one.raw for one in map(way.prepare(tx, batch), batch)}
    assert deliver.deliver(app.store, way) == {"accepted": len(built)}
    return built
