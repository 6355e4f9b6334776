"""Whether the ledger keeps its promises: nothing lost, nobody twice, nothing sent unrecorded."""

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa

from newsletter.domain.delivery import REGARDLESS, UNDELIVERED, Kind, Result, State
from newsletter.domain.subscriber import SubscriberState
from newsletter.store.schema import attempts, deliveries, issues, ledger, subscribers, suppressions

c, s = deliveries.c, subscribers.c
PAST_DOT = (State.ACCEPTED, State.IN_DOUBT, State.ARMED)
# A clock is read before its transaction, which may have waited for another's.
MEANWHILE = timedelta(minutes=1)
MOST = 20  # of one kind are named, the rest is counted


def broken_promises(tx: sa.Connection) -> list[str]:
    """Return what contradicts the ledger's promises, a sentence each; nothing if all hold.

    Every issue has its delivery, and every delivery a known state; whatever went past the dot was
    armed by a run, under its Message-ID, before; what an earlier run armed is settled; accepted
    means a 2xx reply, or a doubt that evidence ended, and no digest is accepted twice; nobody who
    had left was armed; and no reader has two undelivered issues.
    """
    found: list[str] = []
    for promise in PROMISES:
        broken = promise(tx)
        found += broken[:MOST]
        if len(broken) > MOST:
            found.append(f"and {len(broken) - MOST} more of the same kind")
    return found


def told(tx: sa.Connection, query: "sa.Select[tuple[int]]", sentence: str) -> list[str]:
    """Return the sentence for each row that a query finds."""
    return [sentence.format(row) for row in tx.execute(query.order_by(sa.text("1"))).scalars()]


def delivery_where(*conditions: sa.ColumnElement[bool]) -> "sa.Select[tuple[int]]":
    """Return the query for the deliveries that break a promise."""
    return sa.select(c.id).where(*conditions)


def no_issue_is_lost(tx: sa.Connection) -> list[str]:
    """Expect a delivery for every issue, and an issue for every digest."""
    orphans = (
        sa.select(issues.c.id)
        .outerjoin(deliveries, c.issue_id == issues.c.id)
        .where(c.id.is_(None))
    )
    of_nothing = delivery_where(c.kind == Kind.DIGEST, c.issue_id.is_(None))
    return [
        *told(tx, orphans, "issue {} has no delivery"),
        *told(tx, of_nothing, "delivery {} is a digest of no issue"),
    ]


def states_are_known(tx: sa.Connection) -> list[str]:
    """Expect the states to add up to all deliveries."""
    strange = delivery_where(c.state.not_in([one.value for one in State]))
    return told(tx, strange, "delivery {} is in a state that does not exist")


def nothing_goes_unarmed(tx: sa.Connection) -> list[str]:
    """Expect what went past the dot to be armed: when, by which run, as which Message-ID."""
    unarmed = sa.or_(c.armed_at.is_(None), c.epoch.is_(None), c.message_id == "")
    query = delivery_where(c.state.in_(PAST_DOT), unarmed)
    return told(tx, query, "delivery {} went out unarmed")


def no_run_is_forgotten(tx: sa.Connection) -> list[str]:
    """Expect what an earlier run armed to be settled, and no run that is yet to come."""
    now = sa.select(ledger.c.epoch).scalar_subquery()
    left = delivery_where(c.state == State.ARMED, c.epoch < now)
    strange = delivery_where(c.epoch > now)
    return [
        *told(tx, left, "delivery {} is armed by a run that is over; the next run settles it"),
        *told(tx, strange, "delivery {} was armed by a run that this database has not had"),
    ]


def accepted_means_taken(tx: sa.Connection) -> list[str]:
    """Expect a 2xx reply behind what is accepted, or a doubt that evidence has ended."""

    def tried(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        return sa.exists().where(attempts.c.delivery_id == c.id, *conditions)

    yes = tried(attempts.c.result == Result.ACCEPTED, attempts.c.reply.startswith("2"))
    doubted = tried(attempts.c.result == Result.IN_DOUBT)
    silent = delivery_where(
        c.state == State.ACCEPTED, sa.or_(c.reply == "", sa.not_(sa.or_(yes, doubted)))
    )
    return told(tx, silent, "delivery {} is accepted by nobody")


def nobody_gets_it_twice(tx: sa.Connection) -> list[str]:
    """Expect no digest to be accepted by two attempts."""
    twice = (
        sa.select(c.id)
        .join(attempts, attempts.c.delivery_id == c.id)
        .where(c.kind == Kind.DIGEST, attempts.c.result == Result.ACCEPTED)
        .group_by(c.id)
        .having(sa.func.count() > 1)
    )
    return told(tx, twice, "delivery {} was accepted twice")


def who_left_gets_nothing(tx: sa.Connection) -> list[str]:
    """Expect nothing to be armed for somebody who unsubscribed or was suppressed before."""
    left = sa.case((s.state == SubscriberState.UNSUBSCRIBED, s.unsubscribed_at))
    query = (
        sa.select(c.id, c.armed_at, left.label("left_at"), suppressions.c.since)
        .join(subscribers, s.id == c.subscriber_id)
        .outerjoin(suppressions, suppressions.c.address == s.address)
        .where(c.state.in_(PAST_DOT), c.kind.not_in(REGARDLESS))
        .where(sa.or_(suppressions.c.since < c.armed_at, left < c.armed_at))
    )
    return [
        f"delivery {row.id} was armed for somebody who had left"
        for row in tx.execute(query.order_by(c.id))
        if any(at and row.armed_at - at > MEANWHILE for at in (row.left_at, row.since))
    ]


def one_issue_waits_at_most(tx: sa.Connection) -> list[str]:
    """Expect no reader to have two issues that are still to go out."""
    more = (
        sa.select(c.subscriber_id)
        .where(c.kind == Kind.DIGEST, c.state.in_(UNDELIVERED))
        .group_by(c.subscriber_id)
        .having(sa.func.count() > 1)
    )
    return told(tx, more, "subscriber {} has two undelivered issues")


PROMISES: tuple[Callable[[sa.Connection], list[str]], ...] = (
    no_issue_is_lost,
    states_are_known,
    nothing_goes_unarmed,
    no_run_is_forgotten,
    accepted_means_taken,
    nobody_gets_it_twice,
    who_left_gets_nothing,
    one_issue_waits_at_most,
)
