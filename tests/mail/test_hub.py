"""One thread, many tasks: each goes on until it waits, and none holds up another."""

import select
import socket
import threading
import time
from math import inf

import pytest

from newsletter.mail import hub
from newsletter.mail.hub import Bell, Hub


@pytest.fixture
def serving():
    """A hub with its thread, which ends with the test."""
    made, over = Hub(), threading.Event()

    def serve():
        while not over.is_set():
            made.turn(0.05)
        made.close()

    thread = threading.Thread(target=serve)
    thread.start()
    yield made
    over.set()
    made.ring()
    thread.join(5)
    assert not thread.is_alive()


def done(*tasks):
    for one in tasks:
        one.join(5)
    return not any(one.is_alive() for one in tasks)


def test_a_task_that_sleeps_lets_the_others_go_on(serving):
    said = []

    def slow():
        hub.sleep(0.1)
        said.append("slow")

    tasks = [serving.begin(slow), serving.begin(lambda: said.append("quick"))]
    assert done(*tasks)
    assert said == ["quick", "slow"]


def test_all_tasks_run_in_the_one_thread(serving):
    seen = set()
    assert done(*[serving.begin(lambda: seen.add(threading.get_ident())) for _ in range(5)])
    assert len(seen) == 1
    assert threading.get_ident() not in seen


def test_a_sleep_takes_as_long_as_it_is_to(serving):
    took = []

    def sleep():
        begun = time.monotonic()
        hub.sleep(0.0123)
        took.append(time.monotonic() - begun)

    assert done(*[serving.begin(sleep) for _ in range(8)])
    assert min(took) >= 0.0123


def test_a_file_that_is_ready_wakes_its_task_and_a_silent_one_times_out(serving):
    (ours, theirs), said = socket.socketpair(), []

    def listen(seconds):
        task = hub.current()
        until = time.monotonic() + seconds
        said.append(task.ready(ours.fileno(), select.POLLIN, until) and ours.recv(9))

    assert done(serving.begin(lambda: listen(0.05)))
    task = serving.begin(lambda: listen(5))
    theirs.send(b"220 hello")
    assert done(task)
    assert said == [False, b"220 hello"]
    ours.close()
    theirs.close()


def test_an_end_of_the_other_side_wakes_its_task(serving):
    ours, theirs = socket.socketpair()
    woken = []
    task = serving.begin(
        lambda: woken.append(hub.current().ready(ours.fileno(), select.POLLIN, inf))
    )
    theirs.close()
    assert done(task)
    assert woken == [True]
    ours.close()


def test_a_bell_wakes_threads_and_tasks(serving):
    bell, found, so = Bell(serving), [], []

    def wait(name):
        with bell:
            while not so:
                bell.pause(lambda: so, 5)
            found.append(name)

    thread = threading.Thread(target=wait, args=["thread"])
    thread.start()
    tasks = [serving.begin(lambda number=number: wait(number)) for number in range(3)]
    time.sleep(0.05)
    with bell:
        so.append(True)
        bell.notify_all()
    thread.join(5)
    assert done(*tasks)
    assert sorted(map(str, found)) == ["0", "1", "2", "thread"]


def test_while_a_task_waits_for_a_bell_a_thread_can_take_its_lock(serving):
    bell, so, held = Bell(serving), [], threading.Event()

    def wait():
        with bell:
            held.set()
            while not so:
                bell.pause(lambda: so, 5)

    task = serving.begin(wait)
    assert held.wait(5)
    assert bell.acquire(timeout=5)
    so.append(True)
    bell.notify_all()
    bell.release()
    assert done(task)


def test_what_is_done_aside_holds_up_nobody_and_its_error_arrives(serving):
    said, gate = [], threading.Event()

    def aside():
        said.append(hub.aside(lambda: gate.wait(5) and "done"))

    def fail():
        try:
            hub.aside(lambda: 1 // 0)
        except ZeroDivisionError:
            said.append("error")

    first = serving.begin(aside)
    assert done(serving.begin(fail), serving.begin(lambda: said.append("other")))
    gate.set()
    assert done(first)
    assert said[-1] == "done"
    assert sorted(said[:2]) == ["error", "other"]


def test_outside_of_a_hub_all_waits_are_a_threads(serving):
    assert hub.current() is None
    assert hub.aside(threading.get_ident) == threading.get_ident()
    begun = time.monotonic()
    hub.sleep(0.01)
    assert time.monotonic() - begun >= 0.01


def test_a_task_that_fails_ends_alone(serving, caplog):
    task = serving.begin(lambda: 1 // 0)
    said = []
    assert done(task, serving.begin(lambda: said.append("other")))
    assert said == ["other"]
    assert "ZeroDivisionError" in caplog.text


def test_a_ring_is_never_lost(serving):
    """A thread changes something and rings, thousands of times, at any moment of the loop."""
    box, got = [], []

    def take():
        while len(got) < 3000:
            hub.current().until_so(lambda: box, inf)
            got.append(box.pop())
            taken.set()

    taken = threading.Event()
    task = serving.begin(take)
    for number in range(3000):
        taken.clear()
        box.append(number)
        serving.ring()
        assert taken.wait(5), f"ring {number} was not heard"
    assert done(task)
    assert got == list(range(3000))
