"""An address or a file -> the feeds that are there: itself, those of a page, those of a list."""

import re
from html import unescape
from urllib.parse import urljoin

from newsletter.actions.reading import Fetch, Limits, Origin, load, read, rehearse
from newsletter.errors import FeedError
from newsletter.feeds.fetch import Validators
from newsletter.feeds.opml import read_opml
from newsletter.feeds.readers import decoded

MOST_LINKS = 5  # of a page that are tried
LINK = re.compile(r"<link\b[^>]{0,1000}>", re.IGNORECASE)
ATTRIBUTE = re.compile(r"([a-z]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE)
FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json")


def find(origin: Origin, fetch: Fetch, limits: Limits) -> list[Origin]:
    """Return the feeds, each with its reader where it was read; raises FeedError if there is none.

    A list of feeds (OPML) is taken at its word: its feeds are not visited.
    """
    local = origin.is_file
    body = (load(origin, limits) if local else fetch(origin.url, Validators())).body or b""
    if re.search(rb"<opml\b", body[:2000], re.IGNORECASE):
        return [Origin(one.url, one.title) for one in read_opml(body)]
    try:
        reader, _ = read(origin, body)
    except FeedError:
        linked = [] if local else links(origin.url, decoded(body))
        if not linked:
            raise
        return follow(linked, fetch, limits)
    return [Origin(origin.url, origin.name, reader)]


def follow(linked: list[Origin], fetch: Fetch, limits: Limits) -> list[Origin]:
    """Return the first of a page's feeds that can be read; raises FeedError if none can."""
    for number, one in enumerate(linked, 1):
        try:
            reader, _ = rehearse(one, fetch, limits)
        except FeedError:
            if number == len(linked):
                raise
            continue
        return [Origin(one.url, one.name, reader)]
    raise AssertionError("a page without links is not followed")


def links(url: str, page: str) -> list[Origin]:
    """Return the feeds that a page links to in its head (RSS autodiscovery)."""
    found = []
    for tag in LINK.findall(page):
        given = {name.lower(): unescape(a or b or c) for name, a, b, c in ATTRIBUTE.findall(tag)}
        if given.get("type", "").lower() in FEED_TYPES and given.get("href"):
            target = urljoin(url, given["href"])
            found.append(Origin(target, given.get("title") or target))
    return found[:MOST_LINKS]
