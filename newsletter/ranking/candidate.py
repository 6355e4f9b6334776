"""A scored paper: its score is the sum of named causes, and each cause becomes a reason."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from newsletter.domain.issue import Part, Quote
from newsletter.domain.paper import Paper
from newsletter.ranking.terms import places, terms

Scored = tuple[float, int]  # a paper's score for a topic, and its place among the ranked papers


@dataclass(frozen=True, slots=True)
class Ranked:
    """A paper to be ranked, with what is known of it here."""

    row: int  # the store's number: papers are told apart by it
    paper: Paper
    version: int
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class Cause:
    """One named part of a score, and the stems of the words that it quotes, none if it does not."""

    name: str
    value: float
    phrase: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A scored paper: it may become an item."""

    ranked: Ranked
    topic: str  # "" in the common list
    score: float  # over 0: the sum of the causes' values
    causes: tuple[Cause, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return the causes as parts with shares and quotes, the largest first.

        Made on demand: of thousands of candidates a few become items, and finding quotes is slow.
        """
        largest = sorted(self.causes, key=lambda cause: (-cause.value, cause.name))
        return tuple(
            Part(one.name, one.value, one.value / self.score, self.quote(one.phrase))
            for one in largest
        )

    def quote(self, phrase: tuple[str, ...]) -> Quote | None:
        """Return where the phrase stands first in the paper, the title before the abstract."""
        if not phrase:
            return None
        field, start, end = first_place(self.ranked.paper, phrase)
        text: str = getattr(self.ranked.paper, field)
        return Quote(field, start, end, text[start:end])


def first_place(paper: Paper, phrase: Sequence[str]) -> tuple[str, int, int]:
    """Return field, start and end of the first stretch that has the phrase, the title first."""
    for name, text in (("title", paper.title), ("abstract", paper.abstract)):
        spans = places(phrase, terms(text))
        if spans:
            return name, *spans[0]
    raise ValueError(f"{' '.join(phrase)} does not stand in this paper")


def to_candidate(ranked: Ranked, topic: str, causes: tuple[Cause, ...]) -> Candidate:
    """Return the candidate whose score is the sum of the causes."""
    score = math.fsum(cause.value for cause in causes)
    return Candidate(ranked, topic, score, causes)


def order(candidate: Candidate) -> tuple[float, int]:
    """Return the sort key: best first, of equals the one that came first."""
    return -candidate.score, candidate.ranked.row
