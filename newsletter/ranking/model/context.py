"""The archive's own topics: words that keep company there, by a truncated SVD of the word rows."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

DIMENSIONS = 128
TERMS = 8_192  # the most frequent ones: rare terms keep no company worth learning
PAPERS = 6_000  # the axes are found on so many, evenly drawn: more cost time and change little
EXTRA, ROUNDS = 10, 2


def context(rows: sparse.csr_matrix, counted: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return each paper's place among the archive's topics, (n, d), rows of length 1.

    Latent semantic analysis (Deerwester et al. 1990) by randomised subspace iteration (Halko,
    Martinsson & Tropp 2011, algorithm 4.4) with a fixed start, so that equal archives give equal
    bytes. Centred on the counted papers' mean.
    """
    known = np.flatnonzero(counted)
    frequency = np.bincount(rows.indices, minlength=rows.shape[1])
    rows = rows[:, np.sort(np.argsort(-frequency, kind="stable")[:TERMS])]
    some = rows[known[:: max(1, -(-len(known) // PAPERS))]]
    wide = min(DIMENSIONS + EXTRA, *some.shape)
    start = np.random.default_rng(0).standard_normal((some.shape[1], wide), np.float32)
    back = some.T.tocsr()
    basis = np.linalg.qr(some @ start)[0]
    for _ in range(ROUNDS):
        basis = np.linalg.qr(some @ np.linalg.qr(back @ basis)[0])[0]
    small = (back @ basis).T  # (wide, v)
    spread, axes = np.linalg.eigh((small @ small.T).astype(np.float64))
    best = axes[:, np.argsort(-spread, kind="stable")[:DIMENSIONS]]
    turned = best.T.astype(np.float32) @ small  # rows: s x right singular vectors
    turned /= np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-9)
    placed = rows @ np.ascontiguousarray(turned.T)
    placed -= placed[known].mean(axis=0)
    placed /= np.maximum(np.linalg.norm(placed, axis=1, keepdims=True), 1e-9)
    return np.ascontiguousarray(placed, np.float32)


def chance(rows: NDArray[np.float32], counted: NDArray[np.bool_]) -> float:
    """Return the spread of the products of two rows drawn at chance: root of the sum of C^2."""
    known = rows[counted]
    covariance = (known.T @ known) / max(len(known), 1)
    return float(max(np.sqrt((covariance.astype(np.float64) ** 2).sum()), 1e-9))
