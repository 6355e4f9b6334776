"""Lists of feeds (OPML), in and out."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from xml.etree.ElementTree import Element

from newsletter.errors import FeedError
from newsletter.feeds.clean import LONGEST_NAME, clean, clean_plain
from newsletter.feeds.entry import address
from newsletter.feeds.tree import parse

PLACE = "the list of feeds"


@dataclass(frozen=True, slots=True)
class Outline:
    """A feed as a list names it."""

    title: str
    url: str


def read_opml(body: bytes) -> tuple[Outline, ...]:
    """Return the feeds of a list in its order, from all its folders, each address once.

    Only http and https addresses count. Raises FeedError if it is no OPML.
    """
    root, _ = parse(PLACE, body)
    if root.tag.lower() != "opml":
        raise FeedError(PLACE, f"this is XML, but no OPML (<{root.tag[:50]}>)")
    found = dict[str, Outline]()
    for element in root.iter():
        if element.tag.lower() == "outline" and (url := feed_address(element)):
            title = clean(element.get("title") or element.get("text") or "", LONGEST_NAME)
            found.setdefault(url, Outline(title or url, url))
    return tuple(found.values())


def feed_address(outline: Element) -> str:
    """Return the address of a feed; programs write xmlUrl, xmlURL or xmlurl."""
    written = (value for key, value in outline.attrib.items() if key.lower() == "xmlurl")
    return address(next(written, ""))


def write_opml(title: str, feeds: Iterable[Outline]) -> bytes:
    """Return a list of feeds as OPML 2.0."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        f"<head><title>{escape(clean_plain(title))}</title></head>",
        "<body>",
    ]
    for feed in feeds:
        name, url = escape(clean_plain(feed.title)), escape(feed.url)
        lines.append(f'<outline type="rss" text="{name}" title="{name}" xmlUrl="{url}"/>')
    return ("\n".join([*lines, "</body>", "</opml>"]) + "\n").encode()
