"""Issues and their items, and which papers a reader has had."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from newsletter.domain.delivery import State
from newsletter.domain.edition import IssueId
from newsletter.domain.issue import Coverage, FeedCoverage, Issue, Item, Part, Quote
from newsletter.domain.subscriber import SubscriberId
from newsletter.errors import NotFoundError
from newsletter.store import summaries
from newsletter.store.database import batches, insert_new
from newsletter.store.papers import to_paper
from newsletter.store.schema import (
    deliveries,
    editions,
    issues,
    items,
    paper_versions,
    papers,
    subscribers,
)
from newsletter.store.tables_summaries import summaries as shown

# What an item shows for good: a summary that is made later changes no issue.
NEWEST = (
    sa.select(sa.func.max(shown.c.id))
    .where(shown.c.paper_id == sa.bindparam("of_paper"), shown.c.number == sa.bindparam("of_text"))
    .scalar_subquery()
)


@dataclass(frozen=True, slots=True)
class NewIssue:
    """What is stored of an issue that was just composed."""

    edition: str
    subscriber_id: SubscriberId
    profile_row: int
    local_date: date
    due_at: datetime
    newest_paper: int
    items: tuple[tuple[Item, int, int], ...]  # with the paper's row and the number of its text
    coverage: Coverage


def add(tx: sa.Connection, new: NewIssue, now: datetime) -> tuple[int, IssueId] | None:
    """Insert the issue with its items and return the edition's and its key.

    Return None if the subscriber has one for this edition or this local date already.
    """
    edition_id = edition(tx, new.edition)
    row = {
        "edition_id": edition_id,
        "subscriber_id": new.subscriber_id,
        "profile_id": new.profile_row,
        "local_date": new.local_date,
        "composed_at": now,
        "due_at": new.due_at,
        "newest_paper": new.newest_paper,
        "coverage": json.dumps(asdict(new.coverage), ensure_ascii=False),
    }
    issue_id = insert_new(tx, issues, row, issues.c.id)
    if issue_id is None:
        return None
    rows = [
        {
            "issue_id": issue_id,
            "position": item.position,
            "paper_id": paper_row,
            "paper_version": version,
            "of_paper": paper_row,
            "of_text": version,
            "topic": item.topic,
            "score": item.score,
            "parts": json.dumps([asdict(part) for part in item.parts], ensure_ascii=False),
        }
        for item, paper_row, version in new.items
    ]
    if rows:
        tx.execute(items.insert().values(summary_id=NEWEST), rows)
    return edition_id, IssueId(issue_id)


def edition(tx: sa.Connection, name: str) -> int:
    """Return the edition's key, made if it is new."""
    made = insert_new(tx, editions, {"name": name}, editions.c.id)
    if made is not None:
        return made
    return int(tx.execute(sa.select(editions.c.id).where(editions.c.name == name)).scalar_one())


@dataclass(frozen=True, slots=True)
class Mark:
    """Up to where a reader's issues have looked."""

    newest_paper: int  # its row
    composed_at: datetime


def marks(tx: sa.Connection, ids: Sequence[int]) -> dict[int, Mark]:
    """Return by subscriber up to where the issues so far have looked."""
    found = {}
    for chunk in batches(ids):
        statement = (
            sa.select(
                issues.c.subscriber_id,
                sa.func.max(issues.c.newest_paper).label("newest"),
                sa.func.max(issues.c.composed_at).label("at"),
            )
            .where(issues.c.subscriber_id.in_(chunk))
            .group_by(issues.c.subscriber_id)
        )
        for row in tx.execute(statement):
            found[row.subscriber_id] = Mark(row.newest, row.at)
    return found


def has_slot(tx: sa.Connection, subscriber_id: int, edition_name: str, day: date) -> bool:
    """Return whether the reader has an issue of this edition, or of this local date or later."""
    same = sa.or_(editions.c.name == edition_name, issues.c.local_date >= day)
    statement = (
        sa.select(issues.c.id)
        .join(editions, editions.c.id == issues.c.edition_id)
        .where(issues.c.subscriber_id == subscriber_id, same)
    )
    return tx.execute(statement.limit(1)).first() is not None


def rows_in(
    tx: sa.Connection, subscriber_id: int, states: Sequence[State], outside: bool = False
) -> set[int]:
    """Return the rows of the papers in this reader's issues whose delivery stands in such a state.

    With `outside`, of all the other issues. A paper that was folded since counts as the one that it
    is folded into: nobody gets that one as news.
    """
    inside = deliveries.c.state.in_(states)
    which = sa.or_(~inside, deliveries.c.id.is_(None)) if outside else inside
    statement = (
        sa.select(sa.func.coalesce(papers.c.twin_id, papers.c.id))
        .join(items, items.c.paper_id == papers.c.id)
        .join(issues, issues.c.id == items.c.issue_id)
        .outerjoin(deliveries, deliveries.c.issue_id == issues.c.id)
        .where(issues.c.subscriber_id == subscriber_id, which)
    )
    return set(tx.execute(statement).scalars())


def get(tx: sa.Connection, issue_id: int) -> Issue:
    """Return the issue with its items, each paper with the text it had; raises NotFoundError."""
    row = tx.execute(
        sa.select(issues, editions.c.name)
        .join(editions, editions.c.id == issues.c.edition_id)
        .where(issues.c.id == issue_id)
    ).first()
    if row is None:
        raise NotFoundError(f"there is no issue {issue_id}; `newsletter issues list` shows all")
    return Issue(
        id=IssueId(row.id),
        edition=row.name,
        subscriber_id=SubscriberId(row.subscriber_id),
        composed_at=row.composed_at,
        due_at=row.due_at,
        items=tuple(items_of(tx, issue_id)),
        coverage=to_coverage(row.coverage),
    )


def items_of(tx: sa.Connection, issue_id: int) -> list[Item]:
    """Return the items of an issue in their order."""
    of_version = sa.and_(
        paper_versions.c.paper_id == items.c.paper_id,
        paper_versions.c.number == items.c.paper_version,
    )
    rows = tx.execute(
        sa.select(papers, items.c.position, items.c.topic, items.c.score, items.c.parts)
        .add_columns(
            paper_versions.c.title.label("then_title"),
            paper_versions.c.abstract.label("then_abstract"),
            shown.c.maker,
            shown.c.body,
        )
        .join(items, items.c.paper_id == papers.c.id)
        .join(paper_versions, of_version)
        .outerjoin(shown, shown.c.id == items.c.summary_id)
        .where(items.c.issue_id == issue_id)
        .order_by(items.c.position)
    )
    return [
        Item(
            position=row.position,
            paper=replace(to_paper(row), title=row.then_title, abstract=row.then_abstract),
            topic=row.topic,
            score=row.score,
            parts=tuple(to_part(one) for one in json.loads(row.parts)),
            summary=summaries.to_summary(row.maker, row.body) if row.maker else None,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Listed:
    """An issue in a list."""

    id: int
    edition: str
    subscriber: str
    items: int
    composed_at: datetime
    due_at: datetime
    state: str  # of its delivery


def listed(tx: sa.Connection, address: str = "") -> list[Listed]:
    """Return all issues, newest first; with an address, that reader's."""
    number = sa.select(sa.func.count()).where(items.c.issue_id == issues.c.id).scalar_subquery()
    statement = (
        sa.select(
            issues.c.id,
            editions.c.name,
            subscribers.c.address,
            number,
            issues.c.composed_at,
            issues.c.due_at,
            sa.func.coalesce(deliveries.c.state, ""),
        )
        .join(editions, editions.c.id == issues.c.edition_id)
        .join(subscribers, subscribers.c.id == issues.c.subscriber_id)
        .outerjoin(deliveries, deliveries.c.issue_id == issues.c.id)
        .order_by(issues.c.id.desc())
    )
    if address:
        statement = statement.where(subscribers.c.address == address)
    return [Listed(*row) for row in tx.execute(statement)]


@dataclass(frozen=True, slots=True)
class Newest:
    """A reader's newest issue and where its delivery stands."""

    id: IssueId
    state: str


def newest(tx: sa.Connection, subscriber_id: int) -> Newest | None:
    """Return the reader's newest issue, None before the first."""
    statement = (
        sa.select(issues.c.id, deliveries.c.state)
        .join(deliveries, deliveries.c.issue_id == issues.c.id)
        .where(issues.c.subscriber_id == subscriber_id)
        .order_by(issues.c.id.desc())
        .limit(1)
    )
    row = tx.execute(statement).first()
    return Newest(IssueId(row.id), row.state) if row else None


def to_coverage(text: str) -> Coverage:
    """Return the receipt of its JSON."""
    fields = json.loads(text)
    return Coverage(**{**fields, "feeds": tuple(FeedCoverage(**one) for one in fields["feeds"])})


def to_part(fields: dict[str, Any]) -> Part:
    """Return a part of a score of its JSON."""
    quote = Quote(**fields["quote"]) if fields["quote"] else None
    return Part(fields["name"], fields["value"], fields["share"], quote)
