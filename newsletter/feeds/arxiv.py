"""arXiv's two feeds: the daily announcements (RSS or Atom) and the answers of its API (Atom)."""

import re
from dataclasses import replace
from functools import partial

from newsletter.domain.paper import AnnounceType, Paper, Reading, Skipped, arxiv_id, doi, gather
from newsletter.errors import EmptyPageError, FeedError
from newsletter.feeds.clean import LONGEST_NAME, LONGEST_TITLE, clean, clean_plain, kept
from newsletter.feeds.encoding import decoded
from newsletter.feeds.entry import is_withdrawn, labels, names, people, utc
from newsletter.feeds.feed import Entry, each, entries, said
from newsletter.feeds.head import batch

# Before the abstract: "arXiv:2609.26811v1 Announce Type: new \nAbstract: ".
PREFIX = re.compile(
    r"\s*+(<p>)?+\s*+arXiv:(\S++)\s++Announce Type:\s*+([\w-]++)\s*+(?:Abstract:\s*+)?+",
    re.IGNORECASE,
)
# After the title, until 2024: "On Engines. (arXiv:2101.00001v2 [cs.CL] UPDATED)".
SUFFIX = re.compile(r"\(arXiv:(\S+)\s*(?:\[[^\]]*\])?\s*(UPDATED|CROSS LISTED)?\)\s*$")
LONGEST_SUFFIX = 200
# What the API says of its answer; `startIndex` counts from 0.
COUNTED = re.compile(r"<opensearch:(totalResults|startIndex)(?:\s[^<>]{0,200})?>\s*(\d{1,9})\s*<")
ANSWERED = re.compile(r"<entry\b")
MOST_RESULTS = 30_000  # of one query; the API gives none behind
START = re.compile(r"([?&]start=)\d*")
LOOKED_AT = 10_000  # characters; the counts stand before the first entry
OLD_TYPES = {"UPDATED": "replace", "CROSS LISTED": "cross"}


def read_rss(url: str, body: bytes) -> Reading:
    """Return the announced papers, in the feed's order; at weekends there are none.

    Raises FeedError if nothing can be read.
    """
    found, lost = entries(url, body)
    return replace(gather([*each(found, announced), *lost]), batch=batch(body))


def announced(entry: Entry) -> Paper | Skipped:
    """Return an announcement as a paper; its version stands in the guid, its link has none."""
    guid, source_title, summary = said(entry, "id"), said(entry, "title"), said(entry, "summary")
    prefix, (bare_title, suffix) = PREFIX.match(summary), without_suffix(source_title)
    written = (prefix[2] if prefix else "", suffix[1] if suffix else "", said(entry, "link"))
    number, version = identity(guid, *written)
    if not number:
        return Skipped(guid or source_title or "an entry", "it has no arXiv id")
    title = clean(bare_title, LONGEST_TITLE)
    if not title:
        return Skipped(number, "it has no title")
    kind = said(entry, "arxiv_announce_type") or (prefix[3] if prefix else "")
    kind = kind or OLD_TYPES.get((suffix[2] if suffix else "") or "", "new")
    # A paragraph that began before the prefix ends behind the abstract.
    source_abstract = (prefix[1] or "") + summary[prefix.end() :] if prefix else summary
    abstract = clean(source_abstract)
    return Paper(
        title=title,
        abstract=abstract,
        authors=names(", ".join(said(one, "name") for one in entry.get("authors", []))),
        categories=labels([said(tag, "term") for tag in entry.get("tags", [])]),
        published=utc(entry.get("published_parsed") or entry.get("updated_parsed")),
        url=f"https://arxiv.org/abs/{number}",
        arxiv_id=number,
        version=version,
        doi=doi(said(entry, "arxiv_doi")),
        venue=clean_plain(said(entry, "arxiv_journal_reference"), LONGEST_NAME),
        announce_type=announce_type(kind),
        withdrawn=is_withdrawn(abstract, said(entry, "arxiv_comment")),
        source_title=kept(source_title),
        source_abstract=kept(source_abstract),
    )


def of_arxiv(url: str, entry: Entry) -> Paper | Skipped | None:
    """Return an entry of arXiv's in a feed of somebody else's as a paper, None if it is no such."""
    if entry.get("arxiv_announce_type") or PREFIX.match(said(entry, "summary")):
        return announced(entry)
    return answered(url, entry) if entry.get("arxiv_primary_category") else None


def without_suffix(title: str) -> tuple[str, re.Match[str] | None]:
    """Return the title without the stop and the id that may stand at its end, and that end."""
    place = title.rfind("(arXiv:")
    end = title[place:].rstrip() if place >= 0 else ""
    suffix = SUFFIX.match(end) if len(end) <= LONGEST_SUFFIX else None
    return (title[:place].rstrip().removesuffix("."), suffix) if suffix else (title, None)


def identity(*texts: str) -> tuple[str, int]:
    """Return the first arXiv id in the texts, and the version that any of them gives for it."""
    found = [one for text in texts if (one := arxiv_id(text))[0]]
    if not found:
        return "", 0
    number = found[0][0]
    return number, max(version for one, version in found if one == number)


def announce_type(text: str) -> AnnounceType:
    """Return the announce type, new if arXiv says one that we do not know."""
    try:
        return AnnounceType(text.strip().lower())
    except ValueError:
        return AnnounceType.NEW


def read_api(url: str, body: bytes) -> Reading:
    """Return one page of the API's answer; it is empty if there is no result.

    Raises FeedError with the API's own words if the answer is an error, or if nothing can be read.
    """
    found, lost = entries(url, body)
    if not found:
        left(url, body)
    return gather([*each(found, partial(answered, url)), *lost])


def answered(url: str, entry: Entry) -> Paper | Skipped:
    """Return an entry of the API as a paper; `published` is the date of its first version."""
    guid, source_title = said(entry, "id"), said(entry, "title")
    if "/api/errors" in guid:
        raise FeedError(url, f"arXiv says: {clean_plain(said(entry, 'summary')) or 'error'}")
    number, version = identity(guid, said(entry, "link"))
    if not number:
        return Skipped(guid or source_title or "an entry", "it has no arXiv id")
    title = clean(source_title, LONGEST_TITLE)
    if not title:
        return Skipped(number, "it has no title")
    abstract = clean(said(entry, "summary"))
    primary = said(entry.get("arxiv_primary_category") or {}, "term")
    return Paper(
        title=title,
        abstract=abstract,
        authors=people([said(one, "name") for one in entry.get("authors", [])]),
        categories=labels([primary, *(said(tag, "term") for tag in entry.get("tags", []))]),
        published=utc(entry.get("published_parsed") or entry.get("updated_parsed")),
        url=f"https://arxiv.org/abs/{number}",
        arxiv_id=number,
        version=version,
        doi=doi(said(entry, "arxiv_doi")),
        venue=clean_plain(said(entry, "arxiv_journal_ref"), LONGEST_NAME),
        withdrawn=is_withdrawn(abstract, clean_plain(said(entry, "arxiv_comment"))),
        source_title=kept(source_title),
        source_abstract=kept(said(entry, "summary")),
    )


def left(url: str, body: bytes) -> int:
    """Return where the next page begins, 0 if this is the last.

    Raises EmptyPageError if the page is empty though there should be more, as happens under load.
    """
    text = decoded(body)
    counts = {name: int(number) for name, number in COUNTED.findall(text[:LOOKED_AT])}
    start, total = counts.get("startIndex", 0), min(counts.get("totalResults", 0), MOST_RESULTS)
    here = len(ANSWERED.findall(text))
    if start < total and not here:
        raise EmptyPageError(
            url, f"an empty page, though there are {total} results; try again later"
        )
    return start + here if start + here < total else 0


def next_page(url: str, body: bytes) -> str:
    """Return the address of the API's next page, "" if this is the last.

    Raises EmptyPageError if the page is empty though there should be more.
    """
    start = left(url, body)
    if not start or not url.startswith(("http://", "https://")):
        return ""
    if START.search(url):
        return START.sub(rf"\g<1>{start}", url, count=1)
    return f"{url}{'&' if '?' in url else '?'}start={start}"
