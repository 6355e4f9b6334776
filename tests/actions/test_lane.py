"""Several connections at once: what each loses, the others make good; a stop is soon."""

import threading
import time
from datetime import timedelta
from itertools import count

import pytest

from newsletter.actions.outlets import Outlet, Station
from newsletter.actions.tray import Tray
from newsletter.domain.delivery import State
from newsletter.errors import SenderError
from newsletter.mail.pace import Pace
from newsletter.store import ledger
from tests.actions.departing import Departure, ask_to_confirm, composed, recipients, states
from tests.mail.recording import RecordingServer
from tests.mail.session import DROP, SILENCE, STALL, TAKE_AND_DROP, Script

BUSY = "421 4.7.0 Too many connections"


def test_several_connections_hand_over_each_mail_once(desk):
    composed(desk, 40)
    with RecordingServer() as server:
        assert Departure(desk, server).go() == {"accepted": 40}
        assert set(recipients(server).values()) == {1}
        assert len(server.sessions) == 3, "one of four is kept for notes, and none came"


def test_no_more_connections_are_opened_than_there_are_mails(desk):
    composed(desk, 2)
    with RecordingServer() as server:
        assert Departure(desk, server, connections=16).go() == {"accepted": 2}
        assert len(server.sessions) == 2


@pytest.mark.parametrize("granted", [0, 1, 2])
def test_a_server_that_grants_one_connection_gets_all_by_it(desk, granted):
    composed(desk, 12)
    asked = count()
    script = Script(answers={"CONNECT": lambda _: None if next(asked) == granted else BUSY})
    with RecordingServer(script) as server:
        assert Departure(desk, server).go() == {"accepted": 12}


def test_a_server_that_grants_no_connection_ends_the_run_and_nothing_is_lost(desk):
    composed(desk, 5)
    script = Script(answers={"CONNECT": BUSY})
    refusal = pytest.raises(SenderError, match="Too many connections")
    with RecordingServer(script) as server, refusal:
        Departure(desk, server).go()
    assert states(desk) == {State.PENDING: 5}


def test_a_lost_connection_that_is_not_granted_again_leaves_its_mail_to_another(desk):
    composed(desk, 20)
    asked, mails = count(), count()
    script = Script(
        answers={
            "CONNECT": lambda _: None if next(asked) < 3 else BUSY,
            "MAIL": lambda _: DROP if next(mails) in (3, 4) else None,
        }
    )
    with RecordingServer(script) as server:
        assert Departure(desk, server).go() == {"accepted": 20}


def test_connections_that_all_end_at_once_are_opened_again(desk):
    composed(desk, 30)
    dropped = {f"r{one}@example.org": DROP for one in (6, 7, 8)}
    script = Script(answers={"RCPT": lambda reader: dropped.pop(reader, None)})
    with RecordingServer(script) as server:
        assert Departure(desk, server).go() == {"accepted": 30}
        assert set(recipients(server).values()) == {1}


def test_drops_after_the_dot_are_doubts_exactly(desk):
    composed(desk, 30)
    lost = {f"r{one}@example.org": TAKE_AND_DROP for one in (3, 11, 12, 29)}
    with RecordingServer(Script(answers={".": lost})) as server:
        assert Departure(desk, server).go() == {"accepted": 26, "in_doubt": 4}
        assert len(server.mails) == 30


def test_a_note_overtakes_digests_that_hang(desk):
    composed(desk, 6)
    hanging = {f"r{one}@example.org": SILENCE for one in range(6)}
    with RecordingServer(Script(answers={".": hanging})) as server:
        run = Departure(desk, server, connections=3).start()
        server.wait(lambda: sum(b"\r\n.\r\n" in one.heard for one in server.sessions) == 2)
        ask_to_confirm(desk, "zoe")
        server.wait(lambda: recipients(server)["zoe"] == 1)
        assert run.stop(within=10) < 5
    assert states(desk) == {State.ACCEPTED: 1, State.IN_DOUBT: 2, State.PENDING: 4}


def test_a_note_by_the_only_connection_goes_before_the_digests(desk):
    composed(desk, 200)
    with RecordingServer(Script(delay=0.01)) as server:
        run = Departure(desk, server, connections=1).start()
        server.wait(lambda: len(server.mails) >= 10)
        ask_to_confirm(desk, "zoe")
        server.wait(lambda: recipients(server)["zoe"] == 1)
        assert len(server.mails) < 200
        run.stop(within=10)


def test_notes_alone_go_over_one_connection(desk):
    for name in ("ada", "bob", "cy"):
        ask_to_confirm(desk, name)
    with RecordingServer() as server:
        assert Departure(desk, server).go() == {"accepted": 3}
        assert len(server.sessions) == 1


def test_a_note_whose_own_connection_is_not_granted_goes_by_another(desk):
    composed(desk, 150)
    asked = count()
    script = Script(answers={"CONNECT": lambda _: None if next(asked) < 2 else BUSY}, delay=0.01)
    with RecordingServer(script) as server:
        run = Departure(desk, server, connections=3).start()
        server.wait(lambda: len(server.mails) >= 5)
        ask_to_confirm(desk, "zoe")
        assert run.end() == {"accepted": 151}


def test_a_lane_goes_home_only_when_no_other_can_lay_its_mail_down_again():
    tray = Tray(1, stop=lambda: False)
    mail = (object(), object())
    tray.put(mail, is_note=True)
    assert tray.take(notes_only=True) is mail
    tray.end()
    found = []
    lane = threading.Thread(
        target=lambda: found.append(Station(Outlet(lambda: None), tray).awaits_more(False))
    )
    lane.start()
    tray.put_back(mail, is_note=True)
    tray.done()
    lane.join(5)
    tray.hub.close()
    assert found == [True]


def test_a_connection_that_ends_while_it_waits_for_its_moment_costs_no_attempt(desk):
    composed(desk, 4)
    with RecordingServer() as server:
        run = Departure(desk, server, connections=1, more={"pace": Pace(per_second=2)}).start()
        for number in (1, 2):
            server.wait(lambda number=number: len(server.mails) == number)
            wait_for_answer(desk, number)
            server.hang_up()
        assert run.end() == {"accepted": 4}
        assert len(server.sessions) == 3
    with desk.store.read() as tx:
        assert [one.attempts for one in ledger.listed(tx)] == [1] * 4


def wait_for_answer(desk, mails):
    """Wait until so many are on record as accepted."""
    until = time.monotonic() + 10
    while states(desk).get(State.ACCEPTED, 0) < mails:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_stop_while_the_pace_is_waited_for_is_soon(desk):
    composed(desk, 5)
    with RecordingServer() as server:
        run = Departure(desk, server, more={"pace": Pace(per_second=1 / 60)}).start()
        server.wait(lambda: len(server.mails) == 1)
        assert run.stop(within=5) < 2
    assert states(desk) == {State.ACCEPTED: 1, State.PENDING: 4}


def test_a_stop_while_the_server_answers_slowly_leaves_no_doubt(desk):
    composed(desk, 60)
    with RecordingServer(Script(delay=0.3)) as server:
        run = Departure(desk, server, more={"grace": 5.0}).start()
        server.wait(lambda: len(server.mails) >= 4)
        assert run.stop(within=5) < 3
        assert set(states(desk)) == {State.ACCEPTED, State.PENDING}
        assert states(desk)[State.ACCEPTED] == len(server.mails)


@pytest.mark.parametrize("silent", ["MAIL", "DATA"])
def test_a_stop_while_the_server_is_silent_before_the_dot_leaves_all_pending(desk, silent):
    composed(desk, 4)
    with RecordingServer(
        Script(answers={silent: STALL if silent == "DATA" else SILENCE})
    ) as server:
        run = Departure(desk, server).start()
        server.wait(lambda: server.sessions and silent.encode() in server.heard)
        assert run.stop(within=5) < 4
    assert set(states(desk)) <= {State.PENDING, State.IN_DOUBT}


def test_a_stop_while_the_server_does_not_even_greet_is_soon(desk):
    composed(desk, 4)
    with RecordingServer(Script(answers={"CONNECT": SILENCE})) as server:
        run = Departure(desk, server, waits={"greeting": timedelta(seconds=8)}).start()
        while not server.sessions:
            time.sleep(0.01)
        assert run.stop(within=6) < 5
        assert states(desk) == {State.PENDING: 4}


def test_a_server_that_asks_to_slow_down_is_left_alone_for_a_while(desk):
    composed(desk, 3)
    asked = count()
    script = Script(answers={"RCPT": lambda _: "450 4.7.1 Too fast" if next(asked) == 0 else None})
    with RecordingServer(script) as server:
        begun = time.monotonic()
        assert Departure(desk, server, connections=1).go() == {"deferred": 1, "accepted": 2}
    assert time.monotonic() - begun > 0.9


def test_a_day_without_mails_left_ends_the_run_and_the_rest_waits(desk):
    composed(desk, 9)
    with RecordingServer() as server:
        assert Departure(desk, server, more={"pace": Pace(per_day=4)}).go() == {"accepted": 4}
    assert states(desk) == {State.ACCEPTED: 4, State.PENDING: 5}


def test_a_refused_address_takes_nothing_of_the_days_mails(desk):
    composed(desk, 6)
    script = Script(answers={"RCPT": {"r0@example.org": "550 5.1.1 No such user"}})
    with RecordingServer(script) as server:
        handled = Departure(desk, server, more={"pace": Pace(per_day=4)}).go()
    assert handled == {"accepted": 4, "refused": 1}
