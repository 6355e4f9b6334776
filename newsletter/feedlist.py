"""The [[feeds]] of config/newsletter.toml, added and removed as text: comments stay."""

import json
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from newsletter.actions.ingest import Origin
from newsletter.errors import NotFoundError, SettingsError

BLOCK = re.compile(r"^\[\[feeds\]\][ \t]*(?:#.*)?\n(?:(?!\[).*\n?)*", re.MULTILINE)


def add(file: Path, feeds: Sequence[Origin]) -> None:
    """Append the feeds to the settings; raises SettingsError if the file cannot be written."""
    text = file.read_text("utf-8")
    blocks = "".join(
        f"\n[[feeds]]\nname = {quoted(feed.name)}\nurl = {quoted(feed.url)}\n"
        + (f"reader = {quoted(feed.reader)}\n" if feed.reader else "")
        for feed in feeds
    )
    write(file, text.rstrip("\n") + "\n" + blocks)


def remove(file: Path, name: str) -> None:
    """Take the feed of this name or address out of the settings; raises NotFoundError."""
    text = file.read_text("utf-8")
    for found in BLOCK.finditer(text):
        (feed,) = tomllib.loads(found.group())["feeds"]
        if name in (feed.get("name"), feed.get("url")):
            write(file, text[: found.start()] + text[found.end() :])
            return
    raise NotFoundError(f"{file} has no feed {name!r}; `newsletter feeds list` shows all")


def write(file: Path, text: str) -> None:
    """Write the settings, whole or not at all."""
    tomllib.loads(text)  # never leave a file that cannot be read
    part = file.with_name(file.name + ".part")
    try:
        part.write_text(text, "utf-8")
        part.replace(file)
    except OSError as error:
        raise SettingsError(f"{file}: cannot be written: {error.strerror}") from error


def quoted(value: str) -> str:
    """Return a value as TOML writes it; its basic strings are JSON's."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
