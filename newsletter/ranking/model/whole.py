"""Libraries of one size that many readers have -> what a liked paper adds, multiplied out once."""

from collections import Counter
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from newsletter.ranking.model import weights

if TYPE_CHECKING:
    from newsletter.ranking.model.scorer import Scorer

Floats = NDArray[np.float32]

LARGEST = ceil(weights.LAMBDA / weights.LAMBDA_LEAST)  # from here on all sizes weigh axes alike
MEMORY = 256 << 20  # bytes of all that is multiplied out


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """What liking each paper adds to each column, for libraries of one size."""

    rows: Floats  # (u, columns): raw, before it is weighed and scaled
    usual: Floats  # (u,): its mean over the reference window


class Wholes:
    """The sizes that were multiplied out so far.

    Multiplying out costs what u libraries cost one by one (u: papers that anybody likes), so it is
    done for a size once half as many libraries of it were seen: never more than thrice the best.
    """

    def __init__(self, scorer: "Scorer") -> None:
        """Begin with none."""
        self.scorer = scorer
        self.seen: Counter[int] = Counter()
        self.made: dict[int, Whole] = {}

    def find(self, size: float) -> Whole | None:
        """Return what was multiplied out for libraries of this size, None if it was not."""
        return self.made.get(to_class(size))

    def count(self, size: float, libraries: int) -> Whole | None:
        """Return the same, made when enough libraries of the size have come, these among them."""
        scorer, key = self.scorer, to_class(size)
        if key in self.made or scorer.archive.mode != "scalable":
            return self.made.get(key)
        self.seen[key] += libraries
        space = len(scorer.liked) * scorer.wanted.stop * 4
        if 2 * self.seen[key] < len(scorer.liked) or (len(self.made) + 1) * space > MEMORY:
            return None
        self.made[key] = self.multiplied(key)
        return self.made[key]

    def multiplied(self, size: int) -> Whole:
        """Return the likeness of all liked papers to all columns, for libraries of this size."""
        scorer = self.scorer
        archive, columns = scorer.archive, scorer.wanted
        liked, places = scorer.liked, scorer.columns[columns]
        factors = scorer.factors(np.array([size], np.float64))
        left = np.hstack([archive.context[liked], archive.space.rows[liked] * factors])
        right = np.hstack([archive.context[places], archive.space.rows[places]])
        rows = left @ right.T
        rows += scorer.products[:, columns]
        among = slice(len(scorer.candidates), None) if scorer.within is None else scorer.within
        usual = rows[:, among].mean(axis=1, dtype=np.float64).astype(np.float32)
        return Whole(rows, usual)


def to_class(size: float) -> int:
    """Return the size that stands for all those that weigh the axes as this one does."""
    return min(max(int(size), 1), LARGEST)
