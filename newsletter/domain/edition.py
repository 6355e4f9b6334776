"""From a cadence, a zone and a local hour to dated slots, each with its moment in UTC."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NewType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

EditionId = NewType("EditionId", int)
IssueId = NewType("IssueId", int)

FARTHEST_SLOT = timedelta(days=62)  # two months back or ahead there is a slot of any cadence


class Cadence(StrEnum):
    """How often a reader wants an issue."""

    DAILY = "daily"
    WEEKDAYS = "weekdays"  # the chosen ones
    WEEKLY = "weekly"
    MONTHLY = "monthly"  # on the first


@dataclass(frozen=True, slots=True)
class Schedule:
    """A reader's own clock."""

    cadence: Cadence = Cadence.DAILY
    weekdays: tuple[int, ...] = (0,)  # 0 is Monday; the first one counts for weekly
    hour: int = 7
    minute: int = 0
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Slot:
    """One edition as it falls on one reader's clock."""

    edition: str  # daily-2026-03-14, weekly-2026-W11, monthly-2026-03
    local_date: date
    due_at: datetime


def is_zone(name: str) -> bool:
    """Return whether the time zone is known here."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def newest_slot(schedule: Schedule, now: datetime) -> Slot:
    """Return the newest slot that is due at or before `now`."""
    day = now.astimezone(ZoneInfo(schedule.zone)).date()
    slots = (to_slot(schedule, one) for one in days(day, -1) if falls_on(schedule, one))
    return next(slot for slot in slots if slot.due_at <= now)


def next_slot(schedule: Schedule, now: datetime) -> Slot:
    """Return the first slot that is due after `now`."""
    day = now.astimezone(ZoneInfo(schedule.zone)).date()
    slots = (to_slot(schedule, one) for one in days(day, 1) if falls_on(schedule, one))
    return next(slot for slot in slots if slot.due_at > now)


def days(start: date, step: int) -> Iterator[date]:
    """Yield the days from `start` on, forward or backward, as far as any cadence's slot can lie."""
    return (start + timedelta(days=step * n) for n in range(FARTHEST_SLOT.days))


def falls_on(schedule: Schedule, day: date) -> bool:
    """Return whether the cadence has a slot on this day."""
    match schedule.cadence:
        case Cadence.DAILY:
            return True
        case Cadence.WEEKDAYS:
            return day.weekday() in schedule.weekdays
        case Cadence.WEEKLY:
            return day.weekday() == schedule.weekdays[0]
        case Cadence.MONTHLY:
            return day.day == 1


def to_slot(schedule: Schedule, day: date) -> Slot:
    """Return the slot on this local day.

    A local time that does not exist is read with the offset before the gap, which moves it
    forward by the gap; one that exists twice is its first occurrence (both by fold=0, PEP 495).
    """
    local = datetime.combine(day, time(schedule.hour, schedule.minute), ZoneInfo(schedule.zone))
    return Slot(edition_name(schedule.cadence, day), day, local.astimezone(UTC))


def edition_name(cadence: Cadence, day: date) -> str:
    """Return the name of the cadence's edition of this day, the same for all readers."""
    if cadence is Cadence.WEEKLY:
        year, week, _ = day.isocalendar()
        return f"weekly-{year}-W{week:02}"
    if cadence is Cadence.MONTHLY:
        return f"monthly-{day:%Y-%m}"
    return f"{cadence}-{day.isoformat()}"
