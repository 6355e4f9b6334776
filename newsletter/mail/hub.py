"""One thread for many connections: each task goes on until it would wait, then another does.

What a task calls is written as for a thread of its own: `current()` tells whether a task calls, and
`sleep`, `aside` and the waits of a `Bell` let the other tasks go on meanwhile. Switching takes a
microsecond where waking a thread, and waiting for Python's lock, takes twenty or more.
"""

import logging
import select
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from time import monotonic  # a stopwatch: waits here are for servers and threads, not for a time
from typing import TypeVar

from greenlet import getcurrent, greenlet

log = logging.getLogger(__name__)
Result = TypeVar("Result")


@dataclass(slots=True, eq=False)
class Task:
    """What goes on for one connection; begun by `Hub.begin`. Waits return in the hub's thread."""

    hub: "Hub"
    work: Callable[[], None]
    over: threading.Event = field(default_factory=threading.Event)
    # While it waits: for this to be so, for this file, and not longer than until then.
    so: Callable[[], object] | None = None
    file: int = -1
    until: float = inf
    fiber: greenlet = None  # its stack, once it has begun

    def is_alive(self) -> bool:
        """Return whether the work is not done yet."""
        return not self.over.is_set()

    def join(self, seconds: float | None = None) -> None:
        """Wait, in another thread, until the work is done."""
        self.over.wait(seconds)

    def run(self) -> None:
        """Do the work; what it raises is logged, as a thread's would be."""
        try:
            self.work()
        except Exception:  # whatever it is, the other tasks go on
            log.exception("a task of the hub ended by an error")
        finally:
            self.over.set()

    def ready(self, file: int, events: int, until: float) -> bool:
        """Wait until the file is ready (POLLIN, POLLOUT); False if it is not until then."""
        self.file, self.until = file, until
        return self.hub.pause(self, events)

    def until_so(self, so: Callable[[], object], seconds: float) -> None:
        """Wait until it is so, which is looked at whenever the hub is rung, or that long."""
        self.so, self.until = so, monotonic() + seconds
        self.hub.pause(self)


class Hub:
    """Tasks and what they wait for; `begin` and `ring` are for any thread, the rest for one."""

    def __init__(self) -> None:
        self._new: list[Task] = []
        self._waiting: dict[Task, None] = {}  # in the order in which they began to wait
        self._files: dict[int, Task] = {}
        self._poll = select.poll()
        self._rung = False
        self._asleep = False
        self._loop: greenlet = None  # the stack of the thread that calls `turn`
        self._woken, self._waker = socket.socketpair()
        for one in (self._woken, self._waker):
            one.setblocking(False)
        self._poll.register(self._woken, select.POLLIN)

    @property
    def awaited(self) -> int:
        """Return how many tasks wait for their servers."""
        return len(self._files)

    def begin(self, work: Callable[[], None]) -> Task:
        """Let a task do this, beginning with the next turn."""
        task = Task(self, work)
        self._new.append(task)
        self.ring()
        return task

    def ring(self) -> None:
        """Have the tasks that wait for something to be so look whether it is."""
        self._rung = True
        if self._asleep:
            self._asleep = False
            with suppress(OSError):  # it is full, or the hub is closed
                self._waker.send(b"\0")

    def turn(self, seconds: float = inf) -> None:
        """Let all tasks go on that can; if none can, wait until one does, or that long."""
        self._loop = getcurrent()
        went = self._look() if self._rung else False
        nearest = min((one.until for one in self._waiting), default=inf)
        now = monotonic()
        wait = 0.0 if went else max(0.0, min(nearest - now, seconds))
        self._asleep = wait > 0
        if self._rung:  # since then: it would not be heard
            wait = 0.0
        # In whole milliseconds, as `poll` has it; the rest of the last one is slept.
        found = self._poll.poll(None if wait == inf else int(wait * 1000))
        if not found and 0 < wait < inf and (rest := now + wait - monotonic()) > 0:
            time.sleep(min(rest, 0.001))
        self._asleep = False
        for number, _ in found:
            self._answered(number)
        if nearest <= monotonic():
            self._time_out()

    def pause(self, task: Task, events: int = 0) -> bool:
        """Let others go on until the task can, by its fields; return whether its file is ready."""
        self._waiting[task] = None
        if task.file >= 0:
            self._files[task.file] = task
            self._poll.register(task.file, events)
        return bool(self._loop.switch())

    def close(self) -> None:
        """Let go of what wakes it; a task that still waits is left behind."""
        self._woken.close()
        self._waker.close()

    def _look(self) -> bool:
        """Let those go on that begin, or for whom it is so now; return whether any did."""
        self._rung, went = False, False
        while self._new:
            task = self._new.pop(0)
            task.fiber = greenlet(task.run)
            task.fiber.task = task
            task.fiber.switch()
            went = True
        for task in list(self._waiting):
            if task.so and task in self._waiting and task.so():
                self._go_on(task, is_ready=False)
                went = True
        return went

    def _answered(self, number: int) -> None:
        if number in self._files:
            self._go_on(self._files[number], is_ready=True)
        elif number == self._woken.fileno():
            with suppress(OSError):
                self._woken.recv(64)

    def _time_out(self) -> None:
        now = monotonic()
        for task in [one for one in self._waiting if one.until <= now]:
            self._go_on(task, is_ready=False)

    def _go_on(self, task: Task, is_ready: bool) -> None:
        del self._waiting[task]
        if task.file >= 0:
            del self._files[task.file]
            self._poll.unregister(task.file)
        task.so, task.file, task.until = None, -1, inf
        task.fiber.switch(is_ready)


class Bell(threading.Condition):
    """A condition that rings a hub: both threads and its tasks can wait for it."""

    def __init__(self, hub: Hub, lock: "threading.RLock | None" = None) -> None:
        super().__init__(lock)
        self._hub = hub

    def notify(self, n: int = 1) -> None:
        """Wake so many threads, and have each task look."""
        super().notify(n)
        self._hub.ring()

    def pause(self, so: Callable[[], object], seconds: float) -> None:
        """Wait, holding the lock once, until it may be so, or that long: look again afterwards."""
        task = current()
        if task is None:
            self.wait(seconds)
            return
        self.release()
        try:
            task.until_so(so, seconds)
        finally:
            self.acquire()


def current() -> Task | None:
    """Return the task that calls; None for a thread."""
    found: Task | None = getattr(getcurrent(), "task", None)
    return found


def sleep(seconds: float) -> None:
    """Wait so long; the other tasks go on."""
    task = current()
    if task is None:
        time.sleep(seconds)
    else:
        task.until_so(lambda: False, seconds)


def aside(work: Callable[[], Result]) -> Result:
    """Return what the work returns, or raise what it raises; a task has a thread do it meanwhile.

    For what waits in ways that the hub does not know: names that are looked up, TLS, a program.
    """
    task = current()
    if task is None:
        return work()
    done: Future[Result] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:
            done.set_exception(error)
        task.hub.ring()

    threading.Thread(target=run, name="aside", daemon=True).start()
    while not done.done():
        task.until_so(done.done, inf)
    return done.result()
