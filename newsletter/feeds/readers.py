"""The readers by name, and which of them a feed needs, found by looking at it."""

import json
import re
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlsplit

from newsletter.domain.paper import Reading
from newsletter.errors import FeedError
from newsletter.feeds import (
    arxiv,
    bibtex,
    biorxiv,
    files,
    huggingface,
    jsonfeed,
    oai,
    pubmed,
    ris,
    rss,
)
from newsletter.feeds.allowance import allowance
from newsletter.feeds.clean import decoded as decoded  # readers' callers want it here
from newsletter.feeds.feed import is_web_page
from newsletter.feeds.record import MOST_OBJECTS

Reader = Callable[[str, bytes], Reading]


T = TypeVar("T")


def bounded(read: Callable[[str, bytes], T]) -> Callable[[str, bytes], T]:
    """Return the reader with a bound on the formulas that it reads, as a share of the body."""

    def reading(url: str, body: bytes) -> T:
        share = len(body) // FORMULA_SHARE
        with allowance(min(max(share, LEAST_FORMULAS), MOST_FORMULAS)):
            return read(url, body)

    return reading


# Of the body may be formulas to be read, in characters; of arXiv's pages in computer science a
# 250th is. Behind that they stay in TeX.
FORMULA_SHARE = 40
LEAST_FORMULAS, MOST_FORMULAS = 20_000, 200_000

READERS: dict[str, Reader] = {
    "rss": bounded(rss.read),
    "arxiv-rss": bounded(arxiv.read_rss),
    "arxiv-api": bounded(arxiv.read_api),
    "huggingface-daily": bounded(huggingface.read_daily),
    "huggingface-listing": bounded(huggingface.read_listing),
    "jsonl": bounded(files.read_jsonl),
    "json-feed": bounded(jsonfeed.read),
    "arxiv-oai": bounded(oai.read),
    "biorxiv": bounded(biorxiv.read),
    "pubmed": bounded(pubmed.read),
    "bibtex": bounded(bibtex.read),
    "ris": bounded(ris.read),
}

# The readers whose answers come in pages: address and body to the next address, "" at the end.
PAGES: Mapping[str, Callable[[str, bytes], str]] = {
    "arxiv-api": arxiv.next_page,
    "arxiv-oai": oai.next_page,
    "biorxiv": biorxiv.next_page,
}

LOOKED_AT = 100_000  # characters
# What no reader reads, by its first bytes.
SIGNATURES = (
    (b"%PDF", "this is a PDF; a feed, a papers listing or JSON Lines is wanted"),
    (b"\x1f\x8b", "this is packed with gzip; unpack it first"),
    (b"PK\x03\x04", "this is a zip file; unpack it first"),
)
OPML = "this is a list of feeds (OPML); add them with: newsletter feeds add FILE"
UNKNOWN_JSON = "this is JSON of a shape that no reader knows; for our own, write one paper a line"
KNOWN = "RSS, Atom, JSON Feed, arXiv, Hugging Face, bioRxiv, PubMed, BibTeX, RIS or JSON Lines"
# The roots of XML that is no feed but has a reader.
ROOTS = {
    "oai-pmh": "arxiv-oai",
    "pubmedarticleset": "pubmed",
    "pubmedarticle": "pubmed",
}
ROOT = re.compile(
    # Possessive, as in WEB_PAGE.
    r"(?:\s++|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*+(?:\[.*?\]\s*)?>)*+<([\w:.-]{1,100})",
    re.DOTALL,
)


def guess(url: str, body: bytes) -> str:
    """Return the name of the reader for this feed, from its address and its first bytes.

    Raises FeedError, with a reason that says what it is instead, if no reader fits.
    """
    for signature, reason in SIGNATURES:
        if body.startswith(signature):
            raise FeedError(url, reason)
    text = decoded(body)
    start = text[:LOOKED_AT].lstrip()
    if not start:
        raise FeedError(url, "it is empty")
    if "\0" in start or start.count("\ufffd") > len(start) // 10:
        raise FeedError(url, f"this is no text; {KNOWN} is wanted")
    if start.startswith("<"):
        return guess_xml(url, start)
    if start[0] in "{[":
        return guess_json(url, text)
    if huggingface.is_listing(start):
        return "huggingface-listing"
    if ris.is_ris(start):
        return "ris"
    if bibtex.is_bibtex(start):
        return "bibtex"
    if urlsplit(url).path.lower().endswith((".jsonl", ".ndjson")):
        return "jsonl"
    raise FeedError(url, f"this is plain text, but no papers listing; {KNOWN} is wanted")


def guess_xml(url: str, start: str) -> str:
    """Return the reader for XML by its root and where it comes from."""
    if is_web_page(start):
        raise FeedError(url, "this is a web page, not a feed")
    found = ROOT.match(start)
    root = found[1].rpartition(":")[2].lower() if found else ""
    if root == "opml":
        raise FeedError(url, OPML)
    if root == "html":
        raise FeedError(url, "this is a web page, not a feed")
    if root in ROOTS:
        return ROOTS[root]
    if root not in ("rss", "rdf", "feed"):
        raise FeedError(url, f"this is XML, but no feed (<{root}>); {KNOWN} is wanted")
    if (
        re.search(r"https?://(?:export\.)?arxiv\.org/api/", start[:3000])
        or "arXiv Query:" in start[:3000]
    ):
        return "arxiv-api"
    if "arxiv.org/api/errors" in start:
        return "arxiv-api"
    host = (urlsplit(url).hostname or "").lower()
    if host == "rss.arxiv.org" or re.search(
        r"//(?:rss\.|export\.)?arxiv\.org/(?:rss|atom)/", start[:3000]
    ):
        return "arxiv-rss"
    return "rss"


def guess_json(url: str, text: str) -> str:
    """Return the reader for JSON by its shape."""
    first = next(line for line in text.splitlines() if line.strip())
    record = loaded(first)
    if isinstance(record, dict) and "title" in record and "items" not in record:
        return "jsonl"
    if urlsplit(url).path.lower().endswith((".jsonl", ".ndjson")):
        return "jsonl"
    whole = loaded(text)
    if whole is None:
        raise FeedError(url, "this begins like JSON but is none, or it is cut short")
    if isinstance(whole, dict):
        return guess_object(url, whole)
    if whole == [] and (urlsplit(url).hostname or "").endswith("huggingface.co"):
        return "huggingface-daily"
    if isinstance(whole, list) and any(isinstance(one, dict) and "paper" in one for one in whole):
        return "huggingface-daily"
    raise FeedError(url, UNKNOWN_JSON)


def guess_object(url: str, whole: Mapping[str, object]) -> str:
    """Return the reader for a JSON object by its keys."""
    if isinstance(whole.get("error"), str):
        raise FeedError(url, f"the server says: {str(whole['error'])[:200]}")
    if jsonfeed.VERSION in str(whole.get("version", ""))[:200]:
        return "json-feed"
    if isinstance(whole.get("messages"), list) and (
        "collection" in whole or "/details/" in urlsplit(url).path
    ):
        return "biorxiv"
    raise FeedError(url, UNKNOWN_JSON)


def loaded(text: str) -> object:
    """Return the JSON value, None if there is none."""
    if text.count("{") + text.count("[") > MOST_OBJECTS:
        return None
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value
