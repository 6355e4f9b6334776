"""What readers do while a run sends: who left gets no mail, who confirms does not wait for it."""

import random

import pytest
from starlette.testclient import TestClient

from newsletter import app as wiring
from newsletter.actions import subscribe
from newsletter.domain import token
from newsletter.domain.delivery import State
from newsletter.domain.profile import TopicProfile
from newsletter.domain.subscriber import Preferences
from newsletter.domain.token import Purpose
from newsletter.store import deliveries, promises
from newsletter.web.site import reader_site
from tests.benchmarks import crashes, mailing

CONNECTIONS = 4
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
LEAVING = [
    pytest.param(300, 100, marks=pytest.mark.slow),
    pytest.param(10_000, 1000, marks=[pytest.mark.soak, pytest.mark.timeout(1800)]),
]


@pytest.fixture
def town(tmp_path, monkeypatch):
    """Give what opens a newsletter of so many readers with an issue each, and its server."""
    monkeypatch.setenv("NEWSLETTER_SITE__URL", "http://testserver")
    journal = tmp_path / "journal.jsonl"
    journal.touch()
    apps = []

    def build(readers, port):
        apps.append(mailing.make(tmp_path / "letter", readers))
        return apps[0], crashes.Yard(tmp_path / "letter", journal, port, CONNECTIONS)

    with mailing.recorder(journal, "--no-bodies", "--delay-ms", "20") as port:
        yield lambda readers: build(readers, port)
    for app in apps:
        app.close()


def until_received(sender, yard, mails):
    while crashes.line_count(yard.journal) < mails:
        assert sender.poll() is None, "it ended too soon"


@pytest.mark.parametrize(("readers", "leavers"), LEAVING)
def test_nobody_whose_unsubscribing_was_answered_before_his_arming_gets_mail(
    town, readers, leavers
):
    app, yard = town(readers)
    pages = wiring.pages(app, wiring.now_utc, lambda: None)
    client = TestClient(reader_site(pages))
    armed = set()  # when the answer was there
    left = random.Random(5).sample(range(1, readers + 1), leavers)
    with yard.start() as sender:
        until_received(sender, yard, 1)
        for number in left:
            link = token.make(app.keys[0], Purpose.UNSUBSCRIBE, number, number)
            assert client.post(f"/unsubscribe/{link}", data=ONE_CLICK).status_code == 200
            with app.store.read() as tx:
                if deliveries.state_of(tx, number) not in (State.PENDING, State.CANCELLED):
                    armed.add(number)
        assert sender.wait(600) == 0
    got = yard.received()
    assert max(got.values()) == 1
    gone = {number for number in left if f"r{number}@example.org" in got}
    assert gone <= armed, "a mail to somebody who was told that he left"
    assert len(gone) < leavers, "all had their mail before they left: nothing was tried"
    assert len(got) == readers - leavers + len(gone), "somebody who stayed got none"
    with app.store.read() as tx:
        assert promises.broken_promises(tx) == []


@pytest.mark.slow
def test_a_confirmation_asked_while_many_digests_go_out_overtakes_them(town):
    app, yard = town(1500)
    with yard.start() as sender:
        until_received(sender, yard, 50)
        wish = subscribe.Wish("zoe@example.org", Preferences(), TopicProfile(()))
        subscribe.request(app.store, wish, wiring.now_utc())
        while yard.received()["zoe@example.org"] == 0:
            assert sender.poll() is None, "it waited for all the digests"
        assert len(yard.received()) < 1500
        sender.terminate()
        assert sender.wait(60) == 75
    assert "in_doubt" not in yard.states().values()
