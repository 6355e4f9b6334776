"""Several relays: what one cannot take now goes by the others, and nobody gets two."""

import socket
from collections import Counter
from contextlib import contextmanager
from itertools import count

import pytest
import sqlalchemy as sa

from newsletter.actions.deliver import Outlet
from newsletter.domain.delivery import State
from newsletter.errors import SenderError
from newsletter.mail.pace import Pace
from newsletter.mail.relay import Relay, Security
from newsletter.mail.smtp import Connection
from newsletter.store.schema import attempts
from tests.actions.departing import Departure, ask_to_confirm, composed, recipients, states
from tests.benchmarks import mailing
from tests.mail.recording import RecordingServer
from tests.mail.samples import waits
from tests.mail.session import DROP, TAKE_AND_DROP, Script

SLOW_DOWN = "421 4.7.0 Too many mails, come later"


def outlet(port, name, connections=2, priority=1, **limits):
    relay = Relay("127.0.0.1", port, Security.NONE, name=name, timeouts=waits())
    return Outlet(lambda: Connection.open(relay), name, connections, Pace(**limits), priority)


def departure(desk, *outlets):
    return Departure(desk, None, more={"outlets": outlets, "first_rest": 0.2})


@contextmanager
def two_servers(one=None, other=None):
    with RecordingServer(one) as first, RecordingServer(other) as second:
        yield first, second


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def tries(desk):
    """Return how often which relay had which result."""
    with desk.store.read() as tx:
        query = sa.select(attempts.c.relay, attempts.c.result)
        return Counter(tuple(row) for row in tx.execute(query))


def got(*servers):
    return sum((recipients(server) for server in servers), Counter())


def test_two_relays_share_the_mails_and_the_ledger_says_which_took_each(desk):
    composed(desk, 60)
    with two_servers(Script(delay=0.01), Script(delay=0.01)) as (a, b):
        run = departure(desk, outlet(a.port, "a"), outlet(b.port, "b"))
        assert run.go() == {"accepted": 60}
        assert set(got(a, b).values()) == {1}
        assert min(len(a.mails), len(b.mails)) > 10
        assert tries(desk) == {("a", "accepted"): len(a.mails), ("b", "accepted"): len(b.mails)}


def test_a_relay_that_cannot_be_reached_leaves_all_to_the_other(desk):
    composed(desk, 30)
    ask_to_confirm(desk, "zoe")
    with RecordingServer() as b:
        run = departure(desk, outlet(free_port(), "a"), outlet(b.port, "b"))
        assert run.go() == {"accepted": 31}
        assert set(got(b).values()) == {1}


def test_no_relay_that_can_be_reached_ends_the_run_and_nothing_is_lost(desk):
    composed(desk, 5)
    run = departure(desk, outlet(free_port(), "a"), outlet(free_port(), "b"))
    with pytest.raises(SenderError, match=r"nothing listens there; check sender\.relays\.[ab]\.h"):
        run.go()
    assert states(desk) == {State.PENDING: 5}


@pytest.mark.parametrize("says", [SLOW_DOWN, "450 4.7.1 Too fast", DROP])
@pytest.mark.parametrize("stage", ["MAIL", "RCPT"])
def test_what_a_relay_puts_off_before_the_dot_goes_by_the_other_at_once(desk, stage, says):
    composed(desk, 30)
    with two_servers(Script(answers={stage: says})) as (a, b):
        run = departure(desk, outlet(a.port, "a"), outlet(b.port, "b"))
        assert run.go() == {"accepted": 30}
        assert (len(a.mails), set(got(b).values())) == (0, {1})
        found = tries(desk)
        assert found["b", "accepted"] == 30
        assert 0 < found["a", "deferred"] <= 30, "each attempt of the other is on record"


def test_what_both_put_off_waits_for_its_time(desk):
    composed(desk, 4)
    slow = Script(answers={"RCPT": "450 4.7.1 Too fast"})
    with two_servers(slow, slow) as (a, b):
        run = departure(desk, outlet(a.port, "a", 1), outlet(b.port, "b", 1))
        assert run.go() == {"deferred": 4}
    assert states(desk) == {State.DEFERRED: 4}


def test_a_mail_that_was_armed_never_goes_by_another(desk):
    composed(desk, 30)
    some = {f"r{one}@example.org": "451 4.7.1 not now" for one in range(0, 30, 3)}
    some |= {f"r{one}@example.org": TAKE_AND_DROP for one in range(1, 30, 3)}
    with two_servers(Script(answers={".": some}), Script(answers={".": some})) as (a, b):
        run = departure(desk, outlet(a.port, "a"), outlet(b.port, "b"))
        assert run.go() == {"accepted": 10, "deferred": 10, "in_doubt": 10}
        assert set(got(a, b).values()) == {1}
    assert sum(tries(desk).values()) == 30


def test_a_relay_that_dies_meanwhile_leaves_the_rest_to_the_other(desk):
    composed(desk, 80)
    with RecordingServer(Script(delay=0.02)) as b:
        with RecordingServer(Script(delay=0.02)) as a:
            run = departure(desk, outlet(a.port, "a"), outlet(b.port, "b")).start()
            a.wait(lambda: len(a.mails) >= 5)
        handled = run.end()
        assert handled.total() == 80
        assert handled["in_doubt"] + handled["deferred"] <= 2, "what its connections had armed"
        assert set(got(a, b).values()) == {1}


def test_a_relay_that_comes_back_takes_mails_again(desk):
    composed(desk, 120)
    port = free_port()
    with RecordingServer(Script(delay=0.05)) as b:
        run = departure(desk, outlet(port, "a", 4), outlet(b.port, "b", 1)).start()
        b.wait(lambda: len(b.mails) >= 5)
        with RecordingServer(port=port) as a:
            assert run.end() == {"accepted": 120}
            assert len(a.mails) > 60


def test_a_relay_that_stands_by_gets_mails_only_while_the_first_is_not_well(desk):
    composed(desk, 40)
    asked = count()
    first = Script(answers={"RCPT": lambda _: "450 4.7.1 Too fast" if next(asked) == 20 else None})
    with two_servers(first) as (a, b):
        run = departure(desk, outlet(a.port, "a", 1), outlet(b.port, "b", 1, priority=2))
        assert run.go() == {"accepted": 40}
        assert len(a.mails) >= 20
        assert len(b.mails) > 0
        assert set(got(a, b).values()) == {1}
    mailing.again(desk.store)
    with two_servers() as (a, b):
        run = departure(desk, outlet(a.port, "a", 1), outlet(b.port, "b", 1, priority=2))
        assert run.go() == {"accepted": 40}
        assert (len(a.mails), len(b.sessions)) == (40, 0)


def test_each_relay_has_its_own_day_also_over_several_runs(desk):
    composed(desk, 14)
    with two_servers() as (a, b):

        def run():
            more = outlet(a.port, "a", per_day=3), outlet(b.port, "b", per_day=5)
            return departure(desk, *more)

        assert run().go() == {"accepted": 8}
        assert (len(a.mails), len(b.mails)) == (3, 5)
        assert run().go() == {}
        assert states(desk) == {State.ACCEPTED: 8, State.PENDING: 6}


def test_a_relay_whose_day_is_used_up_leaves_the_rest_to_the_other(desk):
    composed(desk, 20)
    with two_servers() as (a, b):
        run = departure(desk, outlet(a.port, "a", per_day=3), outlet(b.port, "b"))
        assert run.go() == {"accepted": 20}
        assert len(a.mails) <= 3


def test_each_relay_keeps_its_own_limit_a_second(desk):
    composed(desk, 30)
    with two_servers() as (a, b):
        run = departure(desk, outlet(a.port, "a", per_second=2), outlet(b.port, "b", per_second=20))
        assert run.go() == {"accepted": 30}
        assert 0 < len(a.mails) < 10 < len(b.mails)


def test_a_relay_that_failed_is_left_alone_by_the_next_run_too(desk):
    composed(desk, 10)
    port = free_port()
    with RecordingServer() as b:
        both = outlet(port, "a"), outlet(b.port, "b")
        run = Departure(desk, None, more={"outlets": both, "first_rest": 60.0})
        assert run.go() == {"accepted": 10}
        for name in ("zoe", "yan"):
            ask_to_confirm(desk, name)
        with RecordingServer(port=port) as a:
            assert departure(desk, *both).go() == {"accepted": 2}
            assert (len(a.sessions), len(b.mails)) == (0, 12)
