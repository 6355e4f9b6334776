"""A visit to a feed: how it ended, and when the next one is due."""

from datetime import timedelta
from enum import StrEnum

LONGEST_REST = timedelta(days=1)
MOST_DOUBLINGS = 20  # more would only overflow: a day is long reached
SPREAD = 0.25  # so that feeds that failed together do not all come back together


class Outcome(StrEnum):
    """How a visit ended."""

    FETCHED = "fetched"
    UNCHANGED = "unchanged"
    EMPTY = "empty"  # a valid feed without entries, as arXiv's at weekends
    STALE = "stale"  # the same batch again although a new one was due
    LATE = "late"  # hours past the feed's usual time, and nothing new yet
    FAILED = "failed"


def rest(
    poll_every: timedelta, failures: int, chance: float, retry_after: timedelta | None
) -> timedelta:
    """Return how long to stay away: with failures in a row twice as long each time.

    min(poll_every * 2^(failures - 1), a day) * (1 + chance / 4), `chance` from 0 to 1; longer if
    the server asks for it.
    """
    if not failures:
        return poll_every
    doubled = min(poll_every * (1 << min(failures - 1, MOST_DOUBLINGS)), LONGEST_REST)
    return max(doubled * (1 + SPREAD * chance), retry_after or timedelta())
