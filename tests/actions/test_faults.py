"""A server that does everything wrong by turns, readers who leave meanwhile, kills at each step."""

import random
import threading

import pytest

from newsletter.actions import subscribe
from newsletter.domain.delivery import State
from newsletter.store import ledger
from tests.actions.conftest import MONDAY
from tests.actions.departing import Departure, composed, recipients, states
from tests.benchmarks import crashes, mailing
from tests.mail.recording import RecordingServer
from tests.mail.session import DROP, TAKE_AND_DROP, Script

FAULTS = {
    "taken and dropped": (".", TAKE_AND_DROP),
    "dropped": (".", DROP),
    "421 after the dot": (".", "421 4.3.0 Closing"),
    "put off": (".", "451 4.3.0 Try later"),
    "refused": (".", "550 5.6.0 Not that"),
    "refused reader": ("RCPT", "550 5.2.1 Mailbox disabled"),
    "half an answer": (".", "25"),
    "no SMTP": (".", "what?"),
}
IN_DOUBT = ("taken and dropped", "dropped", "half an answer", "no SMTP")


def test_drops_and_only_drops_are_doubts_whatever_else_the_server_does(desk):
    composed(desk, 150)
    chance = random.Random(3)
    names = [None, *FAULTS]
    fate = {f"r{one}@example.org": chance.choice(names) for one in range(150)}
    # Few of them refused, or the run would end itself.
    few = 0
    for reader, name in fate.items():
        if name in ("refused", "refused reader"):
            few += 1
            fate[reader] = name if few <= 4 else "put off"

    def reaction(verb):
        def answer(reader):
            where, said = FAULTS.get(fate.get(reader), ("", None))
            return said if where == verb else None

        return answer

    script = Script(answers={verb: reaction(verb) for verb in ("RCPT", ".")})
    more = {"first_rest": 0.01}
    with RecordingServer(script) as server:
        handled = Departure(desk, server, connections=6, more=more).go()
        assert max(recipients(server).values()) == 1
    assert handled["in_doubt"] == sum(one in IN_DOUBT for one in fate.values())
    assert handled["accepted"] == sum(one is None for one in fate.values())
    assert handled["refused"] == 4
    assert sum(handled.values()) == 150
    with RecordingServer() as server:
        Departure(desk, server).go()
        assert not server.mails, "what is put off waits, and a doubt is not sent again"


def test_nobody_who_was_told_that_they_left_is_armed_after_it(desk):
    composed(desk, 200)
    chance = random.Random(5)
    with desk.store.read() as tx:
        known = {one.subscriber: one.id for one in ledger.listed(tx)}
    left, armed_before = set(), set()

    def leave():
        for number in chance.sample(range(1, 201), 60):
            subscribe.unsubscribe(desk.store, number, 0, MONDAY)
            with desk.store.read() as tx:
                found = {one.subscriber: one.state for one in ledger.listed(tx)}
            reader = f"r{number - 1}@example.org"
            left.add(reader)
            if found[reader] != State.CANCELLED:
                armed_before.add(reader)

    with RecordingServer(Script(delay=0.005)) as server:
        run = Departure(desk, server, connections=4).start()
        leaving = threading.Thread(target=leave)
        leaving.start()
        leaving.join()
        run.end()
        got = {mail.recipients[0] for mail in server.mails}
    assert len(known) == 200
    assert len(left) == 60
    assert got & left <= armed_before
    found = states(desk)
    assert found[State.ACCEPTED] == len(got)
    assert found[State.ACCEPTED] + found[State.CANCELLED] == 200


SHORT = ("5+", "9", "14+")


@pytest.mark.parametrize(
    ("connections", "steps"),
    [
        pytest.param(4, SHORT, marks=pytest.mark.slow),
        *(
            pytest.param(number, tuple(crashes.every(200)), marks=pytest.mark.soak)
            for number in (1, 4, 16)
        ),
    ],
)
@pytest.mark.timeout(3000)
def test_a_kill_at_any_commit_or_write_loses_nobody_and_sends_nothing_twice(
    tmp_path, connections, steps
):
    journal = tmp_path / "journal.jsonl"
    journal.touch()
    readers = 20
    mailing.make(tmp_path / "letter", readers).close()
    with mailing.recorder(journal, "--no-bodies") as port:
        yard = crashes.Yard(tmp_path / "letter", journal, port, connections)
        kills = crashes.one_by_one(yard, steps)
    found = yard.verdict
    # A run has fewer than 200 steps of a kind: several mails share a commit, but each body and each
    # dot is a write, before and after which it is killed.
    assert kills["commit"] >= min(len(steps), readers)
    assert kills["write"] >= min(len(steps), 4 * readers)
    assert (found.lost, found.twice, found.false_accepted, found.in_doubt_unlisted) == (0, 0, 0, 0)
    assert found.in_doubt_max <= connections
