"""All processes together are polite: the clock is ours, so nobody really waits."""

from datetime import timedelta

import pytest

from newsletter.actions.turns import Turns, group
from newsletter.store.database import Store
from tests.actions.conftest import MONDAY

MINUTE = timedelta(minutes=1)


class Time:
    """A clock that goes on when somebody sleeps, and what happens meanwhile."""

    def __init__(self):
        self.at = MONDAY
        self.meanwhile = lambda: None

    def now(self):
        return self.at

    def sleep(self, seconds):
        self.at += timedelta(seconds=seconds)
        self.meanwhile()

    @property
    def passed(self):
        return (self.at - MONDAY).total_seconds()


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def processes(desk, time):
    """Two of them, each with a connection of its own."""
    other = Store(str(desk.store.url))
    yield [Turns(store, time.now, time.sleep, MINUTE) for store in (desk.store, other)]
    other.close()


def test_three_seconds_lie_between_two_requests_to_any_of_arxivs_hosts(processes, time):
    begun = []
    hosts = ("rss.arxiv.org", "export.arxiv.org", "ARXIV.org.", "oaipmh.arxiv.org")
    for number, host in enumerate(hosts):
        with processes[number % 2].turn(host):
            begun.append(time.passed)
    assert begun == [0, 3, 6, 9]


def test_a_slow_answer_is_no_reason_to_wait_longer(processes, time):
    with processes[0].turn("arxiv.org"):
        time.at += timedelta(seconds=20)
    with processes[1].turn("arxiv.org"):
        assert time.passed == 20


def test_other_hosts_are_asked_one_after_the_other_without_a_pause(processes, time):
    one, other = processes
    with one.turn("example.org"), other.turn("example.com"):
        pass
    with other.turn("example.org"):
        assert time.passed == 0


def test_nobody_asks_a_host_while_another_does(processes, time):
    one, other = processes
    first = one.turn("example.org")
    first.__enter__()

    def meanwhile():
        if time.passed == 5:
            first.__exit__(None, None, None)

    time.meanwhile = meanwhile
    with other.turn("example.org"):
        assert time.passed == 5


def test_the_turn_of_a_process_that_died_comes_back_after_a_while(processes, time):
    dead, alive = processes
    dead.wait("example.org")
    with alive.turn("example.org"):
        assert time.passed == 60


def test_a_failure_gives_the_turn_back(processes, time):
    with pytest.raises(ValueError, match="broken"), processes[0].turn("example.org"):
        raise ValueError("broken")
    with processes[1].turn("example.org"):
        assert time.passed == 0


@pytest.mark.parametrize("host", ["arxiv.org.example.com", "notarxiv.org", "127.0.0.1"])
def test_a_host_that_only_looks_like_arxivs_waits_for_itself(host):
    assert group(host) == host
