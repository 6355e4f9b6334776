"""Times and rhythms in words, on the reader's own clock."""

from datetime import datetime
from zoneinfo import ZoneInfo

from newsletter.domain.edition import Cadence, Schedule

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = tuple(
    "January February March April May June July August September October November December".split()
)


def day(at: datetime, zone: str) -> str:
    """Return the day as "Saturday 14 March 2026"."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{DAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]} {local.year}"


def moment(at: datetime, zone: str) -> str:
    """Return the moment as "Saturday 14 March 2026 at 07:00 (Europe/Berlin)"."""
    return f"{day(at, zone)} at {at.astimezone(ZoneInfo(zone)):%H:%M} ({zone})"


def rhythm(schedule: Schedule) -> str:
    """Return when issues come, as "every Monday and Friday at 07:00 (Europe/Berlin)"."""
    clock = f"at {schedule.hour:02}:{schedule.minute:02} ({schedule.zone})"
    match schedule.cadence:
        case Cadence.DAILY:
            return f"every day {clock}"
        case Cadence.WEEKDAYS:
            return f"every {listed([DAYS[one] for one in schedule.weekdays])} {clock}"
        case Cadence.WEEKLY:
            return f"every {DAYS[schedule.weekdays[0]]} {clock}"
        case Cadence.MONTHLY:
            return f"on the first of each month {clock}"


def listed(words: list[str]) -> str:
    """Return "a", "a and b" or "a, b and c"."""
    *rest, last = words
    return f"{', '.join(rest)} and {last}" if rest else last
