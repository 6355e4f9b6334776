"""Works and readers' examples: keeping them, one reader's list, thousands of libraries at once."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from newsletter.domain.library import VERDICTS, Example, Judged, Verdict
from newsletter.domain.paper import Paper, keys, same_work
from newsletter.store.database import among, batches, bulk_put
from newsletter.store.papers import readable
from newsletter.store.tables_works import examples, works


def add(tx: sa.Connection, found: Sequence[Paper], now: datetime) -> list[int]:
    """Keep the papers and return their rows in the same order.

    One that is known under any of its keys gains what it lacked: an abstract above all, for a
    title alone says little.
    """
    known = near(tx, [key for paper in found for key in keys(paper)])
    fresh: dict[str, Paper] = {}  # by each of their keys
    chosen = []  # for each paper the one that stands for it
    for paper in found:
        row = match(known, paper)
        if row is None:
            chosen.append(join(fresh, paper))
            continue
        chosen.append(paper)
        if paper.abstract and not row.abstract:
            renew(tx, row, paper, now)
    if fresh:
        new = {one.key: to_row(one, now) for one in fresh.values()}
        bulk_put(tx, works, list(new.values()), ["key"], ())
        for key, rows in near(tx, list(new)).items():
            known.setdefault(key, []).extend(rows)
    matched = ((match(known, paper) or known[paper.key][0]) for paper in chosen)
    return [row.id for row in matched]


def join(fresh: dict[str, Paper], paper: Paper) -> Paper:
    """Return the new work that the paper is: an earlier one of the same batch, or itself."""
    mine = keys(paper)
    for key in mine:
        if key in fresh and same_work(fresh[key], paper, key):
            return fresh[key]
    for key in mine:
        fresh.setdefault(key, paper)
    return paper


def add_named(tx: sa.Connection, named: Mapping[str, Paper], now: datetime) -> None:
    """Keep papers under keys that are known from elsewhere, unless they are known."""
    rows = [to_row(paper, now) | {"key": key} for key, paper in named.items()]
    bulk_put(tx, works, rows, ["key"], ())


def rows_of(tx: sa.Connection, found: Sequence[Paper]) -> list[int | None]:
    """Return the rows of the works that the papers are, None where one is not known."""
    known = near(tx, [key for paper in found for key in keys(paper)])
    matched = (match(known, paper) for paper in found)
    return [None if row is None else row.id for row in matched]


def near(tx: sa.Connection, wanted: Sequence[str]) -> dict[str, list[Any]]:
    """Return by key and by title the known works that these keys lead to."""
    found: dict[str, list[Any]] = {}
    for chunk in batches(tuple(dict.fromkeys(wanted))):
        either = among(tx, works.c.key, chunk) | among(tx, works.c.title_key, chunk)
        for row in tx.execute(sa.select(works).where(either).order_by(works.c.id)):
            for key in {row.key, row.title_key}:
                found.setdefault(key, []).append(row)
    return found


def match(known: Mapping[str, Sequence[Any]], paper: Paper) -> Any | None:
    """Return the row of the work that the paper is, None if it is new."""
    mine = keys(paper)
    for key in mine:
        for row in known.get(key, ()):
            other = to_paper(row)
            shared = {*keys(other), row.key}.intersection(mine)
            if any(same_work(other, paper, one) for one in shared):
                return row
    return None


def renew(tx: sa.Connection, row: Any, paper: Paper, now: datetime) -> None:
    """Write what a better sight of the work says; its key stays."""
    better = to_row(paper, now)
    old = row._mapping
    kept = {name: better[name] or old[name] for name in better if name not in ("key", "title_key")}
    tx.execute(works.update().where(works.c.id == row.id).values(**kept))


def by_keys(tx: sa.Connection, wanted: Sequence[str]) -> dict[str, int]:
    """Return the rows of the works with these keys."""
    found: dict[str, int] = {}
    for chunk in batches(tuple(dict.fromkeys(wanted))):
        statement = sa.select(works.c.key, works.c.id).where(among(tx, works.c.key, chunk))
        found |= {row.key: row.id for row in tx.execute(statement)}
    return found


def texts(tx: sa.Connection, rows: Collection[int]) -> dict[int, Paper]:
    """Return the works with these rows as papers."""
    found = {}
    for chunk in batches(tuple(rows)):
        for row in tx.execute(sa.select(works).where(works.c.id.in_(chunk))):
            found[row.id] = to_paper(row)
    return found


def after(tx: sa.Connection, row: int, limit: int) -> dict[int, Paper]:
    """Return the next works after a row, in their order: for going over all of them."""
    statement = sa.select(works).where(works.c.id > row).order_by(works.c.id).limit(limit)
    return {one.id: to_paper(one) for one in tx.execute(statement)}


def judge(tx: sa.Connection, subscriber_id: int, said: Iterable[Judged]) -> None:
    """Keep what a reader says of works, over what was said of the same before."""
    rows = [
        {
            "subscriber_id": subscriber_id,
            "work_id": one.work,
            "topic": one.topic,
            "verdict": one.verdict.value,
            "at": one.at,
        }
        for one in said
    ]
    unique = ("subscriber_id", "topic", "work_id")
    bulk_put(tx, examples, rows, unique, ("verdict", "at"))


def of(
    tx: sa.Connection, subscriber_id: int, verdicts: Sequence[Verdict] = VERDICTS
) -> list[Example]:
    """Return a reader's examples, the newest first."""
    c = examples.c
    statement = (
        sa.select(works.c.key, works.c.title, c.verdict, c.at, c.topic)
        .join(works, works.c.id == c.work_id)
        .where(c.subscriber_id == subscriber_id, c.verdict.in_([one.value for one in verdicts]))
        .order_by(c.at.desc(), works.c.id, c.topic)
    )
    return [
        Example(row.key, row.title, Verdict(row.verdict), row.at, row.topic)
        for row in tx.execute(statement)
    ]


def held(tx: sa.Connection, subscriber_id: int) -> set[int]:
    """Return the rows of the works that are examples of the reader's."""
    c = examples.c
    statement = sa.select(c.work_id).where(c.subscriber_id == subscriber_id)
    return set(tx.execute(statement).scalars())


def said(tx: sa.Connection, subscriber_id: int) -> dict[int, tuple[Verdict, datetime]]:
    """Return what a reader says of which work and since when, examples of topics left out."""
    c = examples.c
    statement = sa.select(c.work_id, c.verdict, c.at).where(c.subscriber_id == subscriber_id)
    rows = tx.execute(statement.where(c.topic == ""))
    return {row.work_id: (Verdict(row.verdict), row.at) for row in rows}


def papers_of(tx: sa.Connection, subscriber_id: int, verdict: Verdict) -> list[Paper]:
    """Return the papers of which a reader says this, the last one first."""
    c = examples.c
    statement = (
        sa.select(works)
        .join(examples, c.work_id == works.c.id)
        .where(c.subscriber_id == subscriber_id, c.verdict == verdict.value)
        .order_by(c.at.desc(), works.c.id)
    )
    found = {row.id: to_paper(row) for row in tx.execute(statement)}
    return list(found.values())


def forget(
    tx: sa.Connection,
    subscriber_id: int,
    verdicts: Sequence[Verdict] = VERDICTS,
    *,
    row: int | None = None,
    topic: str | None = None,
    topics_but: Collection[str] | None = None,
) -> int:
    """Remove examples of a reader and return how many.

    With a row only that work's, with a topic only that topic's ("": those that count for all),
    with `topics_but` only those of topics that are not named there.
    """
    c = examples.c
    which = [c.subscriber_id == subscriber_id, c.verdict.in_([one.value for one in verdicts])]
    if row is not None:
        which.append(c.work_id == row)
    if topic is not None:
        which.append(c.topic == topic)
    if topics_but is not None:
        which.append(c.topic.not_in(["", *topics_but]))
    return tx.execute(examples.delete().where(*which)).rowcount


def sweep(tx: sa.Connection, rows: Collection[int]) -> int:
    """Remove those of these works of which nobody says anything any more; return how many."""
    used = sa.exists().where(examples.c.work_id == works.c.id)
    some = (works.c.id.in_(chunk) for chunk in batches(tuple(rows)))
    return sum(tx.execute(works.delete().where(one, ~used)).rowcount for one in some)


def to_row(paper: Paper, now: datetime) -> dict[str, Any]:
    """Return the work's columns."""
    return {
        "key": paper.key,
        "title_key": keys(paper)[-1],
        "title": paper.title,
        "abstract": paper.abstract,
        "authors": readable(paper.authors),
        "categories": json.dumps(paper.categories),
        "published": paper.published,
        "url": paper.url,
        "arxiv_id": paper.arxiv_id,
        "doi": paper.doi,
        "at": now,
    }


def to_paper(row: Any) -> Paper:
    """Return the work of a row as a paper."""
    return Paper(
        title=row.title,
        abstract=row.abstract,
        authors=tuple(json.loads(row.authors)),
        categories=tuple(json.loads(row.categories)),
        published=row.published,
        url=row.url,
        arxiv_id=row.arxiv_id,
        doi=row.doi,
    )
