"""One library and one candidate -> the parts that the score is the sum of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from newsletter.ranking.model import weights
from newsletter.ranking.model.library import Libraries
from newsletter.ranking.model.scorer import Scorer, nearest, scales_of

Exact = NDArray[np.float64]
TERMS = 8  # of a part that are named, the heaviest first


@dataclass(frozen=True, slots=True)
class LikedPart:
    """What one liked paper adds to a candidate's score, or a disliked one takes away."""

    row: int  # of the liked paper, in the archive
    value: float  # words + categories + meaning
    words: float
    categories: float
    meaning: float  # embedding and context
    terms: tuple[tuple[int, float], ...]  # columns of the words they share; `quotes` finds them


def explain(scorer: Scorer, libraries: Libraries, which: int, candidate: int) -> list[LikedPart]:
    """Return the parts of library `which`'s score of the scorer's candidate number `candidate`.

    Each part is measured against the reference window's mean, so that their sum is the score, to
    1e-6 of `exact_score` and to the rounding of single precision of what `blocks` gives. With the
    scales held, the score without a paper is the score less its part, exactly (but in the small
    mode, where another paper may take its place among the nearest). The largest first, of equals
    the lower row.
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


def exact_score(
    scorer: Scorer, libraries: Libraries, which: int, candidate: int, spread: float | None = None
) -> float:
    """Return the score as `blocks` has it, but added up in double precision, library first.

    `spread` holds another library's scale, to say what a paper adds with the fitted model as it is.
    """
    matrix = libraries.matrix[which : which + 1]
    one = Libraries(matrix, libraries.sizes[which : which + 1])
    count, archive = len(scorer.candidates), scorer.archive
    if spread is None:
        spread = float(scales_of(scorer.raw(one, slice(count, None))).spread[0])
    columns = np.concatenate([[candidate], np.arange(count, len(scorer.columns))])
    rows, mine = matrix.indices, matrix.data.astype(np.float64)
    places = np.searchsorted(scorer.liked, rows)
    if scorer.similar is not None:
        found = nearest(one, scorer.liked, scorer.similar[:, columns])[0].astype(np.float64)
    else:
        there = scorer.columns[columns]
        context = archive.context.astype(np.float64)
        found = (mine @ context[rows]) @ context[there].T
        space = archive.space.rows.astype(np.float64)
        found += ((mine @ space[rows]) * scorer.factors(one.sizes)[0]) @ space[there].T
        if scorer.kernel is not None:
            learnt = mine @ scorer.kernel[places][:, columns].astype(np.float64)
            found += learnt * scorer.trust(one.sizes)[0]
    found = found + mine @ scorer.products[places][:, columns].astype(np.float64)
    return float((found[0] - found[1:].mean()) / spread)


def contributions(
    scorer: Scorer, one: Libraries, places: NDArray[np.intp], candidate: int
) -> NDArray[np.float64]:
    """Return each paper's raw likeness to the candidate less its mean over the window, (k,)."""
    count = len(scorer.candidates)
    rows, mine = one.matrix.indices, one.matrix.data.astype(np.float64)

    def less_usual(likeness: NDArray[np.floating]) -> Exact:
        exact = likeness.astype(np.float64)
        return np.asarray(exact[:, candidate] - exact[:, count:].mean(axis=1))

    def across(sides: NDArray[np.float32], factors: NDArray[np.float32] | float) -> Exact:
        there = sides[scorer.columns].astype(np.float64)
        return less_usual((sides[rows].astype(np.float64) * factors) @ there.T)

    found = less_usual(scorer.products[places])
    archive = scorer.archive
    if scorer.similar is not None:
        return np.asarray(
            mine * found + nearest_parts(scorer.similar, scorer, one, places)[:, candidate]
        )
    found += across(archive.context, 1.0)
    found += across(archive.space.rows, scorer.factors(one.sizes))
    if scorer.kernel is not None:
        found += less_usual(scorer.kernel[places]) * scorer.trust(one.sizes)[0]
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
