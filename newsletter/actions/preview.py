"""A subscriber's next issue -> the message as it would go out; nothing is stored or sent."""

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from newsletter.actions import compose
from newsletter.actions.messages import Press, write_digest
from newsletter.domain.edition import IssueId
from newsletter.domain.issue import Issue
from newsletter.domain.message import Message
from newsletter.domain.subscriber import Subscriber
from newsletter.store import issues, papers, subscribers
from newsletter.store.database import Store


@dataclass(frozen=True, slots=True)
class Draft:
    """The next issue of one subscriber, with its message, or why there is none."""

    subscriber: Subscriber
    issue: Issue | None
    message: Message | None
    why: str = ""


def everybody(store: Store) -> list[Subscriber]:
    """Return all subscribers."""
    with store.read() as tx:
        return subscribers.every(tx)


def draft(store: Store, press: Press, order: compose.Order) -> Draft:
    """Return the next issue of `order.address` as it would go out at `order.at`.

    Raises NotFoundError for an unknown address, TemplateError if the template is broken.
    """
    with store.read() as tx:
        subscriber = subscribers.find(tx, order.address)
        stored = subscribers.profile(tx, subscriber.id)
        bench = compose.set_up(tx, order.at)
        new = compose.draft(tx, subscriber, stored, bench, order)
        if isinstance(new, str):
            return Draft(subscriber, None, None, new)
        issue = to_issue(tx, new, order.at)
    message = write_digest(press, issue, subscriber.address, f"preview:{subscriber.id}")
    return Draft(subscriber, issue, message)


def to_issue(tx: sa.Connection, new: issues.NewIssue, at: datetime) -> Issue:
    """Return the issue as it would be read back, number 0."""
    rows = papers.by_rows(tx, [row for _, row, _ in new.items])
    tldrs = {one.row: one.tldr for one in rows}
    items = tuple(replace(item, tldr=tldrs[papers.PaperRow(row)]) for item, row, _ in new.items)
    return Issue(
        id=IssueId(0),
        edition=new.edition,
        subscriber_id=new.subscriber_id,
        composed_at=at,
        due_at=new.due_at,
        items=items,
        coverage=new.coverage,
    )
