"""The papers' vectors and a topic's -> how much nearer in meaning than usual each paper is."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from newsletter.ranking.embedding import Vectors
from newsletter.ranking.threads import one_thread

# Beside the words, both in spreads over the reference window; chosen on claims and abstracts.
WEIGHT = {"static": 1.1, "semantic": 2.5}
LEAST_SPREAD = 1e-3  # of a cosine; below it all papers are alike
LEAST_PAPERS = 30  # of a window that says what is usual
KEPT = 4_096  # topics whose vectors are at hand

Embed = Callable[[Sequence[str]], Vectors]


@dataclass(frozen=True, slots=True, eq=False)
class Sense:
    """A topic's meaning, fitted: what a paper's nearness adds to its score."""

    vectors: Vectors
    aim: NDArray[np.float64]  # the topic's vector, shape (d,)
    usual: tuple[float, float]  # mean and spread of the cosine over the reference window
    unit: float  # of the score: weight x the spread of the words' part over the window

    def spreads(self, places: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return how many spreads nearer than usual each of these papers is, (len(places),)."""
        near = self.vectors[places] @ self.aim
        return np.asarray((near - self.usual[0]) / self.usual[1])


class Meaning:
    """The vectors of the ranked papers, and what is usual among them.

    Means and spreads come from the reference window, behind the first `older` papers, and never
    from the papers of a day. With S the window's mean of v v', a topic t has a mean cosine of
    m . t and a spread of sqrt(t' S t - (m . t)^2): no product with every paper is needed.
    """

    def __init__(self, vectors: Vectors, older: int, kind: str, embed: Embed) -> None:
        """Take rows of length 1 a paper, (n, d), and what makes vectors of texts."""
        window = vectors[older:]
        self.vectors = vectors
        self.enough = len(window) >= LEAST_PAPERS
        self.mean = window.mean(axis=0, dtype=np.float64) if self.enough else np.zeros(0)
        with one_thread():
            self.square = (window.T @ window).astype(np.float64) / max(len(window), 1)
        self.weight = WEIGHT[kind]
        self.embed = embed
        self.aims: OrderedDict[str, NDArray[np.float64]] = OrderedDict()

    def learn(self, texts: Sequence[str]) -> None:
        """Make the vectors of these texts at once: a batch takes less time than each by itself."""
        new = list(dict.fromkeys(text for text in texts if text not in self.aims))
        if not new or not self.enough:
            return
        for text, row in zip(new, self.embed(new), strict=True):
            self.aims[text] = row.astype(np.float64)
        while len(self.aims) > max(KEPT, len(texts)):
            self.aims.popitem(last=False)

    def sense(self, text: str, spread: float) -> Sense | None:
        """Return a topic's meaning by its text; `spread` is that of its words over the window.

        None where too few papers say what is usual, or the text has no known word.
        """
        self.learn([text])
        aim = self.aims.get(text)
        if aim is None or not aim.any():
            return None
        mean = float(self.mean @ aim)
        square = float(aim @ self.square @ aim) - mean * mean
        usual = mean, max(square, 0.0) ** 0.5
        if usual[1] < LEAST_SPREAD:
            return None
        return Sense(self.vectors, aim, usual, self.weight * spread)
