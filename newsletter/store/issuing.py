"""Composed issues -> rows, thousands at a time: issues, their items and pending deliveries."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from newsletter.domain.delivery import UNDELIVERED, Kind, State
from newsletter.domain.issue import Coverage, Credit, Mention, Part
from newsletter.domain.subscriber import Detail
from newsletter.store import summaries
from newsletter.store.bulk import insert_missing_rows, insert_rows, reserve
from newsletter.store.database import among, expect_many, insert_new
from newsletter.store.schema import deliveries, editions, issues, items, subscribers

# The columns of the rows below, in their order.
ISSUE = (
    *("id", "edition_id", "subscriber_id", "profile_id", "local_date", "composed_at", "due_at"),
    *("newest_paper", "coverage", "mentions", "detail", "credits"),
)
ITEM = (
    *("issue_id", "position", "paper_id", "paper_version", "topic", "score", "parts"),
    "summary_id",
)
DELIVERY = (
    *("kind", "key", "edition_id", "issue_id", "subscriber_id", "inputs", "state", "due_at"),
    *("next_attempt_at", "attempts", "message_id", "reply", "queued_at"),
)
PAPER = slice(1, 3)  # of a NewItem: row and version
readable = json.JSONEncoder(ensure_ascii=False).encode


class NewItem(NamedTuple):
    """What is stored of an item; a tuple, for there are millions."""

    position: int  # from 1
    paper_row: int
    paper_version: int
    topic: str
    score: float
    parts: str  # JSON, from `parts_text`


@dataclass(frozen=True, slots=True)
class NewIssue:
    """What is stored of an issue that was just composed."""

    edition: str
    subscriber_id: int
    profile_row: int
    local_date: date
    due_at: datetime
    newest_paper: int
    items: tuple[NewItem, ...]
    coverage: Coverage
    mentions: tuple[Mention, ...] = ()
    detail: str = Detail.USUAL.value
    credits: tuple[Credit, ...] = ()


def add(tx: sa.Connection, found: Sequence[NewIssue], now: datetime) -> dict[int, tuple[int, int]]:
    """Insert the issues with their items; return by subscriber the edition's and the issue's key.

    At most one of each subscriber. One who has an issue for the edition or the local date already
    is left out.
    """
    if not found:
        return {}
    expect_many(tx)
    numbers = {name: edition(tx, name) for name in sorted({one.edition for one in found})}
    ids = reserve(tx, issues, len(found))
    kept = dict(zip(ids, found, strict=True))
    rows = [issue_row(one, number, numbers[one.edition], now) for number, one in kept.items()]
    if insert_missing_rows(tx, issues, ISSUE, rows) < len(rows):
        there = sa.select(issues.c.id).where(among(tx, issues.c.id, ids))
        stand = set(tx.execute(there).scalars())
        kept = {number: one for number, one in kept.items() if number in stand}
    # What an item shows for good: a summary that is made later changes no issue.
    every: list[tuple[Any, ...]] = [item for one in kept.values() for item in one.items]
    said: dict[Any, int] = summaries.newest_keys(tx, {item[PAPER] for item in every})
    numbered = (number for number, one in kept.items() for _ in one.items)
    tuples = [
        (number, *item, said.get(item[PAPER])) for number, item in zip(numbered, every, strict=True)
    ]
    insert_rows(tx, items, ITEM, tuples)
    return {one.subscriber_id: (numbers[one.edition], number) for number, one in kept.items()}


def issue_row(new: NewIssue, number: int, edition_id: int, now: datetime) -> tuple[Any, ...]:
    """Return the row of an issue, its columns as in ISSUE."""
    return (
        number,
        edition_id,
        new.subscriber_id,
        new.profile_row,
        new.local_date,
        now,
        new.due_at,
        new.newest_paper,
        coverage_text(new.coverage),
        readable(new.mentions) if new.mentions else "[]",
        new.detail,
        readable(new.credits) if new.credits else "[]",
    )


def edition(tx: sa.Connection, name: str) -> int:
    """Return the edition's key, made if it is new."""
    made = insert_new(tx, editions, {"name": name}, editions.c.id)
    if made is not None:
        return made
    return int(tx.execute(sa.select(editions.c.id).where(editions.c.name == name)).scalar_one())


def deliver(
    tx: sa.Connection,
    found: Sequence[NewIssue],
    kept: Mapping[int, tuple[int, int]],
    now: datetime,
    had: AbstractSet[int],
) -> None:
    """Insert the pending deliveries of issues that `add` has kept.

    `had`: the readers who have had issues before. Their digests that have not gone out expire: the
    new issue takes their papers in.
    """
    if earlier := had & kept.keys():
        expire_undelivered(tx, earlier, now)
    digest, pending = Kind.DIGEST.value, State.PENDING.value
    rows = [
        (
            digest,
            f"digest:{one.edition}:{one.subscriber_id}",
            *kept[one.subscriber_id],
            one.subscriber_id,
            "{}",
            pending,
            one.due_at,
            one.due_at,
            0,
            "",
            "",
            now,
        )
        for one in found
        if one.subscriber_id in kept
    ]
    insert_missing_rows(tx, deliveries, DELIVERY, rows)


def expire_undelivered(tx: sa.Connection, ids: Collection[int], now: datetime) -> int:
    """Expire these readers' digests that have not gone out; return how many there were."""
    statement = deliveries.update().where(
        among(tx, deliveries.c.subscriber_id, ids),
        deliveries.c.kind == Kind.DIGEST,
        deliveries.c.state.in_(UNDELIVERED),
    )
    values = {
        "state": State.EXPIRED.value,
        "settled_at": now,
        "reply": "a newer issue was composed",
    }
    return tx.execute(statement.values(**values)).rowcount


def set_due(tx: sa.Connection, due: Mapping[int, datetime]) -> None:
    """Keep by subscriber when the next issue is due: most of a block share their time."""
    grouped: dict[datetime, list[int]] = defaultdict(list)
    for subscriber_id, at in due.items():
        grouped[at].append(subscriber_id)
    for at, ids in grouped.items():
        statement = subscribers.update().where(among(tx, subscribers.c.id, ids))
        tx.execute(statement.values(due_at=at))


def parts_text(parts: Sequence[Part]) -> str:
    """Return the parts of a score as they are kept."""
    return readable([part.as_dict() for part in parts])


@lru_cache(maxsize=1024)
def coverage_text(coverage: Coverage) -> str:
    """Return the receipt as it is kept: readers of one window share it."""
    return readable(asdict(coverage))
