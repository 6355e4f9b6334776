"""ROUGE as training needs it: F of single words, pairs and longest common subsequence."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import Stemmer

from newsletter.summary.words import tokens

PORTER = Stemmer.Stemmer("porter")


def stemmed(text: str) -> list[str]:
    """Return the words as rouge-score compares them: Porter's stems of those over three letters."""
    return [PORTER.stemWord(word) if len(word) > 3 else word for word in tokens(text)]


def rouge(reference: Sequence[str], summary: Sequence[str]) -> tuple[float, float, float]:
    """Return the F scores (0 to 1) of words, pairs and longest common subsequence (Lin, 2004)."""
    pairs = [list(pairwise(one)) for one in (reference, summary)]
    return (
        harmonic(overlap(reference, summary), len(reference), len(summary)),
        harmonic(overlap(*pairs), len(pairs[0]), len(pairs[1])),
        harmonic(common(reference, summary), len(reference), len(summary)),
    )


def best(references: Sequence[Sequence[str]], summary: Sequence[str]) -> tuple[float, float, float]:
    """Return the scores against the reference that the summary shares most words with."""
    return max((rouge(one, summary) for one in references), key=lambda scores: scores[0])


def harmonic(shared: int, left: int, right: int) -> float:
    """Return F1 of precision shared / right and recall shared / left."""
    return 2 * shared / (left + right) if left and right else 0.0


def overlap(one: Sequence[object], other: Sequence[object]) -> int:
    """Return how many the two share, each counted as often as in both."""
    return sum((Counter(one) & Counter(other)).values())


def common(one: Sequence[str], other: Sequence[str]) -> int:
    """Return the length of the longest common subsequence."""
    row = [0] * (len(other) + 1)
    for word in one:
        before = 0
        for at, there in enumerate(other, 1):
            kept = row[at]
            row[at] = before + 1 if word == there else max(row[at], row[at - 1])
            before = kept
    return row[-1]
