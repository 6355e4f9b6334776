"""Libraries x candidates -> scores, in blocks of readers; each score a sum of parts."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from newsletter.ranking.model import weights
from newsletter.ranking.model.archive import Archive, Floats, Places
from newsletter.ranking.model.kernel import Kernel
from newsletter.ranking.model.library import Libraries
from newsletter.ranking.model.whole import Wholes, to_class

BLOCK = 2_048  # readers at once: 2,048 x 1,000 scores are 8 MB
STEP = 1_024  # archived papers at once
LEAST_SPREAD = 0.05  # of a score; below it everything is alike and nothing is to be magnified


@dataclass(frozen=True, slots=True, eq=False)
class Scales:
    """Mean and spread of each library's raw scores over the reference window, (m,) each."""

    mean: Floats
    spread: Floats


class Scorer:
    """The day's candidates, ready for any number of libraries."""

    def __init__(self, archive: Archive, candidates: Places, liked: Places) -> None:
        """Compare the candidates and the reference window with every paper that is liked.

        `liked` are the rows that occur in any of the libraries to come, (u,); `candidates` (c,).
        """
        self.archive = archive
        self.candidates = np.asarray(candidates, np.intp)
        self.columns = np.concatenate([self.candidates, archive.reference])
        self.within = places_within(archive.reference, self.candidates)
        # What scaling needs: reference papers that are candidates are looked at once.
        every = len(self.columns) if self.within is None else len(self.candidates)
        self.wanted = slice(0, every)
        self.wholes = Wholes(self)
        self.liked = np.unique(liked)
        self.products = products(archive, self.liked, self.columns)
        self.similar = None
        self.kernel = None
        if archive.mode == "accurate":
            self.kernel = kernel_part(archive, self.liked, self.columns, self.candidates)
        if archive.mode == "small":
            rows = archive.space.rows
            self.similar = rows[self.liked] @ rows[self.columns].T
            self.similar *= archive.embedding / max(float(self.similar.std()), 1e-3)
            self.similar += self.products  # its best papers count by words and meaning together
            self.products[:] = 0

    def blocks(
        self, libraries: Libraries, scales: Scales | None = None
    ) -> Iterator[tuple[int, Floats]]:
        """Return the scores of BLOCK libraries after the other: (first, (at most BLOCK, c)).

        A score of 0 is the reference window's mean for this library, 1 is one spread above; so the
        scores of different libraries compare. `scales` are those that `scales` gave earlier.
        """
        count = len(self.candidates)
        for start, block in libraries.blocks(BLOCK):
            if scales is None:
                yield start, self.scaled(block)[0]
                continue
            raw = self.raw(block, slice(count))
            raw -= scales.mean[start : start + BLOCK, None]
            raw /= scales.spread[start : start + BLOCK, None]
            yield start, raw

    def scaled(self, libraries: Libraries) -> tuple[Floats, Floats]:
        """Return the scores of these libraries, (m, c), in rows, and their spreads, (m,).

        Papers of the reference window that are candidates, as in a young archive, are looked at
        once.
        """
        count = len(self.candidates)
        raw = self.summed(libraries)
        own = scales_of(raw[:, count:] if self.within is None else raw[:, self.within])
        found = raw[:, :count]
        found -= own.mean[:, None]
        found /= own.spread[:, None]
        return found, own.spread

    def summed(self, libraries: Libraries) -> Floats:
        """Return `raw` of the wanted columns; sizes that many libraries have take the short way."""
        classes = np.array([to_class(one) for one in libraries.sizes.tolist()])
        known = np.unique(classes).tolist()
        if len(known) == 1:
            return self.summed_alike(libraries, known[0])
        found = np.empty((len(libraries), self.wanted.stop), np.float32)
        for size in known:
            mine = np.flatnonzero(classes == size)
            some = Libraries(libraries.matrix[mine], libraries.sizes[mine])
            found[mine] = self.summed_alike(some, size)
        return found

    def summed_alike(self, libraries: Libraries, size: int) -> Floats:
        """Return the same for libraries that are all of this size."""
        whole = self.wholes.count(size, len(libraries))
        if whole is None:
            return self.raw(libraries, self.wanted)
        found: Floats = self.among(libraries) @ whole.rows
        return found

    def among(self, libraries: Libraries) -> sparse.csr_matrix:
        """Return what the libraries weigh of each paper that anybody likes, (m, u)."""
        matrix = libraries.matrix
        shape = (len(libraries), len(self.liked))
        columns = np.searchsorted(self.liked, matrix.indices)
        return sparse.csr_matrix((matrix.data, columns, matrix.indptr), shape=shape)

    def scales(self, libraries: Libraries) -> Scales:
        """Return the libraries' scales, good as long as neither they nor the archive change."""
        count = len(self.candidates)
        found = [scales_of(self.raw(one, slice(count, None))) for _, one in libraries.blocks(BLOCK)]
        mean = np.concatenate([one.mean for one in found]) if found else np.zeros(0, np.float32)
        spread = np.concatenate([one.spread for one in found]) if found else np.ones(0, np.float32)
        return Scales(mean, spread)

    def raw(self, libraries: Libraries, columns: slice) -> Floats:
        """Return the sums of likenesses before they are scaled, (m, columns)."""
        among = self.among(libraries)
        found: Floats = among @ np.ascontiguousarray(self.products[:, columns])
        archive = self.archive
        places = self.columns[columns]
        if self.similar is not None:
            return found + nearest(libraries, self.liked, self.similar[:, columns])
        direction = among @ archive.space.rows[self.liked]
        left = [among @ archive.context[self.liked], direction * self.factors(libraries.sizes)]
        right = [archive.context[places], archive.space.rows[places]]
        found += np.hstack(left) @ np.hstack(right).T
        if self.kernel is not None:
            learnt = among @ np.ascontiguousarray(self.kernel[:, columns])
            found += learnt * self.trust(libraries.sizes)[:, None]
        return found

    def trust(self, sizes: NDArray[np.float64]) -> Floats:
        """Return what the kernel weighs for libraries of these sizes: the more papers, the more."""
        length = self.archive.words.mean_length
        whole = weights.between(weights.KERNEL[self.archive.papers.kind], length)
        return np.asarray(whole * sizes / weights.KERNEL_PAPERS, np.float32)

    def factors(self, sizes: NDArray[np.float64]) -> Floats:
        """Return the weighed factors of the embedding's axes for libraries of these sizes."""
        different, which = np.unique(sizes, return_inverse=True)
        return (self.archive.space.factors(different) * np.float32(self.archive.embedding))[which]


def places_within(some: Places, others: Places) -> Places | None:
    """Return where these rows stand among the others; None if one does not."""
    if not np.isin(some, others).all():
        return None
    order = np.argsort(others, kind="stable")
    return np.asarray(order[np.searchsorted(others, some, sorter=order)], np.intp)


def scales_of(raw: Floats) -> Scales:
    """Return mean and spread of each row."""
    mean = raw.mean(axis=1, dtype=np.float64).astype(np.float32)
    # Single precision will do, for the mean is taken off first; a third of the time.
    away = raw - mean[:, None]
    square = np.einsum("ij,ij->i", away, away) / np.float32(max(raw.shape[1], 1))
    return Scales(mean, np.maximum(np.sqrt(square), np.float32(LEAST_SPREAD)))


def products(archive: Archive, liked: Places, columns: Places) -> Floats:
    """Return the likeness in words and categories, (liked, columns)."""
    across = archive.sparse[columns].T.tocsr()
    found = np.empty((len(liked), len(columns)), np.float32)
    for start in range(0, len(liked), STEP):
        some = archive.sparse[liked[start : start + STEP]] @ across
        found[start : start + STEP] = some.toarray()
    return found


def kernel_part(archive: Archive, liked: Places, columns: Places, candidates: Places) -> Floats:
    """Return what liking each paper adds by the kernel, in units of its spread."""
    kind = archive.papers.kind
    kernel = Kernel(archive.space.rows, archive.words.weights, weights.KERNEL_WORDS[kind])
    known = archive.counted.copy()
    known[candidates] = False  # nobody can have liked them yet
    known[liked] = True
    rows = np.flatnonzero(known)
    found = kernel.solve(columns, rows)[np.searchsorted(rows, liked)]
    found /= max(float(found.std()), 1e-9)
    return found


def nearest(libraries: Libraries, liked: Places, similar: Floats) -> Floats:
    """Return the mean of the NEAREST best likenesses to the liked papers, (m, columns).

    For archives too small to know what is usual. Disliked papers count by their largest.
    """
    found = np.zeros((len(libraries), similar.shape[1]), np.float32)
    matrix = libraries.matrix
    for place in range(len(libraries)):
        run = slice(matrix.indptr[place], matrix.indptr[place + 1])
        rows = np.searchsorted(liked, matrix.indices[run])
        weight = matrix.data[run]
        good, bad = similar[rows[weight > 0]], similar[rows[weight < 0]]
        if len(good):
            best = -np.partition(-good, min(weights.NEAREST, len(good)) - 1, axis=0)
            found[place] = best[: weights.NEAREST].mean(axis=0)
        if len(bad):
            found[place] -= weights.DISLIKE * bad.max(axis=0)
    return found
