"""What became of papers that readers have had -> a line each behind the papers of an issue."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from newsletter.domain.issue import Mention, News
from newsletter.domain.paper import Paper
from newsletter.rendering.links import paper_link
from newsletter.store import following
from newsletter.store.papers import to_paper

FOLLOWED = timedelta(days=62)  # a change is told to monthly readers too, and not for ever
MOST = 10  # lines of each kind in one issue


def mentioned(
    tx: sa.Connection, readers: Collection[int], until: datetime
) -> Mapping[int, tuple[Mention, ...]]:
    """Return by reader what the next issue tells of papers that are none of its items.

    First the papers of an issue in doubt, then those that were withdrawn, replaced or published
    since the last issue that may have arrived.
    """
    missed: dict[int, list[Mention]] = defaultdict(list)
    changed: dict[int, list[Mention]] = defaultdict(list)
    for row in following.doubtful(tx, readers):
        missed[row.reader].append(mention(News.MISSED, to_paper(row)))
    for row in following.changed(tx, readers, until - FOLLOWED, until):
        changed[row.reader].append(mention(newest(row, until), to_paper(row)))
    return {
        one: (*missed[one][:MOST], *changed[one][:MOST]) for one in missed.keys() | changed.keys()
    }


def mention(news: News, paper: Paper) -> Mention:
    """Return the line about a paper."""
    return Mention(news, paper.title, paper_link(paper), paper.venue)


def newest(row: Any, until: datetime) -> News:
    """Return what is to be told of a paper: of several changes the one that weighs most."""
    times = (
        (News.WITHDRAWN, row.withdrawn_at),
        (News.PUBLISHED, row.appeared_at),
        (News.REPLACED, row.replaced_at),
    )
    return next(news for news, at in times if at and row.last < at <= until)
