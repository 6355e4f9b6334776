"""From texts to weighed words: BM25 weights of stems and pairs of them, a sparse row a paper."""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from newsletter.ranking.model import weights
from newsletter.ranking.terms import STOP_STEMS, stem

K1 = 1.2
B = 0.75
COLUMNS = 1 << 24  # pairs of words are folded into so many columns before the rare ones are dropped
FEWEST = 2  # papers that hold a pair of words: below it joins nothing
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Bag:
    """A text's terms, counted: what the model keeps of it. Small, and the same in every process."""

    terms: NDArray[np.uint64]  # ascending; a stem is below 2**32, a pair of stems above
    counts: NDArray[np.float32]

    @property
    def length(self) -> float:
        """Return the number of single words that carry a subject."""
        return float(self.counts[self.terms < 1 << 32].sum())


@lru_cache(maxsize=262_144)
def number(word: str) -> int:
    """Return the number of a word's stem, over 0, or 0 for a word that carries no subject."""
    found = stem(word)
    if len(found) < 2 or found in STOP_STEMS:
        return 0
    return zlib.crc32(found.encode()) or 1


def bag(title: str, abstract: str = "") -> Bag:
    """Return the terms of a title and an abstract: single stems and pairs of neighbours.

    Stop words are left out, and no pair reaches over one or from the title into the abstract.
    """
    found = []
    for text in (title, abstract):
        words = WORD.findall(text.casefold().replace("’", "'"))
        one = np.fromiter(map(number, words), np.uint64, len(words))
        pairs = (one[:-1] << np.uint64(32)) | one[1:]
        found += [one[one > 0], pairs[(one[:-1] > 0) & (one[1:] > 0)]]
    terms, counts = np.unique(np.concatenate(found), return_counts=True)
    return Bag(terms, counts.astype(np.float32))


def phrases(text: str) -> dict[int, tuple[str, ...]]:
    """Return the stems behind each of a text's terms, to quote them."""
    words = WORD.findall(text.casefold().replace("’", "'"))
    found: dict[int, tuple[str, ...]] = {}
    numbers = [number(word) for word in words]
    for at, here in enumerate(numbers):
        if here:
            found.setdefault(here, (stem(words[at]),))
        if at and here and numbers[at - 1]:
            pair = (numbers[at - 1] << 32) | here
            found.setdefault(pair, (stem(words[at - 1]), stem(words[at])))
    return found


def fold(terms: NDArray[np.uint64]) -> NDArray[np.int32]:
    """Return each term's column, 0 to 2**24 - 1 (Fibonacci hashing, Knuth 6.4)."""
    mixed = (terms ^ (terms >> np.uint64(32))) * np.uint64(0x9E3779B97F4A7C15)
    return (mixed >> np.uint64(40)).astype(np.int32)


class Words:
    """The weighed words of an archive's papers.

    The weight of a term in a paper is idf x BM25's saturation, the row scaled to length 1, so that
    the product of two rows is a likeness, 0 to 1.
    """

    def __init__(self, bags: Sequence[Bag], counted: NDArray[np.bool_]) -> None:
        """Weigh the terms of these papers; only the rows `counted` make up the statistics."""
        lengths = np.array([one.length for one in bags], np.float32)
        self.n = int(counted.sum())
        self.mean_length = float(max(lengths[counted].mean(), 1.0)) if self.n else 1.0
        sizes = np.array([len(one.terms) for one in bags], np.int64)
        starts = np.concatenate([[0], np.cumsum(sizes)])
        columns = np.empty(starts[-1], np.int32)
        counts = np.empty(starts[-1], np.float32)
        for at, one in enumerate(bags):
            columns[starts[at] : starts[at + 1]] = fold(one.terms)
            counts[starts[at] : starts[at + 1]] = one.counts
        # One table of all columns and not of 64 bits: it is the most memory of a composing.
        table = np.zeros(COLUMNS, np.int32)
        np.add.at(table, columns[np.repeat(counted, sizes)], np.int32(1))
        known = table >= FEWEST
        # A word that one paper alone holds joins no two papers, and yet a topic may name it.
        for one in bags:
            single = fold(one.terms[one.terms < 1 << 32])
            known[single] |= table[single] > 0
        self.frequency = table[known].astype(np.int64)
        self.column = table  # from here on
        table.fill(-1)
        table[known] = np.arange(len(self.frequency), dtype=np.int32)
        self.idf = idf(self.n, self.frequency)
        # Of a column that a pair and a stem share by chance, the pair is forgotten.
        self.pair_factor = np.full(len(self.idf), weights.PAIR, np.float32)
        for one in bags:
            single = self.column[fold(one.terms[one.terms < 1 << 32])]
            self.pair_factor[single[single >= 0]] = 1
        keep = known[columns]
        indptr = np.concatenate([[0], np.cumsum(keep)])[starts]
        rows = sparse.csr_matrix(
            (counts[keep], self.column[columns[keep]], indptr.astype(np.int32)),
            shape=(len(bags), len(self.idf)),
        )
        self.weights = self.saturate(rows, lengths)
        self.norms = scale_rows(self.weights, self.frequency >= FEWEST)

    def saturate(self, rows: sparse.csr_matrix, lengths: NDArray[np.float32]) -> sparse.csr_matrix:
        """Turn counts into BM25 weights (Robertson & Zaragoza 2009, eq. 3.15)."""
        relative = np.repeat(lengths / np.float32(self.mean_length), np.diff(rows.indptr))
        rows.data *= (K1 + 1) / (rows.data + K1 * (1 - B + B * relative))
        rows.data *= self.idf[rows.indices]
        return rows

    def query(self, one: Bag) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return the columns of a text's terms that the archive knows, and their counts."""
        columns = self.column[fold(one.terms)]
        return columns[columns >= 0], one.counts[columns >= 0]


def idf(n: int, frequency: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return ln(1 + (n - f + 0.5) / (f + 0.5)) (Robertson & Zaragoza 2009, eq. 3.3)."""
    ratio = (n - frequency + 0.5) / (frequency + 0.5)
    return np.log1p(np.maximum(ratio, 0)).astype(np.float32)


def scale_rows(rows: sparse.csr_matrix, joining: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Scale each row to length 1 over the joining columns, in place; return the lengths.

    Rows of nothing stay as they are.
    """
    squares = np.where(joining[rows.indices], rows.data.astype(np.float64) ** 2, 0)
    sums = np.concatenate([[0], np.cumsum(squares)])
    norms = np.sqrt(np.diff(sums[rows.indptr])).astype(np.float32)
    norms[norms < 1e-6] = 1
    rows.data /= np.repeat(norms, np.diff(rows.indptr))
    return np.asarray(norms)
