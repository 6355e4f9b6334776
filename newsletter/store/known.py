"""What is known of a paper somewhere here: in the archive of feeds, or in somebody's library."""

from collections.abc import Sequence

import sqlalchemy as sa

from newsletter.domain.paper import Paper, is_telling, plain
from newsletter.store import works
from newsletter.store.database import among, batches
from newsletter.store.papers import load_rows, to_paper
from newsletter.store.schema import paper_keys, papers


def known(tx: sa.Connection, keys: Sequence[str]) -> list[tuple[str, Paper]]:
    """Return the papers known by these keys, each with the key; the archive before libraries."""
    found = {key: works.to_paper(rows[0]) for key, rows in works.near(tx, keys).items()}
    for chunk in batches(tuple(dict.fromkeys(keys))):
        statement = sa.select(paper_keys).where(among(tx, paper_keys.c.key, chunk))
        rows = {row.key: row.paper_id for row in tx.execute(statement)}
        texts = {row.id: to_paper(row) for row in load_rows(tx, papers.c.id.in_(rows.values()))}
        found |= {key: texts[row] for key, row in rows.items()}
    return [(key, found[key]) for key in keys if key in found]


def by_short_title(tx: sa.Connection, title: str) -> Paper | None:
    """Return the archive's paper with this title, if it is the only one.

    For a title that is too short to be a key; a long one is found by its key.
    """
    if is_telling(plain(title)):
        return None
    same = load_rows(tx, sa.func.lower(papers.c.title) == title.lower())
    return to_paper(same[0]) if len(same) == 1 else None
