"""Libraries of liked papers -> which of the archive's papers are like them, thousands at once.

Each paper's and each liked paper's vector is taken from the mean of the archive. A library is the
weighed sum of its papers, those of an archive large enough to know what is usual whitened by its
covariance (ridge regression with all papers as negatives); its likeness to a paper is a product,
told in spreads over the archive. So it is a sum of one part for each liked paper.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Rows = NDArray[np.intp]

SMALL = 2_000  # papers below which a covariance is a guess
LAMBDA, LEAST_LAMBDA, LAMBDA_ARCHIVE = 2_000.0, 50.0, 13_600  # max(50, 2000 / papers liked)
LEAST_SPREAD = 1e-6
GROUP = 8  # columns; the largest of each bounds the k best of a row


@dataclass(frozen=True, slots=True, eq=False)
class Libraries:
    """Libraries in columns: those of reader i are rows[starts[i]:starts[i + 1]]."""

    starts: Rows  # shape (m + 1,)
    rows: Rows  # of the liked papers, shape (n,)
    weights: Floats  # above 0 for liked, below for disliked, shape (n,)

    def __len__(self) -> int:
        """Return how many libraries there are."""
        return len(self.starts) - 1


class Likes:
    """The archive's papers and the liked ones, ready to be compared."""

    def __init__(self, papers: Floats, liked: Floats, reference: slice) -> None:
        """Take vectors of length 1, (p, d) and (n, d), and which papers are the archive's measure.

        A row of zeros stands for a paper without a vector, and is like nothing.
        """
        window = papers[reference]
        window = window[has_vector(window)]
        mean = window.mean(axis=0) if len(window) else np.zeros(papers.shape[1], np.float32)
        centred = window - mean
        covariance = centred.T @ centred / max(len(window), 1)
        spread, axes = np.linalg.eigh(covariance.astype(np.float64))
        self.known = has_vector(papers)
        self.spread = np.maximum(spread, 0).astype(np.float32)  # variance along each axis, (d,)
        self.counted = len(window)
        turn = axes.astype(np.float32)
        self.papers = np.where(self.known[:, None], (papers - mean) @ turn, np.float32(0))
        self.liked = np.where(has_vector(liked)[:, None], (liked - mean) @ turn, np.float32(0))

    def factors(self, libraries: Libraries) -> Floats:
        """Return by library and axis what the ridge makes of a sum along it, (m, d) or (1, d)."""
        if self.counted < SMALL:
            return np.ones((1, len(self.spread)), np.float32)
        sizes = np.maximum(np.diff(libraries.starts), 1)
        different, which = np.unique(sizes, return_inverse=True)
        ridge = np.maximum(LEAST_LAMBDA, LAMBDA / different) * self.counted / LAMBDA_ARCHIVE
        found = self.counted / (self.counted * self.spread + ridge[:, None])
        whitened: Floats = found.astype(np.float32)[which]
        return whitened

    def profiles(self, libraries: Libraries) -> Floats:
        """Return each library as a vector whose product with a paper is in spreads, (m, d)."""
        weighed = self.liked[libraries.rows]
        weighed *= libraries.weights[:, None]
        sums = np.zeros((len(libraries), self.liked.shape[1]), np.float32)
        full = np.flatnonzero(np.diff(libraries.starts))
        if len(full):
            sums[full] = np.add.reduceat(weighed, libraries.starts[full], axis=0)
        sums *= self.factors(libraries)
        usual = np.sqrt((sums * sums) @ self.spread)
        sums /= np.maximum(usual, LEAST_SPREAD)[:, None]
        return sums

    def best(self, profiles: Floats, places: Rows, most: int) -> list[list[tuple[float, int]]]:
        """Return for each profile up to `most` of the papers at these places, the likest first."""
        places = places[self.known[places]]
        if not len(places):
            return [[] for _ in profiles]
        scores = profiles @ self.papers[places].T
        ends, values, columns = top(scores, most)
        found = list(zip(values.tolist(), places[columns].tolist(), strict=True))
        return [
            found[start : min(end, start + most)]
            for start, end in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)
        ]

    def parts(self, libraries: Libraries, reader: int, places: Rows) -> Floats:
        """Return what each paper of a reader's library adds to the papers at `places`, (n, p)."""
        run = slice(libraries.starts[reader], libraries.starts[reader + 1])
        one = Libraries(
            np.array([0, run.stop - run.start]), libraries.rows[run], libraries.weights[run]
        )
        factors = self.factors(one)
        liked = self.liked[one.rows] * one.weights[:, None] * factors
        whole = np.sqrt((liked.sum(axis=0) ** 2) @ self.spread)
        found: Floats = liked @ self.papers[places].T / max(float(whole), LEAST_SPREAD)
        return found


def has_vector(rows: Floats) -> NDArray[np.bool_]:
    """Return which rows are not zeros, (n,)."""
    found: NDArray[np.bool_] = np.any(rows != 0, axis=1)
    return found


def top(scores: Floats, most: int) -> tuple[Rows, Floats, Rows]:
    """Return the `most` largest values of each row, and a few more, largest first in each row.

    As where each row's begin, (m + 1,), the values and their columns. The largest of each group of
    columns are few; the k-th of those bounds the k-th of all from below, so that only what reaches
    it is sorted.
    """
    count, width = scores.shape
    groups = width // GROUP
    if groups > most:
        largest = scores[:, : groups * GROUP].reshape(count, groups, GROUP).max(axis=2)
        bound = np.partition(largest, groups - most, axis=1)[:, groups - most]
        rows, columns = np.nonzero(scores >= bound[:, None])
    else:
        rows, columns = np.nonzero(np.ones_like(scores, bool))
    values = scores[rows, columns]
    order = np.lexsort((columns, -values, rows))
    ends = np.searchsorted(rows, np.arange(count + 1))
    return ends, values[order], columns[order]


def in_columns(libraries: Sequence[tuple[Rows, Floats]]) -> Libraries:
    """Return libraries, each as the rows of its papers and their weights, in columns."""
    starts = np.zeros(len(libraries) + 1, np.intp)
    np.cumsum([len(rows) for rows, _ in libraries], out=starts[1:])
    nothing = np.zeros(0, np.intp), np.zeros(0, np.float32)
    rows, weights = zip(*(libraries or [nothing]), strict=True)  # columns of both
    return Libraries(starts, np.concatenate(rows), np.concatenate(weights).astype(np.float32))
