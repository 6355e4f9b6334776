"""The border to feedparser, which has no types: bytes to entries, and how whole they are."""

import io
import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from xml.parsers import expat
from xml.sax import SAXException

import feedparser

from newsletter.domain.paper import Paper, Skipped
from newsletter.errors import FeedError
from newsletter.feeds import quick
from newsletter.feeds.encoding import decoded
from newsletter.feeds.fields import UnusualError

Entry = Any  # feedparser's dictionary, or one of the same fields
# Possessive: `<!-- -->` thirty times over, taken apart in every way there is, would take years.
WEB_PAGE = re.compile(
    r"\s*+(?:<\?xml[^>]*\?>\s*+)?+(?:<!--.*?-->\s*+)*+<(?:!doctype\s+html|html)\b", re.I | re.S
)
DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
LONGEST_DECLARATION = 1000
# One that is not closed as it should be; feedparser passes over it at the very beginning alone.
UNCLOSED_DECLARATION = re.compile(rb"<\?xml[^>]*>")
OUR_DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>\n'
NOT_XML = dict.fromkeys(code for code in range(32) if code not in (9, 10, 13))
FORBIDDEN = re.compile(f"[{''.join(map(chr, NOT_XML))}]")
END = re.compile(r"</(?:\w+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
# For a bound on nesting: HTML's elements that nobody closes are no depth, and an entry begins anew.
TAG = re.compile(r"<(/?)([A-Za-z_][\w.:-]*)([^<>]*)")
UNCLOSED = frozenset("br hr img p li td th tr dt dd input col wbr source link meta option".split())
ANEW = frozenset(["item", "entry"])
DEEPEST = 2000
MOST_ATTRIBUTES = 500
# Of well-formed XML feedparser takes 20 microseconds for a tag, of other 40; 3 for an entity.
FEWEST_TAGS, TAG_SHARE, MOST_TAGS = 80_000, 25, 150_000
FEWEST_MALFORMED, MALFORMED_SHARE = 35_000, 50
FEWEST_ENTITIES, ENTITY_SHARE, MOST_ENTITIES = 300_000, 20, 1_000_000
# What it takes the square of the time for: a word that might be an address, a list of categories.
LONG_WORD = re.compile(r"[\w.+-]{100}", re.ASCII)
MOST_CATEGORIES = 400  # of an entry
ENTRY = re.compile(r"<(?:[\w.-]{1,50}:)?(?:item|entry)[\s/>]", re.IGNORECASE)
ENTRY_END = re.compile(
    r"</(?:[\w.-]{1,50}:)?(?:item|entry)\s*>|<(?:item|entry)[^<>]{0,300}/>", re.IGNORECASE
)
# In a page, what looks like an entry may be a script's text.
SCRIPT = re.compile(r"<(script|style|template)\b.*?(?:</\1|\Z)", re.IGNORECASE | re.DOTALL)
# Numbers of no character: NUL, halves of a surrogate pair, beyond the last.
REFERENCE = re.compile(
    rb"&#(?:0*|[xX]0*|0*5(?:5[3-9]|6|7[0-2])\d\d\d?|[xX]0*[dD][89a-fA-F][0-9a-fA-F]{2}|0*[1-9]\d{6,}"
    rb"|[xX]0*[1-9a-fA-F][0-9a-fA-F]{5,});"
)
CUT_SHORT = "the feed is cut short here"


def entries(url: str, body: bytes) -> tuple[list[Entry], list[Skipped]]:
    """Return a feed's entries in its order, and what was lost because it is cut short.

    An empty feed is valid. Raises FeedError if this is no feed, or nothing in it can be read.
    """
    text = decoded(body)
    if not text.strip():
        raise FeedError(url, "it is empty")
    if is_web_page(text) and not holds_entries(text):
        raise FeedError(url, "this is a web page, not a feed")
    data = xml(text)
    plain = quick.entries(data)
    return (plain, []) if plain else by_feedparser(url, data, text)


def by_feedparser(url: str, data: bytes, text: str) -> tuple[list[Entry], list[Skipped]]:
    """Return a feed's entries and what was lost, as feedparser reads them.

    `data` is the text as XML without declaration in UTF-8.
    """
    bounded(url, data, text)
    try:
        parsed = parse(data)
    except Exception:  # its second parser raises many kinds at malformed input
        parsed = again(url, data)
    found = list(parsed.entries)
    malformed = bool(parsed.bozo) and isinstance(parsed.get("bozo_exception"), SAXException)
    if not found and (malformed or not parsed.get("version")):
        raise FeedError(
            url, "no entry could be read: it is no RSS, Atom or RDF, or it is cut short"
        )
    return whole(found, text) if malformed and not END.search(text[-2000:]) else (found, [])


def parse(data: bytes) -> Any:
    """Return what feedparser makes of XML in UTF-8."""
    # With a declaration on a line of its own: feedparser looks for an encoding in the whole first
    # line, and takes the cube of its length if it names many and does not end.
    unclosed = UNCLOSED_DECLARATION.match(data)
    data = OUR_DECLARATION + (data[unclosed.end() :] if unclosed else data)
    # As a stream: given bytes, feedparser opens a file of that name if there is one.
    # Both cleaners off: on, they eat the text after `x<y` in an abstract.
    return feedparser.parse(io.BytesIO(data), sanitize_html=False, resolve_relative_uris=False)


def again(url: str, data: bytes) -> Any:
    """Return what feedparser makes of XML without numbers of no character, which it dies of."""
    try:
        return parse(REFERENCE.sub(b"", data))
    except Exception as error:
        raise FeedError(url, "it could not be read as RSS, Atom or RDF") from error


def bounded(url: str, data: bytes, text: str) -> None:
    """Raise FeedError if the feed is of a size or nesting that feedparser takes minutes for."""
    most_tags = min(max(FEWEST_MALFORMED, len(text) // MALFORMED_SHARE), MOST_TAGS)
    if text.count("<") > most_tags and is_well_formed(data):
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


def is_well_formed(data: bytes) -> bool:
    """Return whether it is XML whose every prefix is bound, without a document type."""
    parser = expat.ParserCreate("utf-8", " ")
    parser.StartDoctypeDeclHandler = quick.refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, UnusualError):
        return False
    return True


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


def xml(text: str) -> bytes:
    """Return the text as UTF-8 without signs that XML forbids, and without its declaration.

    Left alone, feedparser takes the whole feed for Latin text if one byte of its UTF-8 is invalid.
    """
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
    ends = [found.end() for found in ENTRY_END.finditer(text)]
    begun = ENTRY.search(text, ends[-1] if ends else 0)
    if not begun or not found:
        return found, [Skipped("the end of the feed", CUT_SHORT)]
    last = found[-1]
    name = str(last.get("title") or last.get("id") or "the end of the feed")
    return found[:-1], [Skipped(name, CUT_SHORT)]


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


def holds_entries(text: str) -> bool:
    """Return whether there is anything in the text that feedparser would take for an entry."""
    if not ENTRY.search(text):
        return False
    return not is_web_page(text) or bool(ENTRY.search(SCRIPT.sub("", text)))


def is_web_page(text: str) -> bool:
    """Return whether the text is HTML."""
    return bool(WEB_PAGE.match(text[:5000]))


def said(entry: Entry, name: str) -> str:
    """Return a field of an entry as text, "" if it is missing or no text."""
    value = entry.get(name)
    return value if isinstance(value, str) else ""
