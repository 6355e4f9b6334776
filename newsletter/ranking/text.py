"""BM25 over title and abstract: how much each word or phrase says about each paper."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.domain.paper import Paper
from newsletter.ranking.terms import Term, places, terms

K1 = 1.5
B = 0.75
TITLE_WEIGHT = 2  # a word in the title counts as so many in the abstract


@dataclass(frozen=True, slots=True, eq=False)  # by identity: it is large
class Document:
    """A paper's words."""

    title: tuple[Term, ...]
    abstract: tuple[Term, ...]
    counts: Counter[str]  # by stem, the title's weighted
    length: int


class Corpus:
    """The papers that words are weighed against: a fixed window of the archive, not one day's.

    Documents are known by their place in the sequence of papers. The first `older` of them are
    from before the window: they are weighed, and weigh nothing.
    """

    def __init__(self, papers: Sequence[Paper], older: int = 0) -> None:
        """Count the words of all papers."""
        self.older = older
        self.documents = [to_document(paper) for paper in papers]
        self.postings: dict[str, list[int]] = {}
        for place, document in enumerate(self.documents):
            for one in document.counts:
                self.postings.setdefault(one, []).append(place)
        window = self.documents[older:]
        lengths = sum(document.length for document in window)
        self.mean_length = max(lengths / max(len(window), 1), 1.0)

    def idf(self, frequency: int) -> float:
        """Return ln(1 + (n - f + 0.5) / (f + 0.5)), over 0 (Robertson & Zaragoza 2009, eq. 3.3)."""
        n = len(self.documents) - self.older
        return math.log(1 + (n - frequency + 0.5) / (frequency + 0.5))

    def rarity(self, word: str) -> float:
        """Return the idf of a single stem."""
        return self.idf(sum(place >= self.older for place in self.postings.get(word, ())))

    def weigh(self, phrase: Sequence[str]) -> dict[int, float]:
        """Return BM25 of a word or phrase, taken as one term, for each document that holds it.

        A phrase is a row of stems; its count in a document is the number of places where it
        stands. k1 = 1.5, b = 0.75 (Robertson & Zaragoza 2009, eq. 3.15).
        """
        counts = self.frequencies(tuple(phrase))
        weight = self.idf(sum(place >= self.older for place in counts))
        return {
            place: weight * saturation(count, self.documents[place].length / self.mean_length)
            for place, count in counts.items()
        }

    def frequencies(self, phrase: tuple[str, ...]) -> dict[int, int]:
        """Return how often the phrase stands in each document that holds it, the title weighted."""
        if not phrase:
            return {}
        rarest = min((self.postings.get(one, []) for one in phrase), key=len)
        if len(phrase) == 1:
            return {place: self.documents[place].counts[phrase[0]] for place in rarest}
        counts = {place: occurrences(self.documents[place], phrase) for place in rarest}
        return {place: count for place, count in counts.items() if count}


def to_document(paper: Paper) -> Document:
    """Return the paper's words, counted."""
    title, abstract = tuple(terms(paper.title)), tuple(terms(paper.abstract))
    counts = Counter(term.stem for term in abstract)
    for term in title:
        counts[term.stem] += TITLE_WEIGHT
    return Document(title, abstract, counts, TITLE_WEIGHT * len(title) + len(abstract))


def occurrences(document: Document, phrase: Sequence[str]) -> int:
    """Return the number of places where the phrase stands, those in the title weighted."""
    in_title = len(places(phrase, document.title))
    return TITLE_WEIGHT * in_title + len(places(phrase, document.abstract))


def saturation(count: int, relative_length: float) -> float:
    """Return the share of a term's weight that so many of it are worth, 0 to k1 + 1."""
    return count * (K1 + 1) / (count + K1 * (1 - B + B * relative_length))
