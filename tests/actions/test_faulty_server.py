"""A server at fault with most mails: in doubt is what it dropped, all others come to an end."""

import random
from collections import Counter
from datetime import timedelta

import pytest

from newsletter.domain.delivery import State
from newsletter.errors import SenderError
from newsletter.mail.relay import Security
from newsletter.store import ledger
from tests.actions.conftest import MONDAY
from tests.actions.departing import Departure, composed, recipients, states
from tests.mail.recording import RecordingServer
from tests.mail.samples import Authority
from tests.mail.session import DROP, HALF, SLOW, TAKE_AND_DROP, Script

# What comes of a mail's fault: each happens at the first try, but for a refusal.
FAULTS = {
    "dropped": {".": (DROP, TAKE_AND_DROP, HALF)},
    "closing": {".": ("421 4.3.2 Shutting down",)},
    "put off": {".": ("451 4.3.0 Later", "452 4.2.2 Full"), "RCPT": ("450 4.2.0 Greylisted",)},
    "refused": {".": ("554 5.6.0 Not that",), "RCPT": ("550 5.1.1 No such user", "550 5.2.1 Off")},
    "slow": {".": (SLOW,), "RCPT": (SLOW,)},
    "half": {"RCPT": (HALF, DROP, "25", "250-one\n251 two", "what?")},
}
TLS = ("454 4.7.0 No TLS now", "220 go\n250 injected", DROP, "220 go\n\x16\x03nonsense")
SHARE = 0.1  # of each fault
STEP = timedelta(hours=1)


class Faults:
    """What each reader's mail meets, by chance, and at which connections TLS fails."""

    def __init__(self, readers, seed):
        self.chance = random.Random(seed)
        self.fate, self.fired = {}, Counter()
        for reader in readers:
            draw = int(self.chance.random() / SHARE)
            name = [*FAULTS, None][min(draw, len(FAULTS))]
            if name:
                verb = self.chance.choice(list(FAULTS[name]))
                self.fate[reader] = (name, verb, self.chance.choice(FAULTS[name][verb]))
        self.answers = {"RCPT": self.at("RCPT"), ".": self.at("."), "STARTTLS": self.at_tls}

    def at(self, verb):
        def answer(reader):
            name, where, said = self.fate.get(reader, (None, None, None))
            if where != verb or (self.fired[reader] and name != "refused"):
                return None
            self.fired[reader] += 1
            return said

        return answer

    def at_tls(self, _):
        return self.chance.choice(TLS) if self.chance.random() < SHARE else None

    def count(self, name):
        return sum(one[0] == name for one in self.fate.values())


@pytest.mark.parametrize(
    ("readers", "seed"),
    [
        pytest.param(300, 3, marks=pytest.mark.slow),
        *(pytest.param(5000, seed, marks=pytest.mark.soak) for seed in range(3)),
    ],
)
@pytest.mark.timeout(600)
def test_in_doubt_is_what_was_dropped_and_all_else_is_delivered_or_refused(
    desk, tmp_path, readers, seed
):
    composed(desk, readers)
    faults = Faults([f"r{one}@example.org" for one in range(readers)], seed)
    authority = Authority(tmp_path)
    script = Script(answers=faults.answers, context=authority.context())
    with RecordingServer(script) as server:
        send_to_the_end(desk, server, authority)
        got = recipients(server)
        assert all(one.encrypted for one in server.mails)
    assert max(got.values()) == 1, "somebody got two"
    assert set(faults.fate) == set(faults.fired), "a fault that never happened"
    ended = states(desk)
    assert ended == {
        State.IN_DOUBT: faults.count("dropped"),
        State.REFUSED: faults.count("refused"),
        State.ACCEPTED: readers - faults.count("dropped") - faults.count("refused"),
    }
    with desk.store.read() as tx:
        found = {one.subscriber: one.state for one in ledger.listed(tx)}
    assert {one for one, state in found.items() if state == State.IN_DOUBT} == {
        one for one, fate in faults.fate.items() if fate[0] == "dropped"
    }
    accepted = {one for one, state in found.items() if state == State.ACCEPTED}
    assert accepted <= {f"{name}@example.org" for name in got}, "said to be there, and is not"


def send_to_the_end(desk, server, authority):
    """Run the sender each hour, and at once where it stopped itself, until nothing waits."""
    at, most = MONDAY, 1000
    relay = {"security": Security.STARTTLS, "ca_file": authority.file}
    while set(states(desk)) & {State.PENDING, State.DEFERRED, State.ARMED}:
        run = Departure(desk, server, connections=6, more={"first_rest": 0.01}, relay=relay, at=at)
        run.start()
        try:
            run.end(within=300)
            at += STEP
        except SenderError:  # no connection, or too many were refused
            pass
        most -= 1
        assert most, "it comes to no end"
