"""What a reader says of a paper: more, less, saved, or nothing any more. The last word counts."""

import logging
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from newsletter.actions.subscribe import heard_from
from newsletter.domain.library import RATED, Judged, Verdict, key_of
from newsletter.domain.paper import Paper
from newsletter.errors import NotFoundError
from newsletter.store import issues, library, subscribers, works
from newsletter.store.database import Store

log = logging.getLogger(__name__)

NONE = "none"  # takes a verdict back
WORDS = {"more": Verdict.MORE, "less": Verdict.LESS, "save": Verdict.SAVED, "saved": Verdict.SAVED}


def rate(
    store: Store, subscriber_id: int, key: str, verdict: Verdict | None, now: datetime
) -> Paper:
    """Keep what a reader says of a paper of the archive, and return it; raises NotFoundError."""
    with store.write() as tx:
        paper = find(tx, key)
        say(tx, subscriber_id, paper, verdict, now)
    return paper


def find(tx: sa.Connection, key: str) -> Paper:
    """Return the paper of the archive, or of a library, that a key or id names."""
    named = key_of(key) or key
    try:
        return library.whole(tx, named).paper
    except NotFoundError:
        rows = works.by_keys(tx, [named])
        if not rows:
            raise
        return works.texts(tx, rows.values())[rows[named]]


@dataclass(frozen=True, slots=True)
class Rated:
    """What was said of a paper of an issue."""

    paper: Paper
    position: int
    verdict: Verdict | None


def rate_item(
    store: Store,
    reader: tuple[int, int],
    position: int,
    verdict: Verdict | None,
    now: datetime,
) -> Rated:
    """Keep what a reader, given with the issue, says of its paper at this position.

    Raises NotFoundError if the issue is another reader's, or has no such position.
    """
    subscriber_id, issue_id = reader
    with store.write() as tx:
        subscribers.get(tx, subscriber_id)
        issue = issues.get(tx, issue_id)
        if issue.subscriber_id != subscriber_id:
            raise NotFoundError(f"issue {issue_id} is not this reader's")
        item = next((one for one in issue.items if one.position == position), None)
        if item is None:
            raise NotFoundError(f"issue {issue_id} has no paper {position}")
        heard_from(tx, issue_id, now)
        say(tx, subscriber_id, item.paper, verdict, now)
    log.info("paper rated subscriber=%d issue=%d verdict=%s", *reader, verdict or NONE)
    return Rated(item.paper, position, verdict)


def say(
    tx: sa.Connection, subscriber_id: int, paper: Paper, verdict: Verdict | None, now: datetime
) -> None:
    """Keep a copy of the paper's text and what was said, or forget what was said."""
    (row,) = works.add(tx, [paper], now)
    if verdict is None:
        works.forget(tx, subscriber_id, RATED, row=row)
    else:
        works.judge(tx, subscriber_id, [Judged(row, verdict, now)])
