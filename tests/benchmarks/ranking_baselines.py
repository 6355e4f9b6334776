"""What others do, on the same texts: centroid, BM25, mean likeness, and a linear SVM a reader."""

import math
from collections.abc import Callable

import numpy as np
from scipy import sparse

from newsletter.ranking.model.words import bag, fold
from tests.benchmarks.ranking_sets import Texts

NAMES = ("tfidf_centroid", "bm25", "mean_similarity", "linear_svm")
SVM_SAMPLE = 60  # readers a set: one fit takes about a tenth of a second
Found = dict[str, dict[int, np.ndarray]]
COLUMNS = 1 << 24


def counts(texts: Texts, n: int | None, pairs: bool) -> sparse.csr_matrix:
    rows, columns, values = [], [], []
    for row, one in enumerate(texts.bags[:n]):
        keep = slice(None) if pairs else one.terms < 1 << 32
        columns.append(fold(one.terms[keep]))
        values.append(one.counts[keep])
        rows.append(np.full(len(columns[-1]), row))
    every, used = np.unique(np.concatenate(columns), return_inverse=True)
    place = (np.concatenate(rows), used)
    return sparse.csr_matrix((np.concatenate(values), place), shape=(len(rows), len(every)))


def tfidf(texts: Texts, n: int | None) -> sparse.csr_matrix:
    """Smoothed idf x count, rows of length 1: scikit-learn's default, on stems and pairs."""
    found = counts(texts, n, pairs=True)
    frequency = np.bincount(found.indices, minlength=found.shape[1])
    found.data *= (np.log((1 + found.shape[0]) / (1 + frequency)) + 1)[found.indices]
    lengths = np.sqrt(found.multiply(found).sum(axis=1)).A1 if hasattr(found, "A1") else None
    lengths = np.sqrt(np.asarray(found.multiply(found).sum(axis=1))).ravel()
    found.data /= np.repeat(np.maximum(lengths, 1e-9), np.diff(found.indptr))
    return found


def bm25(texts: Texts, n: int | None) -> sparse.csr_matrix:
    """BM25 with k1 1.5, b .75 over stems."""
    found = counts(texts, n, pairs=False)
    length = np.asarray(found.sum(axis=1)).ravel()
    frequency = np.bincount(found.indices, minlength=found.shape[1])
    rarity = np.log1p((found.shape[0] - frequency + 0.5) / (frequency + 0.5))
    relative = np.repeat(length / max(length.mean(), 1e-9), np.diff(found.indptr))
    found.data *= 2.5 / (found.data + 1.5 * (0.25 + 0.75 * relative))
    found.data *= rarity[found.indices]
    return found


KEPT: dict[tuple[int, int | None], tuple] = {}


def matrices(texts: Texts, n: int | None) -> tuple:
    key = (id(texts), n)
    if key not in KEPT:
        KEPT.clear()
        KEPT[key] = (tfidf(texts, n), bm25(texts, n), counts(texts, n, pairs=False).sign())
    return KEPT[key]


def libraries(texts: Texts, n: int | None, liked: list[list[int]], candidates: list[int]) -> Found:
    """Return name -> reader's number -> scores of the candidates."""
    words, saturated, present = matrices(texts, n)
    vectors = texts.vectors[0][:n]
    found: Found = {name: {} for name in NAMES}
    step = max(1, math.ceil(len(liked) / SVM_SAMPLE))
    for at, rows in enumerate(liked):
        if not rows:
            zero = np.zeros(len(candidates))
            found |= {name: found[name] | {at: zero} for name in NAMES[:3]}
            continue
        query = sparse.csr_matrix(words[rows].sum(axis=0))
        found["tfidf_centroid"][at] = (words[candidates] @ query.T).toarray().ravel()
        asked = sparse.csr_matrix(present[rows].sum(axis=0))
        found["bm25"][at] = (saturated[candidates] @ asked.T).toarray().ravel()
        found["mean_similarity"][at] = vectors[candidates] @ vectors[rows].mean(axis=0)
        if at % step == 0 and len(candidates) > 100:
            found["linear_svm"][at] = svm(words, rows, candidates)
    return {name: one for name, one in found.items() if one}


def svm(words: sparse.csr_matrix, rows: list[int], candidates: list[int]) -> np.ndarray:
    """Fit as arxiv-sanity-lite does: C .01, balanced, the reader's papers against all others."""
    wanted = np.full(words.shape[0], -1.0)
    wanted[rows] = 1
    known = np.setdiff1d(np.arange(len(wanted)), candidates)
    weights, bias = linear_svm(words[known], wanted[known], 0.01)
    return words[candidates] @ weights + bias


def linear_svm(rows: sparse.csr_matrix, sides: np.ndarray, c: float) -> tuple[np.ndarray, float]:
    """Return weights and bias of scikit-learn's LinearSVC(class_weight="balanced", C=c).

    The least of (w w + b b) / 2 + sum c n / (2 n_side) max(0, 1 - side (w x + b))^2, the bias as
    the weight of a column of ones: Newton's method over the rows inside the margin (Keerthi &
    DeCoste, JMLR 2005), each step by conjugate gradients.
    """
    x = sparse.hstack([rows, np.ones((rows.shape[0], 1))], format="csr")
    back = x.T.tocsr()
    share = np.where(sides > 0, 1 / max((sides > 0).sum(), 1), 1 / max((sides < 0).sum(), 1))
    share = share * c * len(sides) / 2
    found = np.zeros(x.shape[1])

    def loss(at: np.ndarray) -> float:
        return at @ at / 2 + (share * np.maximum(0, 1 - sides * (x @ at)) ** 2).sum()

    for _ in range(50):
        short = np.maximum(0, 1 - sides * (x @ found))
        slope = found - back @ (2 * share * sides * short)
        if np.linalg.norm(slope) <= 1e-6 * max(1.0, np.linalg.norm(found)):
            break
        inside = 2 * share * (short > 0)

        def curve(step: np.ndarray, inside: np.ndarray = inside) -> np.ndarray:
            return step + back @ (inside * (x @ step))

        step = downhill(curve, -slope)
        size = 1.0
        while (
            loss(found + size * step) > loss(found) + 1e-4 * size * (slope @ step) and size > 1e-6
        ):
            size /= 2
        found = found + size * step
    return found[:-1], float(found[-1])


def downhill(curve: Callable[[np.ndarray], np.ndarray], aim: np.ndarray) -> np.ndarray:
    """Return the step that the curve turns into the aim, by conjugate gradients."""
    step, rest = np.zeros_like(aim), aim.copy()
    direction, square = rest.copy(), rest @ rest
    for _ in range(100):
        if square <= 1e-14 * max(aim @ aim, 1e-30):
            break
        bent = curve(direction)
        size = square / (direction @ bent)
        step += size * direction
        rest -= size * bent
        square, before = rest @ rest, square
        direction = rest + square / before * direction
    return step


def topics(texts: Texts, spoken: list[str], asked: np.ndarray) -> dict[str, list[np.ndarray]]:
    """Return name -> each topic's scores of all papers."""
    columns = {}
    found = counts(texts, None, pairs=False)
    every = np.unique(np.concatenate([fold(b.terms[b.terms < 1 << 32]) for b in texts.bags]))
    columns = {int(one): at for at, one in enumerate(every)}
    saturated = bm25(texts, None).T.tocsr()
    first = []
    for text in spoken:
        one = bag(text)
        known = [columns[int(c)] for c in fold(one.terms) if int(c) in columns]
        first.append(np.asarray(saturated[known].sum(axis=0)).ravel())
    del found
    return {"bm25": first, "mean_similarity": [texts.vectors[0] @ one for one in asked]}
