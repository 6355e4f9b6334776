"""What became of papers that readers have had: one statement for all readers."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from newsletter.domain.delivery import State
from newsletter.store.composing import WAITING
from newsletter.store.database import among
from newsletter.store.schema import deliveries, issues, items, papers

FEW = 1024  # readers; more are not named one by one
MAY_HAVE_ARRIVED = sa.or_(deliveries.c.state.not_in(WAITING), deliveries.c.id.is_(None))
TIMES = (papers.c.withdrawn_at, papers.c.replaced_at, papers.c.appeared_at)


def changed(tx: sa.Connection, ids: Collection[int], since: datetime, until: datetime) -> Any:
    """Return the papers that these readers have had and that changed after their last issue.

    A row is the paper's, with `reader`, and with `last`, when the last issue that may have arrived
    was composed. Changes up to `since`, or after `until`, are nobody's.
    """
    recent = sa.or_(*(sa.and_(at > since, at <= until) for at in TIMES))
    rows = list(tx.execute(sa.select(papers.c.id).where(recent)).scalars())
    if not rows:
        return ()
    last = last_issues(tx, ids).subquery()
    had = sa.select(items.c.paper_id, issues.c.subscriber_id).distinct()
    had = (
        had.join(issues, issues.c.id == items.c.issue_id)
        .outerjoin(deliveries, deliveries.c.issue_id == issues.c.id)
        .where(among(tx, items.c.paper_id, rows), MAY_HAVE_ARRIVED)
    )
    shown = had.subquery()
    anew = sa.or_(*(sa.and_(at > last.c.at, at <= until) for at in TIMES))
    statement = (
        sa.select(papers, shown.c.subscriber_id.label("reader"), last.c.at.label("last"))
        .join(shown, shown.c.paper_id == papers.c.id)
        .join(last, last.c.subscriber_id == shown.c.subscriber_id)
        .where(anew)
        .order_by(shown.c.subscriber_id, papers.c.id)
    )
    return tx.execute(statement)


def doubtful(tx: sa.Connection, ids: Collection[int]) -> Any:
    """Return the papers of these readers' last issues, of those in doubt; a row has `reader`.

    Told once: behind an issue that has gone out, the one in doubt is no longer the last.
    """
    if not tx.execute(
        sa.select(deliveries.c.id).where(deliveries.c.state == State.IN_DOUBT).limit(1)
    ).first():
        return ()
    last = last_issues(tx, ids).subquery()
    statement = (
        sa.select(papers, issues.c.subscriber_id.label("reader"))
        .join(items, items.c.paper_id == papers.c.id)
        .join(issues, issues.c.id == items.c.issue_id)
        .join(deliveries, deliveries.c.issue_id == issues.c.id)
        .join(last, last.c.id == issues.c.id)
        .where(deliveries.c.state == State.IN_DOUBT)
        .order_by(issues.c.subscriber_id, items.c.position)
    )
    return tx.execute(statement)


def last_issues(tx: sa.Connection, ids: Collection[int]) -> sa.Select[Any]:
    """Return the statement of each reader's last issue that may have arrived: its key and time."""
    statement = (
        sa.select(
            issues.c.subscriber_id,
            sa.func.max(issues.c.id).label("id"),
            sa.func.max(issues.c.composed_at).label("at"),
        )
        .outerjoin(deliveries, deliveries.c.issue_id == issues.c.id)
        .where(MAY_HAVE_ARRIVED)
        .group_by(issues.c.subscriber_id)
    )
    return statement.where(among(tx, issues.c.subscriber_id, ids)) if len(ids) <= FEW else statement
