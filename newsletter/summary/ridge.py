"""Ridge regression on rows of numbers beside rows of names, by conjugate gradients."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from newsletter.summary.bag import Matrix
from newsletter.summary.salience import Vector

Groups = NDArray[np.int64]


def conjugate(
    multiply: Callable[[Vector], Vector],
    transposed: Callable[[Vector], Vector],
    wanted: Vector,
    ridge: Vector,
    steps: int = 80,
) -> Vector:
    """Return w with (X'X + ridge) w = X'y by conjugate gradients (Hestenes & Stiefel, 1952)."""
    residual = transposed(wanted)
    found, start = np.zeros_like(residual), residual @ residual
    toward, size = residual.copy(), start
    for _ in range(steps):
        if size < 1e-10 * start:
            break
        image = transposed(multiply(toward)) + ridge * toward
        step = size / (toward @ image)
        found += step * toward
        residual -= step * image
        before, size = size, residual @ residual
        toward = residual + (size / before) * toward
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows of numbers beside rows of names; both are weighed, with one ridge each."""

    dense: Matrix
    row: np.ndarray[tuple[int], np.dtype[np.int64]]
    column: np.ndarray[tuple[int], np.dtype[np.int64]]
    names: list[str]

    @classmethod
    def of(cls, dense: Matrix, names: Sequence[Sequence[str]], rarest: int) -> "Table":
        """Return the table of the names that `rarest` rows have at least."""
        counts = Counter(one for some in names for one in some)
        kept = sorted(one for one, count in counts.items() if count >= rarest)
        place = {one: at for at, one in enumerate(kept)}
        cells = [(at, place[one]) for at, some in enumerate(names) for one in some if one in place]
        row, column = np.array(cells, dtype=np.int64).reshape(-1, 2).T
        return cls(dense, row, column, kept)

    def fit(
        self, wanted: Vector, dense_ridge: float, ridge: float, group: Groups | None = None
    ) -> tuple[Vector, dict[str, float]]:
        """Return the weights of the columns and of the names, compared within groups if given."""
        dense, wide = within(self.dense, group), self.dense.shape[1]
        spread = dense.std(axis=0)
        spread = np.where(spread > 1e-9, spread, 1.0)
        dense = dense / spread
        wanted = within(wanted, group)
        rows, size = len(wanted), len(self.names)

        def multiply(weights: Vector) -> Vector:
            named = weights[wide:][self.column]
            part = np.bincount(self.row, named, minlength=rows).astype(np.float64)
            return np.asarray(dense @ weights[:wide] + within(part, group))

        def transposed(values: Vector) -> Vector:
            part = np.bincount(self.column, within(values, group)[self.row], minlength=size)
            return np.concatenate([dense.T @ values, part])

        ridges = np.concatenate([np.full(wide, dense_ridge), np.full(size, ridge)])
        found = conjugate(multiply, transposed, wanted, ridges)
        return found[:wide] / spread, dict(zip(self.names, found[wide:].tolist(), strict=True))


def within(values: Matrix, group: Groups | None) -> Matrix:
    """Return the values less the mean of their group."""
    if group is None:
        return values
    counts = np.bincount(group)
    if values.ndim == 1:
        return np.asarray(values - (np.bincount(group, values) / counts)[group])
    return np.stack([within(column, group) for column in values.T], axis=1)


def conditional(rows: Sequence[Matrix], chosen: Sequence[Sequence[int]], ridge: float) -> Vector:
    """Return weights that make the chosen rows of each table the likely ones among its rows.

    A conditional logit (McFadden, 1974) by Newton's method; of a table that has several chosen
    rows one is enough. The ridge weighs on columns brought to the same spread.
    """
    whole = np.vstack(rows)
    spread = whole.std(axis=0)
    spread = np.where(spread > 1e-9, spread, 1.0)
    tables = [(one - whole.mean(axis=0)) / spread for one in rows]
    weights = np.zeros(whole.shape[1])
    for _ in range(30):
        slope, bend = -ridge * weights, ridge * np.eye(len(weights))
        for table, right in zip(tables, chosen, strict=True):
            likely = np.exp(table @ weights - (table @ weights).max())
            likely /= likely.sum()
            wanted = np.zeros(len(likely))
            wanted[list(right)] = likely[list(right)]
            slope += table.T @ (wanted / wanted.sum() - likely)
            off = table - likely @ table
            bend += (off.T * likely) @ off
        step = np.linalg.solve(bend, slope)
        weights += step
        if np.abs(step).max() < 1e-6:
            break
    return np.asarray(weights / spread)
