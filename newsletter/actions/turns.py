"""A host -> its turn, kept for one request: the politeness of all processes together."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from newsletter.store import turns
from newsletter.store.database import Store

ARXIV = "arxiv.org"
ARXIV_SPACING = timedelta(seconds=3)  # arXiv asks for one request in three seconds, over all hosts
LOOK_AGAIN = timedelta(seconds=1)  # a turn may come back earlier than it must


@dataclass(frozen=True, slots=True, eq=False)
class Turns:
    """Gives turns by rows of the store; waits by `sleep(seconds)`, never in a transaction."""

    store: Store
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    longest: timedelta  # after which the turn of a process that died is free again

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Wait until nobody else asks this host, and hold its turn for the block."""
        whole = group(host)
        start = self.wait(whole)
        try:
            yield
        finally:
            with self.store.write() as tx:
                next_at = max(self.now(), start + spacing(whole))
                turns.give_back(tx, whole, start + self.longest, next_at)

    def wait(self, whole: str) -> datetime:
        """Return when the turn was taken."""
        while True:
            start = self.now()
            with self.store.write() as tx:
                left = turns.take(tx, whole, start, start + self.longest)
            if not left:
                return start
            self.sleep(min(left, LOOK_AGAIN).total_seconds())


def group(host: str) -> str:
    """Return the name under which hosts wait for each other: one for all of arXiv's."""
    name = host.lower().rstrip(".")
    return ARXIV if name == ARXIV or name.endswith(f".{ARXIV}") else name


def spacing(whole: str) -> timedelta:
    """Return how long from one request to the next, at least."""
    return ARXIV_SPACING if whole == ARXIV else timedelta()
