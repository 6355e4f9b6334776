"""arXiv's OAI-PMH, for back-fill: ListRecords as arXiv, arXivRaw or oai_dc."""

import html
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from urllib.parse import parse_qs, quote, urlsplit
from xml.etree.ElementTree import Element

from newsletter.domain.paper import Paper, Reading, Skipped, arxiv_id, doi, gather
from newsletter.errors import FeedError
from newsletter.feeds.clean import LONGEST_NAME, LONGEST_TITLE, clean, kept
from newsletter.feeds.dates import written
from newsletter.feeds.encoding import decoded
from newsletter.feeds.entry import arxiv_in, cleaned_names, is_withdrawn, labels, names
from newsletter.feeds.record import FieldError, each
from newsletter.feeds.tree import parse, said, words

ROOT = "OAI-PMH"
TOKEN = re.compile(r"<(?:\w{1,20}:)?resumptionToken(?:\s[^<>]*)?>([^<>]*)</")
LAST = 5000  # characters at the end, where the token stands
FORMATS = ("arXiv", "arXivRaw", "arXivOld", "dc")


def read(url: str, body: bytes) -> Reading:
    """Return the records as papers; deleted ones are skipped. That nothing matched is valid.

    Raises FeedError with the server's own words if the answer is an error.
    """
    root, lost = parse(url, body, "record")
    if root.tag not in (ROOT, "records"):
        raise FeedError(url, f"this is XML, but no answer of OAI-PMH (<{root.tag[:50]}>)")
    for error in root.iter("error"):
        if error.get("code") == "noRecordsMatch":
            return Reading(())
        told = clean((error.text or "")[:500]) or error.get("code", "") or "error"
        raise FeedError(url, f"the server says: {told}")
    found = list(root.iter("record"))
    if not found and root.find("ListRecords") is None and root.find("GetRecord") is None:
        raise FeedError(url, "this answer of OAI-PMH holds no records; ask for verb=ListRecords")
    return gather([*each(found, to_paper, name), *lost])


def next_page(url: str, body: bytes) -> str:
    """Return the address of the next part, by the token at the end; "" if this is the last."""
    found = TOKEN.search(decoded(body)[-LAST:])
    token = html.unescape(found[1]).strip() if found else ""
    address = urlsplit(url)
    asked = parse_qs(address.query)
    if not token or address.scheme not in ("http", "https"):
        return ""
    if asked.get("resumptionToken") == [token]:
        return ""  # a server that gives the same token again would be asked for ever
    verb = asked.get("verb", ["ListRecords"])[0]
    return (
        f"{address.scheme}://{address.netloc}{address.path}"
        f"?verb={quote(verb)}&resumptionToken={quote(token, safe='')}"
    )


def name(record: Element) -> str:
    """Return what a record is called in a note."""
    return (record.findtext("header/identifier") or "").removeprefix("oai:arXiv.org:")


def to_paper(record: Element) -> Paper | Skipped:
    """Return a record as a paper. Raises FieldError if it cannot be one."""
    header = record.find("header")
    if header is not None and header.get("status") == "deleted":
        raise FieldError("it was deleted on the server")
    fields = next((one for one in record.iterfind("metadata/*") if one.tag in FORMATS), None)
    if fields is None:
        raise FieldError("its format is none of arXiv, arXivRaw and oai_dc")
    number = arxiv_id(name(record).strip())[0]
    make = from_dublin_core if fields.tag == "dc" else partial(from_arxiv, number)
    paper = make(fields)
    if not paper.title:
        raise FieldError("it has no title")
    if not paper.arxiv_id:
        raise FieldError("it has no arXiv id")
    return paper


def from_arxiv(number: str, fields: Element) -> Paper:
    """Return a record of arXiv's own formats; only arXivRaw tells the versions."""
    number = arxiv_id(said(fields, "id"))[0] or number
    source_title, source_abstract = said(fields, "title"), said(fields, "abstract")
    abstract, comments = clean(source_abstract), clean(said(fields, "comments"))
    versions = fields.findall("version")
    first = versions[0].findtext("date", "") if versions else said(fields, "created")
    return Paper(
        title=clean(source_title, LONGEST_TITLE),
        abstract=abstract,
        authors=authors(fields.find("authors")),
        categories=labels(said(fields, "categories").split()),
        published=dated(first),
        url=f"https://arxiv.org/abs/{number}",
        arxiv_id=number,
        version=max((version_number(one) for one in versions), default=0),
        doi=doi(said(fields, "doi")),
        venue=clean(said(fields, "journal-ref"), LONGEST_NAME),
        withdrawn=is_withdrawn(abstract, comments),
        source_title=kept(source_title),
        source_abstract=kept(source_abstract),
    )


def version_number(version: Element) -> int:
    """Return 2 for "v2", 0 for what is no version."""
    found = re.fullmatch(r"v?(\d{1,4})", version.get("version", "").strip(), re.ASCII)
    return int(found[1]) if found else 0


def dated(text: str) -> datetime | None:
    """Return the time in "Mon, 2 Apr 2007 19:18:42 GMT" or "2007-04-02"."""
    if "," in text[:10]:
        try:
            when = parsedate_to_datetime(text.strip()[:100])
            return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
        except (ValueError, OverflowError, TypeError):
            pass
    return written(text)


def authors(listed: Element | None) -> tuple[str, ...]:
    """Return the authors: in parts (arXiv), or as one text (arXivRaw)."""
    if listed is None:
        return ()
    people = listed.findall("author")
    return cleaned_names([person(one) for one in people]) if people else names(words(listed))


def person(author: Element) -> str:
    """Return a name, given names first and "Jr." last."""
    suffix = said(author, "suffix")
    whole = f"{said(author, 'forenames')} {said(author, 'keyname')}".strip()
    return f"{whole}, {suffix}" if suffix and whole else whole


def from_dublin_core(fields: Element) -> Paper:
    """Return a record of oai_dc: several dates and descriptions, of which the first are meant."""
    source_title = said(fields, "title")
    told = [words(one).strip() for one in fields.findall("description")]
    comments = [one for one in told if one.lower().startswith("comment:")]
    source_abstract = next((one for one in told if one not in comments), "")
    abstract = clean(source_abstract)
    links = [words(one).strip() for one in fields.findall("identifier")]
    number, version = arxiv_in(*links)
    dates = sorted(when for one in fields.findall("date") if (when := written(words(one))))
    return Paper(
        title=clean(source_title, LONGEST_TITLE),
        abstract=abstract,
        authors=cleaned_names([words(one) for one in fields.findall("creator")]),
        categories=labels([words(one) for one in fields.findall("subject")]),
        published=dates[0] if dates else None,
        url=f"https://arxiv.org/abs/{number}",
        arxiv_id=number,
        version=version,
        doi=next((one for link in links if "arxiv" not in link and (one := doi(link))), ""),
        withdrawn=is_withdrawn(abstract, clean(comments[0][len("comment:") :]) if comments else ""),
        source_title=kept(source_title),
        source_abstract=kept(source_abstract),
    )
