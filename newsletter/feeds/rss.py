"""Any RSS, Atom or RDF feed: its entries as papers."""

from dataclasses import replace
from functools import partial

from newsletter.domain.paper import Paper, Reading, Skipped, doi, gather
from newsletter.feeds.arxiv import of_arxiv
from newsletter.feeds.clean import (
    LONGEST_ABSTRACT,
    LONGEST_NAME,
    LONGEST_TITLE,
    clean,
    clean_plain,
    kept,
)
from newsletter.feeds.entry import (
    address,
    arxiv_in,
    cleaned_names,
    is_withdrawn,
    labels,
    names,
    people,
    utc,
)
from newsletter.feeds.feed import Entry, each, entries, said
from newsletter.feeds.head import batch


def read(url: str, body: bytes) -> Reading:
    """Return a feed's papers in its order, and the entries that could not be read, each with why.

    A valid feed may be empty, as arXiv's are at weekends. Raises FeedError if nothing can be read.
    """
    found, lost = entries(url, body)
    return replace(gather([*each(found, partial(to_paper, url)), *lost]), batch=batch(body))


def to_paper(url: str, entry: Entry) -> Paper | Skipped:
    """Return the entry as a paper; only a title is required, for some feeds give nothing else."""
    if isinstance(known := of_arxiv(url, entry), Paper):
        return known
    title = text_of(entry, "title", LONGEST_TITLE)
    if not title:
        return Skipped(said(entry, "id") or said(entry, "link") or "an entry", "it has no title")
    guid, link = said(entry, "id"), said(entry, "link")
    number, version = arxiv_in(guid, link)
    abstract = text_of(entry, "summary") or content(entry)
    return Paper(
        title=title,
        abstract=abstract,
        authors=authors(entry),
        categories=labels([said(tag, "term") for tag in entry.get("tags", [])]),
        published=utc(entry.get("published_parsed") or entry.get("updated_parsed")),
        url=address(link, url) or address(guid),
        arxiv_id=number,
        version=version,
        doi=next((found for text in identifiers(entry, guid, link) if (found := doi(text))), ""),
        venue=clean(said(entry, "prism_publicationname"), LONGEST_NAME),
        withdrawn=is_withdrawn(abstract),
        source_title=kept(said(entry, "title")),
        source_abstract=kept(said(entry, "summary") or raw_content(entry)),
    )


def text_of(entry: Entry, name: str, longest: int = LONGEST_ABSTRACT) -> str:
    """Return a text field clean; what Atom calls plain text is not searched for tags."""
    plain = (entry.get(f"{name}_detail") or {}).get("type") == "text/plain"
    # feedparser calls every RSS title plain, but many feeds escape HTML into it twice.
    atom = plain and name != "title"
    return (clean_plain if atom else clean)(said(entry, name), longest)


def raw_content(entry: Entry) -> str:
    """Return the first full text, for feeds that give no summary."""
    parts = entry.get("content") or []
    return said(parts[0], "value") if parts else ""


def content(entry: Entry) -> str:
    """Return the first full text, clean."""
    return clean(raw_content(entry))


def identifiers(entry: Entry, guid: str, link: str) -> tuple[str, ...]:
    """Return the fields that may hold a DOI, the surest first."""
    return (said(entry, "prism_doi"), said(entry, "dc_identifier"), guid, link)


def authors(entry: Entry) -> tuple[str, ...]:
    """Return the authors: one an element, or one list with commas as arXiv and publishers give."""
    given = [said(one, "name") for one in entry.get("authors", [])] or [said(entry, "author")]
    given = [name for name in given if name]
    if len(given) == 1:
        several = names(given[0])
        # "Lovelace, Ada" is one name; "Ada Lovelace, Alan Turing" are two.
        listed = ";" in clean(given[0]) or all(" " in name for name in several)
        return several if listed else cleaned_names(given)
    return people(given)
