"""Near-duplicates: papers whose texts nearly agree are folded into the earliest, undoably.

Bands of hashes find the few papers worth comparing in one query a chunk; their exact likeness
decides.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from newsletter.errors import NotFoundError
from newsletter.ranking.twins import Shingles, bands, nearest, shingles
from newsletter.store.database import insert_missing
from newsletter.store.keeping import SAME_WORK
from newsletter.store.papers import load_rows, to_paper
from newsletter.store.schema import paper_bands, papers

NEAR = "near-duplicate"
APART = "kept apart"  # somebody unfolded it: it is not folded again
CHUNK = 250  # papers, of eight bands each, in one query
NEIGHBOURS = 50  # of one paper that are compared


def fold_next(tx: sa.Connection) -> tuple[int, int]:
    """Compare the next papers that were not compared yet; return how many, and how many folded."""
    one = sa.select(papers.c.id).where(papers.c.banded.is_(sa.false()))
    ids = tx.execute(one.order_by(papers.c.id).limit(CHUNK)).scalars().all()
    if not ids:
        return 0, 0
    rows = load_rows(tx, papers.c.id.in_(ids))
    texts = {row.id: shingles(to_paper(row)) for row in rows}
    banded = {row: bands(found) for row, found in texts.items() if found}
    keep_bands(tx, banded)
    tx.execute(papers.update().where(papers.c.id.in_(ids)).values(banded=True))
    near = neighbours(tx, banded)
    others = {row for found in near.values() for row in found}
    known = {row.id: row for row in rows}
    known |= {row.id: row for row in load_rows(tx, papers.c.id.in_(others - known.keys()))}
    texts |= {row: shingles(to_paper(known[row])) for row in others - texts.keys()}
    return len(ids), fold(tx, near, known, texts)


def keep_bands(tx: sa.Connection, banded: Mapping[int, Sequence[int]]) -> None:
    """Keep the bands of papers; those of a paper's former text do no harm."""
    rows = [{"band": band, "paper_id": row} for row, found in banded.items() for band in set(found)]
    insert_missing(tx, paper_bands, rows)


def neighbours(
    tx: sa.Connection, banded: Mapping[int, Sequence[int]]
) -> dict[int, dict[int, None]]:
    """Return for each paper the others that share a band, both itself and they unfolded."""
    wanted = {band for found in banded.values() for band in found}
    statement = (
        sa.select(paper_bands)
        .join(papers, papers.c.id == paper_bands.c.paper_id)
        .where(paper_bands.c.band.in_(wanted), papers.c.twin_id.is_(None))
        .order_by(paper_bands.c.paper_id)
    )
    sharing: dict[int, list[int]] = {}
    for kept in tx.execute(statement):
        sharing.setdefault(kept.band, []).append(kept.paper_id)
    near: dict[int, dict[int, None]] = {}
    for row, found in banded.items():
        others = {one for band in found for one in sharing.get(band, ())[:NEIGHBOURS]}
        if others - {row}:
            near[row] = dict.fromkeys(sorted(others - {row}))
    return near


def fold(
    tx: sa.Connection,
    near: Mapping[int, Mapping[int, None]],
    known: Mapping[int, Any],
    texts: Mapping[int, Shingles | None],
) -> int:
    """Fold each paper with the likest of its neighbours, the later into the earlier."""
    gone: dict[int, int] = {}
    for row, others in near.items():
        found = texts[row]
        left = [one for one in others if one not in gone]
        best = nearest(found, [texts[one] for one in left]) if found and row not in gone else None
        if best is None:
            continue
        root, later = sorted((row, left[best]))
        if known[later].twin_why == APART:
            continue
        gone[later] = root
        tx.execute(papers.update().where(papers.c.id == later).values(twin_id=root, twin_why=NEAR))
        # A folded paper never has a folded one: what hung on it hangs on the root now.
        tx.execute(papers.update().where(papers.c.twin_id == later).values(twin_id=root))
    return len(gone)


def unfold(tx: sa.Connection, key: str) -> None:
    """Give a near-duplicate its own place again, for good; raises NotFoundError."""
    row = tx.execute(sa.select(papers).where(papers.c.key == key)).first()
    if row is None:
        raise NotFoundError(f"there is no paper {key}; `newsletter papers list` shows all")
    if row.twin_id is None:
        raise NotFoundError(f"{key} is not folded; `newsletter papers show {key}` names its twins")
    if row.twin_why == SAME_WORK:
        raise NotFoundError(
            f"{key} is the same work by its ids; only near-duplicates can be unfolded"
        )
    one = papers.update().where(papers.c.id == row.id)
    tx.execute(one.values(twin_id=None, twin_why=APART))
