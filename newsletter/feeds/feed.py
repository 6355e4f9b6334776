"""The border to feedparser, which has no types: bytes to entries, and how whole they are."""

import io
import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from xml.sax import SAXException

import feedparser

from newsletter.domain.paper import Paper, Skipped
from newsletter.errors import FeedError
from newsletter.feeds import quick
from newsletter.feeds.clean import decoded

Entry = Any  # feedparser's dictionary, or one of the same fields
# Possessive: `<!-- -->` thirty times over, taken apart in every way there is, would take years.
WEB_PAGE = re.compile(
    r"\s*+(?:<\?xml[^>]*\?>\s*+)?+(?:<!--.*?-->\s*+)*+<(?:!doctype\s+html|html)\b", re.I | re.S
)
DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
LONGEST_DECLARATION = 1000
# Alphabets of which ASCII is a part, so that tags can be counted. UTF-7 would hide them.
OTHER_ENCODING = re.compile(
    rb"\s*<\?xml[^>]*encoding\s*=\s*[\"']"
    rb"(?:iso-?8859|windows-|cp-?125|latin|koi8|mac|gb|big5|shift|euc|ks_c|tis)",
    re.I,
)
NOT_XML = dict.fromkeys(code for code in range(32) if code not in (9, 10, 13))
FORBIDDEN = re.compile(f"[{''.join(map(chr, NOT_XML))}]")
END = re.compile(r"</(?:\w+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
# For a bound on nesting: HTML's elements that nobody closes are no depth, and an entry begins anew.
TAG = re.compile(r"<(/?)([A-Za-z_][\w.:-]*)([^<>]*)")
UNCLOSED = frozenset("br hr img p li td th tr dt dd input col wbr source link meta option".split())
ANEW = frozenset(["item", "entry"])
DEEPEST = 2000
MOST_ATTRIBUTES = 500
# What feedparser takes 50 microseconds for, and 3. A feed has a tag to 60 characters or fewer.
FEWEST_TAGS, TAG_SHARE, MOST_TAGS = 30_000, 50, 150_000
FEWEST_ENTITIES, ENTITY_SHARE, MOST_ENTITIES = 300_000, 20, 1_000_000
# What it takes the square of the time for: a word that might be an address, a list of categories.
LONG_WORD = re.compile(r"[\w.+-]{100}", re.ASCII)
MOST_CATEGORIES = 400  # of an entry
ENTRY_END = re.compile(r"</(?:\w+:)?(?:item|entry)\s*>", re.IGNORECASE)


def entries(url: str, body: bytes) -> tuple[list[Entry], list[Skipped]]:
    """Return a feed's entries in its order, and what was lost because it is cut short.

    An empty feed is valid. Raises FeedError if this is no feed, or nothing in it can be read.
    """
    text = decoded(body)
    if not text.strip():
        raise FeedError(url, "it is empty")
    if is_web_page(text):
        raise FeedError(url, "this is a web page, not a feed")
    data = xml(body, text)
    plain = quick.entries(data) if data is not body else None
    return (plain, []) if plain else by_feedparser(url, data, text)


def by_feedparser(url: str, data: bytes, text: str) -> tuple[list[Entry], list[Skipped]]:
    """Return a feed's entries and what was lost, as feedparser reads them.

    `data` is XML without declaration in UTF-8, or any that names another encoding.
    """
    bounded(url, text)
    try:
        # As a stream: given bytes, feedparser opens a file of that name if there is one.
        # Both cleaners off: on, they eat the text after `x<y` in an abstract.
        parsed = feedparser.parse(
            io.BytesIO(data), sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:  # its second parser raises many kinds at malformed input
        raise FeedError(url, "it could not be read as RSS, Atom or RDF") from error
    found = list(parsed.entries)
    malformed = bool(parsed.bozo) and isinstance(parsed.get("bozo_exception"), SAXException)
    if not found and (malformed or not parsed.get("version")):
        raise FeedError(
            url, "no entry could be read: it is no RSS, Atom or RDF, or it is cut short"
        )
    return whole(found, text) if malformed and not END.search(text[-2000:]) else (found, [])


def bounded(url: str, text: str) -> None:
    """Raise FeedError if the feed is of a size or nesting that feedparser takes minutes for."""
    most_tags = min(max(FEWEST_TAGS, len(text) // TAG_SHARE), MOST_TAGS)
    most_entities = min(max(FEWEST_ENTITIES, len(text) // ENTITY_SHARE), MOST_ENTITIES)
    if text.count("<") > most_tags or text.count("&") > most_entities:
        raise FeedError(url, f"it has more than {most_tags} tags, too many to read; split it")
    depth = 0
    for found in TAG.finditer(text):
        closing, name, rest = found.groups()
        if rest.count("=") > MOST_ATTRIBUTES:
            raise FeedError(url, f"a tag in it has more than {MOST_ATTRIBUTES} attributes")
        if name in ANEW:
            depth = 0
        elif name.lower() not in UNCLOSED and not rest.endswith("/"):
            depth = max(0, depth - 1) if closing else depth + 1
        if depth > DEEPEST:
            raise FeedError(url, f"its XML is nested more than {DEEPEST} deep")


def bound_feedparser() -> None:
    """Make feedparser pass over what it would take minutes for; authors keep their text."""
    mixin = feedparser.mixin._FeedParserMixin
    find_address, add_category = mixin._sync_author_detail, mixin._add_tag

    def sync_author_detail(parser: Any, key: str = "author") -> None:
        author = parser._get_context().get(key)
        if not (isinstance(author, str) and LONG_WORD.search(author)):
            find_address(parser, key)

    def add_tag(parser: Any, *category: Any) -> None:
        tried = parser.__dict__.setdefault("categories_tried", Counter[int]())
        tried[id(parser._get_context())] += 1
        if tried[id(parser._get_context())] <= MOST_CATEGORIES:
            add_category(parser, *category)

    mixin._sync_author_detail, mixin._add_tag = sync_author_detail, add_tag


with suppress(AttributeError):  # a later feedparser may name them otherwise; a test would tell
    bound_feedparser()


def xml(body: bytes, text: str) -> bytes:
    """Return the body as UTF-8 without bytes that XML forbids, unless it names another encoding.

    Left alone, feedparser takes the whole feed for Latin text if one byte of its UTF-8 is invalid.
    """
    if OTHER_ENCODING.match(body[:200]):
        return body
    return undeclared(text).encode("utf-8", "replace")


def undeclared(text: str) -> str:
    """Return XML without its declaration and without the signs that XML forbids."""
    if FORBIDDEN.search(text):  # seldom, and translate() takes long over a text with one é in it
        text = text.translate(NOT_XML)
    declaration = DECLARATION.match(text[:LONGEST_DECLARATION])
    return text[declaration.end() :] if declaration else text


def whole(found: list[Entry], text: str) -> tuple[list[Entry], list[Skipped]]:
    """Return the entries of a feed cut short that are whole, and one note about the end.

    Half an abstract would be stored, ranked and mailed as if it were the paper's.
    """
    ended = len(ENTRY_END.findall(text))
    lost = found[ended:]
    name = next((str(one.get("title") or one.get("id") or "") for one in lost), "")
    return found[:ended], [Skipped(name or "the end of the feed", "the feed is cut short here")]


def each(found: list[Entry], read_one: Callable[[Entry], Paper | Skipped]) -> list[Paper | Skipped]:
    """Return what `read_one(entry)` makes of each entry; one that breaks never stops the others."""
    results: list[Paper | Skipped] = []
    for place, entry in enumerate(found, start=1):
        try:
            results.append(read_one(entry))
        except FeedError:
            raise
        except Exception as error:  # one of a batch; foreign data breaks in ways nobody lists
            name = str(entry.get("id") or entry.get("title") or f"entry {place}")
            results.append(Skipped(name, f"it could not be read ({type(error).__name__})"))
    return results


def is_web_page(text: str) -> bool:
    """Return whether the text is HTML."""
    return bool(WEB_PAGE.match(text[:5000]))


def said(entry: Entry, name: str) -> str:
    """Return a field of an entry as text, "" if it is missing or no text."""
    value = entry.get(name)
    return value if isinstance(value, str) else ""
