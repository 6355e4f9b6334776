"""TOML: values -> lines that a person likes to read and tomllib reads back as the same values."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

LINE = 100  # columns; a longer list takes a line an entry

Value = str | int | datetime | Sequence[str]


def table(name: str, fields: Mapping[str, Value]) -> str:
    """Return an entry of an array of tables; fields that are empty are left out."""
    lines = [f"{key} = {spelled(key, value)}" for key, value in fields.items() if value]
    return "\n".join([f"[[{name}]]", *lines]) + "\n"


def spelled(key: str, value: Value) -> str:
    """Return a value in TOML."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, int):
        return str(value)
    found = [quoted(one) for one in value]
    line = f"[{', '.join(found)}]"
    if len(key) + 3 + len(line) <= LINE:
        return line
    return "".join(["[\n", *(f"    {one},\n" for one in found), "]"])


def quoted(text: str) -> str:
    """Return a basic string: TOML knows JSON's escapes, and wants one for DEL too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
