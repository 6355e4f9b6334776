"""arXiv's OAI-PMH."""

from datetime import UTC, datetime

import pytest

from newsletter.domain.paper import Skipped
from newsletter.errors import FeedError
from newsletter.feeds.oai import next_page, read

URL = "https://oaipmh.arxiv.org/oai?verb=ListRecords&metadataPrefix=arXiv&set=cs"
ARXIV = """<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>2603.01234</id>
 <created>2026-03-01</created><updated>2026-03-05</updated><authors>
 <author><keyname>Lovelace</keyname><forenames>Ada</forenames></author>
 <author><keyname>Berkeley</keyname><forenames>E.</forenames><suffix>Jr.</suffix></author>
 <author><keyname>LIGO Collaboration</keyname></author></authors>
 <title>On\n  $n^2$ Engines</title><categories>cs.LG stat.ML</categories>
 <comments>10 pages</comments><journal-ref>J. Tests 1</journal-ref><doi>10.1234/ABC</doi>
 <abstract>  For x&lt;y.\n</abstract></arXiv>"""
RAW = """<arXivRaw><id>2603.01234</id>
 <version version="v1"><date>Sun, 1 Mar 2026 10:00:00 GMT</date></version>
 <version version="v2"><date>Mon, 2 Mar 2026 10:00:00 GMT</date></version>
 <title>On Engines</title><authors>Ada Lovelace (London), E. Berkeley, Jr. and A. Turing</authors>
 <categories>cs.LG</categories><comments>Withdrawn by the authors</comments>
 <abstract>For x&lt;y.</abstract></arXivRaw>"""
DC = """<oai_dc:dc xmlns:oai_dc="a" xmlns:dc="b"><dc:title>On Engines</dc:title>
 <dc:creator>Lovelace, Ada</dc:creator><dc:creator>Turing, Alan</dc:creator>
 <dc:subject>Machine Learning</dc:subject><dc:description>For x&lt;y.</dc:description>
 <dc:description>Comment: 10 pages</dc:description><dc:date>2026-03-05</dc:date>
 <dc:date>2026-03-01</dc:date><dc:identifier>http://arxiv.org/abs/2603.01234</dc:identifier>
 <dc:identifier>doi:10.1234/abc</dc:identifier></oai_dc:dc>"""


def record(metadata=ARXIV, number="2603.01234", status=""):
    return f"""<record><header{status}><identifier>oai:arXiv.org:{number}</identifier></header>
    <metadata>{metadata}</metadata></record>"""


def answer(*records, token=""):
    inside = f"<ListRecords>{''.join(records)}{token}</ListRecords>" if records else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
    <OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">{inside}</OAI-PMH>""".encode()


def one(metadata):
    (paper,) = read(URL, answer(record(metadata))).papers
    return paper


def test_a_record_of_format_arxiv():
    paper = one(ARXIV)
    assert (paper.title, paper.abstract) == ("On n² Engines", "For x<y.")
    assert paper.authors == ("Ada Lovelace", "E. Berkeley, Jr.", "LIGO Collaboration")
    assert (paper.arxiv_id, paper.version) == ("2603.01234", 0)
    assert paper.url == "https://arxiv.org/abs/2603.01234"
    assert paper.categories == ("cs.LG", "stat.ML")
    assert paper.published == datetime(2026, 3, 1, tzinfo=UTC)
    assert (paper.doi, paper.venue, paper.withdrawn) == ("10.1234/abc", "J. Tests 1", False)


def test_a_record_of_format_arxivraw_tells_its_versions():
    paper = one(RAW)
    assert (paper.version, paper.withdrawn) == (2, True)
    assert paper.published == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert paper.authors == ("Ada Lovelace", "E. Berkeley, Jr.", "A. Turing")


def test_a_record_of_dublin_core():
    paper = one(DC)
    assert (paper.title, paper.abstract) == ("On Engines", "For x<y.")
    assert paper.authors == ("Ada Lovelace", "Alan Turing")
    assert (paper.arxiv_id, paper.doi) == ("2603.01234", "10.1234/abc")
    assert paper.published == datetime(2026, 3, 1, tzinfo=UTC)
    assert paper.categories == ("Machine Learning",)


def test_an_old_id_stands_in_the_header():
    metadata = ARXIV.replace("<id>2603.01234</id>", "")
    reading = read(URL, answer(record(metadata, "astro-ph/0601001")))
    assert reading.papers[0].arxiv_id == "astro-ph/0601001"


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (record("", status=" status='deleted'"), "it was deleted on the server"),
        (record("<mods/>"), "its format is none of arXiv, arXivRaw and oai_dc"),
        (record("<arXiv><id>2603.01234</id></arXiv>"), "it has no title"),
        (record("<dc><title>T</title></dc>"), "it has no arXiv id"),
    ],
)
def test_a_bad_record_is_skipped_and_the_next_one_read(bad, why):
    reading = read(URL, answer(bad, record()))
    assert (len(reading.papers), reading.skipped) == (1, (Skipped("2603.01234", why),))


def test_malformed_xml_costs_only_its_own_record():
    reading = read(
        URL, answer(record(), record("<arXiv><title>x < y</title></arXiv>"), record(RAW))
    )
    assert [paper.version for paper in reading.papers] == [0, 2]
    assert reading.skipped == (Skipped("entry 2", "its XML is malformed or cut short"),)


def test_an_answer_cut_short_loses_only_its_end():
    whole = answer(record(), record(RAW))
    reading = read(URL, whole[: whole.index(b"<comments>Withdrawn")])
    assert len(reading.papers) == len(reading.skipped) == 1


def test_nothing_that_matches_is_an_empty_reading():
    body = answer().replace(b"</OAI", b"<error code='noRecordsMatch'>none</error></OAI")
    assert read(URL, body).papers == ()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (answer().replace(b"</OAI", b"<error code='badArgument'>no such set</error></OAI"),
         "the server says: no such set"),
        (answer(), "this answer of OAI-PMH holds no records; ask for verb=ListRecords"),
        (b"<rss/>", "this is XML, but no answer of OAI-PMH (<rss>)"),
        (b"Retry after 5 seconds", "its XML is malformed or cut short; nothing was read"),
    ],
)  # fmt: skip
def test_an_answer_that_is_none_is_an_error(body, reason):
    with pytest.raises(FeedError) as error:
        read(URL, body)
    assert error.value.reason == reason


@pytest.mark.parametrize(
    ("url", "token", "expected"),
    [
        (URL, "<resumptionToken cursor='0'>a b|1&amp;2</resumptionToken>",
         "https://oaipmh.arxiv.org/oai?verb=ListRecords&resumptionToken=a%20b%7C1%262"),
        (URL, "<resumptionToken></resumptionToken>", ""),
        (URL, "<resumptionToken cursor='9'/>", ""),
        (URL, "", ""),
        (f"{URL}&resumptionToken=x", "<resumptionToken>x</resumptionToken>", ""),
        ("saved.xml", "<resumptionToken>x</resumptionToken>", ""),
    ],
)  # fmt: skip
def test_the_next_page_is_asked_for_by_token(url, token, expected):
    assert next_page(url, answer(record(), token=token)) == expected


def test_the_constructed_answer_is_read_whole(shared):
    body = (shared / "feeds" / "constructed" / "arxiv_oai_listrecords.xml").read_bytes()
    reading = read(URL, body)
    assert (len(reading.papers), len(reading.skipped)) == (1, 1)
    assert next_page(URL, body).endswith("&resumptionToken=constructed-token-1")
