"""A works list of ORCID, as its public API gives it in JSON: the works as papers."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from newsletter.domain.paper import Paper
from newsletter.feeds.bibliography import Reference
from newsletter.feeds.bibliography import to_paper as of_reference
from newsletter.feeds.dates import day
from newsletter.feeds.record import FieldError

Record = Mapping[str, object]


def works(whole: object) -> Sequence[Record] | None:
    """Return the first summary of each work, None if the value is no list of ORCID's.

    A group holds the same work as several sources tell it; the first is the one that is shown.
    """
    if not isinstance(whole, dict):
        return None
    activities = whole.get("activities-summary")  # in a whole record
    listed = activities.get("works") if isinstance(activities, dict) else whole
    groups = listed.get("group") if isinstance(listed, dict) else None
    if not isinstance(groups, list):
        return None
    found = []
    for group in groups:
        summaries = group.get("work-summary") if isinstance(group, dict) else None
        if isinstance(summaries, list) and summaries:
            first = summaries[0] if isinstance(summaries[0], dict) else {}
            found.append({"external-ids": group.get("external-ids"), **first})
    return found


def name(record: Record) -> str:
    """Return what a work is called in a note."""
    return said(record, "title", "title") or str(record.get("put-code") or "")


def to_paper(record: Record) -> Paper:
    """Return a work as a paper; ORCID tells no authors. Raises FieldError if it cannot be one."""
    title = said(record, "title", "title")
    if not title:
        raise FieldError("it has no title")
    numbers = identities(record)
    preprint = numbers.get("arxiv", "")
    return of_reference(
        Reference(
            title=title,
            abstract="",
            authors=(),
            keywords=(),
            published=published(record),
            venue=said(record, "journal-title"),
            doi=numbers.get("doi", ""),
            links=(said(record, "url"),),
            eprint=preprint.lower().removeprefix("arxiv:"),
        )
    )


def said(record: Record, *names: str) -> str:
    """Return a text of nested objects: each is {"value": ...} at its end."""
    here: object = record
    for one in (*names, "value"):
        here = here.get(one) if isinstance(here, dict) else None
    return here if isinstance(here, str) else ""


def identities(record: Record) -> dict[str, str]:
    """Return the work's own ids by kind; those of the whole it is part of are not its."""
    found: dict[str, str] = {}
    listed = record.get("external-ids")
    ids = listed.get("external-id") if isinstance(listed, dict) else None
    for one in ids if isinstance(ids, list) else ():
        if not isinstance(one, dict) or one.get("external-id-relationship") == "part-of":
            continue
        kind, value = one.get("external-id-type"), one.get("external-id-value")
        if isinstance(kind, str) and isinstance(value, str):
            found.setdefault(kind.lower(), value)
    return found


def published(record: Record) -> datetime | None:
    """Return the day, the first of what is missing."""
    given = record.get("publication-date")
    if not isinstance(given, dict):
        return None
    return day(said(given, "year"), said(given, "month"), said(given, "day"))
