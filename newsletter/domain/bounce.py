"""When soft bounces are enough: a score per subscriber, as Mailman keeps it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class BouncePolicy:
    """How many days of soft bounces suppress an address, and how long they are remembered."""

    threshold: int = 5  # days with a bounce
    forget_after: timedelta = timedelta(days=7)  # without one


def score(times: Sequence[datetime], policy: BouncePolicy) -> int:
    """Return the score after these bounces, oldest first: one a UTC day, from 0 after a long peace.

    Mailman 3, bounces documentation: at most one point a day, and an old score is stale when no
    bounce came within `forget_after`.
    """
    points, last = 0, None
    for one in times:
        if last is not None and one - last > policy.forget_after:
            points = 0
        elif last is not None and one.date() == last.date():
            continue
        points += 1
        last = one
    return points
