"""bioRxiv and medRxiv: one page of their API's `details`, and where the next page is."""

import re
from collections.abc import Mapping

from newsletter.domain.paper import Paper, Reading, Skipped, doi, gather
from newsletter.errors import EmptyPageError, FeedError
from newsletter.feeds.clean import LONGEST_TITLE, clean, kept
from newsletter.feeds.dates import written
from newsletter.feeds.entry import address, cleaned_names, is_withdrawn, labels
from newsletter.feeds.record import FieldError, each, kind, loaded, text

MOST_VERSIONS = 10_000
EMPTY = "no posts found"
# /details/biorxiv/2026-09-01/2026-09-02/30/json; the interval may be a number of days or papers.
PAGE = re.compile(
    r"(https?://[^?#]*/details/\w+/(?:\d{4}-\d\d-\d\d/\d{4}-\d\d-\d\d|\d{1,9}d?))"
    r"(?:/\d*)?(/json)?/?(\?[^#]*)?"
)


def read(url: str, body: bytes) -> Reading:
    """Return the preprints of a page, each in its highest version; an empty page may be the end.

    Raises FeedError with the API's own words if the answer is an error.
    """
    whole = opened(url, body)
    message, collection = first_message(whole), whole.get("collection")
    status = message.get("status")
    if isinstance(status, str) and status.strip().lower() not in ("ok", ""):
        if status.strip().lower().startswith(EMPTY):
            return Reading(())
        raise FeedError(url, f"the server says: {clean(status[:200])}")
    if not isinstance(collection, list):
        raise FeedError(url, "this JSON holds no collection of preprints")
    left(url, message)
    return gather(highest(each(collection, to_paper, name)))


def opened(url: str, body: bytes) -> Mapping[str, object]:
    """Return the answer's object. Raises FeedError if it is another."""
    whole = loaded(url, body)
    if not isinstance(whole, dict):
        raise FeedError(url, f"this JSON is {kind(whole)}, not an answer of the API")
    return whole


def first_message(whole: Mapping[str, object]) -> Mapping[str, object]:
    """Return what the answer says about itself."""
    messages = whole.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    return first if isinstance(first, dict) else {}


def number(record: Mapping[str, object], field: str) -> int:
    """Return a count, which the API gives as a number here and as a text there; else 0."""
    value = record.get(field)
    if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value.strip(), re.ASCII):
        return int(value)
    return value if isinstance(value, int) and 0 <= value < 2**31 else 0


def left(url: str, message: Mapping[str, object]) -> int:
    """Return where the next page begins, 0 if this is the last.

    Raises EmptyPageError if the page is empty though there should be more.
    """
    cursor, count, total = (number(message, field) for field in ("cursor", "count", "total"))
    if cursor < total and not count and "count" in message:
        raise EmptyPageError(url, f"an empty page, though there are {total} preprints; try again")
    return cursor + count if cursor + count < total else 0


def next_page(url: str, body: bytes) -> str:
    """Return the address of the next page, "" if this is the last."""
    found = PAGE.fullmatch(url)
    start = left(url, first_message(opened(url, body)))
    return f"{found[1]}/{start}{found[2] or ''}{found[3] or ''}" if found and start else ""


def name(record: object) -> str:
    """Return what a preprint is called in a note."""
    fields = record if isinstance(record, dict) else {}
    return str(fields.get("doi") or "")[:200]


def to_paper(record: object) -> Paper | Skipped:
    """Return a preprint as a paper. Raises FieldError if a field is not what it should be."""
    if not isinstance(record, dict):
        raise FieldError(f"it is {kind(record)}, not an object")
    source_title, source_abstract = text(record, "title"), text(record, "abstract")
    title, abstract = clean(source_title, LONGEST_TITLE), clean(source_abstract)
    if not title:
        raise FieldError("it has no title")
    own, version = doi(text(record, "doi")), number(record, "version")
    version = version if version < MOST_VERSIONS else 0
    server = "medrxiv" if text(record, "server").strip().lower() == "medrxiv" else "biorxiv"
    page = f"https://www.{server}.org/content/{own}{f'v{version}' if version else ''}"
    journal = doi(text(record, "published"))  # "NA" as long as there is none
    told = text(record, "type").lower(), title.lower()
    return Paper(
        title=title,
        abstract=abstract,
        authors=cleaned_names(clean(text(record, "authors")).split(";")),
        categories=labels([text(record, "category")]),
        published=written(text(record, "date")),
        url=address(page) if own else "",
        version=version,
        doi=own,
        venue=f"published as doi:{journal}" if journal and journal != own else "",
        withdrawn=is_withdrawn(abstract) or any(one.startswith("withdraw") for one in told),
        source_title=kept(source_title),
        source_abstract=kept(source_abstract),
    )


def highest(found: list[Paper | Skipped]) -> list[Paper | Skipped]:
    """Return the preprints each in its highest version; the older ones are noted as skipped."""
    best: dict[str, int] = {}
    for one in found:
        if isinstance(one, Paper) and one.doi:
            best[one.doi] = max(best.get(one.doi, 0), one.version)
    results: list[Paper | Skipped] = []
    seen = set[str]()
    for one in found:
        if isinstance(one, Paper) and one.doi:
            if one.version < best[one.doi] or one.doi in seen:
                why = f"version {best[one.doi]} of it is here too"
                results.append(Skipped(f"{one.doi} version {one.version}", why))
                continue
            seen.add(one.doi)
        results.append(one)
    return results
