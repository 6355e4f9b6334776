"""Issues as they are kept: one whole, with its items, and lists of them."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from newsletter.domain.edition import IssueId
from newsletter.domain.issue import (
    Coverage,
    Credit,
    FeedCoverage,
    Issue,
    Item,
    Mention,
    News,
    Part,
    Quote,
)
from newsletter.domain.library import Verdict
from newsletter.domain.subscriber import Detail, SubscriberId
from newsletter.errors import NotFoundError
from newsletter.store import summaries
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

NOTHING = "[]"  # in JSON: what most issues have of mentions and credits


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
        mentions=to_mentions(row.mentions),
        credits=to_credits(row.credits),
        detail=Detail(row.detail),
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
            parts=to_parts(row.parts),
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


def to_mentions(text: str) -> tuple[Mention, ...]:
    """Return what an issue tells of other papers of its JSON."""
    if text == NOTHING:
        return ()
    return tuple(Mention(News(news), *rest) for news, *rest in json.loads(text))


def to_credits(text: str) -> tuple[Credit, ...]:
    """Return what an issue tells of its reader's feedback of its JSON."""
    if text == NOTHING:
        return ()
    return tuple(Credit(Verdict(verdict), *rest) for verdict, *rest in json.loads(text))


def to_parts(text: str) -> tuple[Part, ...]:
    """Return the parts of a score of their JSON."""
    return tuple([to_part(**one) for one in json.loads(text)])


def to_part(name: str, value: float, share: float, quote: dict[str, Any] | None) -> Part:
    """Return a part of a score of the fields in its JSON."""
    return Part(name, value, share, Quote(**quote) if quote else None)
