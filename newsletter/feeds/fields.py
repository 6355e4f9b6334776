"""An element of an entry -> the fields that feedparser would make of it, for quick.py.

Each function takes the entry so far, the element's text and its attributes. It raises UnusualError
where feedparser's rule is not followed here.
"""

import re
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

Entry = dict[str, Any]
Attributes = dict[str, str]
Take = Callable[[Entry, str, Attributes], None]

LANGUAGE = "http://www.w3.org/XML/1998/namespace lang"  # as expat names it
TEXT_TYPES = {
    "": "text/plain",
    "text": "text/plain",
    "plain": "text/plain",
    "text/plain": "text/plain",
    "html": "text/html",
    "text/html": "text/html",
}
HTML_TYPES = ("html", "text/html", "xhtml", "application/xhtml+xml")
BARE_REFERENCE = re.compile("&([A-Za-z0-9_]+);")
# `&#150;` and its like: numbers of Windows-1252 where Unicode has only controls.
WINDOWS = {
    code: bytes([code]).decode("cp1252")
    for code in range(0x80, 0xA0)
    if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
MOST_CATEGORIES = 400
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
RFC_822 = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun),? )?(?P<day>\d\d?) (?P<month>[a-z]{3}) (?P<year>\d{4})"
    r" (?P<clock>\d\d:\d\d:\d\d) (?:gmt|utc|z|(?P<sign>[+-])(?P<hours>\d\d)(?P<minutes>\d\d))",
    re.ASCII,
)
ISO_8601 = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)t(?P<clock>\d\d:\d\d:\d\d)(?:\.\d{1,9})?"
    r"(?:z|(?P<sign>[+-])(?P<hours>\d\d):(?P<minutes>\d\d))",
    re.ASCII,
)


class UnusualError(Exception):
    """The feed has something that is left to feedparser."""


def repaired(text: str) -> str:
    """Return the text without UTF-8 taken for Latin-1 and without numbers of Windows-1252."""
    if text.isascii():
        return text
    with suppress(UnicodeError):
        text = text.encode("latin-1").decode("utf-8")
    return text.translate(WINDOWS)


def title(entry: Entry, value: str, attributes: Attributes) -> None:
    """Take the first title that is not empty."""
    text_type(attributes)
    if not entry.get("title"):
        entry["title"] = value


def text_type(attributes: Attributes) -> str:
    """Return the type of a text, as a MIME type."""
    found = TEXT_TYPES.get(attributes.get("type", "").lower())
    if found is None or not attributes.keys() <= {"type", LANGUAGE}:
        raise UnusualError
    return found


def description(entry: Entry, value: str, attributes: Attributes) -> None:
    """Take the abstract of RSS, which is HTML."""
    if "summary_detail" in entry or not attributes.keys() <= {LANGUAGE}:
        raise UnusualError
    entry["summary"], entry["summary_detail"] = value, {"type": "text/html"}


def summary(entry: Entry, value: str, attributes: Attributes) -> None:
    """Take the abstract of Atom."""
    if "summary_detail" in entry:
        raise UnusualError
    entry["summary"], entry["summary_detail"] = value, {"type": text_type(attributes)}


def content(entry: Entry, value: str, attributes: Attributes) -> None:
    """Take the full text, which stands for an abstract that there is not."""
    if "content" in entry:
        raise UnusualError
    entry["content"] = [{"type": text_type(attributes), "value": value}]
    entry.setdefault("summary", value)


def identity(entry: Entry, value: str, attributes: Attributes) -> None:
    """Take the guid or id, which is the link too if it may and there is none."""
    permanent = attributes.get("isPermaLink", "true") == "true"
    if "id" in entry or (permanent and ":///" in value):
        raise UnusualError
    entry["id"] = value
    if permanent:
        entry.setdefault("link", value)


def link(entry: Entry, value: str, attributes: Attributes) -> None:
    """Take the link of RSS."""
    if attributes or ":///" in value:
        raise UnusualError
    entry["link"] = BARE_REFERENCE.sub(r"&\1", value.replace("&amp;", "&"))


def reference(entry: Entry, _value: str, attributes: Attributes) -> None:
    """Take a link of Atom, if it leads to the entry as a page."""
    place = attributes.get("href")
    if place is None or ":///" in place or "url" in attributes:
        raise UnusualError
    page = attributes.get("type", "html").lower() in HTML_TYPES
    if page and attributes.get("rel", "alternate").lower() == "alternate":
        entry["link"] = place


def author(entry: Entry, value: str, _attributes: Attributes) -> None:
    """Take one author, or all in one text."""
    if "@" in value:  # feedparser takes it apart
        raise UnusualError
    entry.setdefault("authors", []).append({"name": value} if value else {})


def category(entry: Entry, value: str, attributes: Attributes) -> None:
    """Take a category by its attribute, its text or both."""
    tags = entry.setdefault("tags", [])
    scheme = attributes.get("scheme", attributes.get("domain"))
    add_tag(tags, attributes.get("term"), scheme, attributes.get("label"))
    if value and tags and not tags[-1]["term"]:
        tags[-1]["term"] = value
    elif value:
        add_tag(tags, value, None, None)


def add_tag(tags: list[Entry], term: str | None, scheme: str | None, label: str | None) -> None:
    """Add a category that is not there; to look takes time by their number."""
    if len(tags) >= MOST_CATEGORIES:
        raise UnusualError
    tag = {"term": term, "scheme": scheme, "label": label}
    if (term or scheme or label) and tag not in tags:
        tags.append(tag)


def published(entry: Entry, value: str, _attributes: Attributes) -> None:
    """Take the day of publication."""
    if "published_parsed" in entry:
        raise UnusualError
    entry["published_parsed"] = moment(value)


def updated(entry: Entry, value: str, _attributes: Attributes) -> None:
    """Take the day of the last change."""
    if "updated_parsed" in entry:
        raise UnusualError
    entry["updated_parsed"] = moment(value)


@lru_cache(maxsize=4096)
def moment(text: str) -> time.struct_time | None:
    """Return the time in UTC, None of an empty text.

    Only the two common forms are read here, for feedparser knows a dozen: RFC 822 with a year of
    four digits, and RFC 3339. Raises UnusualError for any other.
    """
    if not text:
        return None
    lower = text.lower()
    found = RFC_822.fullmatch(lower) or ISO_8601.fullmatch(lower)
    if not found:
        raise UnusualError
    year, month, day, clock, sign, hours, minutes = found.group(
        "year", "month", "day", "clock", "sign", "hours", "minutes"
    )
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    try:
        number = int(month) if month.isdigit() else MONTHS.index(month) + 1
        local = datetime.fromisoformat(f"{year}-{number:02}-{int(day):02}T{clock}")
        return (local + offset if sign == "-" else local - offset).utctimetuple()
    except (ValueError, OverflowError) as error:
        raise UnusualError from error


COMMON: dict[str, Take] = {
    "title": title,
    "dc_title": title,
    "category": category,
    "dc_subject": category,
    "dc_date": updated,
}
OF_RSS = COMMON | {
    "description": description,
    "content_encoded": content,
    "guid": identity,
    "link": link,
    "author": author,
    "dc_creator": author,  # not in Atom: after one, feedparser writes its author over the first
    "pubdate": published,
}
OF_ATOM = COMMON | {
    "summary": summary,
    "content": content,
    "id": identity,
    "link": reference,
    "published": published,
    "updated": updated,
}
