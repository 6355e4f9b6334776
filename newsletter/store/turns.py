"""Turns: who may ask a host now, one at a time, over all processes that share the database."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from newsletter.store.database import insert_if_new
from newsletter.store.schema import turns

NOW = timedelta()
# Nobody keeps a turn longer than a fetch may take: a later time was written by a clock since set
# back, and is not waited for.
LONGEST = timedelta(hours=2)


def take(tx: sa.Connection, host: str, now: datetime, until: datetime) -> timedelta:
    """Take the host's turn and keep it until then, unless it is given back before.

    Return zero; or, with nothing taken, how long it is kept by another at most.
    """
    insert_if_new(tx, turns, {"host": host, "next_at": now})
    # One statement that compares and sets: of two processes only one finds the turn free.
    free = sa.or_(turns.c.next_at <= now, turns.c.next_at > now + LONGEST)
    taken = turns.update().where(turns.c.host == host, free).values(next_at=until)
    if tx.execute(taken).rowcount:
        return NOW
    kept = sa.select(turns.c.next_at).where(turns.c.host == host)
    next_at: datetime = tx.execute(kept).scalar_one()
    return max(NOW, next_at - now)


def give_back(tx: sa.Connection, host: str, until: datetime, next_at: datetime) -> None:
    """Give back the turn that was kept until then, so that the next is taken at `next_at`."""
    mine = turns.update().where(turns.c.host == host, turns.c.next_at == until)
    tx.execute(mine.values(next_at=next_at))
