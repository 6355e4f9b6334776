"""Limits for a recipient's domain: kept, in due order, and nobody else waits for them."""

import time
from datetime import timedelta

import pytest

from newsletter.actions import subscribe
from newsletter.domain.delivery import State
from newsletter.domain.profile import Topic, TopicProfile
from newsletter.domain.subscriber import Preferences
from newsletter.mail.domains import DomainLimit
from newsletter.store import subscribers
from newsletter.store.schema import deliveries
from tests.actions.conftest import DAY, MONDAY
from tests.actions.departing import Departure, ask_to_confirm, composed, recipients, states
from tests.mail.recording import RecordingServer
from tests.mail.session import SILENCE, Journal, Script

LIMITED = "limited.example"
IN_TURN = [f"l{number}" for number in range(12)]


class Moments(Journal):
    """A journal that keeps also when each mail was read to its dot."""

    def __init__(self):
        super().__init__()
        self.at = []

    def add(self, mail):
        super().add(mail)
        self.at.append((time.monotonic(), mail.recipients[0]))

    def to(self, domain):
        return [at for at, address in self.at if address.endswith(f"@{domain}")]


def mixed(desk, limited, others):
    """Give so many readers of the limited domain and of another an issue that is due."""
    profile = TopicProfile((Topic("robot manipulation"),))
    for number in range(limited):
        wish = subscribe.Wish(f"l{number}@{LIMITED}", Preferences(), profile)
        assert subscribe.add(desk.store, wish, MONDAY - DAY)
    return composed_all(desk, limited, others)


def composed_all(desk, limited, others):
    desk.papers(3, MONDAY)
    for number in range(others):
        desk.reader(f"r{number}")
    assert desk.compose(MONDAY).issues == limited + others
    return desk


def departure(desk, server, lanes=4, **limit):
    domains = {LIMITED: DomainLimit(**limit)}
    return Departure(desk, server, lanes, more={"domains": domains})


def names_to(server, domain=LIMITED):
    found = [mail.recipients[0].split("@") for mail in server.mails]
    return [name for name, of in found if of == domain]


def test_a_domain_gets_no_more_a_second_and_the_others_do_not_wait(desk):
    mixed(desk, 8, 60)
    journal = Moments()
    with RecordingServer(journal=journal) as server:
        assert departure(desk, server, per_second=2).go() == {"accepted": 68}
    assert set(recipients(server).values()) == {1}
    limited = journal.to(LIMITED)
    assert all(later - one > 0.9 for one, later in zip(limited, limited[2:], strict=False))
    assert journal.to("example.org")[-1] < limited[-1], "the other domain did not wait for it"


def test_a_domain_has_no_more_mails_in_hand_than_it_may(desk):
    mixed(desk, 6, 20)
    hanging = {f"l{one}@{LIMITED}": SILENCE for one in range(6)}
    with RecordingServer(Script(answers={".": hanging})) as server:
        run = departure(desk, server, lanes=6, connections=2).start()
        server.wait(lambda: recipients(server).total() == 20)
        time.sleep(0.3)
        assert server.heard.count(f"@{LIMITED}>".encode()) == 2
        run.stop(within=10)
    assert states(desk) == {State.ACCEPTED: 20, State.IN_DOUBT: 2, State.PENDING: 4}


def test_within_a_domain_the_due_time_is_the_order(desk):
    mixed(desk, 12, 5)
    with desk.store.write() as tx:
        for number in range(12):  # the last composed is due first
            c = deliveries.c
            at = MONDAY - timedelta(hours=number + 1)
            tx.execute(deliveries.update().where(c.id == number + 1).values(due_at=at))
    with RecordingServer() as server:
        assert departure(desk, server, connections=1).go() == {"accepted": 17}
        assert names_to(server) == IN_TURN[::-1]


def test_a_confirmation_goes_before_the_digests_of_its_domain(desk):
    mixed(desk, 12, 0)
    with RecordingServer(Script(delay=0.1)) as server:
        run = departure(desk, server, connections=1).start()
        server.wait(lambda: len(server.mails) >= 2)
        wish = subscribe.Wish(f"zoe@{LIMITED}", Preferences(), TopicProfile(()))
        subscribe.request(desk.store, wish, MONDAY)
        assert run.end() == {"accepted": 13}
        assert "zoe" in names_to(server)[:-1]


def test_a_note_to_another_domain_does_not_wait(desk):
    mixed(desk, 10, 0)
    ask_to_confirm(desk, "zoe")
    with RecordingServer() as server:
        assert departure(desk, server, per_second=10).go() == {"accepted": 11}
        assert [mail.recipients[0] for mail in server.mails].index("zoe@example.org") < 4


@pytest.mark.parametrize("answer", ["450 4.2.1 Busy", "550 5.1.1 No such user"])
def test_what_a_domain_does_not_take_frees_its_place(desk, answer):
    mixed(desk, 8, 3)
    script = Script(answers={"RCPT": {f"l{one}@{LIMITED}": answer for one in range(0, 8, 2)}})
    with RecordingServer(script) as server:
        handled = departure(desk, server, connections=1).go()
    assert (handled["accepted"], handled.total()) == (7, 11)


def test_readers_who_leave_meanwhile_free_their_places(desk):
    mixed(desk, 6, 0)
    script = Script(delay=0.1)
    with RecordingServer(script) as server:
        run = departure(desk, server, connections=1).start()
        server.wait(lambda: len(server.mails) >= 1)
        with desk.store.read() as tx:
            last = subscribers.find(tx, f"l5@{LIMITED}").id
        subscribe.unsubscribe(desk.store, last, None, MONDAY)
        assert run.end() == {"accepted": 5, "cancelled": 1}


def test_a_limit_of_a_trial_counts_them_too(desk):
    mixed(desk, 6, 6)
    with RecordingServer() as server:
        run = departure(desk, server, connections=1)
        run.limit = 4
        assert run.go() == {"accepted": 4}
    assert states(desk)[State.PENDING] == 8


def test_a_domain_of_nobody_costs_nothing(desk):
    composed(desk, 10)
    with RecordingServer() as server:
        assert departure(desk, server, per_second=1).go() == {"accepted": 10}
