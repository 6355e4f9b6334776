"""Papers in our own form: JSON Lines, one paper a line."""

import json
from datetime import datetime
from itertools import islice

from newsletter.domain.paper import AnnounceType, Paper, Reading, Skipped, arxiv_id, doi, gather
from newsletter.errors import FeedError
from newsletter.feeds.clean import LONGEST_NAME, LONGEST_TITLE, clean, kept, storable
from newsletter.feeds.encoding import decoded
from newsletter.feeds.entry import address, is_withdrawn, iso, labels, people
from newsletter.feeds.record import MOST_ENTRIES, FieldError, count, kind, left_out, text, texts


def read_jsonl(url: str, body: bytes) -> Reading:
    """Return the papers of the lines, and the lines that gave none, each with why.

    Raises FeedError if there is no line, or if no line is a JSON object.
    """
    # Not splitlines: JSON may hold U+2028 and U+0085 inside a text.
    lines = decoded(body).replace("\r\n", "\n").split("\n")
    written = ((number, line) for number, line in enumerate(lines, start=1) if line.strip())
    numbered = list(islice(written, MOST_ENTRIES + 1))
    if not numbered:
        raise FeedError(url, "it is empty")
    if not any(line.lstrip().startswith("{") for _, line in numbered):
        raise FeedError(url, "no line is a JSON object; one paper a line is expected")
    found = [to_paper(line, f"line {number}") for number, line in numbered[:MOST_ENTRIES]]
    return gather([*found, *left_out(len(numbered))])


def to_paper(line: str, name: str) -> Paper | Skipped:
    """Return one line as a paper."""
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        return Skipped(name, f"it is not JSON: {error.msg} at character {error.pos + 1}")
    except (ValueError, RecursionError):
        return Skipped(name, "it is not JSON that can be read: a number or the nesting is too long")
    if not isinstance(record, dict):
        return Skipped(name, f"it is {kind(record)}, not an object")
    try:
        return from_fields(record)
    except FieldError as error:
        return Skipped(name, str(error))
    except Exception as error:  # one of a batch; foreign data breaks in ways nobody lists
        return Skipped(name, f"it could not be read ({type(error).__name__})")


def from_fields(record: dict[str, object]) -> Paper:
    """Return the record as a paper. Raises FieldError if a field is not what it should be."""
    source_title, source_abstract = text(record, "title"), text(record, "abstract")
    title, abstract = clean(source_title, LONGEST_TITLE), clean(source_abstract)
    if not title:
        raise FieldError("it has no title")
    identity = text(record, "id")
    number, version = arxiv_id(identity)
    url = text(record, "url")
    return Paper(
        title=title,
        abstract=abstract,
        authors=people(texts(record, "authors")),
        categories=labels(texts(record, "categories")),
        published=published(record),
        url=address(url) or (f"https://arxiv.org/abs/{number}" if number else ""),
        arxiv_id=number,
        version=version,
        doi=doi(text(record, "doi")) or ("" if number else doi(identity)),
        venue=clean(text(record, "venue"), LONGEST_NAME),
        code_url=address(text(record, "code_url")),
        votes=count(record, "votes"),
        announce_type=announce_type(record),
        withdrawn=is_withdrawn(abstract),
        source_title=kept(source_title),
        source_abstract=kept(source_abstract),
    )


def published(record: dict[str, object]) -> datetime | None:
    """Return the date of publication. Raises FieldError if it is no ISO date."""
    written = text(record, "published")
    try:
        return iso(written) if written else None
    except (ValueError, OverflowError) as error:
        raise FieldError(f"published is no ISO date: {storable(written[:40])!r}") from error


def announce_type(record: dict[str, object]) -> AnnounceType:
    """Return the announce type, new if there is none. Raises FieldError if it is unknown."""
    written = text(record, "announce_type") or AnnounceType.NEW
    try:
        return AnnounceType(written)
    except ValueError as error:
        known = ", ".join(AnnounceType)
        raise FieldError(
            f"announce_type is {storable(written[:40])!r}, not one of {known}"
        ) from error
