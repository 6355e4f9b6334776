"""An abstract's words by numbers, counted once: what all that weighs its sentences looks at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newsletter.summary.words import STOP, Words

Matrix = NDArray[np.float64]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Bag:
    """The stems in order of appearance, v of them, and where they stand in the n sentences.

    Arrays named `of` something have one value for each running word.
    """

    title: Words
    sentences: Sequence[Words]
    order: list[str]
    of_number: Numbers  # which stem
    of_sentence: Numbers
    of_share: Matrix  # how far through its sentence it stands, 0 to below 1
    held: Matrix  # shape (n, v): 1 where the sentence has the stem
    idf: Matrix  # shape (v,), like all below
    known: Flags  # whether the weights have seen the stem
    titled: Flags
    stop: Flags
    learned: Mapping[str, float]  # the idf of all stems that the weights have seen
    unseen: float  # that of others

    @classmethod
    def of(cls, title: Words, sentences: Sequence[Words], idf: Mapping[str, float]) -> "Bag":
        """Return the sentences counted; `idf` has under "" that of stems never seen."""
        numbers: dict[str, int] = {}
        running = [
            numbers.setdefault(stem, len(numbers)) for words in sentences for stem in words.stems
        ]
        order, sizes = list(numbers), [len(words.stems) for words in sentences]
        of_number = np.array(running, dtype=np.int64)
        of_sentence = np.repeat(np.arange(len(sizes)), sizes)
        starts = np.cumsum([0, *sizes[:-1]])
        at = np.arange(len(running)) - starts[of_sentence]
        held = np.zeros((len(sizes), len(order)))
        held[of_sentence, of_number] = 1.0
        unseen, there = idf[""], set(title.stems)
        return cls(
            title,
            sentences,
            order,
            of_number,
            of_sentence,
            at / np.array(sizes)[of_sentence],
            held,
            np.array([idf.get(stem, unseen) for stem in order], dtype=np.float64),
            np.array([stem in idf for stem in order], dtype=np.bool_),
            np.array([stem in there for stem in order], dtype=np.bool_),
            np.array([stem in STOP for stem in order], dtype=np.bool_),
            idf,
            unseen,
        )

    def counts(self) -> Numbers:
        """Return how often each stem occurs."""
        return np.bincount(self.of_number, minlength=len(self.order))

    def firsts(self) -> Numbers:
        """Return at which running word each stem occurs first."""
        found = np.zeros(len(self.order), dtype=np.int64)
        found[self.of_number[::-1]] = np.arange(len(self.of_number))[::-1]
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """The neighbouring stems, u different ones, and which sentence has which."""

    left: Numbers  # shape (u,), numbers of stems
    right: Numbers
    count: Numbers
    held: Matrix  # shape (n, u): 1 where the sentence has the pair

    @classmethod
    def of(cls, bag: Bag) -> "Pairs":
        """Return the pairs of neighbours within sentences, in order of appearance."""
        inside = bag.of_sentence[1:] == bag.of_sentence[:-1]
        width = max(len(bag.order), 1)
        codes = (bag.of_number[:-1] * width + bag.of_number[1:])[inside].tolist()
        numbers: dict[int, int] = {}
        # By hand, for numpy sorts to find what is different, which takes longer.
        running = np.array([numbers.setdefault(one, len(numbers)) for one in codes], dtype=np.int64)
        held = np.zeros((len(bag.sentences), len(numbers)))
        held[bag.of_sentence[1:][inside], running] = 1.0
        pairs = np.array(list(numbers), dtype=np.int64)
        count = np.bincount(running, minlength=len(numbers))
        return cls(pairs // width, pairs % width, count, held)


def beside(columns: Sequence[Any]) -> Matrix:
    """Return arrays of one length, numbers or flags, as the columns of a matrix.

    As np.stack(columns, axis=1) does, in a third of the time.
    """
    return np.concatenate(columns, dtype=np.float64).reshape(len(columns), -1).T
