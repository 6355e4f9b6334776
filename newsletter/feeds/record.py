"""Typed looks into a JSON object, so that an error says which field is wrong, and how."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from newsletter.domain.paper import Paper, Skipped
from newsletter.errors import FeedError
from newsletter.feeds.clean import clean, storable
from newsletter.feeds.encoding import decoded

LONGEST_TEXT = 200_000  # characters; no title, abstract or list of authors comes near
MOST_ENTRIES = 50_000  # of one body; more would take minutes, and gigabytes
MOST_OBJECTS = 1_000_000  # objects and lists in JSON
KINDS = {str: "a text", bool: "true or false", int: "a number", float: "a number", list: "a list"}


T = TypeVar("T")


class FieldError(ValueError):
    """A field of a record is not what it should be; the text says which and why."""


def kind(value: object) -> str:
    """Return what a JSON value is, in words."""
    return "null" if value is None else KINDS.get(type(value), "an object")


def text(record: Mapping[str, object], name: str) -> str:
    """Return a text field, "" if it is missing or null. Raises FieldError if it is no text."""
    value = record.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise FieldError(f"{name} is {kind(value)}, not a text")
    if len(value) > LONGEST_TEXT:
        raise FieldError(f"{name} is longer than {LONGEST_TEXT} characters")
    return storable(value)


def texts(record: Mapping[str, object], name: str) -> list[str]:
    """Return a list of texts, empty if missing or null. Raises FieldError if it is another."""
    value = record.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise FieldError(f"{name} is {kind(value)}, not a list of texts")
    for one in value:
        if not isinstance(one, str):
            raise FieldError(f"{name} holds {kind(one)}, not only texts")
    return value


def count(record: Mapping[str, object], name: str) -> int | None:
    """Return a whole number, None if missing or null. Raises FieldError if it is another."""
    value = record.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise FieldError(f"{name} is {kind(value)}, not a whole number")
    if abs(value) >= 2**31:
        raise FieldError(f"{name} is too large")
    return value


def loaded(url: str, body: bytes) -> object:
    """Return the body's JSON value. Raises FeedError if it is none."""
    text = decoded(body)
    if text.count("{") + text.count("[") > MOST_OBJECTS:
        raise FeedError(url, f"this JSON has more than {MOST_OBJECTS} objects; split it")
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FeedError(url, "this is not JSON that can be read, or it is cut short") from error
    return value


def each(
    found: Sequence[T], read_one: Callable[[T], Paper | Skipped], name_of: Callable[[T], str]
) -> list[Paper | Skipped]:
    """Return what `read_one` makes of each record; one that breaks never stops the others."""
    results: list[Paper | Skipped] = []
    for place, record in enumerate(found[:MOST_ENTRIES], start=1):
        try:
            results.append(read_one(record))
            continue
        except FieldError as error:
            why = str(error)
        except Exception as error:  # one of a batch; foreign data breaks in ways nobody lists
            why = f"it could not be read ({type(error).__name__})"
        results.append(Skipped(clean(name_of(record)[:200]) or f"entry {place}", why))
    return [*results, *left_out(len(found))]


def left_out(number: int) -> list[Skipped]:
    """Return a note if a body has more entries than are read."""
    if number <= MOST_ENTRIES:
        return []
    return [Skipped(f"the entries behind the first {MOST_ENTRIES}", "they are too many; split it")]
