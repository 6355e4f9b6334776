"""Libraries: the papers that readers liked and disliked, as sparse rows over the archive."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from newsletter.ranking.model import weights

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Library:
    """One reader's papers, as rows of the archive."""

    liked: tuple[int, ...] = ()
    disliked: tuple[int, ...] = ()
    liked_weights: tuple[float, ...] = field(default=())  # as `decay` gives them; () is 1 each
    disliked_weights: tuple[float, ...] = field(default=())


class Libraries:
    """Many libraries in columns, which is how 100,000 of them are handed over."""

    def __init__(self, matrix: sparse.csr_matrix, sizes: NDArray[np.float64]) -> None:
        """Take (m, n) weights, liked above and disliked below 0, and how many each has liked."""
        self.matrix = matrix
        self.sizes = sizes

    @classmethod
    def of(cls, libraries: Sequence[Library], n: int) -> "Libraries":
        """Return these libraries over an archive of n papers; the liked weigh 1 together.

        A paper both liked and disliked counts as what its weights add up to. Raises ValueError if
        a row is outside the archive or weights are given for some papers only.
        """
        starts, rows, values = [0], list[int](), list[float]()
        for one in libraries:
            liked = one.liked_weights or (1.0,) * len(one.liked)
            disliked = one.disliked_weights or (1.0,) * len(one.disliked)
            total = sum(liked) or sum(disliked) or 1.0
            for row, weight in zip(one.liked, liked, strict=True):
                rows.append(row)
                values.append(weight / total)
            for row, weight in zip(one.disliked, disliked, strict=True):
                rows.append(row)
                values.append(-weights.DISLIKE * weight / total)
            starts.append(len(rows))
        if rows and not 0 <= min(rows) <= max(rows) < n:
            raise ValueError(f"a library names a paper outside the archive of {n}")
        matrix = sparse.csr_matrix(
            (np.array(values, np.float32), np.array(rows, np.int32), np.array(starts, np.int32)),
            shape=(len(libraries), n),
        )
        matrix.sum_duplicates()
        return cls(matrix, np.array([len(one.liked) for one in libraries], np.float64))

    def __len__(self) -> int:
        """Return how many libraries there are."""
        return len(self.sizes)

    def blocks(self, size: int) -> Iterator[tuple[int, "Libraries"]]:
        """Return them in runs of at most `size`, each with the place of its first."""
        for start in range(0, len(self), size):
            end = min(start + size, len(self))
            yield start, Libraries(self.matrix[start:end], self.sizes[start:end])


def decay(age_days: Sequence[float], half_life_days: float) -> tuple[float, ...]:
    """Return how much papers liked so many days ago weigh: 2 ** -(age / half life)."""
    return tuple(2.0 ** -(max(age, 0.0) / half_life_days) for age in age_days)
