"""The archive's embeddings, centred, and how liking spreads over their directions."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from newsletter.ranking.model import weights

Floats = NDArray[np.float32]
STEP = 1_024


class Space:
    """Embeddings turned to the archive's own axes, where whitening is one factor an axis.

    With mean m and covariance C = U diag(w) U' of n papers a row is U'(x - m). A library's
    direction (n C + lambda I)^-1 sum(x - m) is then a division: the ridge regression of its papers
    against the whole archive, for a lambda of its own at no cost.
    """

    def __init__(
        self,
        vectors: Sequence[Floats],
        counted: NDArray[np.bool_],
        plain: bool = False,
        company: float = 0.0,
    ) -> None:
        """Turn the rows; two embedders' vectors are laid side by side.

        `plain` leaves mean and axes as they are, for archives too small to know them. `company`:
        weight of a paper's nearest counted papers beside its own place.
        """
        parts = []
        for place, one in enumerate(vectors):
            rows = np.array(one, np.float32)
            if not plain:
                rows -= rows[counted].mean(axis=0, dtype=np.float64).astype(np.float32)
            lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
            rows *= (weights.SECOND if place else 1.0) / np.maximum(lengths, 1e-6)[:, None]
            parts.append(rows.astype(np.float32))
        self.rows: Floats = np.hstack(parts) if len(parts) > 1 else parts[0]
        if company > 0 and not plain:
            self.rows = with_company(self.rows, np.flatnonzero(counted), company)
        known = self.rows[counted]
        self.n = len(known)
        self.plain = plain
        spread, axes = np.linalg.eigh((known.T @ known).astype(np.float64))
        self.spread = np.maximum(spread, 0.0)  # of n C
        if not plain:
            # The sign of an axis is chance; a fixed one keeps the bytes equal.
            axes *= np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(len(axes))])
            self.rows = self.rows @ axes.astype(np.float32)

    def factors(self, sizes: NDArray[np.float64]) -> Floats:
        """Return for libraries of so many papers the factor of each axis, (m, d).

        lambda = max(50, 2000 / papers) for an archive of 13,600 papers, scaled with its size.
        Scaled so that products by chance have spread 1 whatever lambda is: their variance is the
        sum over the axes of (factor x w / n)^2.
        """
        ridge = np.maximum(weights.LAMBDA_LEAST, weights.LAMBDA / np.maximum(sizes, 1.0))
        ridge = ridge * self.n / weights.LAMBDA_ARCHIVE
        factor = 1.0 / (self.spread[None, :] + np.maximum(ridge, 1e-9)[:, None])
        chance = np.sqrt(((factor * self.spread / self.n) ** 2).sum(axis=1))
        factor /= np.maximum(chance, 1e-12)[:, None]
        return np.asarray(factor, np.float32)


def with_company(rows: Floats, counted: NDArray[np.intp], weight: float) -> Floats:
    """Return each row of length 1 with the mean of its nearest papers added, by their likeness.

    A short text says little of its subject; the papers around it say more (query expansion by
    pseudo-relevance, Rocchio 1971). The nearest are sought among at most COMPANY_AMONG papers,
    evenly drawn.
    """
    rows = unit(rows)
    among = counted[:: max(1, -(-len(counted) // weights.COMPANY_AMONG))]
    there = rows[among]
    many = min(weights.COMPANY, len(among) - 1)
    if many < 1:
        return rows
    own = np.full(len(rows), -1, np.intp)
    own[among] = np.arange(len(among))
    found = np.empty_like(rows)
    for start in range(0, len(rows), STEP):
        some = rows[start : start + STEP]
        near = some @ there.T
        itself = own[start : start + STEP]
        near[np.flatnonzero(itself >= 0), itself[itself >= 0]] = -1  # not its own company
        best = np.sort(np.argpartition(-near, many - 1, axis=1)[:, :many], axis=1)
        likeness = np.maximum(np.take_along_axis(near, best, axis=1), 0) * (weight / many)
        found[start : start + STEP] = some + np.einsum("ik,ikd->id", likeness, there[best])
    found -= found[counted].mean(axis=0, dtype=np.float64).astype(np.float32)
    return unit(found)


def unit(rows: Floats) -> Floats:
    """Return the rows at length 1, those of nothing as they are."""
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    return np.asarray(rows / np.maximum(lengths, 1e-6)[:, None], np.float32)
