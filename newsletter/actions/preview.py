"""A subscriber's next issue -> the message as it would go out; nothing is stored or sent."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from newsletter.actions import compose
from newsletter.actions.messages import Press, speaking, write_digest
from newsletter.domain.delivery import UNDELIVERED
from newsletter.domain.edition import IssueId
from newsletter.domain.issue import Issue, Item
from newsletter.domain.message import Message
from newsletter.domain.subscriber import Subscriber, SubscriberId
from newsletter.store import composing, issues, papers, subscribers, summaries
from newsletter.store.database import Store
from newsletter.store.issuing import NewIssue


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
    """Return the next issue of `order.address`: the stored one that has not gone out, else a draft.

    The draft is as it would go out at `order.at`. Where no paper is left for one, the last issue is
    shown. Raises NotFoundError for an unknown address, TemplateError if the template is broken.
    """
    with store.read() as tx:
        subscriber = subscribers.find(tx, order.address)
        last = issues.newest(tx, subscriber.id)
        issue = issues.get(tx, last.id) if last and last.state in UNDELIVERED else None
    why = ""
    if issue is None:
        issue, why = next_issue(store, subscriber, last, order)
    if issue is None:
        return Draft(subscriber, None, None, why)
    spoken = speaking(press, subscriber.preferences.language)
    message = write_digest(spoken, issue, subscriber.address, f"preview:{subscriber.id}")
    return Draft(subscriber, issue, message, why)


def next_issue(
    store: Store, subscriber: Subscriber, last: issues.Newest | None, order: compose.Order
) -> tuple[Issue | None, str]:
    """Return the issue that would be composed, else the last one, and what is to be said of it."""
    with store.read() as tx:
        bench = compose.set_up(tx, [subscriber.id], order)
    bench = compose.with_shelf(store, bench, [subscriber.id], order)
    with store.read() as tx:
        new = compose.draft_one(tx, composing.receiver(subscriber), bench, order)
        if not isinstance(new, str):
            return to_issue(tx, new, order.at), ""
        if last:
            return issues.get(tx, last.id), f"this is the last issue ({last.state}); now {new}"
    return None, new


def to_issue(tx: sa.Connection, new: NewIssue, at: datetime) -> Issue:
    """Return the issue as it would be read back, number 0."""
    found = {one.row: one for one in papers.by_rows(tx, [one.paper_row for one in new.items])}
    said = summaries.newest(tx, [(one.paper_row, one.paper_version) for one in new.items])
    items = []
    for one in new.items:
        stored = found[papers.PaperRow(one.paper_row)]
        parts = issues.to_parts(one.parts)
        _, summary = said.get((one.paper_row, one.paper_version), (0, None))
        items.append(Item(one.position, stored.paper, one.topic, one.score, parts, summary))
    return Issue(
        id=IssueId(0),
        edition=new.edition,
        subscriber_id=SubscriberId(new.subscriber_id),
        composed_at=at,
        due_at=new.due_at,
        items=tuple(items),
        coverage=new.coverage,
        mentions=new.mentions,
    )
