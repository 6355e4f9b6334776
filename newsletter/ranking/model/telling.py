"""Chosen candidates of a block of readers -> what liked papers add to each, the largest first."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from newsletter.ranking.model.library import Libraries
from newsletter.ranking.model.many import Floats, Likes, Rows
from newsletter.ranking.model.whole import Whole


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Chosen candidates, each beside every paper of its reader's library."""

    libraries: Libraries
    numbers: Rows  # of the chosen one's library, (k,)
    chosen: Rows  # numbers of candidates, (k,)
    ends: Rows  # pairs of chosen one i are ends[i]:ends[i + 1], (k + 1,)
    at: Rows  # each pair's place in the libraries' matrix, (n,)
    owner: Rows  # each pair's chosen one, (n,)


@dataclass(frozen=True, slots=True, eq=False)
class Scales:
    """What `Likes.parts` takes of each library."""

    factors: Floats  # (m, d)
    spreads: Floats  # (m,)


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What is told of each chosen candidate."""

    scores: list[float]
    lengths: list[int]  # papers in the library
    papers: list[list[int]]  # those that add the most, as numbers of liked papers
    values: list[list[float]]  # what they add


def tell(
    likes: Likes, libraries: Libraries, scales: Scales, wanted: tuple[Rows, Rows], most: int
) -> Told:
    """Return the parts of chosen candidates, `most` of each, in their order.

    `wanted`: numbers of libraries, those of one together, and of their candidates, (k,) each. A
    score is the sum of all its parts. No library may be empty.
    """
    pairs = to_pairs(libraries, *wanted)
    values = parts_of(likes, pairs, scales)
    order = np.lexsort((-values, pairs.owner))
    scores = np.add.reduceat(values, pairs.ends[:-1])
    lengths = np.diff(pairs.ends)
    first = pairs.ends[:-1, None] + np.arange(most)
    held = np.minimum(first, pairs.ends[1:, None] - 1)  # a small library's last, again
    largest = order[held]
    papers = (libraries.matrix.indices[pairs.at[largest]] - likes.first).tolist()
    adds = values[largest].tolist()
    if lengths.min() < most:
        papers = [one[:n] for one, n in zip(papers, lengths.tolist(), strict=True)]
        adds = [one[:n] for one, n in zip(adds, lengths.tolist(), strict=True)]
    return Told(scores.tolist(), lengths.tolist(), papers, adds)


def to_pairs(libraries: Libraries, numbers: Rows, chosen: Rows) -> Pairs:
    """Return all pairs of a chosen candidate and a paper of its reader's library."""
    starts = libraries.matrix.indptr[numbers].astype(np.intp)
    lengths = libraries.matrix.indptr[numbers + 1] - starts
    ends = np.concatenate([[0], np.cumsum(lengths)])
    owner = np.repeat(np.arange(len(chosen)), lengths)
    at = np.arange(ends[-1]) + (starts - ends[:-1])[owner]
    return Pairs(libraries, numbers, chosen, ends, at, owner)


def parts_of(likes: Likes, pairs: Pairs, scales: Scales) -> NDArray[np.float64]:
    """Return what each pair adds to its score, (n,)."""
    sizes = pairs.libraries.sizes[pairs.numbers]
    values = np.empty(len(pairs.at))
    for size in np.unique(sizes).tolist():
        mine = sizes == size
        whole = likes.scorer.wholes.find(size)
        if whole is None:
            one_by_one(likes, pairs, scales, np.flatnonzero(mine), values)
        else:
            looked_up(likes, pairs, (scales, whole), mine[pairs.owner], values)
    return values


def looked_up(
    likes: Likes,
    pairs: Pairs,
    known: tuple[Scales, Whole],
    mine: NDArray[np.bool_],
    values: NDArray[np.float64],
) -> None:
    """Set the values of the pairs that are `mine` by what was multiplied out for their size."""
    scales, whole = known
    owner, at = pairs.owner[mine], pairs.at[mine]
    rows = pairs.libraries.matrix.indices[at] - likes.first
    spreads = scales.spreads[pairs.numbers[owner]].astype(np.float64)
    likeness = whole.rows[rows, pairs.chosen[owner]].astype(np.float64) - whole.usual[rows]
    values[mine] = likeness * (pairs.libraries.matrix.data[at] / spreads)


def one_by_one(
    likes: Likes, pairs: Pairs, scales: Scales, ones: Rows, values: NDArray[np.float64]
) -> None:
    """Set the values of these chosen candidates' pairs, a library at a time."""
    breaks = np.flatnonzero(np.diff(pairs.numbers[ones])) + 1
    for these in np.split(ones, breaks):
        number = int(pairs.numbers[these[0]])
        scale = scales.factors[number], float(scales.spreads[number])
        parts = likes.parts(pairs.libraries, number, scale, pairs.chosen[these])
        for column, one in enumerate(these.tolist()):
            values[pairs.ends[one] : pairs.ends[one + 1]] = parts[:, column]
