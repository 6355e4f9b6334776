"""The accurate mode: ridge regression in the space of a sharp kernel over the whole archive."""

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from newsletter.ranking.model import weights

Floats = NDArray[np.float32]


class Kernel:
    """What liking any archived paper says about any other: (K + lambda I)^-1 K.

    K = exp(sharpness (s - 1)), s a mean of the likenesses of embeddings and of words, 1 for the
    same paper. It takes 4 n^2 bytes while it is fitted and asked.
    """

    def __init__(self, rows: Floats, words: sparse.csr_matrix, share: float) -> None:
        """Take (n, d) centred embeddings and word rows; words weigh `share` in the likeness."""
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        self.rows = rows / np.maximum(lengths, 1e-6)
        self.words = words
        self.share = share

    def likeness(self, these: NDArray[np.intp], those: NDArray[np.intp]) -> Floats:
        """Return K between two lists of rows."""
        found = self.rows[these] @ self.rows[those].T
        found *= 1 - self.share
        across = self.words[those].T.tocsr()
        for start in range(0, len(these), 1024):
            end = start + 1024
            found[start:end] += self.share * (self.words[these[start:end]] @ across).toarray()
        found -= 1
        np.minimum(found, 0, out=found)  # a word of one paper alone lengthens its own row
        found *= weights.SHARPNESS
        return np.asarray(np.exp(found, out=found))

    def solve(self, candidates: NDArray[np.intp], archive: NDArray[np.intp]) -> Floats:
        """Return (len(archive), candidates): what liking each archived paper adds to each."""
        matrix = self.likeness(archive, archive)
        matrix[np.diag_indices(len(archive))] += weights.RIDGE
        factor = linalg.cho_factor(matrix, overwrite_a=True, lower=True, check_finite=False)
        right = np.asfortranarray(self.likeness(archive, candidates))
        found: Floats = linalg.cho_solve(factor, right, overwrite_b=True, check_finite=False)
        return found
