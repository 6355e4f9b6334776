"""SIGTERM and Ctrl-C as a question that a long run asks between two steps."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def stopped_by_signal() -> Iterator[Callable[[], bool]]:
    """Give a function that tells whether SIGTERM or SIGINT came; a second one ends at once."""
    asked = threading.Event()

    def ask(number: int, _frame: object) -> None:
        asked.set()
        signal.signal(number, signal.SIG_DFL if number == signal.SIGTERM else int_default)

    int_default = signal.getsignal(signal.SIGINT)
    term_default = signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGTERM, term_default)
        signal.signal(signal.SIGINT, int_default)
