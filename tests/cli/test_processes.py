"""`deliver --processes`: one run by several processes, as the operator and the server see it."""

import os
import signal
import time
from collections import Counter

import pytest

from newsletter.errors import BusyError
from newsletter.lock import holding
from tests.benchmarks import crashes, mailing

READERS = 60
pytestmark = pytest.mark.slow


@pytest.fixture
def yard(tmp_path, request):
    """Give a newsletter of 60 readers with an issue each, and a server that writes a journal.

    A test may say how many milliseconds the server takes for a mail.
    """
    delay = str(getattr(request, "param", 100))
    journal = tmp_path / "journal.jsonl"
    journal.touch()
    mailing.make(tmp_path / "letter", READERS).close()
    with mailing.recorder(journal, "--no-bodies", "--delay-ms", delay) as port:
        yield crashes.Yard(tmp_path / "letter", journal, port, connections=4, processes=3)


def until_received(yard: crashes.Yard, mails: int) -> None:
    while crashes.line_count(yard.journal) < mails:
        pass


def states(yard: crashes.Yard) -> Counter[str]:
    return Counter(yard.states().values())


def test_several_processes_send_each_mail_once(yard):
    yard.finish()
    assert len(yard.received()) == READERS
    assert set(yard.received().values()) == {1}
    assert states(yard) == {"accepted": READERS}


@pytest.mark.parametrize("yard", [2000], indirect=True)  # so that they have mails in hand
def test_while_they_send_the_folder_is_held_also_when_the_parent_is_dead(yard):
    with yard.start() as sender:
        until_received(yard, 1)
        os.kill(sender.pid, signal.SIGKILL)
        with pytest.raises(BusyError, match="is at work here"), holding(yard.folder):
            pytest.fail("two runs of the sender at once")


def test_sigterm_stops_them_all_with_nothing_in_doubt(yard):
    with yard.start() as sender:
        until_received(yard, 5)
        sender.send_signal(signal.SIGTERM)
        assert sender.wait(60) == 75
    found = states(yard)
    assert set(found) == {"accepted", "pending"}
    assert found["accepted"] == len(yard.received())


@pytest.mark.parametrize("yard", [1500], indirect=True)
@pytest.mark.parametrize(
    ("processes", "number"),
    [(1, signal.SIGHUP), (3, signal.SIGTERM), (3, signal.SIGINT), (3, signal.SIGHUP)],
)
def test_a_signal_to_the_whole_group_lets_each_finish_the_mail_in_hand(yard, processes, number):
    yard.processes, yard.under = processes, ("setsid",)
    with yard.start() as sender:
        until_received(yard, 1)
        time.sleep(0.5)  # a third of what the server takes for the next ones
        os.killpg(sender.pid, number)
        os.killpg(sender.pid, number)  # `timeout` sends one to the process and one to its group
        assert sender.wait(60) == 75
    found = states(yard)
    assert set(found) == {"accepted", "pending"}
    assert found["accepted"] == len(yard.received())


def test_what_nohup_ignores_stays_ignored(yard):
    yard.under = ("nohup",)
    with yard.start() as sender:
        until_received(yard, 1)
        sender.send_signal(signal.SIGHUP)
        assert sender.wait(60) == 0
    assert states(yard) == {"accepted": READERS}


@pytest.mark.parametrize("who", ["a child", "the parent"])
def test_after_a_kill_the_next_run_settles_it_and_nobody_gets_two(yard, who):
    with yard.start() as sender:
        until_received(yard, 5)
        os.kill(crashes.children(sender.pid)[0] if who == "a child" else sender.pid, signal.SIGKILL)
        assert sender.wait(60) in (1, -signal.SIGKILL)
    yard.wait_for_lock()
    yard.finish()
    yard.judge()
    found = yard.verdict
    assert (found.lost, found.twice, found.false_accepted, found.in_doubt_unlisted) == (0, 0, 0, 0)
    assert found.in_doubt <= 4
