"""The catalogue of topics: config/topics.toml, the folder's own or the default."""

import difflib
from pathlib import Path

from newsletter.domain.profile import Topic, to_topic
from newsletter.errors import SettingsError
from newsletter.settings import defaults, read_toml

# What one reader says of a topic is not the catalogue's.
KEYS = tuple(name for name in Topic.__dataclass_fields__ if name not in ("examples", "a_week"))


def read_topics(folder: Path) -> tuple[Topic, ...]:
    """Return the catalogue: the folder's config/topics.toml, else the default one."""
    file = folder / "config/topics.toml"
    file = file if file.is_file() else defaults() / "config/topics.toml"
    tables = read_toml(file)
    for name in tables.keys() - {"topics"}:
        raise SettingsError(f"{file}: unknown key {name}; did you mean topics?")
    entries = tables.get("topics", [])
    if not isinstance(entries, list):
        raise SettingsError(f"{file}: topics: expected [[topics]] tables")
    found = [checked_topic(file, number, entry) for number, entry in enumerate(entries, 1)]
    names = [topic.name for topic in found]
    for number, name in enumerate(names, 1):
        if name in names[: number - 1]:
            raise SettingsError(f"{file}: topics[{number}]: two topics are named {name!r}")
    return tuple(found)


def checked_topic(file: Path, number: int, entry: object) -> Topic:
    """Return the entry as a topic; raises SettingsError naming the key."""
    named = isinstance(entry, dict) and entry.get("name")
    if not isinstance(entry, dict) or not isinstance(named, str) or not named.strip():
        raise SettingsError(f'{file}: topics[{number}]: expected name = "..."')
    for name, value in entry.items():
        place = f"{file}: topic {entry['name']!r}: {name}"
        if name not in KEYS:
            near = difflib.get_close_matches(name, KEYS, n=1)
            raise SettingsError(
                f"{place}: unknown key" + "".join(f"; did you mean {one}?" for one in near)
            )
        text = name in ("name", "description")
        good = isinstance(value, str) if text else is_list_of_text(value)
        if not good:
            raise SettingsError(f"{place}: expected " + ("a text" if text else "a list of texts"))
    return to_topic(entry)


def is_list_of_text(value: object) -> bool:
    """Return whether it is a list of strings."""
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
