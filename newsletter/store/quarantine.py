"""Bodies that a reader failed at, and those set aside because it failed three times."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from newsletter.store.schema import feeds, quarantine

MOST_TIMES = 3  # a body that failed so often is not read again


@dataclass(frozen=True, slots=True)
class Failure:
    """What a reader failed at: a body by its hash, with this program's version in it."""

    feed_id: int
    body_hash: str
    reader: str
    version: str


@dataclass(frozen=True, slots=True)
class SetAside:
    """A body that is not read again, and why."""

    id: int
    feed: str
    body_hash: str
    reader: str
    reason: str
    times: int
    first_at: datetime
    last_at: datetime


def reason_against(tx: sa.Connection, feed_id: int, body_hash: str) -> str:
    """Return why this body is not read again, "" if it may be."""
    statement = sa.select(quarantine.c.reason).where(
        quarantine.c.feed_id == feed_id,
        quarantine.c.body_hash == body_hash,
        quarantine.c.times >= MOST_TIMES,
    )
    return tx.execute(statement).scalar() or ""


def count(tx: sa.Connection, failure: Failure, reason: str, now: datetime) -> None:
    """Keep that a reader failed once more at a body."""
    known = quarantine.update().where(
        quarantine.c.feed_id == failure.feed_id, quarantine.c.body_hash == failure.body_hash
    )
    values = {"times": quarantine.c.times + 1, "reason": reason, "last_at": now}
    if tx.execute(known.values(values)).rowcount:
        return
    tx.execute(
        quarantine.insert().values(
            feed_id=failure.feed_id,
            body_hash=failure.body_hash,
            reader=failure.reader,
            version=failure.version,
            reason=reason,
            times=1,
            first_at=now,
            last_at=now,
        )
    )


def forget(tx: sa.Connection, feed_id: int, version: str) -> None:
    """Forget the failures of a feed that could be read, but for what is set aside now."""
    past = sa.or_(quarantine.c.times < MOST_TIMES, quarantine.c.version != version)
    tx.execute(quarantine.delete().where(quarantine.c.feed_id == feed_id, past))


def listed(tx: sa.Connection, version: str) -> list[SetAside]:
    """Return what this version sets aside, the newest last."""
    kept = quarantine.c
    statement = (
        sa.select(
            kept.id,
            feeds.c.name,
            kept.body_hash,
            kept.reader,
            kept.reason,
            kept.times,
            kept.first_at,
            kept.last_at,
        )
        .join(feeds, feeds.c.id == kept.feed_id)
        .where(kept.times >= MOST_TIMES, kept.version == version)
        .order_by(kept.last_at, kept.id)
    )
    return [SetAside(*row) for row in tx.execute(statement)]


def release(tx: sa.Connection, which: str) -> int:
    """Let the bodies of a feed (its name or address), or one by its number, be read again.

    Return how many; the feeds are due at once.
    """
    statement = sa.select(quarantine.c.id, quarantine.c.feed_id).join(
        feeds, feeds.c.id == quarantine.c.feed_id
    )
    wanted = sa.or_(feeds.c.name == which, feeds.c.url == which)
    if which.isascii() and which.isdigit() and len(which) < 10:
        wanted = sa.or_(wanted, quarantine.c.id == int(which))
    found = tx.execute(statement.where(wanted)).all()
    tx.execute(quarantine.delete().where(quarantine.c.id.in_([row.id for row in found])))
    again = feeds.update().where(feeds.c.id.in_([row.feed_id for row in found]))
    tx.execute(again.values(due_at=None))
    return len(found)
