"""A topic in words -> scores of papers: BM25 and meaning, in units of the reference window."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from newsletter.ranking.model import weights
from newsletter.ranking.model.archive import Archive, Floats, Places
from newsletter.ranking.model.words import Bag, bag

MOST_TERMS = 2_000  # of a topic: more are a document, and its rarest terms say what it is about
LEAST_SPREAD = 1e-3


def topic_bag(text: str, keywords: Sequence[str] = ()) -> Bag:
    """Return a topic's terms; a keyword counts twice, for it was chosen on purpose."""
    found = [bag(text), *(one for word in keywords for one in (bag(word), bag(word)))]
    terms, where = np.unique(np.concatenate([one.terms for one in found]), return_inverse=True)
    counts = np.bincount(where, np.concatenate([one.counts for one in found]), len(terms))
    return Bag(terms, counts.astype(np.float32))


def score_topic(archive: Archive, topic: Bag, vector: Floats | None, candidates: Places) -> Floats:
    """Return each candidate's fit to the topic, (c,).

    BM25 + weight x cosine, each in units of its spread over the reference window; 0 is the
    window's mean, 1 one spread above. `vector`: the topic's own embedding, (d,), by the archive's
    first embedder; without one words alone decide. A topic of no known word and without a vector
    scores 0 everywhere.
    """
    columns = np.concatenate([np.asarray(candidates, np.intp), archive.reference])
    count = len(columns) - len(archive.reference)
    found = standard(bm25(archive, topic, columns), count)
    if vector is not None and archive.papers.vectors:
        near = archive.papers.vectors[0][columns] @ vector
        found = found + weights.TOPIC[archive.papers.kind] * standard(near, count)
    return standard(found, count)[:count].astype(np.float32)


def bm25(archive: Archive, topic: Bag, places: Places) -> NDArray[np.float64]:
    """Return the sum over the topic's terms of idf x saturation in each paper, pairs at PAIR."""
    words = archive.words
    columns, counts = words.query(topic)
    if len(columns) > MOST_TERMS:
        rarest = np.argsort(words.frequency[columns], kind="stable")[:MOST_TERMS]
        columns, counts = columns[rarest], counts[rarest]
    asked = np.zeros(words.weights.shape[1], np.float64)
    np.add.at(asked, columns, np.minimum(counts, 3) * words.pair_factor[columns])
    found: NDArray[np.float64] = (words.weights[places] @ asked) * words.norms[places]
    return found


def standard(values: NDArray[np.floating], count: int) -> NDArray[np.float64]:
    """Return the values less the mean of the window, which follows `count`, over its spread."""
    window = values[count:].astype(np.float64)
    return np.asarray((values - window.mean()) / max(float(window.std()), LEAST_SPREAD))
