"""Near-duplicates by MinHash: two texts that share most of their word triples are twins."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from newsletter.domain.paper import Paper, plain

SHORTEST = 48  # words: of less text two papers may share most by chance
ALIKE = 0.75  # Jaccard likeness of the triples from which two papers are twins
BANDS = 8
ROWS = 4  # of 8 x 4 hashes: a pair of likeness .8 meets in a band in 98 % of cases, .3 in 6 %
# Multiply-shift hashing (Dietzfelbinger et al. 1997): odd multipliers from a fixed seed, so that
# hashes can be stored.
SEEDS = np.random.default_rng(20260314).integers(0, 2**63, (BANDS * ROWS, 2), dtype=np.uint64)
MULTIPLIERS, ADDENDS = SEEDS[:, :1] | np.uint64(1), SEEDS[:, 1:]
FOLD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio, to mix a band's hashes into one


@dataclass(frozen=True, slots=True, eq=False)  # by identity: an array has no one truth value
class Shingles:
    """A text's word triples."""

    triples: NDArray[np.uint64]  # sorted, each once


def shingles(paper: Paper) -> Shingles | None:
    """Return the triples of title and abstract; None if they have under 48 words."""
    words = plain(f"{paper.title} {paper.abstract}").split()
    if len(words) < SHORTEST:
        return None
    hashed = np.fromiter(map(word_hash, words), np.uint64, len(words))
    triples = (hashed[:-2] * FOLD + hashed[1:-1]) * FOLD + hashed[2:]
    return Shingles(np.unique((triples * FOLD) >> np.uint64(32)))


@lru_cache(maxsize=65_536)
def word_hash(word: str) -> int:
    """Return the same 32 bits for a word on every machine."""
    return crc32(word.encode())


def bands(found: Shingles) -> list[int]:
    """Return eight numbers from -2^63 to 2^63 - 1; twins share at least one, others hardly ever.

    MinHash (Broder 1997) in bands (Leskovec, Rajaraman, Ullman, chapter 3.4). The band's place is
    mixed in, so that all can be kept in one column.
    """
    least = ((found.triples * MULTIPLIERS + ADDENDS) >> np.uint64(32)).min(axis=1)
    mixed = np.arange(1, BANDS + 1, dtype=np.uint64)
    for row in least.reshape(BANDS, ROWS).T:
        mixed = (mixed ^ row) * FOLD
        mixed ^= mixed >> np.uint64(29)
    kept: list[int] = mixed.astype(np.int64).tolist()
    return kept


def likeness(one: Shingles, other: Shingles) -> float:
    """Return the Jaccard likeness of two texts' triples, 0 to 1."""
    shared = np.intersect1d(one.triples, other.triples, assume_unique=True).size
    return float(shared / (one.triples.size + other.triples.size - shared))


def nearest(found: Shingles, others: Sequence[Shingles | None]) -> int | None:
    """Return the place of the likest of the others, None if none is alike enough."""
    scored = [likeness(found, other) if other else 0.0 for other in others]
    best = max(range(len(scored)), key=scored.__getitem__, default=None)
    return best if best is not None and scored[best] >= ALIKE else None
