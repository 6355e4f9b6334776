"""A block of readers -> plans of their issues; nothing is stored here."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa

from newsletter.actions.bench import Bench, Order, timed, to_slot
from newsletter.actions.drafting import (
    NOTHING,
    Brief,
    draft,
    is_shared,
    pick,
    rank,
    standings,
    tell,
    topics,
)
from newsletter.errors import StoreError
from newsletter.store import composing
from newsletter.store.composing import Past, Receiver
from newsletter.store.issuing import NewIssue

log = logging.getLogger(__name__)

ALREADY = "already composed"
FAILED = "an error of this program; see the log"


@dataclass(frozen=True, slots=True)
class Plan:
    """One reader's issue, and what it rests on: if that has changed, it is planned anew."""

    reader: Receiver
    new: NewIssue | str  # or why there is none
    past: Past | None = None
    profile: tuple[int, str] | None = None  # row and body


One = TypeVar("One", Brief, Plan)


def plan_block(
    tx: sa.Connection, readers: Sequence[Receiver], bench: Bench, order: Order
) -> list[Plan]:
    """Return the plans of some readers' issues, each for the newest slot not after `order.at`.

    One that fails is logged and stops no other.
    """
    with timed(bench, "reading"):
        briefs, plans = brief(tx, readers, bench, order)
        each(briefs, plans, lambda one: read_profile(one, bench))
    with timed(bench, "ranking"):
        learn(briefs, bench)
        each(briefs, plans, lambda one: stand(one, bench, order))
    rank(tx, briefs, bench)
    with timed(bench, "choosing"):
        each(briefs, plans, lambda one: choose(one, bench))
        tell(briefs)

        def end(one: Brief) -> None:
            profile = (one.profile_row, one.body)
            plans[one.reader.id] = Plan(one.reader, draft(tx, one, bench, order), one.past, profile)

        each(briefs, plans, end)
    return [plans[one.id] for one in readers]


def read_profile(brief: Brief, bench: Bench) -> None:
    """Read the reader's profile."""
    brief.profile = topics(brief.body, bench)


def learn(briefs: Sequence[Brief], bench: Bench) -> None:
    """Make ready at once what all these readers' topics mean."""
    every = (topic for one in briefs if one.profile for topic in one.profile.topics)
    bench.ranker.learn(one for one in every if not is_shared(one, bench))


def stand(brief: Brief, bench: Bench, order: Order) -> None:
    """Look up how the papers stand for the reader's topics."""
    if brief.profile:
        brief.standings = standings(brief.profile, bench, order.at)


def choose(brief: Brief, bench: Bench) -> None:
    """Pick the papers of the reader's issue."""
    brief.picked = pick(brief, bench)


def each(readers: Sequence[One], plans: dict[int, Plan], step: Callable[[One], None]) -> None:
    """Take the step for every reader who has no plan yet.

    What goes wrong for one is logged, and that reader's plan says so; what is about all goes on.
    """
    for one in readers:
        if one.reader.id in plans:
            continue
        try:
            step(one)
        except (StoreError, sa.exc.DatabaseError):
            raise
        except Exception:  # one of thousands; whatever it is, it stops no other reader
            log.exception("issue not composed subscriber=%s", one.reader.id)
            plans[one.reader.id] = Plan(one.reader, FAILED, one.past)


def brief(
    tx: sa.Connection, readers: Sequence[Receiver], bench: Bench, order: Order
) -> tuple[list[Brief], dict[int, Plan]]:
    """Return what is known of the readers, and the plans of those for whom nothing is to be done.

    Those are who has an issue of the edition, or of its local date or a later one.
    """
    ids = [one.id for one in readers]
    pasts = composing.pasts(tx, ids, bench.oldest)
    bodies = composing.bodies(tx, ids)
    briefs: list[Brief] = []
    plans: dict[int, Plan] = {}

    def begin(one: Plan) -> None:
        slot = to_slot(one.reader, bench, order)
        briefs.append(Brief(one.reader, one.past, slot, *bodies[one.reader.id]))

    each([Plan(one, NOTHING, pasts.get(one.id)) for one in readers], plans, begin)
    names = {one.slot.edition for one in briefs}
    taken = composing.taken(tx, list(pasts), names) if pasts else set()
    for one in briefs:
        past, slot = one.past, one.slot
        if past and (past.local_date >= slot.local_date or (one.reader.id, slot.edition) in taken):
            plans[one.reader.id] = Plan(one.reader, ALREADY, past)
    return [one for one in briefs if one.reader.id not in plans], plans
