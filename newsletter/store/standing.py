"""How the newsletter stands: papers, readers, editions, what waits and how fast it goes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from newsletter.domain.delivery import UNDELIVERED, State
from newsletter.domain.subscriber import SubscriberState
from newsletter.store.schema import deliveries, editions, issues, papers, subscribers

LAST = 200  # mails by which the speed of the last run is told
EDITIONS = 3


@dataclass(frozen=True, slots=True)
class Edition:
    """One of the newest editions, and how its deliveries stand."""

    name: str
    issues: int
    states: Mapping[str, int]


def papers_kept(tx: sa.Connection, since: datetime) -> tuple[int, int]:
    """Return how many papers there are, and how many came since then."""
    new = sa.func.count().filter(papers.c.first_seen >= since)
    row = tx.execute(sa.select(sa.func.count(), new).select_from(papers)).one()
    return int(row[0]), int(row[1])


def readers(tx: sa.Connection) -> dict[str, int]:
    """Return how many subscribers stand in each state, 0 included."""
    query = sa.select(subscribers.c.state, sa.func.count()).group_by(subscribers.c.state)
    found = {row[0]: row[1] for row in tx.execute(query)}
    shown = (one.value for one in SubscriberState if one is not SubscriberState.OPERATOR)
    return {state: found.get(state, 0) for state in shown}


def next_due(tx: sa.Connection) -> datetime | None:
    """Return when the next issue of an active subscriber is due."""
    query = sa.select(sa.func.min(subscribers.c.due_at)).where(
        subscribers.c.state == SubscriberState.ACTIVE
    )
    found: datetime | None = tx.execute(query).scalar_one()
    return found


def waiting(tx: sa.Connection, until: datetime) -> list[tuple[datetime, int]]:
    """Return what is to be tried until then: when, and how many, in that order."""
    at = sa.case(
        (deliveries.c.state == State.DEFERRED, deliveries.c.next_attempt_at),
        else_=deliveries.c.due_at,
    ).label("at")
    query = sa.select(at, sa.func.count()).where(
        deliveries.c.state.in_(UNDELIVERED), deliveries.c.next_attempt_at <= until
    )
    return [(row[0], row[1]) for row in tx.execute(query.group_by(at).order_by(at))]


def recent_speed(tx: sa.Connection) -> float:
    """Return the mails a second of the last run's last mails, 0 if there were too few."""
    c = deliveries.c
    newest = sa.select(sa.func.max(c.epoch)).scalar_subquery()
    query = (
        sa.select(c.settled_at)
        .where(c.state == State.ACCEPTED, c.epoch == newest, c.settled_at.is_not(None))
        .order_by(c.settled_at.desc())
        .limit(LAST)
    )
    moments = list(tx.execute(query).scalars())
    took = moments[0] - moments[-1] if moments else timedelta()
    return (len(moments) - 1) / took.total_seconds() if took else 0.0


def newest_editions(tx: sa.Connection) -> list[Edition]:
    """Return the newest editions, newest first."""
    query = sa.select(editions.c.id, editions.c.name).order_by(editions.c.id.desc())
    found = []
    for row in tx.execute(query.limit(EDITIONS)).all():
        made = sa.select(sa.func.count()).where(issues.c.edition_id == row.id)
        states = sa.select(deliveries.c.state, sa.func.count()).where(
            deliveries.c.edition_id == row.id
        )
        counted = tx.execute(states.group_by(deliveries.c.state).order_by(deliveries.c.state))
        number = int(tx.execute(made).scalar_one())
        found.append(Edition(row.name, number, {one[0]: one[1] for one in counted}))
    return found
