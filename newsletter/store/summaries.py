"""Summaries of papers' texts: which are missing, keeping them, and the newest of each text.

A summary is never changed or removed, for an issue shows the one that it was composed with. A new
maker adds another, and readers see the newest.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from newsletter.domain.summary import Extract, Summary
from newsletter.store.database import batches, insert_missing
from newsletter.store.papers import readable
from newsletter.store.schema import paper_versions, papers
from newsletter.store.tables_summaries import summaries

Text = tuple[int, int]  # a paper's row and the number of its text


@dataclass(frozen=True, slots=True)
class Unsummarised:
    """The current text of a paper that has no summary by the maker yet."""

    row: int
    number: int
    title: str
    abstract: str


def missing(
    tx: sa.Connection, makers: Sequence[str], before: int | None, limit: int
) -> list[Unsummarised]:
    """Return the current texts without a summary by any of these makers, newest papers first.

    A maker that ends in "%" stands for all that begin so. `before` is the row from which on to
    look, None for the newest: so all calls of one going through read each row once.
    """
    newest = (
        sa.select(sa.func.coalesce(sa.func.max(paper_versions.c.number), 1))
        .where(paper_versions.c.paper_id == papers.c.id)
        .correlate(papers)  # also where it stands two deep
        .scalar_subquery()
    )
    there = sa.exists().where(
        summaries.c.paper_id == papers.c.id,
        summaries.c.number == newest,
        sa.or_(*(by(maker) for maker in makers)),
    )
    statement = sa.select(papers.c.id, newest, papers.c.title, papers.c.abstract).where(~there)
    if before is not None:
        statement = statement.where(papers.c.id < before)
    rows = tx.execute(statement.order_by(papers.c.id.desc()).limit(limit))
    return [Unsummarised(*row) for row in rows]


def by(maker: str) -> sa.ColumnElement[bool]:
    """Return the condition that a summary is by this maker, or this kind of maker."""
    if not maker.endswith("%"):
        return summaries.c.maker == maker
    return summaries.c.maker.startswith(maker[:-1], autoescape=True)


def keep(tx: sa.Connection, made: Mapping[Text, Summary]) -> None:
    """Keep summaries of texts, but for those that another process has kept meanwhile."""
    rows = [
        {"paper_id": row, "number": number, "maker": one.maker, "body": to_body(one)}
        for (row, number), one in made.items()
    ]
    insert_missing(tx, summaries, rows)


def newest(tx: sa.Connection, texts: Sequence[Text]) -> dict[Text, tuple[int, Summary]]:
    """Return by text the newest summary and its key; a text without one is left out."""
    wanted, found = set(texts), {}
    for chunk in batches(sorted({row for row, _ in wanted})):
        statement = sa.select(summaries).where(summaries.c.paper_id.in_(chunk))
        for one in tx.execute(statement.order_by(summaries.c.id)):
            if (one.paper_id, one.number) in wanted:
                found[one.paper_id, one.number] = one.id, to_summary(one.maker, one.body)
    return found


def newest_keys(tx: sa.Connection, texts: Collection[Text]) -> dict[Text, int]:
    """Return by text the key of its newest summary; a text without one is left out."""
    found = {}
    for chunk in batches(sorted({row for row, _ in texts})):
        statement = (
            sa.select(summaries.c.paper_id, summaries.c.number, sa.func.max(summaries.c.id))
            .where(summaries.c.paper_id.in_(chunk))
            .group_by(summaries.c.paper_id, summaries.c.number)
        )
        for row, number, key in tx.execute(statement):
            found[row, number] = key
    return found


def to_body(summary: Summary) -> str:
    """Return the summary as JSON, without its maker and without what it lacks."""
    fields = asdict(summary)
    return readable({name: one for name, one in fields.items() if name != "maker" and one})


def to_summary(maker: str, body: str) -> Summary:
    """Return the summary of its JSON."""
    return Summary(maker, **{name: Extract(**one) for name, one in json.loads(body).items()})
