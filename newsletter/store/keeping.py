"""Papers as feeds bring them -> one row a work, each change of text as a version.

A paper is looked up by every identity it has. Its row keeps the best of each field, says which feed
gave it, and takes a better public key when it gains one. Two rows that turn out to be one work are
folded: the later one points at the earlier.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from newsletter.domain.paper import Paper, differing, has_appeared, is_replaced, keys, merge
from newsletter.domain.paper import same_work as shares
from newsletter.store.database import among, batches, expect_many, insert_missing
from newsletter.store.papers import load_rows, readable, to_paper, to_row, to_version
from newsletter.store.schema import paper_keys, paper_versions, papers

SAME_WORK = "same work"  # why a row is folded for good: its identities, not its likeness
KINDS = ("arxiv", "doi", "title")  # of public keys, best first


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who brings the papers, and when."""

    feed_id: int
    now: datetime


@dataclass(slots=True, eq=False)
class Work:
    """One work while a chunk is gone through: what is known of it by now."""

    paper: Paper
    key: str  # the best of the paper's own
    row: Any = None  # of `papers`, as it was read; None for a new work
    origins: dict[str, int] = field(default_factory=dict)  # fields that other feeds gave
    absorbed: list[Any] = field(default_factory=list)  # rows that turned out to be this work


Known = dict[str, Work]


def keep(tx: sa.Connection, found: Sequence[Paper], feed_id: int, now: datetime) -> Counter[str]:
    """Store the papers and return how many were new, updated and duplicate."""
    expect_many(tx)
    counts = Counter[str](new=0, updated=0, duplicate=0)
    visitor = Visitor(feed_id, now)
    for chunk in batches(found):
        named = [keys(paper) for paper in chunk]  # worked out once, for a key is a hash of texts
        known = by_any_key(tx, named)
        before = set(known)
        told = Counter(
            sight(known, names, paper, feed_id) for names, paper in zip(named, chunk, strict=True)
        )
        fresh = write(tx, known, before, visitor)
        # A new one may have turned out to be a known one by the end of the chunk.
        counts["new"] += fresh
        counts["duplicate"] += told["duplicate"] + told["new"] - fresh
        counts["updated"] += told["updated"]
    return counts


def join(tx: sa.Connection, key: str, paper: Paper, visitor: Visitor) -> None:
    """Merge a sight into the paper with this key, though they may share no identity."""
    names = keys(paper)
    known = by_any_key(tx, [(key, *names)])
    before = set(known)
    hits = [known[key], *found_by(known, names, paper)]
    merge_into(known, names, paper, list(dict.fromkeys(hits)), visitor.feed_id)
    write(tx, known, before, visitor)


def write(tx: sa.Connection, known: Known, before: set[str], visitor: Visitor) -> int:
    """Store what a chunk has made of the works and their keys; return how many are new."""
    works = dict.fromkeys(known.values())  # each once, in their order
    fresh = [work for work in works if work.row is None]
    ids = insert(tx, fresh, visitor)
    for work in works:
        if work.row is not None:
            renew(tx, known, work, visitor)
            ids[work] = work.row.id
    learn(tx, {key: ids[work] for key, work in known.items() if key not in before})
    return len(fresh)


def by_any_key(tx: sa.Connection, named: Sequence[Sequence[str]]) -> Known:
    """Return the known works by those of these keys that lead to them, in two queries."""
    root = sa.case((papers.c.twin_why == SAME_WORK, papers.c.twin_id), else_=papers.c.id)
    wanted = {key for names in named for key in names}
    statement = (
        sa.select(paper_keys.c.key, root.label("root"))
        .join(papers, papers.c.id == paper_keys.c.paper_id)
        .where(among(tx, paper_keys.c.key, wanted))
    )
    rows = {row.key: row.root for row in tx.execute(statement)}
    if not rows:
        return {}
    works = {
        row.id: Work(to_paper(row), row.key, row, json.loads(row.origins))
        for row in load_rows(tx, papers.c.id.in_(set(rows.values())))
    }
    return {key: works[row] for key, row in rows.items()}


def sight(known: Known, names: Sequence[str], paper: Paper, feed_id: int) -> str:
    """Merge a sight into the work that it is of; return whether that is new, updated, duplicate."""
    hits = found_by(known, names, paper)
    if hits:
        return merge_into(known, names, paper, hits, feed_id)
    work = Work(paper, names[0])
    for name in names:
        known.setdefault(name, work)
    return "new"


def found_by(known: Known, names: Sequence[str], paper: Paper) -> list[Work]:
    """Return the works that the paper's keys lead to, that of the best key first."""
    found = ((known.get(name), name) for name in names)
    return list(
        dict.fromkeys(work for work, name in found if work and shares(work.paper, paper, name))
    )


def merge_into(
    known: Known, names: Sequence[str], paper: Paper, hits: Sequence[Work], feed_id: int
) -> str:
    """Merge a sight into what it hit; return whether that is updated or a duplicate."""
    work = one_of(known, hits)
    merged = merge(work.paper, paper)
    changed = merged != work.paper
    if work.row is not None:
        work.origins |= dict.fromkeys(differing(work.paper, merged), feed_id)
    if changed:
        work.paper, work.key = merged, merged.key
    for name in names:
        known.setdefault(name, work)
    return "updated" if changed and work.row is not None else "duplicate"


def one_of(known: Known, hits: Sequence[Work]) -> Work:
    """Return the work that the hits are: the earliest row, the others folded into it."""
    # The first hit has the best key. Two arXiv ids are two works, whatever a third paper says.
    alike = [one for one in hits if shares(hits[0].paper, one.paper, "arxiv:")]
    if len(alike) == 1:
        return alike[0]
    root, *others = sorted(alike, key=lambda one: (one.row is None, one.row and one.row.id))
    for other in others:
        merged = merge(root.paper, other.paper)
        if other.row is not None:
            gave = dict.fromkeys(differing(root.paper, merged), other.row.feed_id)
            root.origins |= {name: other.origins.get(name, feed) for name, feed in gave.items()}
            root.absorbed += [other.row, *other.absorbed]
        root.paper, root.key = merged, merged.key
        for key in [key for key, work in known.items() if work is other]:
            known[key] = root
    return root


def insert(tx: sa.Connection, fresh: Sequence[Work], visitor: Visitor) -> dict[Work, int]:
    """Insert works that nobody knew, each with its first version; return their rows."""
    if not fresh:
        return {}
    now = visitor.now
    seen = {"feed_id": visitor.feed_id, "first_seen": now, "changed_at": now}
    named = {work.key: work for work in fresh}
    rows = [
        {
            **to_row(work.paper),
            **seen,
            "key": key,
            "withdrawn_at": now if work.paper.withdrawn else None,
        }
        for key, work in named.items()
    ]
    tx.execute(papers.insert(), rows)
    ids = tx.execute(
        sa.select(papers.c.id, papers.c.key).where(among(tx, papers.c.key, named))
    ).all()
    tx.execute(
        paper_versions.insert(),
        [to_version(row, 1, named[key].paper, now) for row, key in ids],
    )
    return {named[key]: row for row, key in ids}


def renew(tx: sa.Connection, known: Known, work: Work, visitor: Visitor) -> None:
    """Write what has changed of a known work, and fold the rows that are the same."""
    row, old, new = work.row, to_paper(work.row), work.paper
    for other in work.absorbed:
        fold_same(tx, row.id, other)
    key = public_key(known, work)
    if new == old and key == row.key and not work.absorbed:
        return
    banded = row.banded
    # Any other letter, for an issue quotes a version by offsets into its text.
    if (old.title, old.abstract) != (new.title, new.abstract):
        banded = False
        version = to_version(row.id, (row.number or 1) + 1, new, visitor.now)
        tx.execute(paper_versions.insert(), version)
    values = {
        **to_row(new),
        **dates(row, old, new, visitor.now),
        "key": key,
        "banded": banded,
        "origins": readable(work.origins),
        "changed_at": visitor.now,
    }
    tx.execute(papers.update().where(papers.c.id == row.id).values(**values))


def public_key(known: Known, work: Work) -> str:
    """Return the key to show: a better one if the work gained one, for it stands in links."""
    old: str = work.row.key
    best = work.paper.key
    gained = KINDS.index(best.partition(":")[0]) < KINDS.index(old.partition(":")[0])
    return best if gained and known.get(best) is work else old


def dates(row: Any, old: Paper, new: Paper, now: datetime) -> dict[str, datetime | None]:
    """Return when the paper was first seen withdrawn, replaced and published."""
    withdrawn = now if new.withdrawn else None
    return {
        "withdrawn_at": row.withdrawn_at or withdrawn,
        "replaced_at": row.replaced_at or (now if is_replaced(old, new) else None),
        "appeared_at": row.appeared_at or (now if has_appeared(old, new) else None),
    }


def fold_same(tx: sa.Connection, root: int, other: Any) -> None:
    """Fold a row into the earlier one that is the same work; its public key becomes free."""
    into = {"twin_id": root, "twin_why": SAME_WORK}
    one = papers.update().where(papers.c.id == other.id)
    tx.execute(one.values(**into, key=f"folded:{other.key}"))
    # What was folded into it, for whichever reason, hangs on the root now.
    tx.execute(papers.update().where(papers.c.twin_id == other.id).values(twin_id=root))


def learn(tx: sa.Connection, new: Mapping[str, int]) -> None:
    """Keep keys that nobody had, with their papers' rows; another machine may have been quicker."""
    rows = [{"key": key, "paper_id": row} for key, row in new.items()]
    insert_missing(tx, paper_keys, rows)
