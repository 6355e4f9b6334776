"""Dates as bibliographies write them, often without a day or month: text to a day in UTC."""

import re
from datetime import UTC, datetime

from newsletter.feeds.entry import iso

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
SEASONS = {"spr": 3, "sum": 6, "aut": 9, "fal": 9, "win": 12}
YEAR = re.compile(r"(?<!\d)(1[5-9]\d\d|2[01]\d\d)(?!\d)", re.ASCII)
WORD = re.compile(r"[A-Za-z]{3,}")
NUMBER = re.compile(r"(?<!\d)\d{1,2}(?!\d)", re.ASCII)
LOOKED_AT = 100  # characters


def day(year: str, month: str = "", date: str = "") -> datetime | None:
    """Return the day, the first of what is missing or unknown; None without a year.

    The month is a number, a name in English or a season.
    """
    found = YEAR.search(year[:LOOKED_AT])
    if not found:
        return None
    number, first = month_number(month[:LOOKED_AT]), NUMBER.search(date[:LOOKED_AT])
    try:
        return datetime(int(found[0]), number or 1, int(first[0]) if first else 1, tzinfo=UTC)
    except ValueError:  # the 31st of June
        return datetime(int(found[0]), number or 1, 1, tzinfo=UTC)


def month_number(text: str) -> int:
    """Return the month of "06", "Jun", "june" or "Jun-Jul", 0 if there is none."""
    for word in WORD.findall(text):
        start = word[:3].lower()
        if start in MONTHS:
            return MONTHS.index(start) + 1
        if start in SEASONS:
            return SEASONS[start]
    number = NUMBER.search(text)
    return int(number[0]) if number and 1 <= int(number[0]) <= 12 else 0


def written(text: str) -> datetime | None:
    """Return the day in "2026-03-01", "2026/06/12/", "2026 May-Jun", "12 June 2026", or None."""
    try:
        return iso(text)
    except ValueError:
        return by_parts(text[:LOOKED_AT])


def by_parts(text: str) -> datetime | None:
    """Return the day by the year, the month behind it or before it, and the day."""
    found = YEAR.search(text)
    if not found:
        return None
    after, before = text[found.end() :], text[: found.start()]
    if slashed := re.match(r"[/-](\d{1,2})?(?:[/-](\d{1,2})?)?", after):
        return day(found[0], slashed[1] or "", slashed[2] or "")
    named = after if month_number(after) and WORD.search(after) else before
    return day(found[0], named if WORD.search(named) else "", named)
