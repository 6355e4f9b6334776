"""A run whose mails' envelopes ride in the dot of the mail before: each arrives once."""

import pytest

from newsletter.actions.domains import Domains
from newsletter.actions.lane import Lane
from newsletter.actions.outlets import Outlet, Station
from newsletter.actions.tray import Tray
from newsletter.actions.watch import Watch
from newsletter.domain.delivery import Answer, Kind, Outcome, Result, State
from newsletter.errors import BusyError
from newsletter.mail.domains import DomainLimit
from newsletter.mail.pace import Pace
from newsletter.store import ledger
from newsletter.store.deliveries import Delivery
from tests.actions.conftest import MONDAY
from tests.actions.departing import Departure, ask_to_confirm, composed, recipients, states
from tests.mail.recording import RecordingServer
from tests.mail.samples import a_message
from tests.mail.session import TAKE_AND_DROP, Script

BUSY = "554 5.5.0 Error: SMTP protocol synchronization"


class Watcher(RecordingServer):
    """A server that notes whose dot came with another envelope behind it."""

    def __init__(self, answers=None, delay=0.005, **more):
        self.first, self.carried = dict(answers or {}), []
        super().__init__(Script(answers={".": self.dot, **more}, delay=delay))

    def dot(self, reader):
        session = next(s for s in reversed(self.sessions) if f"<{reader}>".encode() in s.heard)
        if session.heard.endswith(b"DATA\r\n"):
            self.carried.append(session.heard[session.heard.rfind(b"RCPT TO:<") :].decode())
        return self.first.pop(reader, None)


def attempts(desk):
    with desk.store.read() as tx:
        return {one.attempts for one in ledger.listed(tx)}


def test_mails_ride_and_each_arrives_once(desk):
    composed(desk, 40)
    with Watcher() as server:
        assert Departure(desk, server).go() == {"accepted": 40}
        assert set(recipients(server).values()) == {1}
        assert len(server.carried) > 20
    assert attempts(desk) == {1}


@pytest.mark.parametrize(
    ("answer", "ended"), [("421 4.3.2 down", "deferred"), (TAKE_AND_DROP, "in_doubt")]
)
def test_what_rode_on_a_lost_connection_goes_by_another(desk, answer, ended):
    composed(desk, 30)
    lost = {f"r{one}@example.org": answer for one in (3, 11, 12)}
    with Watcher(lost) as server:
        assert Departure(desk, server).go() == {"accepted": 27, ended: 3}
        assert set(recipients(server).values()) == {1}
        assert server.carried
    assert attempts(desk) == {1}


def test_a_run_gets_on_with_a_server_that_takes_no_riding_envelope(desk):
    composed(desk, 20)
    answered = []

    def mail(_sender):
        if len(answered) == len(server.carried):
            return None
        answered.append(1)
        return BUSY

    with Watcher(MAIL=mail) as server:
        assert Departure(desk, server, connections=1).go() == {"accepted": 20}
        assert len(server.carried) == 1, "then each goes alone"
        assert len(server.sessions) == 2
    assert attempts(desk) == {1}


def test_a_lane_that_is_to_rest_leaves_what_it_took_to_others(desk):
    composed(desk, 12)
    slower = {f"r{one}@example.org": "451 4.7.1 slower" for one in (2, 3)}
    with Watcher(slower, delay=0.02) as server:
        run = Departure(desk, server, connections=3, more={"first_rest": 3.0})
        assert run.go() == {"accepted": 10, "deferred": 2}
        assert set(recipients(server).values()) == {1}
    assert attempts(desk) == {1}


@pytest.mark.parametrize(
    "more",
    [
        {"pace": Pace(per_second=500)},
        {"pace": Pace(per_day=1000)},
        {"domains": {"example.com": DomainLimit(connections=1)}},
    ],
    ids=["a second", "a day", "a domain"],
)
def test_where_there_are_limits_nothing_rides(desk, more):
    composed(desk, 10)
    with Watcher() as server:
        assert Departure(desk, server, more=more).go() == {"accepted": 10}
        assert server.carried == []


def test_a_note_rides_behind_nothing(desk):
    composed(desk, 60)
    with Watcher(delay=0.05) as server:
        run = Departure(desk, server, connections=2).start()
        server.wait(lambda: len(server.carried) >= 3)
        ask_to_confirm(desk, "zoe")
        server.wait(lambda: recipients(server)["zoe"] == 1)
        assert not any("<zoe@" in one for one in server.carried)
        run.stop(within=10)


def test_a_stop_leaves_what_rode_pending(desk):
    composed(desk, 60)
    with Watcher(delay=0.2) as server:
        run = Departure(desk, server, more={"grace": 5.0}).start()
        server.wait(lambda: len(server.mails) >= 3)
        assert run.stop(within=5) < 3
        assert set(states(desk)) == {State.ACCEPTED, State.PENDING}
        assert states(desk)[State.ACCEPTED] == len(server.mails)
        assert len(server.carried) >= 3


class Broken:
    """A way out that asks for the next mail, and then fails."""

    usable = may_ride = True

    def send(self, _message, _arm, ahead):
        assert ahead()
        raise BusyError("the database is gone")

    def cut(self):
        """Do nothing."""

    def close(self):
        """Do nothing."""


@pytest.fixture
def lane():
    """A lane with two digests before it, by a relay that nobody opened."""
    tray = Tray(2, stop=lambda: False)
    for number in (1, 2):
        delivery = Delivery(
            number, Kind.DIGEST, "", 1, 1, "ada@example.org", {}, State.PENDING, MONDAY, 0, MONDAY
        )
        tray.put((delivery, a_message()), is_note=False)
    domains = Domains({}, tray.hub)
    station = Station(Outlet(Broken), tray, first_rest=0.01)
    yield Lane(station, None, tray, Watch(), domains, gave_way=None, broke=None)
    tray.hub.close()


def test_a_lane_for_notes_takes_no_digest_ahead(lane):
    assert lane.ahead()
    lane.leave_following()
    lane.notes_only = True
    assert lane.ahead() is None
    assert (len(lane.tray.digests), lane.tray.in_hand) == (2, 0)


def test_a_lane_that_rests_lays_down_what_it_took(lane):
    assert lane.ahead()
    lane.heed(Outcome(Result.DEFERRED, Answer(450, "4.7.1 slower")))
    assert lane.following is None
    assert (len(lane.tray.digests), lane.tray.in_hand) == (2, 0)


def test_a_lane_that_fails_lays_down_what_it_took(lane):
    lane.is_spare = True  # it is opened for its first mail
    lane.run()
    assert isinstance(lane.tray.error, BusyError)
    assert (len(lane.tray.digests), lane.tray.in_hand) == (1, 0), "the first was begun"
