"""Chosen candidates of a block of readers -> what liked papers add to each, the largest first."""

from collections.abc import Sequence
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
class Told:
    """What is told of each chosen candidate."""

    scores: list[float]
    lengths: list[int]  # papers in the library
    papers: list[list[int]]  # those that add the most, as numbers of liked papers
    values: list[list[float]]  # what they add


def tell(
    likes: Likes,
    libraries: Libraries,
    scales: Sequence[tuple[Floats, float]],
    wanted: Sequence[tuple[int, Rows]],
    most: int,
) -> Told:
    """Return the parts of each library's chosen candidates, `most` of each, in their order.

    `scales` are those that `Likes.parts` takes, by library; `wanted` libraries and their chosen
    candidates. A score is the sum of all its parts. No library may be empty.
    """
    pairs = to_pairs(libraries, wanted)
    values = parts_of(likes, pairs, scales, wanted)
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


def to_pairs(libraries: Libraries, wanted: Sequence[tuple[int, Rows]]) -> Pairs:
    """Return all pairs of a chosen candidate and a paper of its reader's library."""
    numbers = np.repeat([number for number, _ in wanted], [len(chosen) for _, chosen in wanted])
    chosen = np.concatenate([chosen for _, chosen in wanted])
    starts = libraries.matrix.indptr[numbers].astype(np.intp)
    lengths = libraries.matrix.indptr[numbers + 1] - starts
    ends = np.concatenate([[0], np.cumsum(lengths)])
    owner = np.repeat(np.arange(len(chosen)), lengths)
    at = np.arange(ends[-1]) + (starts - ends[:-1])[owner]
    return Pairs(libraries, numbers, chosen, ends, at, owner)


def parts_of(
    likes: Likes,
    pairs: Pairs,
    scales: Sequence[tuple[Floats, float]],
    wanted: Sequence[tuple[int, Rows]],
) -> NDArray[np.float64]:
    """Return what each pair adds to its score, (n,)."""
    matrix, sizes = pairs.libraries.matrix, pairs.libraries.sizes
    wholes = likes.scorer.wholes
    values = np.empty(len(pairs.at))
    which: dict[int, tuple[Whole, list[int]]] = {}
    done = 0
    for number, chosen in wanted:
        whole = wholes.find(sizes[number])
        if whole is None:
            parts = likes.parts(pairs.libraries, number, scales[number], chosen).T.ravel()
            start = pairs.ends[done]
            values[start : start + len(parts)] = parts
        else:
            which.setdefault(id(whole), (whole, []))[1].extend(range(done, done + len(chosen)))
        done += len(chosen)
    spreads = np.array([scales[number][1] for number in pairs.numbers.tolist()])
    for whole, ones in which.values():
        mine = np.zeros(len(pairs.chosen), bool)
        mine[ones] = True
        some = np.flatnonzero(mine[pairs.owner])
        owner, at = pairs.owner[some], pairs.at[some]
        rows = matrix.indices[at] - likes.first
        likeness = whole.rows[rows, pairs.chosen[owner]].astype(np.float64) - whole.usual[rows]
        values[some] = likeness * (matrix.data[at] / spreads[owner])
    return values
