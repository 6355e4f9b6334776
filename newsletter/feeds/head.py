"""What an RSS or Atom feed says of itself before its first entry: its date and its days off."""

import html
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from newsletter.domain.paper import Batch
from newsletter.feeds.encoding import decoded

LOOKED_AT = 50_000  # octets; what stands behind is an entry or no feed that we know
FIRST_ENTRY = re.compile(r"<(?:\w{1,20}:)?(?:item|entry)[\s>]", re.IGNORECASE)
SKIP_DAYS = re.compile(r"<skipDays>(.{0,2000}?)</skipDays>", re.IGNORECASE | re.DOTALL)
DAY = re.compile(r"<day>\s*([a-z]{3})", re.IGNORECASE)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# The surest first: some servers write into the others when they were asked.
DATES = ("pubDate", "lastBuildDate", "updated", "dc:date")


def batch(body: bytes) -> Batch:
    """Return the date that the feed gives itself, with its offset, and the days it skips."""
    head = decoded(body[:LOOKED_AT])
    found = FIRST_ENTRY.search(head)
    head = head[: found.start()] if found else head
    skipped = SKIP_DAYS.search(head)
    named = [day.lower() for day in DAY.findall(skipped[1])] if skipped else []
    return Batch(published(head), tuple(number for number, day in enumerate(DAYS) if day in named))


def published(head: str) -> datetime | None:
    """Return the first of the feed's own dates that is one."""
    for name in DATES:
        found = re.search(rf"<{name}(?:\s[^<>]{{0,200}})?>([^<]{{1,100}})<", head, re.IGNORECASE)
        when = moment(html.unescape(found[1]).strip()) if found else None
        if when:
            return when
    return None


def moment(text: str) -> datetime | None:
    """Return the time in "Fri, 13 Mar 2026 00:00:00 -0400" or "2026-03-13T00:00:00-04:00"."""
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            found = read(text)
        except (ValueError, TypeError, OverflowError):
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None
