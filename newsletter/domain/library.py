"""A reader's library: papers known to be theirs, liked or rated, each with a date.

A library is kept apart from the papers of feeds: what a reader has read long ago is no news, and
must not hide a paper that a feed brings later.
"""

import re
from array import array
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from newsletter.domain.paper import ARXIV_DOI, arxiv_id, doi

TITLE_KEY = re.compile(r"(?:title|bare):[0-9a-f]{16}", re.ASCII)
DAY_SECONDS = 86_400


class Verdict(StrEnum):
    """What a reader says of a paper; the last word counts."""

    OWN = "own"  # written by the reader
    LIKED = "liked"  # in the reader's library, or an example of a topic
    MORE = "more"  # more like this one of an issue
    LESS = "less"
    SAVED = "saved"  # kept for later


VERDICTS = tuple(Verdict)  # `Library.verdicts` are places in it
SHELVED = (Verdict.OWN, Verdict.LIKED)
RATED = (Verdict.MORE, Verdict.LESS, Verdict.SAVED)


@dataclass(frozen=True, slots=True)
class Example:
    """One paper of a library, for people."""

    key: str  # domain/paper.py
    title: str
    verdict: Verdict
    at: datetime
    topic: str = ""  # the topic it is an example of; "" counts for all


@dataclass(frozen=True, slots=True)
class Judged:
    """One paper of a library, for the store."""

    work: int  # its row
    verdict: Verdict
    at: datetime
    topic: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Library:
    """One reader's library, for ranking: columns of one length, for there are millions of rows.

    The columns have the form that `numpy.frombuffer` reads without a copy: int64, int8, int32 and
    float64. In each the examples stand topic by topic.
    """

    works: "array[int]"  # rows of works, shape (n,)
    verdicts: "array[int]"  # places in VERDICTS
    topics: "array[int]"  # places in `names`
    at: "array[float]"  # seconds since 1970, UTC
    names: tuple[str, ...] = ("",)  # of topics; the first is "": it counts for all

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self.works)

    def ages(self, now: datetime) -> "array[float]":
        """Return how many days ago each was judged, 0 for one that is dated later."""
        end = now.timestamp()
        return array("d", [max(end - one, 0.0) / DAY_SECONDS for one in self.at])


def no_library() -> Library:
    """Return the library of a reader who has none."""
    return Library(array("q"), array("b"), array("i"), array("d"))


def key_of(text: str) -> str:
    """Return the key that an arXiv id, a DOI, an address of either or a key names, or ""."""
    given = text.strip()
    if TITLE_KEY.fullmatch(given):
        return given
    found = doi(given)
    if found and not found.startswith(ARXIV_DOI) and "arxiv.org" not in given.lower():
        return f"doi:{found}"
    number = arxiv_id(found.removeprefix(ARXIV_DOI) if found else given)[0]
    return f"arxiv:{number}" if number else ""
