"""What BibTeX and RIS share: a reference in their words becomes a paper in ours."""

import re
from dataclasses import dataclass
from datetime import datetime

from newsletter.domain.paper import Paper, arxiv_id, doi
from newsletter.feeds.clean import LONGEST_NAME, LONGEST_TITLE, clean, kept
from newsletter.feeds.encoding import decoded
from newsletter.feeds.entry import address, arxiv_in, cleaned_names, is_withdrawn, labels
from newsletter.feeds.record import LONGEST_TEXT, FieldError

PREPRINT = re.compile(r"\barxiv\b|\bcorr\b", re.IGNORECASE)
LINK = re.compile(r"https?://[^\s<>\"{}]+")


@dataclass(frozen=True, slots=True)
class Reference:
    """One record of a bibliography, its mark-up resolved, its texts not yet clean."""

    title: str
    abstract: str
    authors: tuple[str, ...]
    keywords: tuple[str, ...]
    published: datetime | None
    venue: str
    doi: str
    links: tuple[str, ...]  # texts that may hold an address or an arXiv id, the surest first
    notes: tuple[str, ...] = ()  # texts that may hold an arXiv id, but no address to show
    eprint: str = ""  # a bare arXiv number
    source_title: str = ""
    source_abstract: str = ""


def to_paper(reference: Reference) -> Paper:
    """Return the reference as a paper. Raises FieldError if it cannot be one."""
    for text in (reference.title, reference.abstract):
        if len(text) > LONGEST_TEXT:
            raise FieldError(f"it has a text longer than {LONGEST_TEXT} characters")
    title, abstract = clean(reference.title, LONGEST_TITLE), clean(reference.abstract)
    if not title:
        raise FieldError("it has no title")
    number, version = arxiv_id(reference.eprint)
    if not number:
        number, version = arxiv_in(
            *reference.links, reference.doi, reference.venue, *reference.notes
        )
    found = next((one for text in (reference.doi, *reference.links) if (one := doi(text))), "")
    return Paper(
        title=title,
        abstract=abstract,
        authors=cleaned_names(list(reference.authors)),
        categories=labels(list(reference.keywords)),
        published=reference.published,
        url=page(reference.links, number, found),
        arxiv_id=number,
        version=version,
        doi=found,
        venue="" if PREPRINT.search(reference.venue) else clean(reference.venue, LONGEST_NAME),
        withdrawn=is_withdrawn(abstract),
        source_title=kept(reference.source_title or reference.title),
        source_abstract=kept(reference.source_abstract or reference.abstract),
    )


def page(links: tuple[str, ...], number: str, found: str) -> str:
    """Return the address that the reference gives, else that of its arXiv id or DOI."""
    for text in links:
        if (link := LINK.search(text[:5000])) and (given := address(link[0])):
            return given
    if number:
        return f"https://arxiv.org/abs/{number}"
    return address(f"https://doi.org/{found}") if found else ""


def opened(body: bytes) -> str:
    """Return the file's text; old programs wrote it in the Windows alphabet."""
    text = decoded(body)
    if "\ufffd" in text and b"\xef\xbf\xbd" not in body and b"\0" not in body:
        text = body.decode("cp1252", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")
