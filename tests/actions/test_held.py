"""What a run leaves to the next: that its answers stopped it, a spent day, when it sent."""

from dataclasses import replace
from datetime import timedelta

import pytest

from newsletter.actions.deliver import Outlet, Way, begin, deliver
from newsletter.actions.fleet import deliver_by
from newsletter.actions.ingest import Limits
from newsletter.app import now_utc
from newsletter.errors import StoppedError
from newsletter.mail.pace import Pace
from newsletter.mail.smtp import Connection
from newsletter.scheduler import HOLD, REST, TICK_SECONDS, Alarm, Work
from newsletter.store import deliveries
from tests.actions.conftest import MONDAY
from tests.actions.departing import ask_to_confirm, composed, prepare, states
from tests.letters import through, write_papers
from tests.mail.recording import RecordingServer
from tests.mail.samples import a_relay, waits
from tests.mail.session import Script

BLOCKED = "550 5.7.26 not you"


class Hand:
    """A clock that goes on when it is told to."""

    at = MONDAY

    def now(self):
        return self.at


def way_to(desk, server, pace=None, now=lambda: MONDAY):
    def open_sender():
        return Connection.open(replace(a_relay(server), timeouts=waits()))

    outlet = Outlet(open_sender, "main", 4, pace or Pace())
    return Way((outlet,), prepare, now, begin(desk.store, MONDAY))


@pytest.fixture
def served(desk):
    """Give what ticks, as `serve` has it, and its clock."""

    def make(server, pace=None):
        clock = Hand()
        way = way_to(desk, server, pace, clock.now)
        return Alarm(Work(desk.store, way, None, Limits(2**20), (), 7, clock)), clock

    return make


def test_after_a_policy_stopped_an_edition_it_costs_a_mail_an_hour_until_it_is_mended(desk, served):
    composed(desk, 100)
    script = Script(answers={"RCPT": BLOCKED})
    with RecordingServer(script) as server:
        alarm, clock = served(server)
        alarm.tick()
        refused = states(desk)["refused"]
        assert 10 <= refused <= 14
        for minutes in range(2, 60, 10):
            clock.at = MONDAY + timedelta(minutes=minutes)
            alarm.tick()
        assert states(desk)["refused"] == refused
        clock.at = MONDAY + HOLD + REST
        alarm.tick()
        assert states(desk)["refused"] == refused + 1
        script.answers.clear()
        clock.at += HOLD + REST
        alarm.tick()
        assert states(desk) == {"refused": refused + 1, "accepted": 99 - refused}
    with desk.store.read() as tx:
        assert deliveries.stopped(tx) == ""


def test_while_digests_are_held_a_confirmation_goes_out_and_they_stay_held(desk, served):
    composed(desk, 40)
    script = Script(answers={"RCPT": BLOCKED})
    with RecordingServer(script) as server:
        alarm, clock = served(server)
        alarm.tick()
        script.answers.clear()
        ask_to_confirm(desk, "zoe")
        clock.at += 2 * REST
        alarm.tick()
        assert [mail.recipients for mail in server.mails] == [("zoe@example.org",)]
    with desk.store.read() as tx:
        assert "5.7.26" in deliveries.stopped(tx)


def test_what_strangers_ask_for_holds_no_edition(desk, served):
    composed(desk, 30)
    for number in range(12):
        ask_to_confirm(desk, f"x{number}")
    refusals = {f"x{number}@example.org": "550 5.7.1 takes no such mail" for number in range(12)}
    with RecordingServer(Script(answers={"RCPT": refusals})) as server:
        alarm, _ = served(server)
        alarm.tick()
    assert states(desk) == {"refused": 12, "accepted": 30}
    assert alarm.held_until is None


def test_status_says_why_an_edition_is_stopped(letter, tmp_path, monkeypatch):
    letter("ingest", write_papers(tmp_path / "papers.jsonl"))
    for number in range(12):
        letter("subscribers", "add", f"r{number}@example.org", "--topic", "robot manipulation")
    letter("compose")
    with RecordingServer(Script(answers={"RCPT": BLOCKED})) as server:
        for name, value in through(server.port).items():
            monkeypatch.setenv(name, value)
        letter("deliver", code=1)
    found = letter.json("status")
    assert "5.7.26" in found["stopped"]
    assert found["stopped"] in found["wants"][-1]


@pytest.mark.parametrize("processes", [1, 2])
def test_the_run_after_a_stop_ends_at_its_first_refusal(desk, processes):
    def run():
        if processes == 1:
            return deliver(desk.store, way_to(desk, server))
        return deliver_by(desk.store, way_to(desk, server), processes)

    composed(desk, 60)
    with RecordingServer(Script(answers={"RCPT": BLOCKED})) as server:
        with pytest.raises(StoppedError, match="refused by policy"):
            run()
        before = states(desk)["refused"]
        with pytest.raises(StoppedError, match=r"the run before was .* '550 5\.7\.26"):
            run()
        assert states(desk)["refused"] <= before + (1 if processes == 1 else 4)


def test_a_spent_day_opens_no_connection(desk, served):
    composed(desk, 20)
    with RecordingServer() as server:
        alarm, clock = served(server, Pace(per_day=3))
        alarm.tick()
        assert states(desk)["accepted"] == 3
        opened = len(server.sessions)
        for _ in range(5):
            clock.at += timedelta(seconds=TICK_SECONDS)
            alarm.tick()
        assert len(server.sessions) == opened
        clock.at += timedelta(days=1)
        alarm.tick()
        assert states(desk)["accepted"] == 6


def test_a_mail_put_off_at_its_dot_counts_each_time_it_is_handed_over(desk):
    composed(desk, 3)
    with RecordingServer(Script(answers={".": "451 4.3.0 not now"})) as server:
        for run in range(4):
            later = MONDAY + timedelta(hours=run)
            deliver(desk.store, way_to(desk, server, Pace(per_day=4), lambda later=later: later))
        dots = sum(session.heard.count(b"\r\n.\r\n") for session in server.sessions)
    assert dots == 4


def test_a_limit_a_second_holds_from_one_run_to_the_next(desk):
    composed(desk, 4)
    moments = []

    class Watching(Pace):
        def pass_dot(self):
            super().pass_dot()
            moments.append(self.clock())

    with RecordingServer() as server:
        for _ in range(4):
            deliver(desk.store, way_to(desk, server, Watching(per_second=2), now_utc), limit=1)
    assert len(moments) == 4
    assert moments[2] - moments[0] >= 1
    assert moments[3] - moments[1] >= 1
