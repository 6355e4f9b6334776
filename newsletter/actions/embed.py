"""Texts -> their vectors: those that are kept, and the rest made now and kept.

What comes back is always what is kept (half precision), so that a second run, or another process,
ranks by the same numbers as the first.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from newsletter.domain.paper import Paper
from newsletter.domain.wording import digest, wording
from newsletter.ranking.embedding import Embedder, Vectors
from newsletter.store import vectors
from newsletter.store.database import Store

BATCH = 64  # texts in one transaction: seconds of work at most are done again after a crash
AT_INGEST = 2000  # papers after reading feeds; an older archive follows run by run
READY = 300  # papers that may be embedded on the spot: half a minute with a sentence encoder

Progress = Callable[[int, int], None]


def never() -> bool:
    """Return that nobody wants it to stop."""
    return False


@dataclass(frozen=True, slots=True)
class Embedded:
    """What was done."""

    done: int  # papers
    left: int


def vectors_for(store: Store, embedder: Embedder, papers: Sequence[Paper]) -> Vectors:
    """Return a row of length 1 a paper, shape (n, d), made now where none is kept."""
    return vectors_of(store, embedder, [wording(one.title, one.abstract) for one in papers])


def vectors_of(store: Store, embedder: Embedder, texts: Sequence[str]) -> Vectors:
    """Return a row of length 1 a text, shape (n, d), made now where none is kept.

    Texts that do not stand in the store (a topic's, say) are kept too, until the next pruning.
    """
    named = {digest(text): text for text in texts}
    with store.read() as tx:
        found = vectors.kept(tx, embedder.name, named)
    for some in split([one for one in named if one not in found]):
        found |= made(store, embedder, {one: named[one] for one in some})
    rows = np.zeros((len(texts), embedder.dimensions), np.float32)
    for place, text in enumerate(texts):
        rows[place] = found[digest(text)]
    return rows


def embed_missing(
    store: Store,
    embedder: Embedder,
    limit: int | None = None,
    progress: Progress | None = None,
    stopping: Callable[[], bool] = never,
) -> Embedded:
    """Make the vectors that papers lack, the newest papers first, `limit` at most.

    Idempotent, and safe beside another process that does the same: at worst both make some.
    """
    with store.read() as tx:
        missing = vectors.count_lacking(tx, embedder.name)
    total = missing if limit is None else min(limit, missing)
    done = 0
    while done < total and not stopping():
        with store.read() as tx:
            wanted = vectors.lacking(tx, embedder.name, min(BATCH, total - done))
        if not wanted:
            break
        made(store, embedder, {one.digest: wording(one.title, one.abstract) for one in wanted})
        done += len(wanted)
        if progress:
            progress(done, total)
    return Embedded(done, max(0, missing - done))


def made(store: Store, embedder: Embedder, texts: dict[str, str]) -> dict[str, vectors.Vector]:
    """Make and keep the vectors of texts by digest; return them as they are kept."""
    rows = embedder.embed(list(texts.values()))  # outside any transaction: it takes seconds
    new = dict(zip(texts, rows, strict=True))
    with store.write() as tx:
        vectors.keep(tx, embedder.name, new)
    return {one: vectors.unpack(vectors.pack(row)) for one, row in new.items()}


def usable(store: Store, choices: Sequence[Embedder], after: int) -> Embedder:
    """Return the first of the embedders that has nearly all papers whose row is over `after`.

    A newly installed model has none at first; until the background has caught up, the next choice
    ranks. The last one is returned whatever it lacks.
    """
    with store.read() as tx:
        for one in choices[:-1]:
            if vectors.count_lacking(tx, one.name, after) <= READY:
                return one
    return choices[-1]


def split(some: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield them a batch at a time."""
    return (some[start : start + BATCH] for start in range(0, len(some), BATCH))
