"""How likely each word and pair of words of an abstract stands in its summary, and what that says.

From the chance of each word the F score that a sentence would have can be foreseen: twice the words
shared with an unknown reference, over both lengths. That is worth more than cue phrases alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from newsletter.summary.bag import Bag, Matrix, Pairs, beside
from newsletter.summary.features import CONTRIBUTIONS, CUES
from newsletter.summary.words import Words

Vector = NDArray[np.float64]
REFERENCE_WORDS = 21  # how long a reference is, on average
FINDING, PROBLEM = CUES.index("finding"), CUES.index("problem")
PAIR_FEATURES = 10
FORESEEN = ("foreseen words", "foreseen pairs", "words shared", "share of shared")
DIGITS = frozenset("0123456789")
LEAST = 0.01  # no word is impossible


@dataclass(frozen=True, slots=True)
class Salience:
    """What was learned of words: weights of their rows, of stems, and of pairs' rows."""

    row: Vector
    stem: Mapping[str, float]
    pair: Vector


@dataclass(frozen=True, slots=True, eq=False)
class Chances:
    """The chance of each stem and each pair of stems of a bag to stand in the summary."""

    bag: Bag
    pairs: Pairs
    of_word: Vector  # shape (v,)
    of_pair: Vector  # shape (u,)

    def word(self) -> dict[str, float]:
        """Return the chances of the stems by name."""
        return dict(zip(self.bag.order, self.of_word.tolist(), strict=True))

    def pair(self) -> dict[tuple[str, str], float]:
        """Return the chances of the pairs by name."""
        order = self.bag.order
        left, right = self.pairs.left.tolist(), self.pairs.right.tolist()
        names = [(order[one], order[other]) for one, other in zip(left, right, strict=True)]
        return dict(zip(names, self.of_pair.tolist(), strict=True))


def chances(bag: Bag, cues: Matrix, learned: Salience) -> Chances:
    """Return the chances of all words and pairs; `cues` are the sentences' rows of features."""
    own = np.array([learned.stem.get(one, 0.0) for one in bag.order])
    values = np.clip(word_rows(bag, cues) @ learned.row + own, LEAST, 1.0)
    pairs = Pairs.of(bag)
    pair = np.clip(pair_rows(bag, pairs, values) @ learned.pair, 0.0, 1.0)
    return Chances(bag, pairs, values, pair)


def word_rows(bag: Bag, cues: Matrix) -> Matrix:
    """Return a row for each stem, shape (v, 26)."""
    number, running = len(bag.sentences), len(bag.of_number)
    own = cues[:, CONTRIBUTIONS].max(axis=1) > 0
    kinds = np.stack([own, cues[:, FINDING] > 0, cues[:, PROBLEM] > 0])
    inside, find, hard = (kinds @ bag.held > 0).astype(np.float64)
    begun = bag.held[int(own.argmax())] if own.any() else np.zeros(len(bag.order))
    soon = np.ones(len(bag.order))
    where = own[bag.of_sentence]
    np.minimum.at(soon, bag.of_number[where], bag.of_share[where])
    named, stop = bag.titled.astype(np.float64), bag.stop.astype(np.float64)
    rare, log_count, at = bag.idf, np.log(bag.counts()), bag.firsts() / max(running, 1)
    size = np.array([len(one) for one in bag.order])
    columns = (
        np.ones_like(named),
        named,
        rare,
        named * rare,
        log_count,
        log_count * rare,
        bag.held.sum(axis=0) / number,
        at,
        inside,
        inside * named,
        begun,
        find,
        hard,
        bag.held[-1],
        begun * named,
        begun * (1 - named) * rare,
        soon,
        np.array([one[0] in DIGITS for one in bag.order]),
        stop,
        stop * named,
        stop * log_count,
        size < 3,
        size / 10,
        np.full_like(named, number / 10),
        at < 1 / number,
        ~bag.known,
    )
    return beside(columns)


def pair_rows(bag: Bag, pairs: Pairs, word: Vector) -> Matrix:
    """Return a row for each pair, shape (u, PAIR_FEATURES); `word` are the stems' chances."""
    left, right, count = word[pairs.left], word[pairs.right], np.log(pairs.count)
    named = titled_pairs(bag, pairs)
    both = left * right
    least, most = np.minimum(left, right), np.maximum(left, right)
    columns = (
        np.ones_like(left),
        both,
        least,
        most,
        named,
        named * both,
        count,
        both * count,
        bag.stop[pairs.left],
        bag.stop[pairs.right],
    )
    return beside(columns)


def titled_pairs(bag: Bag, pairs: Pairs) -> Vector:
    """Return for each pair whether it stands in the title, 0 or 1."""
    there = set(pairwise(bag.title.stems))
    found = np.zeros(len(pairs.left))
    for at in np.flatnonzero(bag.titled[pairs.left] & bag.titled[pairs.right]).tolist():
        found[at] = (bag.order[pairs.left[at]], bag.order[pairs.right[at]]) in there
    return found


def foreseen(chance: Chances) -> Matrix:
    """Return what the chances say of each sentence: FORESEEN, in that order, shape (n, 4)."""
    bag, pairs = chance.bag, chance.pairs
    size = np.array([len(one.stems) for one in bag.sentences])
    shared = bag.held @ chance.of_word
    there = pairs.held @ chance.of_pair
    whole = size + REFERENCE_WORDS
    return beside((2 * shared / whole, 2 * there / whole, shared / 5, shared / (size + 1)))


def shared_mass(
    words: Words, word: Mapping[str, float], pair: Mapping[tuple[str, str], float]
) -> tuple[float, float]:
    """Return how many different words and pairs the summary is likely to share with these."""
    # dict.fromkeys, for the order of a set is another in each process, and so would be the sum.
    return (
        sum([word.get(one, 0.05) for one in dict.fromkeys(words.stems)]),
        sum([pair.get(one, LEAST) for one in dict.fromkeys(pairwise(words.stems))]),
    )
