"""A visit and those before it -> its outcome: whether something new was due by now."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import blake2b

import sqlalchemy as sa

from newsletter.domain.paper import Paper
from newsletter.domain.visit import Outcome, Sight, overdue
from newsletter.store import feeds

HISTORY = timedelta(days=60)  # of visits from which a feed's habits are known
DAILY_READERS = ("arxiv-rss",)  # whose feeds come every day that they do not skip


def batch_of(found: Sequence[Paper]) -> str:
    """Return the hash of the papers' keys, in whatever order they come; "" of none."""
    keys = "\n".join(sorted({paper.key for paper in found}))
    return blake2b(keys.encode(), digest_size=16).hexdigest() if keys else ""


def judged(tx: sa.Connection, visit: feeds.Visit) -> feeds.Visit:
    """Return the visit as stale or late if the feed's own calendar had something new due."""
    if visit.outcome == Outcome.FAILED or visit.new:
        return visit
    batches = feeds.batches(tx, visit.feed_id, visit.visited_at - HISTORY)
    if not batches:
        return visit
    times = tuple(when for _, when in batches)
    if visit.batch:
        if batches[-1][0] != visit.batch:
            return visit
    elif visit.read or visit.published is None:
        return visit
    else:  # an empty feed counts as that day's batch: so are holidays
        times = (*times, visit.published)
    announced = visit.reader in DAILY_READERS and visit.published is not None
    sight = Sight(times, visit.published, visit.skip_days, announced)
    found = overdue(sight, visit.visited_at)
    return replace(visit, outcome=found[0], why=found[1]) if found else visit
