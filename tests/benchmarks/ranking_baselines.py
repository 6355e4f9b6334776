"""What others do, on the same texts: centroid, BM25, mean likeness, and a linear SVM a reader."""

import math

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
            scores = svm(words, rows, candidates)
            if scores is not None:
                found["linear_svm"][at] = scores
    return {name: one for name, one in found.items() if one}


def svm(words: sparse.csr_matrix, rows: list[int], candidates: list[int]) -> np.ndarray | None:
    """Fit as arxiv-sanity-lite does: C .01, balanced, the reader's papers against all others."""
    try:
        from sklearn.svm import LinearSVC
    except ImportError:
        return None
    wanted = np.zeros(words.shape[0], int)
    wanted[rows] = 1
    known = np.setdiff1d(np.arange(len(wanted)), candidates)
    fitted = LinearSVC(class_weight="balanced", C=0.01, max_iter=10_000, tol=1e-6)
    fitted.fit(words[known], wanted[known])
    return fitted.decision_function(words[candidates])


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
