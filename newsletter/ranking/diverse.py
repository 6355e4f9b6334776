"""A topic's best papers in an order in which each differs from those before it."""

from collections.abc import Sequence

import numpy as np

from newsletter.ranking.candidate import Scored
from newsletter.ranking.embedding import Vectors

FIT = 0.85  # of 1, how much being good counts against being different
TOP = 32  # papers that are put in order; those behind them no issue reaches


def diversified(papers: Sequence[Scored], vectors: Vectors) -> list[Scored]:
    """Return the papers, the best first, and then each that is good and unlike those before it.

    Maximal marginal relevance (Carbonell & Goldstein, SIGIR 1998): each pick has the largest
    `FIT x score / best score - (1 - FIT) x overlap`, where overlap is its largest cosine to a paper
    before it. `vectors`: rows of length 1 by place. Papers of scores up to 0 keep their places
    behind the others; of equals the earlier one comes first.
    """
    top = [one for one in papers[:TOP] if one[0] > 0]
    if len(top) < 3:  # of two, the better one is first anyway
        return list(papers)
    rows = vectors[[place for _, place in top]]
    likeness = rows @ rows.T
    fit = FIT * np.array([score for score, _ in top]) / top[0][0]
    overlap = np.zeros(len(top))
    order: list[int] = []
    for _ in top:
        best = int((fit - (1 - FIT) * overlap).argmax())
        order.append(best)
        fit[best] = -np.inf
        np.maximum(overlap, likeness[best], out=overlap)
    return [top[at] for at in order] + list(papers[len(top) :])
