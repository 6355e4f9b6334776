"""The last week of a feed whose votes grow -> the same papers once a day, with their votes."""

import logging
from datetime import datetime

from newsletter.actions.reading import Fetch, Origin
from newsletter.domain.paper import Paper, Reading, Skipped
from newsletter.errors import FeedError
from newsletter.feeds.fetch import NO_VALIDATORS
from newsletter.feeds.huggingface import earlier_days, read_daily
from newsletter.store import feeds
from newsletter.store.database import Store

log = logging.getLogger(__name__)


def addresses(store: Store, origin: Origin, now: datetime) -> tuple[str, ...]:
    """Return what to visit besides the feed: its last week, at the first visit of a day."""
    found = () if origin.is_file else earlier_days(origin.url, now.date())
    if not found:
        return ()
    with store.read() as tx:
        feed = feeds.by_url(tx).get(origin.url)
        last = feeds.last_good_visit(tx, feed.id) if feed else None
    return () if last and last.visited_at.date() >= now.date() else found


def read_again(days: tuple[str, ...], fetch: Fetch) -> tuple[Reading, int]:
    """Return what stands at the addresses, and how many of them could not be read."""
    found: list[Paper] = []
    skipped: list[Skipped] = []
    unread = 0
    for url in days:
        try:
            reading = read_daily(url, fetch(url, NO_VALIDATORS).body or b"")
        except FeedError as error:  # one of several: votes are counted again tomorrow
            log.warning("earlier day not read url=%s why=%s", url, error.reason)
            unread += 1
            continue
        found += reading.papers
        skipped += reading.skipped
    return Reading(tuple(found), tuple(skipped)), unread
