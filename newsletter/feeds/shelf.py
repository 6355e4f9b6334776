"""A file of somebody's library -> its papers, each with the day on which it was put there.

Which kind of file it is, is found by looking: Zotero (CSV or JSON), CSL JSON, an ORCID works list,
lines of ids or titles, BibTeX, RIS, or whatever `ingest` reads.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from newsletter.domain.paper import Paper, Skipped, gather
from newsletter.errors import FeedError
from newsletter.feeds import bibtex, csl, lines, orcid, ris, zotero
from newsletter.feeds.clean import decoded
from newsletter.feeds.readers import READERS, SIGNATURES, bounded, guess
from newsletter.feeds.record import each, loaded

T = TypeVar("T")
LOOKED_AT = 100_000  # characters


# A paper and when it was added, as the file says; one named by its id alone has no title yet.
Shelved = tuple[Paper, datetime | None]


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a library's file holds, in its order."""

    reader: str
    papers: tuple[Shelved, ...]
    skipped: tuple[Skipped, ...] = ()


def read(place: str, body: bytes) -> Shelf:
    """Return the papers of a library's file, and the entries that gave none, each with why.

    Raises FeedError if nothing can be read.
    """
    return bounded(recognized)(place, body)


def recognized(place: str, body: bytes) -> Shelf:
    """Return what the reader that fits makes of the file; raises FeedError."""
    for signature, reason in SIGNATURES:
        if body.startswith(signature):
            raise FeedError(place, reason)
    start = decoded(body)[:LOOKED_AT].lstrip("\ufeff \t\r\n")
    if not start:
        raise FeedError(place, "it is empty")
    if "\0" in start:
        raise FeedError(place, "this is no text")
    if start[0] in "[{":
        return read_json(place, body)
    if start.startswith("<") or ris.is_ris(start) or bibtex.is_bibtex(start):
        return read_feed(place, body)
    if zotero.is_csv(start):
        return shelf("zotero-csv", zotero.rows(place, body), zotero.from_row, zotero.row_name)
    return undated("lines", lines.read(place, body), lines.paper_of, str)


def read_json(place: str, body: bytes) -> Shelf:
    """Return the papers of JSON by its shape."""
    try:
        whole = loaded(place, body)
    except FeedError:
        return read_feed(place, body)  # JSON Lines, or cut short
    if (works := orcid.works(whole)) is not None:
        return undated("orcid", works, orcid.to_paper, orcid.name)
    if (items := zotero.items(whole)) is not None:
        return shelf("zotero-json", items, zotero.from_item, zotero.item_name)
    if (items := csl.items(whole)) is not None:
        return undated("csl-json", items, csl.to_paper, csl.name)
    return read_feed(place, body)


def read_feed(place: str, body: bytes) -> Shelf:
    """Return the papers of a form that `ingest` reads too."""
    reader = guess(place, body)
    reading = READERS[reader](place, body)
    return Shelf(reader, tuple((one, None) for one in reading.papers), reading.skipped)


def undated(
    reader: str,
    records: Sequence[T],
    read_one: Callable[[T], Paper],
    name_of: Callable[[T], str],
) -> Shelf:
    """Return what a reader makes of records that do not say when they were added."""
    return shelf(reader, records, lambda record: (read_one(record), None), name_of)


def shelf(
    reader: str,
    records: Sequence[T],
    read_one: Callable[[T], Shelved],
    name_of: Callable[[T], str],
) -> Shelf:
    """Return what a reader makes of its records; a bad one is named, and the others go on."""
    found: list[Shelved] = []

    def to_paper(record: T) -> Paper:
        found.append(read_one(record))
        return found[-1][0]

    results = each(records, to_paper, name_of)
    return Shelf(reader, tuple(found), gather(results).skipped)
