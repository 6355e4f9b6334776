"""Reasons that name liked papers, and what readers said of late -> what their feedback changed."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from newsletter.domain.issue import Credit
from newsletter.domain.library import VERDICTS, Verdict

LATELY = 30.0  # days after which a reader's word is no news any more
MOST = 2  # of a reader's words that an issue tells of, those that brought the most papers
LIKE = len("like:")
TELLING = (Verdict.MORE, Verdict.SAVED)


class Reasons(NamedTuple):
    """Of each paper in turn: the liked papers that are told of as reasons, and what they add."""

    papers: Sequence[Sequence[int]]
    values: Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """What readers said of liked papers of late: of library i, at starts[i]:starts[i + 1]."""

    starts: NDArray[np.intp]  # shape (m + 1,)
    papers: NDArray[np.intp]  # numbers of liked papers, shape (n,)
    verdicts: NDArray[np.int8]  # places in VERDICTS, shape (n,)

    def of(self, number: int) -> dict[int, Verdict]:
        """Return what one library's reader said of which liked paper."""
        here = slice(self.starts[number], self.starts[number + 1])
        codes = self.verdicts[here].tolist()
        return {
            paper: VERDICTS[code]
            for paper, code in zip(self.papers[here].tolist(), codes, strict=True)
        }


def lately(
    starts: NDArray[np.intp],
    papers: NDArray[np.intp],
    verdicts: NDArray[np.int8],
    days: NDArray[np.float64],
) -> Words:
    """Return those of the examples, in columns by library, that are words of the last 30 days."""
    wanted = np.isin(verdicts, [VERDICTS.index(one) for one in TELLING]) & (days < LATELY)
    chosen = np.flatnonzero(wanted)
    return Words(np.searchsorted(chosen, starts), papers[chosen], verdicts[chosen])


def credits(
    words: Words,
    numbers: Mapping[int, int],
    wanted: Mapping[int, Sequence[int]],
    reasons: Reasons,
    names: Sequence[str],
) -> dict[int, tuple[Credit, ...]]:
    """Return by reader which of their words brought how many of the papers that they wanted.

    A word is counted for a paper if what was rated is told of as a reason of it, so that each count
    can be read off the issue's own parts. `numbers`: each reader's library; `names` of those parts,
    in JSON. Readers of whom nothing can be told are left out.
    """
    each: Iterator[tuple[Sequence[int], Sequence[float]]]
    each = zip(reasons.papers, reasons.values, strict=True)
    found = {}
    for reader, places in wanted.items():
        told = list(islice(each, len(places)))
        said = words.of(numbers[reader])
        if not said:
            continue
        counts = Counter(
            paper
            for papers, values in told
            for paper, value in zip(papers, values, strict=True)
            if value > 0 and paper in said
        )
        made = [
            Credit(said[paper], json.loads(names[paper])[LIKE:], number)
            for paper, number in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
        ]
        if made:
            found[reader] = tuple(made[:MOST])
    return found
