"""PubMed's articles."""

from datetime import UTC, datetime

import pytest

from newsletter.domain.paper import Skipped
from newsletter.errors import FeedError
from newsletter.feeds.pubmed import read

URL = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/efetch.fcgi?db=pubmed&id=1"
DATE = "<Year>2026</Year><Month>Jun</Month><Day>12</Day>"
AUTHORS = """<AuthorList><Author><LastName>Lovelace</LastName><ForeName>Ada B</ForeName></Author>
 <Author ValidYN="N"><LastName>Wrong</LastName></Author>
 <Author><LastName>Berkeley</LastName><Initials>E</Initials><Suffix>Jr</Suffix></Author>
 <Author><CollectiveName>Group for Engines, London</CollectiveName></Author></AuthorList>"""
ABSTRACT = """<Abstract><AbstractText Label="BACKGROUND">Of <i>E. coli</i>.</AbstractText>
 <AbstractText Label="Key results">10<sup>-3</sup> and p&#x2009;&lt;&#x2009;0.05.</AbstractText>
 <AbstractText Label="UNLABELLED">More.</AbstractText>
 <CopyrightInformation>No.</CopyrightInformation></Abstract>"""


def article(title="On H<sub>2</sub>O Engines.", more="", date=DATE, abstract=ABSTRACT, kind=""):
    return f"""<PubmedArticle><MedlineCitation><PMID Version="1">42286391</PMID><Article><Journal>
    <JournalIssue><PubDate>{date}</PubDate></JournalIssue><Title>Journal of Tests</Title></Journal>
    <ArticleTitle>{title}</ArticleTitle><ELocationID EIdType="pii">92</ELocationID>
    {abstract}{AUTHORS}<PublicationTypeList><PublicationType>{kind}</PublicationType>
    </PublicationTypeList>{more}</Article><KeywordList><Keyword>Engines</Keyword></KeywordList>
    </MedlineCitation><PubmedData><ArticleIdList><ArticleId IdType="pubmed">42286391</ArticleId>
    <ArticleId IdType="doi">10.1234/ABC</ArticleId></ArticleIdList><ReferenceList><Reference>
    <ArticleIdList><ArticleId IdType="doi">10.9/other</ArticleId></ArticleIdList></Reference>
    </ReferenceList></PubmedData></PubmedArticle>"""


def answer(*articles):
    return f"""<?xml version="1.0" ?>
    <!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle" "https://d.example/p.dtd">
    <PubmedArticleSet>{"".join(articles)}</PubmedArticleSet>""".encode()


def one(*args, **fields):
    (paper,) = read(URL, answer(article(*args, **fields))).papers
    return paper


def test_an_article_becomes_a_paper():
    paper = one()
    assert paper.title == "On H₂O Engines."
    assert paper.abstract == "Background: Of E. coli. Key results: 10⁻³ and p < 0.05. More."
    assert paper.authors == ("Ada B Lovelace", "E Berkeley, Jr", "Group for Engines, London")
    assert (paper.doi, paper.venue) == ("10.1234/abc", "Journal of Tests")
    assert paper.url == "https://pubmed.ncbi.nlm.nih.gov/42286391/"
    assert paper.published == datetime(2026, 6, 12, tzinfo=UTC)
    assert (paper.categories, paper.withdrawn) == (("Engines",), False)


@pytest.mark.parametrize(
    ("date", "more", "published"),
    [
        ("<Year>2026</Year><Month>06</Month>", "", (2026, 6, 1)),
        ("<Year>2026</Year><Season>Summer</Season>", "", (2026, 6, 1)),
        ("<MedlineDate>2025 Dec-2026 Jan</MedlineDate>", "", (2025, 12, 1)),
        ("<MedlineDate>2026 May-Jun</MedlineDate>", "", (2026, 5, 1)),
        (DATE, "<ArticleDate><Year>2026</Year><Month>02</Month><Day>03</Day></ArticleDate>",
         (2026, 2, 3)),
        ("<Year>2026</Year><Month>Feb</Month><Day>31</Day>", "", (2026, 2, 1)),
    ],
)  # fmt: skip
def test_a_date_may_be_in_parts(date, more, published):
    assert one(date=date, more=more).published == datetime(*published, tzinfo=UTC)


def test_a_date_may_be_missing():
    assert one(date="").published is None


def test_a_retracted_article_is_withdrawn_but_its_notice_is_not():
    assert one(kind="Retracted Publication").withdrawn
    assert one(title="RETRACTED: On Engines").withdrawn
    assert not one(kind="Retraction of Publication").withdrawn


def test_a_preprint_of_arxiv_is_known():
    paper = one(more='<ELocationID EIdType="pii">arXiv:2603.01234v2</ELocationID>')
    assert (paper.arxiv_id, paper.version) == ("2603.01234", 2)


def test_a_title_in_its_own_language_counts_where_there_is_no_other():
    paper = one("[Not Available].", more="<VernacularTitle>Über Maschinen</VernacularTitle>")
    assert paper.title == "Über Maschinen"


def test_what_is_no_article_is_skipped_and_the_next_one_read():
    book = "<PubmedBookArticle><BookDocument><PMID>7</PMID></BookDocument></PubmedBookArticle>"
    reading = read(URL, answer(book, article(""), article()))
    assert len(reading.papers) == 1
    assert reading.skipped == (
        Skipped("PMID 7", "it is a book or a chapter, not an article"),
        Skipped("PMID 42286391", "it has no title"),
    )


def test_entities_of_the_document_type_that_is_not_loaded_are_known():
    assert one("Gr&uuml;n &amp; AT&T").title == "Grün & AT&T"


def test_no_article_is_an_empty_reading():
    assert read(URL, answer()).papers == ()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<eFetchResult><ERROR>no such db</ERROR></eFetchResult>", "PubMed says: no such db"),
        (b"<eSearchResult/>", "this is XML, but no set of PubMed articles (<eSearchResult>)"),
        (b"<PubmedArticleSet>", "its XML is malformed or cut short; nothing was read"),
    ],
)
def test_an_answer_that_is_none_is_an_error(body, reason):
    with pytest.raises(FeedError) as error:
        read(URL, body)
    assert error.value.reason == reason


def test_the_recorded_articles_are_read_whole(shared):
    reading = read(URL, (shared / "feeds" / "pubmed_efetch.xml").read_bytes())
    assert (len(reading.papers), reading.skipped) == (5, ())
    assert reading.papers[0].abstract.startswith("Background: Cardiac transthyretin")
    assert "⁹⁹ᵐTc-DPD" in reading.papers[0].title
    assert all(paper.doi and paper.published and paper.authors for paper in reading.papers)
