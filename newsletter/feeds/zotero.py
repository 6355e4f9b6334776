"""Zotero's own exports: its CSV, and the JSON of its API or of a plug-in, as papers."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime

from newsletter.domain.paper import Paper
from newsletter.errors import FeedError
from newsletter.feeds.bibliography import Reference, opened, to_paper
from newsletter.feeds.dates import written
from newsletter.feeds.entry import iso
from newsletter.feeds.record import LONGEST_TEXT, FieldError, text

NO_PAPERS = ("attachment", "note", "annotation")
COLUMNS = ("Item Type", "Title")  # that its CSV always has
Row = Mapping[str, str]
Record = Mapping[str, object]


def is_csv(start: str) -> bool:
    """Return whether a text looks like Zotero's CSV: by the names of its columns."""
    head = start.split("\n", 1)[0]
    return all(f'"{name}"' in head or f"{name}," in head for name in COLUMNS)


def rows(place: str, body: bytes) -> Sequence[Row]:
    """Return the rows, those of attachments and notes left out; raises FeedError."""
    text = opened(body).lstrip("\ufeff")
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_TEXT))
    try:
        found = list(csv.DictReader(io.StringIO(text, newline=""), restkey="", restval=""))
    except csv.Error as error:
        raise FeedError(place, f"this CSV cannot be read: {error}") from error
    kept = [row for row in found if row.get("Item Type", "").lower() not in NO_PAPERS]
    if not kept:
        raise FeedError(place, "this CSV has no row of a paper")
    return kept


def row_name(row: Row) -> str:
    """Return what a row is called in a note."""
    return row.get("Title") or row.get("Key") or ""


def from_row(row: Row) -> tuple[Paper, datetime | None]:
    """Return a row as a paper, with the day it was added. Raises FieldError if it cannot be one."""
    tags = f"{row.get('Manual Tags', '')};{row.get('Automatic Tags', '')}"
    paper = to_paper(
        Reference(
            title=row.get("Title", ""),
            abstract=row.get("Abstract Note", ""),
            authors=tuple(one.strip() for one in row.get("Author", "").split(";")),
            keywords=tuple(one.strip() for one in tags.split(";")),
            published=written(row.get("Date", "") or row.get("Publication Year", "")),
            venue=row.get("Publication Title", "") or row.get("Conference Name", ""),
            doi=row.get("DOI", ""),
            links=(row.get("Url", ""), row.get("Extra", "")),
            notes=(row.get("Archive Location", ""), row.get("Number", "")),
        )
    )
    return paper, moment(row.get("Date Added", ""))


def items(whole: object) -> Sequence[Record] | None:
    """Return the items of a JSON value, None if it is not Zotero's."""
    found = whole.get("items") if isinstance(whole, dict) else whole
    if not isinstance(found, list):
        return None
    data = [inner(one) for one in found]
    if not any("itemType" in one for one in data):
        return None
    return [one for one in data if one.get("itemType") not in NO_PAPERS]


def inner(one: object) -> Record:
    """Return an item's fields: the API wraps them in `data`, plug-ins do not."""
    if not isinstance(one, dict):
        return {}
    data = one.get("data")
    return data if isinstance(data, dict) else one


def item_name(record: Record) -> str:
    """Return what an item is called in a note."""
    return str(record.get("title") or record.get("key") or "")


def from_item(record: Record) -> tuple[Paper, datetime | None]:
    """Return an item as a paper, with the day it was added. Raises FieldError."""
    if not record:
        raise FieldError("it is no object")
    venue = text(record, "publicationTitle") or text(record, "proceedingsTitle")
    paper = to_paper(
        Reference(
            title=text(record, "title"),
            abstract=text(record, "abstractNote"),
            authors=tuple(people(record.get("creators"))),
            keywords=tuple(tags(record.get("tags"))),
            published=written(text(record, "date")),
            venue=venue or text(record, "repository"),
            doi=text(record, "DOI"),
            links=(text(record, "url"), text(record, "extra")),
            notes=(text(record, "archiveID"), text(record, "archiveLocation")),
        )
    )
    return paper, moment(text(record, "dateAdded"))


def people(found: object) -> list[str]:
    """Return the authors, family names first; editors and translators are none."""
    names = []
    for one in found if isinstance(found, list) else ():
        if not isinstance(one, dict) or one.get("creatorType", "author") != "author":
            continue
        last, first, whole = (one.get(name) for name in ("lastName", "firstName", "name"))
        if isinstance(last, str) and last:
            names.append(f"{last}, {first}" if isinstance(first, str) and first else last)
        elif isinstance(whole, str):
            names.append(whole)
    return names


def tags(found: object) -> list[str]:
    """Return the tags."""
    given = found if isinstance(found, list) else ()
    named = (one.get("tag") if isinstance(one, dict) else one for one in given)
    return [one for one in named if isinstance(one, str)]


def moment(text: str) -> datetime | None:
    """Return when an item was added, None if that cannot be read."""
    try:
        return iso(text) if text.strip() else None
    except ValueError:
        return None
