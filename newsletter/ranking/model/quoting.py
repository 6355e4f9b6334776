"""Terms that two papers share -> where they stand in a text, to be quoted from it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from newsletter.ranking.model.words import WORD, Words, fold, number


@dataclass(frozen=True, slots=True)
class Quote:
    """A word or a pair of words as it stands in a text: text[start:end] == words."""

    start: int
    end: int
    words: str
    value: float  # what the shared term adds to the score


def quotes(words: Words, terms: Sequence[tuple[int, float]], text: str) -> list[Quote]:
    """Return where each of a part's terms first stands in the text, in the order of the terms.

    `terms` are columns of the archive's words with values, as `explain` gives them. A term that is
    not in this text (the title may have been shown alone) is left out.
    """
    found = [(one.start(), one.end(), number(folded(one[0]))) for one in WORD.finditer(text)]
    places: dict[int, tuple[int, int]] = {}
    for at, (start, end, here) in enumerate(found):
        if not here:
            continue
        places.setdefault(column(words, here), (start, end))
        before = found[at - 1] if at else (0, 0, 0)
        if before[2]:
            places.setdefault(column(words, (before[2] << 32) | here), (before[0], end))
    return [
        Quote(*places[term], text[slice(*places[term])], value)
        for term, value in terms
        if term in places
    ]


def folded(word: str) -> str:
    """Return the word as its stem is taken from."""
    return word.casefold().replace("’", "'")


def column(words: Words, term: int) -> int:
    """Return the column of a term in the archive, below 0 for one it does not know."""
    return int(words.column[fold(np.array([term], np.uint64))][0])
