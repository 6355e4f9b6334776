"""Libraries of thousands of readers -> each one's likest papers, and what each liked paper adds.

By the model: words, categories, embeddings and the archive's own
topics. All libraries of a composing share the archive; each block of readers is one product.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from newsletter.ranking.model import weights as model_weights
from newsletter.ranking.model.archive import Archive, Papers
from newsletter.ranking.model.explaining import contributions
from newsletter.ranking.model.library import Libraries
from newsletter.ranking.model.scorer import Scorer
from newsletter.ranking.threads import one_thread

Floats = NDArray[np.float32]
Rows = NDArray[np.intp]

SMALL = 2_000  # papers below which what is usual is a guess, and the nearest papers say more
FEW = 200  # readers for whom that can be done one by one
GROUP = 8  # columns; the largest of each bounds the k best of a row


@dataclass(frozen=True, slots=True, eq=False)
class Shelved:
    """Libraries in columns: those of reader i are rows[starts[i]:starts[i + 1]]."""

    starts: Rows  # shape (m + 1,)
    rows: Rows  # of the liked papers, ascending for each reader, shape (n,)
    weights: Floats  # liked papers of a reader sum to 1, disliked are below 0, shape (n,)

    def __len__(self) -> int:
        """Return how many libraries there are."""
        return len(self.starts) - 1


class Likes:
    """The archive with the liked papers behind it, fitted, and the candidates among it."""

    @one_thread()
    def __init__(self, papers: Papers, older: int, candidates: Rows, readers: int) -> None:
        """Fit on papers of which those that are not `counted` are the liked ones, at the end.

        The first `older` are from before the reference window; `candidates` may become items.
        """
        counted = np.ones(len(papers), bool) if papers.counted is None else papers.counted
        self.first = int(counted.sum())  # the row of the first liked paper
        small = self.first < SMALL and readers <= FEW
        reference = np.arange(min(older, max(self.first - 1, 0)), self.first)
        self.archive = Archive(papers, reference, "small" if small else "scalable")
        self.scorer = Scorer(self.archive, candidates, np.arange(self.first, len(papers)))
        self.candidates = candidates
        count = len(candidates)
        # For parts: what is alike, less what is usual; the archive's topics beside the embedding.
        products, archive = self.scorer.products, self.archive
        self.usual = products[:, count:].mean(axis=1, dtype=np.float64).astype(np.float32)
        self.liked = sides(archive, np.arange(self.first, len(papers)))
        self.there = sides(archive, candidates) - sides(archive, archive.reference).mean(axis=0)

    def libraries(self, shelved: Shelved) -> Libraries:
        """Return the libraries as the model has them."""
        matrix = sparse.csr_matrix(
            (shelved.weights, shelved.rows + self.first, shelved.starts),
            shape=(len(shelved), len(self.archive)),
        )
        above = np.concatenate([[0], np.cumsum(shelved.weights > 0)])
        return Libraries(matrix, np.diff(above[shelved.starts]).astype(np.float64))

    @one_thread()
    def scores(self, libraries: Libraries) -> tuple[Floats, Floats]:
        """Return scores in spreads over the reference window, (m, c), and the spreads, (m,)."""
        return self.scorer.scaled(libraries)

    def parts(
        self, libraries: Libraries, reader: int, scale: tuple[Floats, float], chosen: Rows
    ) -> NDArray[np.float64]:
        """Return what each paper of a reader's library adds to the chosen candidates, (n, k).

        `chosen` are numbers of candidates; `scale` is the reader's row of `factors`, and the spread
        that `scores` gave. A column sums to the score. With the model held, the
        score without a paper is the score less its part.
        """
        factors, spread = scale
        start, end = libraries.matrix.indptr[reader], libraries.matrix.indptr[reader + 1]
        rows = libraries.matrix.indices[start:end]
        if self.scorer.similar is not None:
            return self.nearest(libraries, reader, spread, chosen)
        rows = rows - self.first
        weight = libraries.matrix.data[start:end, None] / spread
        whole = self.scorer.wholes.find(libraries.sizes[reader])
        if whole is not None:
            parts: NDArray[np.float64] = whole.rows[rows[:, None], chosen].astype(np.float64)
            parts -= whole.usual[rows, None]
            parts *= weight
            return parts
        parts = (self.liked[rows] * factors) @ self.there[chosen].T
        parts = parts.astype(np.float64)
        parts += self.scorer.products[rows[:, None], chosen] - self.usual[rows, None]
        parts *= weight
        return parts

    def factors(self, libraries: Libraries) -> Floats:
        """Return by library what each axis of `liked` is multiplied by, (m, d)."""
        plain = np.ones((len(libraries), self.archive.context.shape[1]), np.float32)
        return np.hstack([plain, self.scorer.factors(libraries.sizes)])

    def nearest(
        self, libraries: Libraries, reader: int, spread: float, chosen: Rows
    ) -> NDArray[np.float64]:
        """Return the parts of the small mode, where only the nearest papers count."""
        matrix = libraries.matrix[reader : reader + 1]
        one = Libraries(matrix, libraries.sizes[reader : reader + 1])
        places = np.searchsorted(self.scorer.liked, matrix.indices)
        columns = [contributions(self.scorer, one, places, int(at)) for at in chosen]
        found: NDArray[np.float64] = np.stack(columns, axis=1) / spread
        return found


def sides(archive: Archive, rows: Rows) -> Floats:
    """Return the archive's topics and the embedding of these rows, side by side."""
    return np.hstack([archive.context[rows], archive.space.rows[rows]])


def best(
    scores: Floats, columns: Rows, places: Rows, most: int, least: float = -np.inf
) -> list[list[tuple[float, int]]]:
    """Return for each row the `most` best of these columns, each with its place, best first.

    None whose score is below `least`.
    """
    if not len(columns):
        return [[] for _ in scores]
    some = scores if len(columns) == scores.shape[1] else scores[:, columns]
    ends, values, found = top(some, most, least)
    pairs = list(zip(values.tolist(), places[columns[found]].tolist(), strict=True))
    return [
        pairs[start : min(end, start + most)]
        for start, end in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)
    ]


def top(scores: Floats, most: int, least: float = -np.inf) -> tuple[Rows, Floats, Rows]:
    """Return the `most` largest values of each row, and a few more, largest first in each row.

    None below `least`. As where each row's begin, (m + 1,), the values and their columns. The
    largest of each group of columns are few; the k-th of those bounds the k-th of all from below,
    so that only what reaches it is sorted.
    """
    count, width = scores.shape
    groups = width // GROUP
    if groups > most:
        # Groups of columns that lie far apart: so a whole row is compared with the next at once.
        largest = scores[:, : groups * GROUP].reshape(count, GROUP, groups).max(axis=1)
        bound = np.partition(largest, groups - most, axis=1)[:, groups - most]
        enough = scores >= np.maximum(bound, np.float32(least))[:, None]
    else:
        enough = scores >= least
    # Flat, for a search in two dimensions takes eight times as long.
    flat = np.flatnonzero(enough)
    rows, columns = np.divmod(flat, width)
    values = scores.ravel()[flat]
    order = np.lexsort((-values, rows))  # stable: of equals the lower column
    ends = np.searchsorted(rows, np.arange(count + 1))
    return ends, values[order], columns[order]


def in_columns(starts: Rows, rows: Rows, weights: NDArray[np.float64]) -> Shelved:
    """Return libraries in columns: those of reader i are rows[starts[i]:starts[i + 1]].

    The liked papers of each, which weigh over 0, come to weigh 1 together, as the model has it.
    """
    count = len(starts) - 1
    owner = np.repeat(np.arange(count), np.diff(starts))
    liked = np.bincount(owner, np.maximum(weights, 0), count)
    disliked = np.bincount(owner, np.maximum(-weights, 0), count)
    whole = np.where(liked > 0, liked, np.where(disliked > 0, disliked, 1))
    weights = np.where(weights < 0, model_weights.DISLIKE * weights, weights) / whole[owner]
    return Shelved(starts, rows, weights.astype(np.float32))
