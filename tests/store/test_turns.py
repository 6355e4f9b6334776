"""A host's turn is held by one process at a time."""

import threading
from datetime import timedelta

from newsletter.store import turns
from newsletter.store.database import Store
from tests.store.samples import HOUR, NOW

HOST, SECOND = "example.org", timedelta(seconds=1)
UNTIL = NOW + 70 * SECOND


def take(store, now=NOW, until=UNTIL, host=HOST):
    with store.write() as tx:
        return turns.take(tx, host, now, until)


def give_back(store, next_at, until=UNTIL):
    with store.write() as tx:
        turns.give_back(tx, HOST, until, next_at)


def test_a_turn_is_taken_once_and_others_are_told_how_long_to_wait(store):
    assert take(store) == timedelta()
    assert take(store, NOW + 10 * SECOND) == 60 * SECOND
    assert take(store, host="other.example") == timedelta()


def test_a_turn_given_back_is_free_from_the_time_that_was_said(store):
    take(store)
    give_back(store, NOW + 3 * SECOND)
    assert take(store, NOW + SECOND) == 2 * SECOND
    assert take(store, NOW + 3 * SECOND) == timedelta()


def test_the_turn_of_a_process_that_died_is_free_when_its_time_is_over(store):
    take(store)
    assert take(store, UNTIL, UNTIL + HOUR) == timedelta()
    give_back(store, NOW)  # the first process was only slow: the turn is not its own any more
    assert take(store, UNTIL + SECOND) == HOUR - SECOND


def test_a_time_from_a_clock_since_set_back_is_not_waited_for(store):
    take(store, NOW + 90 * HOUR, NOW + 91 * HOUR)
    assert take(store) == timedelta()


def test_of_many_at_once_one_gets_the_turn(store):
    address = store.url.render_as_string(hide_password=False)
    found, start = [], threading.Barrier(8)

    def one():
        other = Store(address)
        start.wait()
        found.append(take(other))
        other.close()

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [timedelta()] + [70 * SECOND] * 7
