"""CSL JSON, the form that citation processors share: its items as papers."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from newsletter.domain.paper import Paper
from newsletter.feeds.bibliography import Reference
from newsletter.feeds.bibliography import to_paper as of_reference
from newsletter.feeds.dates import day, written
from newsletter.feeds.record import FieldError, text

Record = Mapping[str, object]


def items(whole: object) -> Sequence[Record] | None:
    """Return the items of a JSON value, None if it is no CSL JSON."""
    found = whole if isinstance(whole, list) else None
    if isinstance(whole, dict) and isinstance(whole.get("items"), list):
        found = whole["items"]
    if not found or not any(is_item(one) for one in found):
        return None
    return found


def is_item(one: object) -> bool:
    """Return whether it looks like an item of CSL."""
    return isinstance(one, dict) and "title" in one and ("type" in one or "issued" in one)


def name(record: Record) -> str:
    """Return what an item is called in a note."""
    return str(record.get("title") or record.get("id") or "") if isinstance(record, dict) else ""


def to_paper(record: Record) -> Paper:
    """Return an item as a paper. Raises FieldError if it cannot be one."""
    if not isinstance(record, dict):
        raise FieldError("it is no object")
    return of_reference(
        Reference(
            title=text(record, "title"),
            abstract=text(record, "abstract"),
            authors=tuple(people(record.get("author"))),
            keywords=(),
            published=date(record.get("issued")),
            venue=text(record, "container-title"),
            doi=text(record, "DOI"),
            links=(text(record, "URL"),),
            notes=(text(record, "note"), text(record, "number"), text(record, "publisher")),
        )
    )


def people(found: object) -> list[str]:
    """Return the names, family names first."""
    names = []
    for one in found if isinstance(found, list) else ():
        if not isinstance(one, dict):
            continue
        family, given = one.get("family"), one.get("given")
        particle = one.get("non-dropping-particle")
        whole = " ".join(part for part in (particle, family) if isinstance(part, str))
        if whole and isinstance(given, str) and given:
            names.append(f"{whole}, {given}")
        elif whole or isinstance(one.get("literal"), str):
            names.append(whole or one["literal"])
    return names


def date(issued: object) -> datetime | None:
    """Return the day, the first of what is missing."""
    if not isinstance(issued, dict):
        return None
    parts = issued.get("date-parts")
    if isinstance(parts, list) and parts and isinstance(parts[0], list):
        year, month, first = ([str(one) for one in parts[0]] + ["", "", ""])[:3]
        return day(year, month, first)
    raw = issued.get("raw") or issued.get("literal")
    return written(raw) if isinstance(raw, str) else None
