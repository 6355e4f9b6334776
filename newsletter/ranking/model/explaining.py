"""One library and one candidate -> the parts that the score is the sum of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from newsletter.ranking.model import weights
from newsletter.ranking.model.library import Libraries
from newsletter.ranking.model.scorer import Scorer, scales_of

TERMS = 8  # of a part that are named, the heaviest first


@dataclass(frozen=True, slots=True)
class LikedPart:
    """What one liked paper adds to a candidate's score, or a disliked one takes away."""

    row: int  # of the liked paper, in the archive
    value: float  # words + categories + meaning
    words: float
    categories: float
    meaning: float  # embedding and context
    terms: tuple[tuple[int, float], ...]  # hashed columns, see `named`: what words they share


def explain(scorer: Scorer, libraries: Libraries, which: int, candidate: int) -> list[LikedPart]:
    """Return the parts of library `which`'s score of the scorer's candidate number `candidate`.

    Each part is measured against the reference window's mean, so that their sum is the score. With
    the scales held, the score without a paper is the score less its part, exactly. The largest
    first, of equals the lower row.
    """
    one = Libraries(libraries.matrix[which : which + 1], libraries.sizes[which : which + 1])
    count = len(scorer.candidates)
    own = scales_of(scorer.raw(one, slice(count, None)))
    rows, mine = one.matrix.indices, one.matrix.data.astype(np.float64)
    places = np.searchsorted(scorer.liked, rows)
    archive = scorer.archive
    here = int(scorer.candidates[candidate])
    spread = float(own.spread[0])
    whole = contributions(scorer, one, places, candidate) / spread
    mine_rows = archive.sparse[rows]
    both = mine_rows.multiply(archive.sparse[[here] * len(rows)]).tocsr()
    usual = np.asarray(archive.sparse[archive.reference].mean(axis=0), np.float64).ravel()
    less = both - mine_rows.multiply(usual[np.newaxis, :]).tocsr()
    in_words = mine * np.asarray(less[:, : archive.terms].sum(axis=1)).ravel() / spread
    in_categories = mine * np.asarray(less[:, archive.terms :].sum(axis=1)).ravel() / spread
    parts = [
        LikedPart(
            int(row),
            float(whole[at]),
            float(in_words[at]),
            float(in_categories[at]),
            float(whole[at] - in_words[at] - in_categories[at]),
            heaviest(both[[at]], archive.terms, mine[at] / spread),
        )
        for at, row in enumerate(rows)
    ]
    return sorted(parts, key=lambda part: (-part.value, part.row))


def contributions(
    scorer: Scorer, one: Libraries, places: NDArray[np.intp], candidate: int
) -> NDArray[np.float64]:
    """Return each paper's raw likeness to the candidate less its mean over the window, (k,)."""
    count = len(scorer.candidates)
    mine = one.matrix.data.astype(np.float64)

    def less_usual(likeness: NDArray[np.float32]) -> NDArray[np.float64]:
        exact = likeness.astype(np.float64)
        return np.asarray(exact[:, candidate] - exact[:, count:].mean(axis=1))

    found = less_usual(scorer.products[places])
    archive = scorer.archive
    if scorer.similar is not None:
        return np.asarray(
            mine * found + nearest_parts(scorer.similar, scorer, one, places)[:, candidate]
        )
    rows = one.matrix.indices
    found += less_usual(archive.context[rows] @ archive.context[scorer.columns].T)
    if archive.mode == "scalable":
        direction = archive.space.rows[rows] * scorer.factors(one.sizes)
        found += less_usual(direction @ archive.space.rows[scorer.columns].T)
    return np.asarray(mine * found)


def nearest_parts(
    likeness: NDArray[np.float32], scorer: Scorer, one: Libraries, places: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return the small mode's parts, (k, c): each column's mean falls to its nearest papers."""
    count = len(scorer.candidates)
    similar = likeness[places].astype(np.float64)
    good = np.flatnonzero(one.matrix.data > 0)
    bad = np.flatnonzero(one.matrix.data < 0)
    share = np.zeros_like(similar)
    columns = np.arange(similar.shape[1])
    if len(good):
        best = np.argsort(-similar[good], axis=0, kind="stable")[: weights.NEAREST]
        share[good[best], columns] = 1 / len(best)
    if len(bad):
        share[bad[similar[bad].argmax(axis=0)], columns] = -weights.DISLIKE
    found = share * similar
    return np.asarray(found[:, :count] - found[:, count:].mean(axis=1, keepdims=True))


def heaviest(row: sparse.csr_matrix, terms: int, factor: float) -> tuple[tuple[int, float], ...]:
    """Return the columns of the words that weigh most in this product, and their values."""
    inside = row.indices < terms
    columns, values = row.indices[inside], row.data[inside] * factor
    order = np.lexsort((columns, -np.abs(values)))[:TERMS]
    return tuple((int(columns[at]), float(values[at])) for at in order)
