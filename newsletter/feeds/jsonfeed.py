"""JSON Feed, version 1 and 1.1 (jsonfeed.org): its items as papers."""

from collections.abc import Mapping
from functools import partial

from newsletter.domain.paper import Paper, Reading, Skipped, doi, gather
from newsletter.errors import FeedError
from newsletter.feeds.clean import LONGEST_TITLE, clean, clean_plain, kept
from newsletter.feeds.dates import written
from newsletter.feeds.entry import address, arxiv_in, is_withdrawn, labels, people
from newsletter.feeds.record import FieldError, each, kind, loaded, text, texts

VERSION = "jsonfeed.org/version/"


def read(url: str, body: bytes) -> Reading:
    """Return the items as papers, in the feed's order. Raises FeedError if this is no JSON Feed."""
    feed = loaded(url, body)
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        raise FeedError(url, "this JSON is no JSON Feed: it has no list of items")
    return gather(each(feed["items"], partial(to_paper, url), name))


def name(item: object) -> str:
    """Return what an item is called in a note."""
    record = item if isinstance(item, dict) else {}
    return str(record.get("id") or record.get("url") or "")[:200]


def to_paper(url: str, item: object) -> Paper | Skipped:
    """Return an item as a paper. Raises FieldError if a field is not what it should be."""
    if not isinstance(item, dict):
        raise FieldError(f"it is {kind(item)}, not an object")
    source_title = text(item, "title")
    title = clean(source_title, LONGEST_TITLE)
    if not title:
        raise FieldError("it has no title")
    source_abstract, abstract = content(item)
    links = (identity(item), text(item, "external_url"), text(item, "url"))
    number, version = arxiv_in(*links)
    found = next((one for link in links if (one := doi(link))), "")
    # A page about a paper links it by external_url; for us the paper itself counts.
    outside = address(links[1], url) if arxiv_in(links[1])[0] or doi(links[1]) else ""
    return Paper(
        title=title,
        abstract=abstract,
        authors=people(authors(item)),
        categories=labels(texts(item, "tags")),
        published=written(text(item, "date_published") or text(item, "date_modified")),
        url=outside or address(links[2], url) or address(links[1], url) or address(links[0]),
        arxiv_id=number,
        version=version,
        doi=found,
        withdrawn=is_withdrawn(abstract),
        source_title=kept(source_title),
        source_abstract=kept(source_abstract),
    )


def content(item: Mapping[str, object]) -> tuple[str, str]:
    """Return the text as it was given and clean: the summary, else the whole content."""
    if summary := text(item, "summary").strip():
        return summary, clean(summary)
    if whole := text(item, "content_html").strip():
        return whole, clean(whole)
    plain = text(item, "content_text").strip()
    return plain, clean_plain(plain)


def identity(item: Mapping[str, object]) -> str:
    """Return the id; some feeds give a number."""
    value = item.get("id")
    return str(value) if isinstance(value, int) and abs(value) < 2**63 else text(item, "id")


def authors(item: Mapping[str, object]) -> list[str]:
    """Return the names; version 1 gave one author. The feed's own authors wrote no paper."""
    listed = item.get("authors")
    people = listed if isinstance(listed, list) else [item.get("author")]
    return [text(one, "name") for one in people if isinstance(one, dict)]
