"""A visit to a feed: how it ended, whether something new was due, and when the next one is."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from statistics import median_low

DAY = timedelta(days=1)
LONGEST_REST = DAY
MOST_DOUBLINGS = 20  # more would only overflow: a day is long reached
GRACE = timedelta(hours=3)  # past the usual time; a batch is often an hour or two late
HISTORY = timedelta(days=13)  # that must be known of a feed to call it daily
DAILY = 0.8  # share of its days that brought something
USUAL = 10  # batches whose times of day count
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


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known of a feed's batches when the newest of them is there again.

    A batch is what a feed holds at a time, known by its papers. Times keep the feed's own offset,
    for its days are its own.
    """

    batches: tuple[datetime, ...]  # when each came, oldest first; the last is there now
    given: datetime | None = None  # the feed's own date now
    skip_days: tuple[int, ...] = ()  # on which it brings nothing; 0 is Monday
    announces_daily: bool = False  # known beforehand, as of arXiv


def overdue(sight: Sight, now: datetime) -> tuple[Outcome, str] | None:
    """Return whether the batch is stale or late, and why; None if no new one was due.

    The calendar is the feed's own: the days it skips, the time of day at which its batches come.
    Holidays need no list, for a feed that has one is empty and dated that day.
    """
    if not sight.batches or not (sight.announces_daily or is_daily(sight)):
        return None
    due = next_due(sight)
    if due is None or now < due:
        return None
    since, zone = sight.batches[-1], due.tzinfo
    if sight.given and sight.given.astimezone(zone).date() >= due.date():
        dated = f"{sight.given:%Y-%m-%d}"
        return Outcome.STALE, f"dated {dated}, with the papers of {since:%Y-%m-%d}"
    if now - due < GRACE:
        return None
    told = f"due {due.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return (Outcome.LATE if now - due < DAY else Outcome.STALE), told


def next_due(sight: Sight) -> datetime | None:
    """Return when the batch behind the newest one is due, None if every day is skipped."""
    since = sight.batches[-1]
    usual = median_low(when.time() for when in sight.batches[-USUAL:])
    days = (since.date() + DAY * ahead for ahead in range(1, 8))
    day = next((one for one in days if one.weekday() not in sight.skip_days), None)
    return datetime.combine(day, usual, since.tzinfo) if day else None


def is_daily(sight: Sight) -> bool:
    """Return whether four of five days that are not skipped brought a batch, for two weeks."""
    days = {when.date() for when in sight.batches}
    first, last = min(days), max(days)
    if last - first < HISTORY:
        return False
    whole = [first + DAY * ahead for ahead in range((last - first).days + 1)]
    wanted = [day for day in whole if day.weekday() not in sight.skip_days]
    return sum(day in days for day in wanted) >= DAILY * len(wanted) > 0
