"""A block of readers -> plans of their issues; nothing is stored here."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from newsletter.actions.bench import Bench, Order, timed, to_slot
from newsletter.actions.drafting import Brief, draft, is_shared, pick, rank, standings, tell, topics
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


def plan_block(
    tx: sa.Connection, readers: Sequence[Receiver], bench: Bench, order: Order
) -> list[Plan]:
    """Return the plans of some readers' issues, each for the newest slot not after `order.at`.

    One that fails is logged and stops no other.
    """
    with timed(bench, "reading"):
        briefs, plans = brief(tx, readers, bench, order)
    with timed(bench, "ranking"):
        learn(briefs, plans, bench)
        for one in briefs:
            if one.profile:
                with guarded(one.reader, one.past, plans):
                    one.standings = standings(one.profile, bench, order.at)
    rank(tx, briefs, bench)
    with timed(bench, "choosing"):
        for one in briefs:
            if one.reader.id not in plans:
                with guarded(one.reader, one.past, plans):
                    one.picked = pick(one, bench)
        tell(briefs)
        for one in briefs:
            if one.reader.id in plans:
                continue
            with guarded(one.reader, one.past, plans):
                plans[one.reader.id] = Plan(one.reader, draft(tx, one, bench, order), one.past)
    return [plans[one.id] for one in readers]


def learn(briefs: Sequence[Brief], plans: dict[int, Plan], bench: Bench) -> None:
    """Read the readers' profiles, and make ready at once what all their topics mean."""
    for one in briefs:
        with guarded(one.reader, one.past, plans):
            one.profile = topics(one.body, bench)
    every = (topic for one in briefs if one.profile for topic in one.profile.topics)
    bench.ranker.learn(one for one in every if not is_shared(one, bench))


@contextmanager
def guarded(reader: Receiver, past: Past | None, plans: dict[int, Plan]) -> Iterator[None]:
    """Log what goes wrong for one reader, whose plan then says so; what is about all goes on."""
    try:
        yield
    except (StoreError, sa.exc.DatabaseError):
        raise
    except Exception:
        log.exception("issue not composed subscriber=%s", reader.id)
        plans[reader.id] = Plan(reader, FAILED, past)


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
    for reader in readers:
        past = pasts.get(reader.id)
        with guarded(reader, past, plans):
            briefs.append(Brief(reader, past, to_slot(reader, bench, order), *bodies[reader.id]))
    names = {one.slot.edition for one in briefs}
    taken = composing.taken(tx, list(pasts), names) if pasts else set()
    for one in briefs:
        past, slot = one.past, one.slot
        if past and (past.local_date >= slot.local_date or (one.reader.id, slot.edition) in taken):
            plans[one.reader.id] = Plan(one.reader, ALREADY, past)
    return [one for one in briefs if one.reader.id not in plans], plans
