"""How fast mails may go to a relay: a limit a second and one a day, kept exactly."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from math import ceil

from newsletter.mail import hub
from newsletter.mail.shared import SharedLock, shared_numbers

SHARE = 0.985  # of the limit that is aimed at: evenly spaced, no second ever holds more
SPARE = 1.012  # of the time that so many mails must take: a thread may wake late
LOOK = 0.2  # seconds between two looks whether to stop
NEXT, LEFT, PASSED = 0, 1, 2  # where what all share stands; after them the last moments
NO_LIMIT = -1.0


class Pace:
    """The moments at which mails go to one relay; for several threads, and processes if `shared`.

    `turn` spaces the mails evenly before they are begun; `pass_dot` makes sure at the last moment
    that the limit's last so many mails took a second or more, whatever held some of them up.
    """

    def __init__(
        self,
        per_second: float = 0.0,  # 0: no limit
        per_day: int = 0,
        clock: Callable[[], float] = time.monotonic,  # the same in all processes
        sleep: Callable[[float], None] = hub.sleep,
    ) -> None:
        self.per_second = per_second
        self.per_day = per_day
        self.clock = clock
        self.sleep = sleep
        self._spacing = 1 / (per_second * SHARE) if per_second else 0.0
        self._most = max(1, ceil(per_second))  # mails in `_within` seconds
        self._within = self._most / per_second * SPARE if per_second else 0.0
        self._held = shared_numbers(PASSED + 1 + self._most)
        self._lock = SharedLock()
        self._held[LEFT] = NO_LIMIT
        for place in range(self._most):
            self._held[PASSED + 1 + place] = float("-inf")

    def begin(self, today: int, ago: Sequence[float] = ()) -> None:
        """Begin a run, so many mails having gone in the last 24 hours.

        `ago` are the seconds since the newest of them, those of an earlier run too.
        """
        held = self._held
        held[LEFT] = max(0, self.per_day - today) if self.per_day else NO_LIMIT
        known = [(int(held[PASSED]) + one) % self._most for one in range(self._most)]
        now = self.clock()
        told = sorted(now - max(0.0, one) for one in ago)[-self._most :]
        for place, moment in zip(known[self._most - len(told) :], told, strict=True):
            # This process may have been told of the same mail by its own dot.
            held[PASSED + 1 + place] = max(held[PASSED + 1 + place], moment)
        if told and self._spacing:
            held[NEXT] = max(held[NEXT], told[-1] + self._spacing)

    def shared(self) -> AbstractContextManager[None]:
        """Keep the limits together with the processes that are forked within."""
        return self._lock.shared()

    @property
    def memory(self) -> timedelta:
        """Return for how long a mail that went counts for the next one's moment."""
        return timedelta(seconds=self._within)

    @property
    def is_limited(self) -> bool:
        """Return whether mails may have to wait for their moment, or for another day."""
        return bool(self._spacing or self.per_day)

    @property
    def left_today(self) -> int | None:
        """Return how many may go today yet, None without a limit."""
        return None if self._held[LEFT] == NO_LIMIT else int(self._held[LEFT])

    def turn(self, stop: Callable[[], bool] = lambda: False) -> bool:
        """Wait for this mail's moment; False if there is none today, or it is to stop."""
        if not self.is_limited:
            return not stop()
        held = self._held
        with self._lock:
            if held[LEFT] == 0:
                return False
            if held[LEFT] > 0:
                held[LEFT] -= 1
            mine = max(held[NEXT], self.clock())
            held[NEXT] = mine + self._spacing
        while (wait := mine - self.clock()) > 0:
            if stop():
                self.give_back()
                return False
            self.sleep(min(wait, LOOK))
        return True

    def try_turn(self) -> float:
        """Take this mail's moment if it has come and return 0.0, else the seconds until then."""
        with self._lock:
            now = self.clock()
            if self._held[NEXT] > now:
                return self._held[NEXT] - now
            # Who looks a little late makes up for it: `pass_dot` keeps the limit.
            self._held[NEXT] = max(self._held[NEXT], now - self._spacing) + self._spacing
            return 0.0

    def give_back(self) -> None:
        """Note that a mail whose turn it was is not handed over: another may go today."""
        if self.per_day:
            with self._lock:
                self._held[LEFT] += self._held[LEFT] != NO_LIMIT

    def pass_dot(self) -> None:
        """Wait until one more mail may be handed over, and count it."""
        if not self._spacing:
            return
        held = self._held
        with self._lock:
            place = PASSED + 1 + int(held[PASSED])
            moment = max(self.clock(), held[place] + self._within)
            held[place] = moment
            held[PASSED] = (held[PASSED] + 1) % self._most
        while (wait := moment - self.clock()) > 0:
            self.sleep(wait)
        with self._lock:
            # Who wakes late goes later than was foreseen, and so does whoever counts from here.
            if held[place] == moment:
                held[place] = self.clock()
