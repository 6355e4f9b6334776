"""The limits of a relay: a second never holds more, a day neither, and the mean comes near."""

import os
import random
import threading
from math import ceil

import pytest

from newsletter.mail.domains import DomainLimit
from newsletter.mail.pace import Pace
from newsletter.mail.shared import SharedLock, shared_numbers


class Clock:
    """A clock that moves when somebody sleeps, a little more than asked for."""

    def __init__(self, overshoot=0.0):
        self.at, self.overshoot = 1000.0, overshoot

    def now(self):
        return self.at

    def sleep(self, seconds):
        self.at += seconds + self.overshoot


def passed(pace, clock, mails, late=lambda _: 0.0):
    """Return when each of so many mails was handed over; each takes `late` before its dot."""
    found = []
    for number in range(mails):
        assert pace.turn()
        clock.at += late(number)
        pace.pass_dot()
        found.append(clock.at)
    return found


def most_in_a_second(moments):
    return max(sum(0 <= other - one < 1 for other in moments) for one in moments)


@pytest.mark.parametrize("limit", [1, 2.5, 14, 100])
@pytest.mark.parametrize("late", [lambda _: 0.0, lambda n: 0.7 * (n % 7 == 0)])
def test_no_second_holds_more_than_the_limit(limit, late):
    clock = Clock(overshoot=0.0001)
    moments = passed(Pace(limit, clock=clock.now, sleep=clock.sleep), clock, 200, late)
    assert most_in_a_second(moments) <= ceil(limit)


@pytest.mark.parametrize("limit", [2, 14, 100])
def test_who_wakes_late_before_the_dot_is_counted_when_the_dot_goes(limit):
    clock, chance = Clock(), random.Random(1)
    pace = Pace(limit, clock=clock.now, sleep=clock.sleep)

    def held_up(number):
        clock.overshoot = chance.choice([0.0, 0.3])  # something else has the processor
        return 0.7 * (number % 7 == 0)

    assert most_in_a_second(passed(pace, clock, 300, held_up)) <= limit


@pytest.mark.parametrize("limit", [0.2, 1, 2.5, 14, 500])
def test_the_mean_comes_near_the_limit(limit):
    clock = Clock()
    moments = passed(Pace(limit, clock=clock.now, sleep=clock.sleep), clock, 300)
    assert 0.97 * limit < 299 / (moments[-1] - moments[0]) <= limit


@pytest.mark.parametrize("limit", [1, 2.5, 14])
@pytest.mark.parametrize("late", [0.0, 0.01])
def test_a_domains_places_come_as_often_as_its_limit_grants(limit, late):
    clock, moments = Clock(), []
    domain = DomainLimit(limit, 2, clock.now, clock.sleep)
    while len(moments) < 200:
        if wait := domain.take():
            clock.at += wait + late
            continue
        domain.pass_dot()
        moments.append(clock.at)
        domain.give_back()
    assert most_in_a_second(moments) <= ceil(limit)
    assert 0.95 * limit < 199 / (moments[-1] - moments[0]) <= limit


def test_a_domain_without_a_free_place_waits_until_one_is_given_back():
    domain = DomainLimit(connections=2)
    assert [domain.take() for _ in range(3)] == [0.0, 0.0, None]
    domain.give_back()
    assert domain.take() == 0.0
    domain.begin()
    assert not domain.is_full


def test_two_processes_keep_one_limit_of_a_domain():
    domain = DomainLimit(connections=50)
    with domain.shared():
        children = []
        for _ in range(2):
            child = os.fork()
            if child == 0:
                os._exit(sum(domain.take() is not None for _ in range(40)))
            children.append(child)
        taken = [os.waitstatus_to_exitcode(os.waitpid(one, 0)[1]) for one in children]
    assert sum(taken) == 50


def test_processes_that_hold_and_want_two_locks_by_different_threads_go_on():
    first, second = SharedLock(), SharedLock()
    counts = shared_numbers(2)

    def count(place, lock):
        for _ in range(2000):
            with lock:
                counts[place] += 1

    def work():
        threads = [
            threading.Thread(target=count, args=pair) for pair in ((0, first), (1, second)) * 2
        ]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        os._exit(0)

    with first.shared(), second.shared():
        children = []
        for _ in range(3):
            if not (child := os.fork()):
                work()
            children.append(child)
        for one in children:
            os.waitpid(one, 0)
    assert list(counts) == [3 * 2 * 2000] * 2


def test_without_limits_nobody_waits():
    clock = Clock()
    assert passed(Pace(clock=clock.now, sleep=clock.sleep), clock, 50)[-1] == 1000.0


def test_a_day_ends_when_its_mails_are_gone():
    pace = Pace(per_day=5)
    pace.begin(3)
    assert [pace.turn() for _ in range(3)] == [True, True, False]


def test_a_mail_that_was_not_handed_over_leaves_its_place_to_another():
    pace = Pace(per_day=1)
    pace.begin(0)
    assert pace.turn()
    pace.give_back()
    assert pace.left_today == 1
    assert pace.turn()
    assert not pace.turn()


def test_who_is_to_stop_does_not_wait_for_the_next_hour():
    clock = Clock()
    pace = Pace(1 / 3600, clock=clock.now, sleep=clock.sleep)
    assert pace.turn()
    assert not pace.turn(stop=lambda: clock.at > 1001)
    assert clock.at < 1002


def test_two_processes_keep_one_limit():
    pace = Pace(per_day=100)
    pace.begin(0)
    with pace.shared():
        children = []
        for _ in range(2):
            child = os.fork()
            if child == 0:
                taken = sum(pace.turn() for _ in range(80))
                os._exit(taken)
            children.append(child)
        taken = [os.waitstatus_to_exitcode(os.waitpid(one, 0)[1]) for one in children]
    assert sum(taken) == 100
    assert pace.left_today == 0


def test_many_threads_keep_one_limit():
    pace, moments, lock = Pace(per_second=50), [], threading.Lock()

    def send():
        for _ in range(12):
            pace.turn()
            pace.pass_dot()
            with lock:
                moments.append(pace.clock())

    threads = [threading.Thread(target=send) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(moments) == 96
    assert most_in_a_second(moments) <= 51, "the look at the clock may come late"


def test_what_went_in_an_earlier_run_counts_for_the_first_second_of_the_next():
    clock = Clock()
    pace = Pace(3, clock=clock.now, sleep=clock.sleep)
    before = [clock.at - ago for ago in (5.0, 0.9, 0.5, 0.1)]
    pace.begin(0, [clock.at - one for one in before])
    assert most_in_a_second(before + passed(pace, clock, 20)) <= 3


def test_what_this_process_knows_already_does_not_count_twice():
    clock = Clock()
    pace = Pace(3, clock=clock.now, sleep=clock.sleep)
    moments = passed(pace, clock, 3)
    pace.begin(0, [clock.at - one for one in moments])
    (following,) = passed(pace, clock, 1)
    assert following - moments[0] < 1.1
