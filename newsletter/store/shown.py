"""What an issue rested on, and in which issue a reader has had a paper: for explaining."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from newsletter.domain.delivery import UNSEEN
from newsletter.store.composing import Past
from newsletter.store.schema import deliveries, editions, issues, items, papers, profiles


@dataclass(frozen=True, slots=True)
class Shown:
    """An issue that holds a paper."""

    number: int
    edition: str
    state: str  # of its delivery


@dataclass(frozen=True, slots=True)
class Then:
    """What was known when an issue was composed."""

    newest_paper: int
    profile_row: int
    body: str  # of the profile
    past: Past | None


def issue_with(tx: sa.Connection, subscriber_id: int, row: int, but: int = 0) -> Shown | None:
    """Return the reader's issue that has the paper, or one folded into it, unless nobody saw it.

    With `but`, one of those before that issue.
    """
    statement: sa.Select[Any] = (
        sa.select(issues.c.id, editions.c.name, sa.func.coalesce(deliveries.c.state, ""))
        .join(items, items.c.issue_id == issues.c.id)
        .join(papers, papers.c.id == items.c.paper_id)
        .join(editions, editions.c.id == issues.c.edition_id)
        .outerjoin(deliveries, deliveries.c.issue_id == issues.c.id)
        .where(
            issues.c.subscriber_id == subscriber_id,
            sa.func.coalesce(papers.c.twin_id, papers.c.id) == row,
            sa.or_(deliveries.c.state.not_in(UNSEEN), deliveries.c.id.is_(None)),
        )
        .order_by(issues.c.id)
    )
    if but:
        statement = statement.where(issues.c.id < but)
    found = tx.execute(statement.limit(1)).first()
    return Shown(*found) if found else None


def key_of(tx: sa.Connection, row: int) -> str:
    """Return the public key of a paper."""
    return str(tx.execute(sa.select(papers.c.key).where(papers.c.id == row)).scalar_one())


def then(tx: sa.Connection, number: int) -> Then:
    """Return what the issue with this number rested on."""
    c = issues.c
    row = tx.execute(
        sa.select(c.newest_paper, c.profile_id, profiles.c.body, c.subscriber_id)
        .join(profiles, profiles.c.id == c.profile_id)
        .where(c.id == number)
    ).one()
    statement = sa.select(c.newest_paper, c.composed_at, c.local_date)
    statement = statement.where(c.subscriber_id == row.subscriber_id, c.id < number)
    last = tx.execute(statement.order_by(c.id.desc()).limit(1)).first()
    return Then(row.newest_paper, row.profile_id, row.body, Past(*last) if last else None)
