"""RIS, the exchange format of reference managers: its records as papers."""

import re
from collections.abc import Mapping, Sequence
from itertools import chain

from newsletter.domain.paper import Paper, Reading, Skipped, gather
from newsletter.errors import FeedError
from newsletter.feeds.bibliography import Reference, opened, to_paper
from newsletter.feeds.clean import clean
from newsletter.feeds.dates import written
from newsletter.feeds.record import FieldError, each

LINE = re.compile(r"\ufeff?([A-Z][A-Z0-9])(?: {1,2}- ?|-(?: |$))(.*)")
START = re.compile(r"^\ufeff?\s*TY {0,2}- ?[A-Za-z]", re.MULTILINE)
TITLES = ("TI", "T1", "CT", "BT")
ABSTRACTS = ("AB", "N2")
AUTHORS = ("AU", "A1")
VENUES = ("JF", "T2", "JO", "J2", "JA")
DATES = ("DA", "PY", "Y1")
LINKS = ("UR", "L2", "LK", "M3", "ID", "AN")

Fields = Mapping[str, list[str]]


def read(url: str, body: bytes) -> Reading:
    """Return the references as papers, in the file's order. Raises FeedError if there is none."""
    found, lost = records(opened(body))
    if not found and not lost:
        raise FeedError(url, "this is no RIS: no line begins a reference (TY  - JOUR)")
    return gather([*each(found, from_fields, name), *lost])


def is_ris(start: str) -> bool:
    """Return whether a text looks like RIS."""
    return bool(START.search(start))


def records(text: str) -> tuple[list[Fields], list[Skipped]]:
    """Return the records; one without its end is read if another begins, else it is cut short."""
    found: list[Fields] = []
    current: list[tuple[str, list[str]]] | None = None  # each tag and the lines of its value
    for line in text.split("\n"):
        tagged = LINE.fullmatch(line.rstrip())
        if not tagged:
            if current and line.strip():
                current[-1][1].append(line.strip())  # a long text goes on
        elif tagged[1] in ("TY", "ER"):
            found += [joined(current)] if current is not None else []
            current = [] if tagged[1] == "TY" else None
        elif current is not None:
            current.append((tagged[1], [tagged[2].strip()]))
    if current is None:
        return found, []
    why = "the file is cut short here: the reference has no end (ER)"
    return found, [Skipped(clean(name(joined(current))) or "the end of the file", why)]


def joined(current: Sequence[tuple[str, list[str]]]) -> Fields:
    """Return the values of each tag, the lines of each value joined."""
    fields: dict[str, list[str]] = {}
    for tag, lines in current:
        fields.setdefault(tag, []).append(" ".join(lines))
    return fields


def name(fields: Fields) -> str:
    """Return what a reference is called in a note."""
    return first(fields, ("DO", *TITLES))[:200]


def first(fields: Fields, tags: tuple[str, ...]) -> str:
    """Return the first value of the first of these tags that has one."""
    values = chain.from_iterable(fields.get(tag, []) for tag in tags)
    return next((value for value in values if value), "")


def from_fields(fields: Fields) -> Paper:
    """Return a record as a paper. Raises FieldError if it cannot be one."""
    if not fields:
        raise FieldError("it is empty")
    people = chain.from_iterable(fields.get(tag, []) for tag in AUTHORS)
    dates = chain.from_iterable(fields.get(tag, []) for tag in DATES)
    links = chain.from_iterable(fields.get(tag, []) for tag in LINKS)
    return to_paper(
        Reference(
            title=first(fields, TITLES),
            abstract=first(fields, ABSTRACTS),
            authors=tuple(people),
            keywords=tuple(fields.get("KW", [])),
            published=next((when for date in dates if (when := written(date))), None),
            venue=first(fields, VENUES),
            doi=first(fields, ("DO",)),
            links=tuple(links),
        )
    )
