"""How fast mails may go to a relay: a limit a second and one a day, kept exactly."""

import threading
import time
from collections import deque
from collections.abc import Callable

SHARE = 0.985  # of the limit that is aimed at: evenly spaced, no second ever holds more
SECOND = 1.0


class Pace:
    """The moments at which mails went to one relay; for several threads.

    `turn` spaces the mails evenly before they are begun; `pass_dot` makes sure at the last moment
    that the limit's last so many mails took a second or more, whatever held some of them up.
    """

    def __init__(
        self,
        per_second: float = 0.0,  # 0: no limit
        per_day: int = 0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.per_second = per_second
        self.per_day = per_day
        self.left_today: int | None = None
        self.clock = clock
        self.sleep = sleep
        self._spacing = 1 / (per_second * SHARE) if per_second else 0.0
        self._next = clock()
        self._passed: deque[float] = deque(maxlen=max(1, int(per_second)))
        self._lock = threading.Lock()

    def begin(self, today: int) -> None:
        """Begin a run, so many mails having gone in the last 24 hours."""
        self.left_today = max(0, self.per_day - today) if self.per_day else None

    def turn(self, stop: Callable[[], bool] = lambda: False) -> bool:
        """Wait for this mail's moment; False if there is none today, or it is to stop."""
        with self._lock:
            if self.left_today is not None:
                if self.left_today <= 0:
                    return False
                self.left_today -= 1
            if not self._spacing:
                return True
            mine = max(self._next, self.clock())
            self._next = mine + self._spacing
        while (wait := mine - self.clock()) > 0:
            if stop():
                return False
            self.sleep(min(wait, 0.2))
        return True

    def pass_dot(self) -> None:
        """Wait until another mail may be handed over in this second, and count it."""
        if not self._spacing:
            return
        with self._lock:
            # A whole number of mails in any second; less than one a second is spaced alone.
            if len(self._passed) == self._passed.maxlen and self.per_second >= 1:
                wait = self._passed[0] + SECOND + 0.002 - self.clock()
                if wait > 0:
                    self.sleep(wait)
            self._passed.append(self.clock())
