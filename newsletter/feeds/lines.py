"""A plain list, a paper a line: an arXiv id, a DOI, an address of either, or a title."""

import re
from collections.abc import Sequence

from newsletter.domain.library import key_of
from newsletter.domain.paper import Paper
from newsletter.errors import FeedError
from newsletter.feeds.clean import LONGEST_TITLE, clean, decoded
from newsletter.feeds.record import FieldError

BULLET = re.compile(r"^\s*(?:[-*•–]|\(?\d{1,4}[.)])\s+")
COMMENT = "#"
LEAST_LETTERS = 3


def read(place: str, body: bytes) -> Sequence[str]:
    """Return the lines that hold something, without bullets, numbers and comments.

    Raises FeedError if there is none.
    """
    text = decoded(body).replace("\r\n", "\n").replace("\r", "\n")
    bare = (BULLET.sub("", line).strip().strip('"').strip() for line in text.split("\n"))
    found = [line for line in bare if line and not line.startswith(COMMENT)]
    if not found:
        raise FeedError(place, "no line names a paper")
    return found


def named(key: str) -> Paper:
    """Return the paper that a key names, its title not known yet."""
    kind, _, value = key.partition(":")
    return Paper("", arxiv_id=value if kind == "arxiv" else "", doi=value if kind == "doi" else "")


def paper_of(line: str) -> Paper:
    """Return the paper that a line names. Raises FieldError if it names none."""
    key = key_of(line) if " " not in line else ""
    if key.startswith(("arxiv:", "doi:")):
        return named(key)
    if len(line) > 5 * LONGEST_TITLE:
        raise FieldError("it is longer than any title")
    title = clean(line, LONGEST_TITLE)
    if sum(map(str.isalpha, title)) < LEAST_LETTERS:
        raise FieldError("it is no title and no id")
    return Paper(title)
