"""PubMed: the articles of an efetch answer (PubmedArticleSet) as papers."""

from datetime import datetime
from xml.etree.ElementTree import Element

from newsletter.domain.paper import Paper, Reading, Skipped, doi, gather
from newsletter.errors import FeedError
from newsletter.feeds.clean import LONGEST_NAME, LONGEST_TITLE, clean, kept
from newsletter.feeds.dates import day, written
from newsletter.feeds.entry import arxiv_in, cleaned_names, is_withdrawn, labels
from newsletter.feeds.record import LONGEST_TEXT, FieldError, each
from newsletter.feeds.tree import parse, said, words

RECORDS = ("PubmedArticle", "PubmedBookArticle")
ARTICLE = "MedlineCitation/Article"
UNLABELLED = ("", "UNLABELLED", "UNLABELED", "UNASSIGNED")


def read(url: str, body: bytes) -> Reading:
    """Return the articles in the answer's order; an answer without any is valid.

    Raises FeedError with the server's own words if the answer is an error.
    """
    root, lost = parse(url, body, *RECORDS)
    told = root.find(".//ERROR")
    if told is not None:
        raise FeedError(url, f"PubMed says: {clean((told.text or '')[:500]) or 'error'}")
    if root.tag not in ("PubmedArticleSet", "records", *RECORDS):
        raise FeedError(url, f"this is XML, but no set of PubMed articles (<{root.tag[:50]}>)")
    found = [root] if root.tag in RECORDS else [one for one in root if one.tag in RECORDS]
    return gather([*each(found, to_paper, name), *lost])


def name(record: Element) -> str:
    """Return what an article is called in a note."""
    number = record.findtext("MedlineCitation/PMID") or record.findtext("BookDocument/PMID") or ""
    return f"PMID {number.strip()}" if number.strip() else ""


def to_paper(record: Element) -> Paper | Skipped:
    """Return an article as a paper. Raises FieldError if it cannot be one."""
    article = record.find(ARTICLE)
    if article is None:
        raise FieldError("it is a book or a chapter, not an article")
    source_title = said(article, "ArticleTitle")
    title = clean(source_title, LONGEST_TITLE)
    if not title or title.strip("[].").lower() == "not available":
        source_title = said(article, "VernacularTitle")
        title = clean(source_title, LONGEST_TITLE)
    if not title:
        raise FieldError("it has no title")
    source_abstract = abstract_of(article.find("Abstract")) or abstract_of(
        record.find("MedlineCitation/OtherAbstract")
    )
    abstract, links = clean(source_abstract), identifiers(record, article)
    number, version = arxiv_in(*links)
    return Paper(
        title=title,
        abstract=abstract,
        authors=authors(article),
        categories=labels(subjects(record)),
        published=published(article),
        url=page(record),
        arxiv_id=number,
        version=version,
        doi=next((found for link in links if (found := doi(link))), ""),
        venue=clean(
            said(article, "Journal/Title") or said(article, "Journal/ISOAbbreviation"), LONGEST_NAME
        ),
        withdrawn=is_withdrawn(abstract) or is_retracted(article, title),
        source_title=kept(source_title),
        source_abstract=kept(source_abstract),
    )


def abstract_of(abstract: Element | None) -> str:
    """Return the parts of an abstract, each behind its label: "Background: ... Methods: ..."."""
    parts = []
    for part in [] if abstract is None else abstract.findall("AbstractText"):
        label, text = part.get("Label", "").strip().rstrip(":"), words(part).strip()
        shown = label.capitalize() if label.isupper() else label
        if text:
            parts.append(text if label.upper() in UNLABELLED else f"{shown}: {text}")
    whole = " ".join(parts)
    if len(whole) > LONGEST_TEXT:
        raise FieldError(f"its abstract is longer than {LONGEST_TEXT} characters")
    return whole


def identifiers(record: Element, article: Element) -> list[str]:
    """Return the article's own DOIs and numbers; those of its references stand deeper."""
    own = record.findall("PubmedData/ArticleIdList/ArticleId")
    wanted = [one for one in own if one.get("IdType") in ("doi", "pii")]
    wanted += [one for one in article.findall("ELocationID") if one.get("ValidYN") != "N"]
    return [(one.text or "").strip() for one in wanted]


def page(record: Element) -> str:
    """Return the address of the article's page."""
    number = (record.findtext("MedlineCitation/PMID") or "").strip()
    decimal = number.isascii() and number.isdecimal() and len(number) < 12
    return f"https://pubmed.ncbi.nlm.nih.gov/{number}/" if decimal else ""


def authors(article: Element) -> tuple[str, ...]:
    """Return the authors, given names first; a group by its own name. Editors are left out."""
    lists = [one for one in article.findall("AuthorList") if one.get("Type") != "editors"]
    people = [one for one in (lists[0] if lists else []) if one.get("ValidYN") != "N"]
    return cleaned_names([person(one) for one in people])


def person(author: Element) -> str:
    """Return one author's name."""
    if group := said(author, "CollectiveName"):
        return group
    given, suffix = said(author, "ForeName") or said(author, "Initials"), said(author, "Suffix")
    whole = f"{given} {said(author, 'LastName')}".strip()
    return f"{whole}, {suffix}" if suffix and whole else whole


def subjects(record: Element) -> list[str]:
    """Return the authors' keywords, else the headings that the article is mainly about."""
    citation = record.find("MedlineCitation")
    if citation is None:
        return []
    keywords = [words(one) for one in citation.findall("KeywordList/Keyword")]
    headings = citation.findall("MeshHeadingList/MeshHeading/DescriptorName")
    return keywords or [words(one) for one in headings if one.get("MajorTopicYN") == "Y"]


def published(article: Element) -> datetime | None:
    """Return the day it was first out: online, or else the date of its number of the journal."""
    online, printed = article.find("ArticleDate"), article.find("Journal/JournalIssue/PubDate")
    for date in (online, printed):
        if date is None:
            continue
        month = said(date, "Month") or said(date, "Season")
        found = day(said(date, "Year"), month, said(date, "Day"))
        if found := found or written(said(date, "MedlineDate")):
            return found
    return None


def is_retracted(article: Element, title: str) -> bool:
    """Return whether the article was taken back; a notice about another one was not."""
    kinds = [words(one).strip() for one in article.findall("PublicationTypeList/PublicationType")]
    return "Retracted Publication" in kinds or title.upper().startswith(
        ("RETRACTED:", "WITHDRAWN:")
    )
