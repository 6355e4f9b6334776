"""Deliveries to limited domains -> each waits in its domain's line for a place, and holds up none.

They are written when their turn has come, by a thread of their own.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from time import monotonic  # a stopwatch

from newsletter.mail.domains import DomainLimit
from newsletter.mail.hub import Bell, Hub

POLL = 0.1  # seconds between two looks: another process gives its places back in silence
AHEAD = 20  # deliveries of a line that are read at a time


class Domains:
    """The lines of a run, the earliest due first; safe to be used by several threads."""

    def __init__(self, limits: Mapping[str, DomainLimit], hub: Hub) -> None:
        self.limits = limits
        self._lines = {name: deque[int]() for name in limits}
        self._places: dict[int, str] = {}  # deliveries that have one, with their domain
        self._changed = Bell(hub)

    def domain_of(self, address: str) -> str:
        """Return the limited domain of an address, "" if it has none."""
        domain = address.rpartition("@")[2]
        return domain if domain in self.limits else ""

    def line_up(self, domain: str, wanted: Iterable[int]) -> int:
        """Let these digests wait in their order, after what waits already; return how many."""
        with self._changed:
            line = self._lines[domain]
            known = {*line, *self._places}
            line.extend(one for one in wanted if one not in known)
            self._changed.notify_all()
            return len(line)

    def go_first(self, domain: str, note: int) -> bool:
        """Let a note wait before the digests; False if it does already, or has its place."""
        with self._changed:
            line = self._lines[domain]
            if note in self._places or note in line:
                return False
            line.appendleft(note)
            self._changed.notify_all()
            return True

    def next(self, is_over: Callable[[], bool]) -> tuple[int, list[int]] | None:
        """Wait for the next place; return its delivery and those after it, None at the end."""
        with self._changed:
            while not is_over():
                soonest = POLL
                for name, line in self._lines.items():
                    wait = self.limits[name].take() if line else None
                    if wait == 0.0:
                        delivery = line.popleft()
                        self._places[delivery] = name
                        return delivery, list(islice(line, AHEAD - 1))
                    soonest = min(soonest, wait or POLL)
                self._changed.pause(lambda: False, soonest)
            return None

    def give_back(self, delivery: int) -> None:
        """Free the place of a delivery whose outcome is on record, if it has one."""
        if delivery not in self._places:  # most have none
            return
        with self._changed:
            self.limits[self._places.pop(delivery)].give_back()
            self._changed.notify_all()

    def wait_until_empty(self, is_over: Callable[[], bool], seconds: float) -> bool:
        """Wait until nothing waits and no place is taken, or the run is over; False if too long."""
        until = monotonic() + seconds
        with self._changed:
            while not self.is_empty() and not is_over():
                if monotonic() > until:
                    return False
                self._changed.pause(self.is_empty, POLL)
        return True

    def is_empty(self) -> bool:
        """Return whether nothing waits and no place is taken."""
        return not (self._places or any(self._lines.values()))

    def pass_dot(self, address: str) -> None:
        """Wait, at the last moment, until its domain takes one more mail."""
        if limit := self.limits.get(address.rpartition("@")[2]):
            limit.pass_dot()
