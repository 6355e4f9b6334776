"""Slots of each cadence on the reader's own clock, where it jumps too."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.edition import (
    Cadence,
    Schedule,
    edition_name,
    is_zone,
    newest_slot,
    next_slot,
    to_slot,
)

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
ZONES = (
    "UTC",
    BERLIN,
    NEW_YORK,
    "Pacific/Kiritimati",
    "Asia/Kathmandu",
    "Pacific/Pago_Pago",
    "Australia/Lord_Howe",  # its summer time is half an hour
    "America/St_Johns",
    "Africa/Cairo",  # its gap is at midnight
    "Asia/Beirut",  # so is its overlap
    "Antarctica/Troll",  # two hours
)


def utc(*when):
    return datetime(*when, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "newest", "following"),
    [
        (
            Schedule(Cadence.DAILY, hour=7),
            ("daily-2026-03-14", utc(2026, 3, 14, 7)),
            ("daily-2026-03-15", utc(2026, 3, 15, 7)),
        ),
        (
            Schedule(Cadence.DAILY, hour=13),
            ("daily-2026-03-13", utc(2026, 3, 13, 13)),
            ("daily-2026-03-14", utc(2026, 3, 14, 13)),
        ),
        (
            Schedule(Cadence.WEEKDAYS, weekdays=(1, 3), hour=7, minute=30),
            ("weekdays-2026-03-12", utc(2026, 3, 12, 7, 30)),
            ("weekdays-2026-03-17", utc(2026, 3, 17, 7, 30)),
        ),
        (
            Schedule(Cadence.WEEKLY, weekdays=(0,)),
            ("weekly-2026-W11", utc(2026, 3, 9, 7)),
            ("weekly-2026-W12", utc(2026, 3, 16, 7)),
        ),
        (
            Schedule(Cadence.WEEKLY, weekdays=(4, 0)),
            ("weekly-2026-W11", utc(2026, 3, 13, 7)),
            ("weekly-2026-W12", utc(2026, 3, 20, 7)),
        ),
        (
            Schedule(Cadence.MONTHLY),
            ("monthly-2026-03", utc(2026, 3, 1, 7)),
            ("monthly-2026-04", utc(2026, 4, 1, 7)),
        ),
    ],
)
def test_each_cadence_has_its_slots_around_a_saturday_noon(schedule, newest, following):
    now = utc(2026, 3, 14, 12)
    found = newest_slot(schedule, now), next_slot(schedule, now)
    assert [(slot.edition, slot.due_at) for slot in found] == [newest, following]


def test_a_slot_is_due_at_its_very_moment_and_the_next_one_is_a_day_later():
    now = utc(2026, 3, 14, 7)
    assert newest_slot(Schedule(), now).due_at == now
    assert next_slot(Schedule(), now).due_at == now + timedelta(days=1)
    assert newest_slot(Schedule(), now - timedelta(microseconds=1)).local_date == date(2026, 3, 13)


@pytest.mark.parametrize(
    ("zone", "day", "hour", "minute", "due_at"),
    [
        # Berlin, 29 March 2026: 02:00 CET becomes 03:00 CEST at 01:00 UTC.
        (BERLIN, date(2026, 3, 29), 1, 59, utc(2026, 3, 29, 0, 59)),
        (BERLIN, date(2026, 3, 29), 2, 30, utc(2026, 3, 29, 1, 30)),  # 03:30 CEST
        (BERLIN, date(2026, 3, 29), 3, 0, utc(2026, 3, 29, 1, 0)),
        # Berlin, 25 October 2026: 03:00 CEST becomes 02:00 CET at 01:00 UTC.
        (BERLIN, date(2026, 10, 25), 2, 30, utc(2026, 10, 25, 0, 30)),  # the first 02:30
        (BERLIN, date(2026, 10, 25), 3, 0, utc(2026, 10, 25, 2, 0)),
        # New York, 8 March 2026: 02:00 EST becomes 03:00 EDT at 07:00 UTC.
        (NEW_YORK, date(2026, 3, 8), 2, 30, utc(2026, 3, 8, 7, 30)),  # 03:30 EDT
        (NEW_YORK, date(2026, 3, 8), 7, 0, utc(2026, 3, 8, 11, 0)),
        # New York, 1 November 2026: 02:00 EDT becomes 01:00 EST at 06:00 UTC.
        (NEW_YORK, date(2026, 11, 1), 1, 30, utc(2026, 11, 1, 5, 30)),  # the first 01:30
        (NEW_YORK, date(2026, 11, 1), 2, 30, utc(2026, 11, 1, 7, 30)),
        ("Pacific/Kiritimati", date(2026, 3, 14), 7, 0, utc(2026, 3, 13, 17, 0)),
        ("Asia/Kathmandu", date(2026, 3, 14), 7, 0, utc(2026, 3, 14, 1, 15)),
        ("Pacific/Pago_Pago", date(2026, 3, 14), 23, 30, utc(2026, 3, 15, 10, 30)),
    ],
)
def test_a_local_time_is_due_at_the_moment_worked_out_by_hand(zone, day, hour, minute, due_at):
    slot = to_slot(Schedule(hour=hour, minute=minute, zone=zone), day)
    assert (slot.local_date, slot.due_at) == (day, due_at)


@pytest.mark.parametrize(
    ("zone", "around"),
    [
        (BERLIN, utc(2026, 3, 29)),
        (BERLIN, utc(2026, 10, 25)),
        (NEW_YORK, utc(2026, 3, 8)),
        (NEW_YORK, utc(2026, 11, 1)),
        ("Africa/Cairo", utc(2026, 4, 24)),
    ],
)
@pytest.mark.parametrize("minutes", [0, 30, 60 + 30, 120 + 30])
def test_a_day_with_a_jump_has_one_slot_like_any_other(zone, around, minutes):
    schedule = Schedule(hour=minutes // 60, minute=minutes % 60, zone=zone)
    steps = (around + timedelta(minutes=10 * step) for step in range(-3 * 144, 3 * 144))
    found = list(dict.fromkeys(newest_slot(schedule, now).local_date for now in steps))
    assert found == [found[0] + timedelta(days=n) for n in range(len(found))]
    assert len(found) >= 6


@given(
    now=st.integers(0, 23 * 365 * 86_400).map(lambda s: utc(2015, 1, 1) + timedelta(seconds=s)),
    zone=st.sampled_from(ZONES),
    cadence=st.sampled_from(Cadence),
    weekdays=st.lists(st.integers(0, 6), min_size=1, max_size=7, unique=True).map(tuple),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
)
def test_now_lies_between_the_newest_and_the_next_slot(now, zone, cadence, weekdays, hour, minute):
    schedule = Schedule(cadence, weekdays, hour, minute, zone)
    newest, following = newest_slot(schedule, now), next_slot(schedule, now)
    assert newest.due_at <= now < following.due_at
    assert newest.local_date < following.local_date
    assert newest.edition != following.edition
    # Nothing lies between the two: each is the other's neighbour.
    assert newest_slot(schedule, following.due_at - timedelta(microseconds=1)) == newest
    assert next_slot(schedule, newest.due_at) == following


def test_readers_in_all_zones_share_the_name_of_an_edition():
    names = {to_slot(Schedule(zone=zone), date(2026, 3, 14)).edition for zone in ZONES}
    assert names == {"daily-2026-03-14"}


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2025, 12, 29), "weekly-2026-W01"),  # the week of the year's first Thursday
        (date(2026, 3, 9), "weekly-2026-W11"),
        (date(2026, 12, 28), "weekly-2026-W53"),
        (date(2027, 1, 3), "weekly-2026-W53"),
    ],
)
def test_a_week_is_named_by_its_iso_year(day, name):
    assert edition_name(Cadence.WEEKLY, day) == name


def test_a_month_without_a_31st_keeps_its_monthly_slot_on_the_first():
    schedule = replace(Schedule(), cadence=Cadence.MONTHLY)
    assert newest_slot(schedule, utc(2027, 3, 1, 6, 59)).edition == "monthly-2027-02"
    assert next_slot(schedule, utc(2026, 12, 31)).edition == "monthly-2027-01"


@pytest.mark.parametrize(
    ("name", "known"),
    [
        (BERLIN, True),
        ("UTC", True),
        ("Europe/Atlantis", False),
        ("", False),
        ("../../etc/passwd", False),
        ("/etc/passwd", False),
        ("Europe", False),
        ("Europe/Berlin\0", False),
    ],
)
def test_only_names_of_zones_are_zones(name, known):
    assert is_zone(name) is known
