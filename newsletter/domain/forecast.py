"""When the mails that wait will be out, by the relay's limits or by the speed of the last run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast mails go: so many a second, and in 24 hours; 0 where that is not known."""

    per_second: float = 0.0
    per_day: int = 0
    left_today: int = 0  # of those a day


@dataclass(frozen=True, slots=True)
class Outlook:
    """The mails due at one time, and when the last of them goes out; None: nobody knows."""

    due_at: datetime
    mails: int
    done_at: datetime | None


def forecast(waiting: Sequence[tuple[datetime, int]], speed: Speed, now: datetime) -> list[Outlook]:
    """Return when the last mail of each time goes out, of (due, mails) in the order of due times.

    A group begins when it is due and those before it are out. With a limit a day, what is over
    today's rest goes out a day later, the last of it after as many days as it takes.
    """
    found: list[Outlook] = []
    free, left = now, speed.left_today
    for due_at, mails in waiting:
        if not speed.per_second and not speed.per_day:
            found.append(Outlook(due_at, mails, None))
            continue
        begun = max(free, due_at)
        done = begun
        if speed.per_day:
            over = max(0, mails - left)
            days = -(-over // speed.per_day)
            left = left - mails if not over else days * speed.per_day - over
            done = begun + days * DAY
            last = mails if not over else over - (days - 1) * speed.per_day
        else:
            last = mails
        if speed.per_second:
            done += timedelta(seconds=last / speed.per_second)
        found.append(Outlook(due_at, mails, done))
        free = done
    return found
