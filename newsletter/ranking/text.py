"""BM25 over title and abstract: how much each word or phrase says about each paper."""

import math
from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import count
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from newsletter.domain.paper import Paper
from newsletter.ranking.terms import stems

K1 = 1.5
B = 0.75
TITLE_WEIGHT = 2  # a word in the title counts as so many in the abstract
NOWHERE: "array[int]" = array("I")
WIDTH = NOWHERE.itemsize

Places = NDArray[np.intp]
Weights = NDArray[np.float64]
Number = TypeVar("Number", float, Weights)


class Corpus:
    """The papers that words are weighed against: a fixed window of the archive, not one day's.

    Documents are known by their place in the sequence of papers. The first `older` of them are
    from before the window: they are weighed, and weigh nothing. Of a text its stems' numbers are
    kept, four octets each: a month of all of arXiv is 30,000 texts.
    """

    def __init__(self, papers: Sequence[Paper], older: int = 0) -> None:
        """Count the words of all papers."""
        self.older = older
        self.numbers: defaultdict[str, int] = defaultdict(count(1).__next__)  # by stem
        self.texts: list[tuple[bytes, bytes]] = []  # title and abstract
        self.lengths: list[int] = []
        self.places: defaultdict[int, array[int]] = defaultdict(counters)  # ascending
        self.counts: defaultdict[int, array[int]] = defaultdict(counters)  # the title's weighted
        for paper in papers:
            self.add(paper)
        self.known = dict(self.numbers)
        lengths = sum(self.lengths[older:])
        self.mean_length = max(lengths / max(len(self.lengths) - older, 1), 1.0)
        self.relative = np.array(self.lengths, float) / self.mean_length

    def __len__(self) -> int:
        """Return the number of documents."""
        return len(self.lengths)

    def add(self, paper: Paper) -> None:
        """Count a paper's words."""
        place, number = len(self.lengths), self.numbers.__getitem__
        title = array("I", map(number, stems(paper.title)))
        abstract = array("I", map(number, stems(paper.abstract)))
        for one, times in Counter(title * TITLE_WEIGHT + abstract).items():
            self.places[one].append(place)
            self.counts[one].append(times)
        self.texts.append((title.tobytes(), abstract.tobytes()))
        self.lengths.append(TITLE_WEIGHT * len(title) + len(abstract))

    def idf(self, frequency: int) -> float:
        """Return ln(1 + (n - f + 0.5) / (f + 0.5)), over 0 (Robertson & Zaragoza 2009, eq. 3.3)."""
        n = len(self) - self.older
        return math.log(1 + (n - frequency + 0.5) / (frequency + 0.5))

    def rarity(self, word: str) -> float:
        """Return the idf of a single stem."""
        places = self.places.get(self.known.get(word, 0), NOWHERE)
        return self.idf(len(places) - bisect_left(places, self.older))

    def weigh(self, phrase: Sequence[str]) -> dict[int, float]:
        """Return BM25 of a word or phrase, taken as one term, for each document that holds it.

        A phrase is a row of stems; its count in a document is the number of places where it
        stands. k1 = 1.5, b = 0.75 (Robertson & Zaragoza 2009, eq. 3.15).
        """
        places, weights = self.weights(phrase)
        return dict(zip(places.tolist(), weights.tolist(), strict=True))

    def weights(self, phrase: Sequence[str]) -> tuple[Places, Weights]:
        """Return the same in columns, the documents ascending."""
        places, counts = self.frequencies(phrase)
        weight = self.idf(len(places) - int(np.searchsorted(places, self.older)))
        return places, weight * saturation(counts, self.relative[places])

    def frequencies(self, phrase: Sequence[str]) -> tuple[Places, Weights]:
        """Return the documents that hold the phrase and how often, the title weighted."""
        found = [self.known.get(one, 0) for one in phrase]
        if not found or not all(found):
            return np.zeros(0, np.intp), np.zeros(0)
        rarest = min(found, key=lambda one: len(self.places[one]))
        places = np.array(self.places[rarest], np.intp)
        if len(found) == 1:
            return places, np.array(self.counts[rarest], float)
        row = pack(found)
        counts = np.array([self.occurrences(place, row) for place in places.tolist()], float)
        return places[counts > 0], counts[counts > 0]

    def occurrences(self, place: int, row: bytes) -> int:
        """Return the number of places where the row stands, those in the title weighted."""
        title, abstract = self.texts[place]
        return TITLE_WEIGHT * stands(row, title) + stands(row, abstract)

    def holds(self, place: int, phrase: Sequence[str]) -> bool:
        """Return whether the word or phrase stands in the document."""
        found = [self.known.get(one, 0) for one in phrase]
        return bool(found) and all(found) and self.occurrences(place, pack(found)) > 0


def counters() -> "array[int]":
    """Return an empty column of whole numbers."""
    return array("I")


def pack(numbers: Sequence[int]) -> bytes:
    """Return stems' numbers as the texts hold them."""
    return array("I", numbers).tobytes()


def stands(row: bytes, text: bytes) -> int:
    """Return at how many places of the text the row of numbers stands."""
    found, at = 0, text.find(row)
    while at >= 0:
        found += at % WIDTH == 0  # not within numbers
        at = text.find(row, at + 1)
    return found


def saturation(count: Number, relative_length: Number) -> Number:
    """Return the share of a term's weight that so many of it are worth, 0 to k1 + 1."""
    return count * (K1 + 1) / (count + K1 * (1 - B + B * relative_length))
