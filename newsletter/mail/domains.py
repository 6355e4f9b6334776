"""How fast mails may go to the recipients of one domain, over all relays and processes."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from newsletter.mail import hub
from newsletter.mail.pace import Pace
from newsletter.mail.shared import SharedLock, shared_numbers


class DomainLimit:
    """The places for mails to one domain; for several threads, and processes if `shared`.

    A mail takes a place before it is written and gives it back when its outcome is on record.
    """

    def __init__(
        self,
        per_second: float = 0.0,  # 0: no limit
        connections: int = 0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = hub.sleep,
    ) -> None:
        self.connections = connections
        self._pace = Pace(per_second, clock=clock, sleep=sleep)
        self._in_hand = shared_numbers(1)
        self._lock = SharedLock()

    def begin(self, ago: Sequence[float] = ()) -> None:
        """Begin a run: nothing is in hand, and so many seconds ago the newest mails went."""
        self._in_hand[0] = 0
        self._pace.begin(0, ago)

    @property
    def memory(self) -> timedelta:
        """Return for how long a mail that went counts for the next one's moment."""
        return self._pace.memory

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Keep the limits together with the processes that are forked within."""
        with self._lock.shared(), self._pace.shared():
            yield

    @property
    def is_full(self) -> bool:
        """Return whether as many mails are in hand as there may be."""
        return bool(self.connections) and self._in_hand[0] >= self.connections

    def take(self) -> float | None:
        """Take a place and return 0.0, else the seconds until its moment; None: none is free."""
        with self._lock:
            if self.is_full:
                return None
            wait = self._pace.try_turn()
            if not wait:
                self._in_hand[0] += 1
            return wait

    def give_back(self) -> None:
        """Give a place back."""
        with self._lock:
            self._in_hand[0] -= 1

    def pass_dot(self) -> None:
        """Wait until one more mail may be handed over, and count it."""
        self._pace.pass_dot()
