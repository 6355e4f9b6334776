"""Issues read by the hundred: papers, reasons and receipts that they share are made once."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from newsletter.domain.edition import IssueId
from newsletter.domain.issue import Coverage, Issue, Item, Part
from newsletter.domain.paper import Paper
from newsletter.domain.subscriber import SubscriberId
from newsletter.store.database import batches
from newsletter.store.issues import to_coverage, to_part
from newsletter.store.papers import to_paper
from newsletter.store.schema import editions, issues, items, paper_versions, papers

MOST_KEPT = 8192


@dataclass(slots=True, eq=False)
class Shelf:
    """What was read so far. The same paper is the same object in every issue that has it."""

    papers: dict[tuple[object, ...], tuple[Paper, str]] = field(default_factory=dict)
    parts: dict[str, tuple[Part, ...]] = field(default_factory=dict)
    receipts: dict[str, Coverage] = field(default_factory=dict)

    def issues(self, tx: sa.Connection, ids: Sequence[int]) -> dict[int, Issue]:
        """Return the issues with these keys, each paper with the text it had."""
        for kept in (self.papers, self.parts, self.receipts):
            if len(kept) > MOST_KEPT:
                kept.clear()
        found = {}
        for chunk in batches(ids):
            by_issue = self.items(tx, chunk)
            statement = (
                sa.select(issues, editions.c.name)
                .join(editions, editions.c.id == issues.c.edition_id)
                .where(issues.c.id.in_(chunk))
            )
            for row in tx.execute(statement):
                found[row.id] = Issue(
                    id=IssueId(row.id),
                    edition=row.name,
                    subscriber_id=SubscriberId(row.subscriber_id),
                    composed_at=row.composed_at,
                    due_at=row.due_at,
                    items=tuple(by_issue.get(row.id, ())),
                    coverage=self.receipt(row.coverage),
                )
        return found

    def items(self, tx: sa.Connection, ids: Sequence[int]) -> dict[int, list[Item]]:
        """Return the items of these issues in their order."""
        statement = sa.select(items).where(items.c.issue_id.in_(ids))
        rows = tx.execute(statement.order_by(items.c.issue_id, items.c.position)).all()
        texts = self.texts(tx, rows)
        found: dict[int, list[Item]] = {}
        for row in rows:
            paper, tldr = texts[row.paper_id, row.paper_version]
            found.setdefault(row.issue_id, []).append(
                Item(row.position, paper, row.topic, row.score, self.reasons(row.parts), tldr)
            )
        return found

    def texts(
        self, tx: sa.Connection, rows: Sequence[Any]
    ) -> dict[tuple[int, int], tuple[Paper, str]]:
        """Return paper and sentence of each item's version, by paper and version."""
        wanted = sorted({row.paper_id for row in rows})
        found = {}
        for chunk in batches(wanted):
            statement = (
                sa.select(
                    papers,
                    paper_versions.c.number,
                    paper_versions.c.title.label("then_title"),
                    paper_versions.c.abstract.label("then_abstract"),
                    paper_versions.c.tldr.label("then_tldr"),
                )
                .join(paper_versions, paper_versions.c.paper_id == papers.c.id)
                .where(papers.c.id.in_(chunk))
            )
            for row in tx.execute(statement):
                found[row.id, row.number] = self.text(row)
        return found

    def text(self, row: Any) -> tuple[Paper, str]:
        """Return paper and sentence of a row; the same object until one of them changes."""
        key = (row.id, row.number, row.changed_at, row.votes, row.then_tldr)
        if key not in self.papers:
            paper = replace(to_paper(row), title=row.then_title, abstract=row.then_abstract)
            self.papers[key] = (paper, row.then_tldr)
        return self.papers[key]

    def reasons(self, text: str) -> tuple[Part, ...]:
        """Return the parts of their JSON."""
        if text not in self.parts:
            self.parts[text] = tuple(to_part(one) for one in json.loads(text))
        return self.parts[text]

    def receipt(self, text: str) -> Coverage:
        """Return the receipt of its JSON."""
        if text not in self.receipts:
            self.receipts[text] = to_coverage(text)
        return self.receipts[text]
