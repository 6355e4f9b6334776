"""Issues read by the hundred: papers, reasons and receipts that they share are made once."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

import sqlalchemy as sa

from newsletter.domain.edition import IssueId
from newsletter.domain.issue import Coverage, Issue, Item, Part
from newsletter.domain.paper import Paper
from newsletter.domain.subscriber import Detail, SubscriberId
from newsletter.domain.summary import Summary
from newsletter.store.database import among, batches
from newsletter.store.issues import NOTHING, to_coverage, to_credits, to_mentions, to_parts
from newsletter.store.papers import to_paper
from newsletter.store.schema import editions, issues, items, paper_versions, papers
from newsletter.store.summaries import to_summary
from newsletter.store.tables_summaries import summaries

MOST_KEPT = 8192
DETAILS = {one.value: one for one in Detail}
MOST_REASONS = 2048  # most are one reader's own; those that were shared last are kept on
# As the driver gives it, for it is only compared: there is one for each paper of a batch.
CHANGED = sa.type_coerce(papers.c.changed_at, sa.types.NULLTYPE).label("changed")
VERSIONS = sa.select(papers.c.id, paper_versions.c.number, CHANGED, papers.c.votes).join(
    paper_versions, paper_versions.c.paper_id == papers.c.id
)
ITEMS = sa.select(
    *(items.c.issue_id, items.c.position, items.c.paper_id, items.c.paper_version),
    *(items.c.topic, items.c.score, items.c.parts, items.c.summary_id),
)
ISSUES = sa.select(
    *(issues.c.id, issues.c.subscriber_id, issues.c.composed_at, issues.c.due_at),
    *(issues.c.coverage, issues.c.mentions, issues.c.credits, issues.c.detail, editions.c.name),
).join(editions, editions.c.id == issues.c.edition_id)


class Reasons(Sequence[Part]):
    """The parts of a score, read from their JSON each time: many are kept, and looked at once."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __iter__(self) -> Iterator[Part]:
        """Return the parts."""
        return iter(to_parts(self.text))

    def __getitem__(self, at: Any) -> Any:
        """Return a part."""
        return to_parts(self.text)[at]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(to_parts(self.text))

    def __bool__(self) -> bool:
        """Return whether there are any; said without reading them."""
        return self.text != NOTHING

    def __eq__(self, other: object) -> bool:
        """Return whether the other has the same parts, read already or not."""
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        """Return that of its parts."""
        return hash(tuple(self))


@dataclass(slots=True, eq=False)
class Shelf:
    """What was read so far. The same paper is the same object in every issue that has it."""

    papers: dict[tuple[object, ...], Paper] = field(default_factory=dict)
    summaries: dict[int | None, Summary | None] = field(default_factory=dict)
    parts: dict[str, Reasons] = field(default_factory=dict)
    earlier: dict[str, Reasons] = field(default_factory=dict)  # the generation before
    receipts: dict[str, Coverage] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def issues(self, tx: sa.Connection, ids: Sequence[int]) -> dict[int, Issue]:
        """Return the issues with these keys, each paper with the text it had."""
        if not ids:
            return {}
        with self.lock:
            return self.read(tx, ids)

    def read(self, tx: sa.Connection, ids: Sequence[int]) -> dict[int, Issue]:
        """Return the same, for one thread at a time."""
        for kept in (self.papers, self.summaries, self.receipts):
            if len(kept) > MOST_KEPT:
                kept.clear()
        if len(self.parts) > MOST_REASONS:
            self.parts, self.earlier = {}, self.parts
        found = {}
        for chunk in batches(ids):
            by_issue = self.items(tx, chunk)
            statement = ISSUES.where(among(tx, issues.c.id, chunk))
            for number, subscriber, composed, due, receipt, *told, edition in tx.execute(statement):
                mentions, credits, detail = told
                found[number] = Issue(
                    id=IssueId(number),
                    edition=edition,
                    subscriber_id=SubscriberId(subscriber),
                    composed_at=composed,
                    due_at=due,
                    items=tuple(by_issue.get(number, ())),
                    coverage=self.receipt(receipt),
                    mentions=to_mentions(mentions),
                    credits=to_credits(credits),
                    detail=DETAILS[detail],
                )
        return found

    def items(self, tx: sa.Connection, ids: Sequence[int]) -> dict[int, list[Item]]:
        """Return the items of these issues in their order."""
        statement = ITEMS.where(among(tx, items.c.issue_id, ids))
        rows = tx.execute(statement.order_by(items.c.issue_id, items.c.position)).all()
        texts = self.texts(tx, {row[2] for row in rows})
        self.read_summaries(tx, {row[7] for row in rows} - self.summaries.keys())
        kept, said = self.parts, self.summaries
        found: dict[int, list[Item]] = defaultdict(list)
        for issue, position, paper, version, topic, score, parts, summary in rows:
            reasons = kept.get(parts)
            if reasons is None:
                reasons = kept[parts] = self.earlier.get(parts) or Reasons(parts)
            item = Item(position, texts[paper, version], topic, score, reasons, said[summary])
            found[issue].append(item)
        return found

    def texts(self, tx: sa.Connection, rows: Collection[int]) -> dict[tuple[int, int], Paper]:
        """Return the texts that these papers have had, by paper and version."""
        wanted = sorted(rows)
        found = {}
        for chunk in batches(wanted):
            # First what tells whether we have them: to read all their texts anew for each batch
            # took longer than anything else that is read.
            unknown = set()
            for row in tx.execute(VERSIONS.where(among(tx, papers.c.id, chunk))).all():
                if known := self.papers.get(tuple(row)):
                    found[row[0], row[1]] = known
                else:
                    unknown.add(row[0])
            if unknown:
                found |= self.new_texts(tx, sorted(unknown))
        return found

    def new_texts(self, tx: sa.Connection, wanted: Sequence[int]) -> dict[tuple[int, int], Paper]:
        """Return these papers, each by its number and the number of its text."""
        statement = (
            sa.select(
                papers,
                paper_versions.c.number,
                CHANGED,
                paper_versions.c.title.label("then_title"),
                paper_versions.c.abstract.label("then_abstract"),
            )
            .join(paper_versions, paper_versions.c.paper_id == papers.c.id)
            .where(papers.c.id.in_(wanted))
        )
        return {(row.id, row.number): self.text(row) for row in tx.execute(statement)}

    def text(self, row: Any) -> Paper:
        """Return the paper of a row; the same object until something in it changes."""
        key = (row.id, row.number, row.changed, row.votes)
        if key not in self.papers:
            self.papers[key] = replace(
                to_paper(row), title=row.then_title, abstract=row.then_abstract
            )
        return self.papers[key]

    def read_summaries(self, tx: sa.Connection, unknown: Collection[int | None]) -> None:
        """Read what items show of their papers; the same object for the same summary."""
        self.summaries |= dict.fromkeys(unknown)  # an item may have none
        for chunk in batches(sorted(one for one in unknown if one is not None)):
            statement = sa.select(summaries.c.id, summaries.c.maker, summaries.c.body)
            for row in tx.execute(statement.where(summaries.c.id.in_(chunk))).all():
                self.summaries[row.id] = to_summary(row.maker, row.body)

    def receipt(self, text: str) -> Coverage:
        """Return the receipt of its JSON."""
        if text not in self.receipts:
            self.receipts[text] = to_coverage(text)
        return self.receipts[text]
