"""Retry-After (RFC 9110, 10.2.3): seconds or a date come in, how long to stay away goes out."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = timedelta(days=1)


def retry_after(text: str, date: str, now: datetime | None) -> timedelta | None:
    """Return how long the server wants to be left alone, a day at most; None if it does not say.

    A date counts from the server's own `Date`, for its clock may be off, or else from `now`.
    """
    text = text.strip()
    if re.fullmatch(r"\d{1,9}", text, re.ASCII):
        return min(timedelta(seconds=int(text)), LONGEST)
    until, since = moment(text), moment(date) or now
    if until is None or since is None:
        return None
    return min(max(until - since, timedelta()), LONGEST)


def moment(text: str) -> datetime | None:
    """Return the time of an HTTP date, None if it is none."""
    try:
        found = parsedate_to_datetime(text[:100])
    except (ValueError, TypeError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
