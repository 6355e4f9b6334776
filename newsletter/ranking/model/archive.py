"""An archive of papers -> rows whose products are the parts of likeness, in common units."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from newsletter.ranking.model import weights
from newsletter.ranking.model.context import chance, context
from newsletter.ranking.model.whitening import Space
from newsletter.ranking.model.words import Bag, Words

Floats = NDArray[np.float32]
Places = NDArray[np.intp]
Mode = Literal["small", "scalable", "accurate"]
Kind = Literal["static", "semantic"]

MEMORY = 1 << 30
SMALL = 2_000  # papers below which means and covariances are guesses
ACCURATE = 15_000  # papers above which a kernel takes minutes
BYTES_A_PAIR = 5  # of the kernel's matrix, with what solving it needs beside
SAMPLE = 512  # papers of the reference window that means and spreads are taken from


def pick_mode(n: int, memory: int = MEMORY) -> Mode:
    """Return the mode for an archive of n papers within so many bytes.

    The accurate one takes up to half a minute a day, so it wants both a middling archive and more
    room than every machine has: the kernel's matrix beside MEMORY for all the rest.
    """
    if n < SMALL:
        return "small"
    if n <= ACCURATE and MEMORY + BYTES_A_PAIR * n * n <= memory:
        return "accurate"
    return "scalable"


@dataclass(frozen=True, slots=True, eq=False)
class Papers:
    """What a model is fitted on: one entry a paper in each field."""

    bags: Sequence[Bag]
    vectors: tuple[Floats, ...]  # of one embedder or two, the better first: (n, d) each
    kind: Kind = "static"  # of the first embedder
    categories: Sequence[Sequence[str]] = ()
    counted: NDArray[np.bool_] | None = None  # false: known only because a reader likes it

    def __len__(self) -> int:
        """Return n."""
        return len(self.bags)


class Archive:
    """The fitted model.

    `sparse` (words and categories), `space` (embeddings, whitened) and `context` (the archive's
    own topics) each hold a row a paper. Products of rows are likenesses, weighed and in units of
    their spread between two papers by chance.
    """

    def __init__(
        self,
        papers: Papers,
        reference: Places | None = None,
        mode: Mode | None = None,
        memory: int = MEMORY,
    ) -> None:
        """Fit; `reference`: rows of the reference window, by default all that are counted.

        Raises ValueError if there is nothing counted or the fields differ in length.
        """
        n = len(papers)
        counted = np.ones(n, bool) if papers.counted is None else papers.counted
        if not counted.any():
            raise ValueError("an archive needs at least one paper that counts")
        if len(counted) != n or any(len(one) != n for one in papers.vectors):
            raise ValueError(f"{n} papers need {n} vectors of each embedder")
        self.papers = papers
        self.counted = counted
        self.mode: Mode = mode or pick_mode(int(counted.sum()), memory)
        window = np.flatnonzero(counted) if reference is None else np.asarray(reference, np.intp)
        self.reference = window[:: max(1, -(-len(window) // SAMPLE))]
        self.words = Words(papers.bags, counted)
        self.sparse, self.terms = self.side_by_side()
        length = self.words.mean_length
        self.embedding = weights.between(
            (weights.NEAR if self.mode == "small" else weights.EMBEDDING)[papers.kind], length
        )
        company = weights.between(weights.COMPANY_WEIGHT, length)
        self.space = Space(papers.vectors, counted, self.mode == "small", company)
        self.context = self.place(weights.between(weights.CONTEXT[papers.kind], length))

    def __len__(self) -> int:
        """Return n."""
        return len(self.papers)

    def side_by_side(self) -> tuple[sparse.csr_matrix, int]:
        """Return words and categories as one sparse matrix, and how many columns are words."""
        words = scaled(self.words.weights, self.reference, weights.WORDS)
        terms = words.shape[1]
        if not any(self.papers.categories):
            return words, terms
        known = sorted({one for row in self.papers.categories for one in row})
        column = {one: place for place, one in enumerate(known)}
        indptr = np.cumsum([0, *(len(row) for row in self.papers.categories)])
        indices = np.array([column[one] for row in self.papers.categories for one in row], np.int32)
        frequency = np.bincount(indices, minlength=len(known))
        rarity = np.log1p(len(self) / np.maximum(frequency, 1)).astype(np.float32)
        data = rarity[indices]
        first = indptr[:-1][np.diff(indptr) > 0]
        data[first] *= weights.FIRST_CATEGORY
        rows = sparse.csr_matrix((data, indices, indptr), shape=(len(self), len(known)))
        rows = sparse.diags_array(1 / np.maximum(sparse.linalg.norm(rows, axis=1), 1e-9)) @ rows
        rows = scaled(sparse.csr_matrix(rows, dtype=np.float32), self.reference, weights.CATEGORY)
        return sparse.hstack([words, rows], format="csr", dtype=np.float32), terms

    def place(self, weight: float) -> Floats:
        """Return the context rows, weighed; of no columns where they weigh nothing."""
        if weight <= 0 or self.mode == "small":
            return np.zeros((len(self), 0), np.float32)
        rows = context(self.words.weights, self.counted)
        rows *= np.float32((weight / chance(rows, self.counted)) ** 0.5)
        return rows


def scaled(rows: sparse.csr_matrix, sample: Places, weight: float) -> sparse.csr_matrix:
    """Return rows whose products have spread `weight` between two papers of the sample."""
    some = rows[sample]
    products = (some @ some.T).toarray()
    apart = products[~np.eye(len(products), dtype=bool)]
    spread = max(float(apart.std()) if apart.size else 0.0, 1e-3)
    found = rows.copy()
    found.data *= np.float32((weight / spread) ** 0.5)
    return found
