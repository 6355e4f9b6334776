"""Hugging Face: its daily papers (JSON) and its papers listing saved as text."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from operator import itemgetter
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from newsletter.domain.paper import Paper, Reading, Skipped, arxiv_id, gather
from newsletter.errors import FeedError
from newsletter.feeds.clean import LONGEST_TITLE, clean, kept
from newsletter.feeds.encoding import decoded
from newsletter.feeds.entry import address, is_withdrawn, iso, people
from newsletter.feeds.record import MOST_ENTRIES, FieldError, count, each, loaded, text

# The page's own lines above the first paper. Its date is when the page was saved.
HEADER = re.compile(
    r"new|daily|weekly|monthly|trending|papers|trending papers|daily papers|subscribe|search"
    r"|get trending papers\b.*|by\s?AK\b.*|.*\bthe research community"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d{1,2}(?:, \d{4})?",
    re.IGNORECASE,
)
PAGE_MARK = re.compile(
    r"AK and the research community|Get trending papers in your email inbox", re.I
)
NEW_LINE = re.compile(r"\r\n|\r|\n")  # not splitlines: U+2028 may stand in an abstract
SHORTEST_ABSTRACT = 250  # characters; a shorter one is known by its full stop and its words
SENTENCE_WORDS = 8
WEEK = 7  # days for which votes grow


def read_daily(url: str, body: bytes) -> Reading:
    """Return the daily papers, in the page's order. Raises FeedError if it is no such list."""
    found = loaded(url, body)
    if isinstance(found, dict) and isinstance(found.get("error"), str):
        raise FeedError(url, f"Hugging Face says: {clean(found['error'])}")
    if not isinstance(found, list):
        raise FeedError(url, "this JSON is no list of daily papers")
    return gather(each(found, to_paper, name))


def earlier_days(url: str, today: date) -> tuple[str, ...]:
    """Return the addresses of the last seven days' papers, none if this lists no daily papers.

    An address that names its day, week or month is left as it is.
    """
    parts = urlsplit(url)
    asked = [one for one in parse_qsl(parts.query) if one[0] != "p"]  # the page
    if not parts.path.rstrip("/").endswith("/api/daily_papers"):
        return ()
    if any(name in ("date", "week", "month") for name, _ in asked):
        return ()
    days = (today - timedelta(days=before) for before in range(1, WEEK + 1))
    queries = (urlencode([*asked, ("date", day.isoformat())]) for day in days)
    return tuple(urlunsplit(parts._replace(query=query, fragment="")) for query in queries)


def to_paper(item: object) -> Paper:
    """Return an item as a paper; its own date is hours off, so the paper's counts."""
    paper = item.get("paper", item) if isinstance(item, dict) else None
    if not isinstance(item, dict) or not isinstance(paper, dict):
        raise FieldError("it is no paper")
    return from_fields(paper, item)


def name(item: object) -> str:
    """Return what an item is called in a note."""
    paper = item.get("paper", item) if isinstance(item, dict) else None
    return str(paper.get("id") or "") if isinstance(paper, dict) else ""


def from_fields(paper: Mapping[str, object], item: Mapping[str, object]) -> Paper:
    """Return a daily paper. Raises FieldError if a field is not what it should be."""
    source_title = text(paper, "title") or text(item, "title")
    source_abstract = text(paper, "summary") or text(item, "summary")
    title, abstract = clean(source_title, LONGEST_TITLE), clean(source_abstract)
    if not title:
        raise FieldError("it has no title")
    number, version = arxiv_id(text(paper, "id"))
    return Paper(
        title=title,
        abstract=abstract,
        authors=shown_authors(paper.get("authors")),
        published=published(text(paper, "publishedAt")),
        url=f"https://arxiv.org/abs/{number}" if number else "",
        arxiv_id=number,
        version=version,
        code_url=address(text(paper, "githubRepo")),
        votes=count(paper, "upvotes"),
        withdrawn=is_withdrawn(abstract),
        source_title=kept(source_title),
        source_abstract=kept(source_abstract),
    )


def published(written: str) -> datetime | None:
    """Return the day of publication. Raises FieldError if it is no ISO date."""
    try:
        return iso(written) if written else None
    except ValueError as error:
        raise FieldError("publishedAt is no ISO date") from error


def shown_authors(found: object) -> tuple[str, ...]:
    """Return the authors that the page shows; some asked to be hidden."""
    listed = found if isinstance(found, list) else []
    shown = [one for one in listed if isinstance(one, dict) and not one.get("hidden")]
    return people([one["name"] for one in shown if isinstance(one.get("name"), str)])


def read_listing(url: str, body: bytes) -> Reading:
    """Return the papers of a saved listing: a title, an empty line, an abstract, and so on.

    It has no ids, authors, links or dates. Raises FeedError if there is no paper in it.
    """
    found: list[tuple[str, str]] = []
    waiting, abstract = "", list[str]()
    blocks = [block for line in NEW_LINE.split(decoded(body)) if (block := line.strip())]
    for block in [*without_header(blocks), ""]:
        if block and is_abstract(block):
            abstract.append(block)  # of several paragraphs
            continue
        if waiting:
            found.append((waiting, " ".join(abstract)))
        waiting, abstract = block, []
        if len(found) > MOST_ENTRIES:
            break
    reading = gather(each(found, listed, itemgetter(0)))
    if not reading.papers:
        raise FeedError(url, "no title with an abstract below it was found")
    return reading


def without_header(blocks: list[str]) -> list[str]:
    """Return the lines from the first title on; the page's own lines are known by their shape."""
    start = 0
    while start < len(blocks) and HEADER.fullmatch(blocks[start]):
        # A title may look like a header; then its abstract follows at once.
        if start + 1 < len(blocks) and is_abstract(blocks[start + 1]):
            break
        start += 1
    return blocks[start:]


def is_abstract(block: str) -> bool:
    """Return whether a line is an abstract and not a title."""
    sentence = block.endswith((".", ".)", '."')) and len(block.split()) >= SENTENCE_WORDS
    return len(block) >= SHORTEST_ABSTRACT or sentence


def listed(block: tuple[str, str]) -> Paper | Skipped:
    """Return a title and what stood below it as a paper."""
    title, abstract = block
    shown, cleaned = clean(title, LONGEST_TITLE), clean(abstract)
    if not shown:
        return Skipped("an entry", "it has no title")
    if not abstract:
        return Skipped(shown, "no abstract follows it")
    return Paper(
        title=shown,
        abstract=cleaned,
        withdrawn=is_withdrawn(cleaned),
        source_title=kept(title),
        source_abstract=kept(abstract),
    )


def is_listing(text: str) -> bool:
    """Return whether a text is such a page, by the words above its papers."""
    return bool(PAGE_MARK.search(text[:3000]))
