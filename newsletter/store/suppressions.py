"""Addresses that we never write to again, and why."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from newsletter.store.database import insert_new
from newsletter.store.schema import suppressions


@dataclass(frozen=True, slots=True)
class Suppression:
    """An address, why, and since when."""

    address: str
    reason: str
    since: datetime


def listed(tx: sa.Connection) -> list[Suppression]:
    """Return all suppressions, the oldest first."""
    c = suppressions.c
    statement = sa.select(c.address, c.reason, c.since).order_by(c.since, c.id)
    return [Suppression(*row) for row in tx.execute(statement)]


def reason_for(tx: sa.Connection, address: str) -> str:
    """Return why nothing is sent to an address, "" if mail is."""
    statement = sa.select(suppressions.c.reason).where(suppressions.c.address == address)
    return str(tx.execute(statement).scalar() or "")


def add(tx: sa.Connection, new: Suppression) -> bool:
    """Suppress an address and return whether it was not; the first reason stays."""
    row = {"address": new.address, "reason": new.reason, "since": new.since}
    return insert_new(tx, suppressions, row, suppressions.c.id) is not None


def remove(tx: sa.Connection, address: str) -> bool:
    """Write to the address again and return whether it was suppressed."""
    statement = suppressions.delete().where(suppressions.c.address == address)
    return tx.execute(statement).rowcount == 1
