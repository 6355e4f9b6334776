"""What composing asks of a block of readers: one statement for all of them.

Reading a reader's profile, issues and deliveries one by one takes longer than ranking.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

import sqlalchemy as sa

from newsletter.domain.delivery import UNDELIVERED, UNSEEN
from newsletter.domain.edition import Cadence, Schedule
from newsletter.domain.subscriber import Detail, Subscriber
from newsletter.store.database import among
from newsletter.store.schema import (
    deliveries,
    editions,
    issues,
    items,
    papers,
    profiles,
    subscribers,
)
from newsletter.store.subscribers import may_receive
from newsletter.store.tables_works import examples, works

MANY = 10_000  # readers
WAITING = UNSEEN + UNDELIVERED  # what stands in such an issue, its reader has not seen


@dataclass(frozen=True, slots=True)
class Receiver:
    """Whom to compose for: what composing asks of a subscriber, and no more."""

    id: int
    schedule: Schedule
    length: int
    detail: str = Detail.USUAL.value


@dataclass(frozen=True, slots=True)
class Past:
    """What a reader's issues so far mean for the next one."""

    newest_paper: int  # the row up to which they have looked
    composed_at: datetime
    local_date: date  # of the last one
    # Rows of papers, with folded ones as the ones that they are folded into: those that no reader
    # has seen and that compete again, and which of them the reader has had all the same.
    again: frozenset[int] = frozenset()
    had: frozenset[int] = frozenset()


def receiving(tx: sa.Connection, now: datetime, due_by: datetime | None) -> list[int]:
    """Return the keys of the subscribers who may receive an issue, in the order they came.

    With `due_by`, only those whose next issue is due by then.
    """
    statement = sa.select(subscribers.c.id).where(*may_receive(now)).order_by(subscribers.c.id)
    if due_by is not None:
        statement = statement.where(subscribers.c.due_at <= due_by)
    return list(tx.execute(statement).scalars())


def still_receiving(tx: sa.Connection, ids: Collection[int], now: datetime) -> set[int]:
    """Return which of these may receive an issue now."""
    statement = sa.select(subscribers.c.id).where(among(tx, subscribers.c.id, ids))
    return set(tx.execute(statement.where(*may_receive(now))).scalars().all())


def receivers(tx: sa.Connection, ids: Collection[int]) -> list[Receiver]:
    """Return these subscribers, in the order of their keys."""
    c = subscribers.c
    statement = sa.select(c.id, c.cadence, c.weekdays, c.hour, c.minute, c.zone, c.length, c.detail)
    rows = tx.execute(statement.where(among(tx, c.id, ids)).order_by(c.id)).all()
    return [Receiver(row[0], schedule(*row[1:6]), row[6], row[7]) for row in rows]


def receiver(subscriber: Subscriber) -> Receiver:
    """Return what composing asks of the subscriber."""
    preferences = subscriber.preferences
    detail = preferences.detail.value
    return Receiver(subscriber.id, preferences.schedule, preferences.length, detail)


@lru_cache(maxsize=4096)
def schedule(cadence: str, weekdays: str, hour: int, minute: int, zone: str) -> Schedule:
    """Return the schedule of its columns: thousands of readers share one."""
    return Schedule(Cadence(cadence), tuple(json.loads(weekdays)), hour, minute, zone)


def bodies(
    tx: sa.Connection, ids: Collection[int], hold: bool = False
) -> dict[int, tuple[int, str]]:
    """Return by subscriber the row and the body of the newest version of the profile.

    With `hold` nobody writes over them before the transaction's end.
    """
    c = profiles.c
    newest = sa.select(sa.func.max(c.id)).where(among(tx, c.subscriber_id, ids))
    statement = sa.select(c.subscriber_id, c.id, c.body).where(
        c.id.in_(newest.group_by(c.subscriber_id))
    )
    statement = statement.with_for_update(read=True) if hold else statement
    return {row[0]: (row[1], row[2]) for row in tx.execute(statement).all()}  # `all`: no call a row


def oldest_mark(tx: sa.Connection, ids: Collection[int]) -> int | None:
    """Return the least of the rows up to which these readers' issues have looked, None if none."""
    marks = (
        sa.select(sa.func.max(issues.c.newest_paper).label("newest"))
        .where(among(tx, issues.c.subscriber_id, ids))
        .group_by(issues.c.subscriber_id)
        .subquery()
    )
    return tx.execute(sa.select(sa.func.min(marks.c.newest))).scalar()


def pasts(tx: sa.Connection, ids: Collection[int], oldest: int) -> dict[int, Past]:
    """Return by subscriber what the issues so far mean; who has none is left out.

    Issues whose newest paper is not over the row `oldest` hold nothing that could be ranked again.
    """
    c = issues.c
    last = sa.func.max
    statement = (
        sa.select(c.subscriber_id, last(c.newest_paper), last(c.composed_at), last(c.local_date))
        .where(among(tx, c.subscriber_id, ids))
        .group_by(c.subscriber_id)
    )
    rows = tx.execute(statement).all()
    if not rows:
        return {}
    again = shown(tx, [row[0] for row in rows], oldest, deliveries.c.state.in_(WAITING))
    seen = sa.or_(deliveries.c.state.not_in(WAITING), deliveries.c.id.is_(None))
    # Nothing above a reader's mark was ever theirs: folding goes to the earlier paper. So what they
    # have had matters only among what competes again.
    had = shown(tx, list(again), oldest, seen) if again else {}
    nothing: frozenset[int] = frozenset()
    return {
        row[0]: Past(
            row[1],
            row[2],
            row[3],
            again.get(row[0], nothing),
            again.get(row[0], nothing) & had.get(row[0], nothing),
        )
        for row in rows
    }


def shown(
    tx: sa.Connection, ids: Sequence[int], oldest: int, which: sa.ColumnElement[bool]
) -> dict[int, frozenset[int]]:
    """Return by subscriber the rows of the papers in those of their issues that `which` picks."""
    statement = (
        sa.select(issues.c.subscriber_id, sa.func.coalesce(papers.c.twin_id, papers.c.id))
        .select_from(issues)
        .outerjoin(deliveries, deliveries.c.issue_id == issues.c.id)
        .join(items, items.c.issue_id == issues.c.id)
        .join(papers, papers.c.id == items.c.paper_id)
        .where(among(tx, issues.c.subscriber_id, ids), issues.c.newest_paper > oldest, which)
    )
    found: dict[int, set[int]] = defaultdict(set)
    for subscriber_id, row in tx.execute(statement):
        found[subscriber_id].add(row)
    return {one: frozenset(rows) for one, rows in found.items()}


def taken(tx: sa.Connection, ids: Collection[int], names: Collection[str]) -> set[tuple[int, str]]:
    """Return which of these readers have an issue of which of these editions."""
    statement = (
        sa.select(issues.c.subscriber_id, editions.c.name)
        .join(editions, editions.c.id == issues.c.edition_id)
        .where(editions.c.name.in_(names), among(tx, issues.c.subscriber_id, ids))
    )
    return {(row[0], row[1]) for row in tx.execute(statement)}


def liked_by(tx: sa.Connection, ids: Collection[int]) -> list[int]:
    """Return the rows of the works in these readers' libraries, ascending.

    Of very many readers, those in anybody's: a look for each work and not for each example.
    """
    if len(ids) > MANY:
        in_any = sa.exists().where(examples.c.work_id == works.c.id)
        anybodys = sa.select(works.c.id).where(in_any).order_by(works.c.id)
        return list(tx.execute(anybodys).scalars().all())
    statement = sa.select(examples.c.work_id).distinct().order_by(examples.c.work_id)
    return list(tx.execute(statement.where(among(tx, examples.c.subscriber_id, ids))).scalars())
