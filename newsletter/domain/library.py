"""A reader's library: papers known to be theirs, liked or rated, each with a date.

A library is kept apart from the papers of feeds: what a reader has read long ago is no news, and
must not hide a paper that a feed brings later.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from newsletter.domain.paper import ARXIV_DOI, arxiv_id, doi

TITLE_KEY = re.compile(r"(?:title|bare):[0-9a-f]{16}", re.ASCII)


class Verdict(StrEnum):
    """What a reader says of a paper; the last word counts."""

    OWN = "own"  # written by the reader
    LIKED = "liked"  # in the reader's library, or an example of a topic
    MORE = "more"  # more like this one of an issue
    LESS = "less"
    SAVED = "saved"  # kept for later


VERDICTS = tuple(Verdict)  # in columns of many verdicts each is its place here
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
