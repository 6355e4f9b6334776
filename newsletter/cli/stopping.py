"""SIGTERM, SIGHUP and Ctrl-C as a question that a long run asks between two steps."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic  # a stopwatch: between two signals

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
AT_ONCE = 1.0  # seconds in which several are one: `timeout` signals a process and its group


def nothing() -> None:
    """Do nothing: the run asks by itself."""


@contextmanager
def stopped_by_signal(heard: Callable[[], None] = nothing) -> Iterator[Callable[[], bool]]:
    """Give a function that tells whether a signal to stop came; a later second one ends at once.

    `heard` is called with each. SIGHUP stays ignored where it was, as by nohup.
    """
    first: float | None = None  # not an Event, whose lock a handler within a handler waits for

    def ask(number: int, _frame: object) -> None:
        nonlocal first
        first = first or monotonic()
        heard()
        if monotonic() - first > AT_ONCE:
            signal.signal(number, before[signal.Signals(number)])
            signal.raise_signal(number)

    before = {one: signal.getsignal(one) for one in SIGNALS}
    if before[signal.SIGHUP] is signal.SIG_IGN:
        del before[signal.SIGHUP]
    for one in before:
        signal.signal(one, ask)
    try:
        yield lambda: first is not None
    finally:
        for one, found in before.items():
            signal.signal(one, found)
