"""Typed looks into a JSON object, so that an error says which field is wrong, and how."""

from collections.abc import Mapping

KINDS = {str: "a text", bool: "true or false", int: "a number", float: "a number", list: "a list"}


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
    return value


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
