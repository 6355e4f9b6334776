"""Every reader, given what no honest server sends: papers or one reason, and never for long."""

import json
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.domain.paper import Reading
from newsletter.errors import FeedError
from newsletter.feeds.opml import read_opml
from newsletter.feeds.readers import PAGES, READERS, guess

LONGEST = 2.0  # seconds
ABSTRACT = "For x<y we build the first engine that computes all numbers, and show that it is quick."
RSS_ITEM = """<item><title>On $n^2$ Engines</title><link>https://arxiv.org/abs/2603.01234</link>
 <description>arXiv:2603.01234v2 Announce Type: new\nAbstract: For x&lt;y.</description>
 <guid>oai:arXiv.org:2603.01234v2</guid><pubDate>Mon, 02 Mar 2026 00:00:00 -0500</pubDate></item>"""
XML = '<?xml version="1.0" encoding="UTF-8"?>'
PAYLOADS: dict[str, str] = {
    "rss": f'{XML}<rss version="2.0"><channel><title>c</title>{RSS_ITEM * 2}</channel></rss>',
    "arxiv-rss": f'{XML}<rss version="2.0"><channel>{RSS_ITEM * 2}</channel></rss>',
    "arxiv-api": f"""{XML}<feed xmlns="http://www.w3.org/2005/Atom" xmlns:opensearch="x">
 <opensearch:totalResults>9</opensearch:totalResults>
 <opensearch:startIndex>0</opensearch:startIndex><entry><title>On Engines</title>
 <id>http://arxiv.org/abs/2603.01234v2</id><summary>For x&lt;y.</summary>
 <author><name>A. Turing</name></author>
 <published>2026-03-01T09:30:00Z</published></entry></feed>""",
    "huggingface-daily": json.dumps(
        [{"paper": {"id": "2603.01234", "title": "On Engines", "summary": ABSTRACT,
                    "authors": [{"name": "Ada", "hidden": False}], "upvotes": 7,
                    "publishedAt": "2026-03-01T00:00:00Z"}}] * 2
    ),
    "huggingface-listing": f"byAK and the research community\n\nOn Engines\n\n{ABSTRACT * 3}",
    "jsonl": json.dumps({"id": "2603.01234", "title": "T", "abstract": ABSTRACT, "votes": 3,
                         "authors": ["Lovelace, Ada"], "published": "2026-03-01"}) + "\n",
    "json-feed": json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [
        {"id": 7, "url": "https://e.org/1", "title": "T", "content_html": "<p>x<sup>2</sup></p>",
         "authors": [{"name": "Ada"}], "tags": ["a"], "date_published": "2026-03-01"}] * 2}),
    "arxiv-oai": f"""{XML}<OAI-PMH><ListRecords><record><header><identifier>oai:arXiv.org:2603.01234
 </identifier></header><metadata><arXivRaw><id>2603.01234</id><version version="v1">
 <date>Sun, 1 Mar 2026 10:00:00 GMT</date></version><title>T</title><authors>A. B and C. D</authors>
 <abstract>For x&lt;y.</abstract></arXivRaw></metadata></record>
 <record><metadata><dc><title>U</title>
 <creator>Lovelace, Ada</creator><date>2026-03-01</date><identifier>http://arxiv.org/abs/2603.01235
 </identifier></dc></metadata></record>
 <resumptionToken>x</resumptionToken></ListRecords></OAI-PMH>""",
    "biorxiv": json.dumps({"messages": [{"status": "ok", "cursor": 0, "count": 2, "total": "57"}],
        "collection": [{"doi": "10.1101/2026.1", "title": "T", "authors": "Roe, R.; Doe, J.",
        "date": "2026-09-01", "version": "2", "abstract": ABSTRACT, "published": "NA"}] * 2}),
    "pubmed": f"""{XML}<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>7</PMID><Article>
 <Journal><JournalIssue><PubDate><Year>2026</Year><Month>Jun</Month><Day>1</Day></PubDate>
 </JournalIssue><Title>J</Title></Journal><ArticleTitle>On H<sub>2</sub>O</ArticleTitle><Abstract>
 <AbstractText Label="BACKGROUND">10<sup>-3</sup></AbstractText></Abstract><AuthorList><Author>
 <LastName>Roe</LastName><ForeName>R</ForeName></Author></AuthorList></Article></MedlineCitation>
 </PubmedArticle></PubmedArticleSet>""",
    "bibtex": '@string{j = "J"}\n@article{a, title = {The {B}ay $x^2$ {\\"o}}, journal = j # " A",'
    '\n author = {von Last, Jr, First and {A Group} and others}, year = 2026, month = jan}\n' * 2,
    "ris": f"TY  - JOUR\nTI  - T\nAU  - Lovelace, A\nPY  - 2026/06/12/\nAB  - {ABSTRACT}\nER  -\n",
}  # fmt: skip
JSON_READERS = ("huggingface-daily", "jsonl", "json-feed", "biorxiv")
URLS = {"arxiv-oai": "https://oaipmh.arxiv.org/oai?verb=ListRecords",
        "biorxiv": "https://api.biorxiv.org/details/biorxiv/7d/0"}  # fmt: skip

LAUGHS = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10 if n else 'ha' * 50}'>" for n in range(12))
HOSTILE = {
    "billion laughs": f"<!DOCTYPE r [{LAUGHS}]><OAI-PMH><error>&l11;</error></OAI-PMH>",
    "quadratic blow-up": f"<!DOCTYPE r [<!ENTITY a '{'a' * 50_000}'>]><rss>{'&a;' * 50_000}</rss>",
    "external entity": "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><rss><channel>"
    "<item><title>a &x; b</title></item></channel></rss>",
    "external type": "<!DOCTYPE r SYSTEM 'file:///etc/passwd'><PubmedArticleSet/>",
    "deep xml": "<a>" * 100_000,
    "deep feed": f"<rss><channel><item><title>{'<b>' * 100_000}",
    "deep record": f"<OAI-PMH><record>{'<b>' * 100_000}",
    "many records cut": "<record>" * 100_000,
    "many attributes": f"<rss {' '.join(f'a{n}=' + chr(34) * 2 for n in range(50_000))}/>",
    "deep json": "[" * 100_000,
    "deep objects": '{"items":' * 100_000,
    "long number": f'{{"title": "T", "items": [{{"id": {"9" * 1_000_000}, "title": "T"}}]}}',
    "no number": '{"items": [{"id": NaN, "title": "T"}, {"title": "U", "id": Infinity}]}',
    "lone surrogate": '{"items": [{"id": "\\ud800", "title": "\\udfff T", "url": "\\ud800"}]}',
    "many commas": f'{{"title": "T", "items": [{{"title": "T", "authors": "{"," * 100_000}"}}]}}',
    "open braces": "@article{a, title = {" * 50_000,
    "open comments": "@comment{" * 100_000,
    "many spaces": f"@article{{{' ' * 100_000}a = {' ' * 100_000}",
    "many ands": f"@article{{a, title = {{T}}, author = {{{' ' * 100_000}{'a and ' * 20_000}}}}}",
    "endless name": f"TY  - {'A' * 1_000_000}\nAU  - {', ' * 50_000}\nTI  - T\nER  - ",
    "signs": "<>&\"'{}$\\^_~`@#%" * 5_000,
}


def read_with(name: str, body: bytes) -> Reading | None:
    """Read, and check what came back; None if the whole could not be read."""
    url = URLS.get(name, "https://e.example/feed")
    begun = time.perf_counter()
    try:
        reading = READERS[name](url, body)
        if name in PAGES:
            assert isinstance(PAGES[name](url, body), str)
    except FeedError as error:
        str(error).encode()  # fails on half a surrogate pair
        return None
    finally:
        assert time.perf_counter() - begun < LONGEST
    for paper in reading.papers:
        for text in (paper.title, paper.abstract, *paper.authors, paper.venue, *paper.categories):
            assert isinstance(text, str)
            assert not any(unicodedata.category(sign) == "Cc" for sign in text)
        whole = [paper.source_title, paper.source_abstract, paper.url, paper.doi, paper.title]
        assert "\0" not in "".join(whole).encode().decode()
        assert paper.title
    for skipped in reading.skipped:
        assert skipped.entry.encode()
        assert skipped.why.encode()
    return reading


def test_every_reader_has_its_payload_and_reads_it_whole():
    assert set(PAYLOADS) == set(READERS)
    for name, payload in PAYLOADS.items():
        reading = read_with(name, payload.encode())
        assert reading is not None, name
        assert reading.papers, name


@pytest.mark.parametrize("attack", HOSTILE)
@pytest.mark.parametrize("reader", READERS)
def test_an_attack_is_over_quickly(reader, attack):
    reading = read_with(reader, HOSTILE[attack].encode())
    for paper in reading.papers if reading else ():
        assert "root:" not in paper.title


@pytest.mark.parametrize("attack", HOSTILE)
def test_an_attack_is_looked_at_quickly(attack):
    begun = time.perf_counter()
    for look in (lambda body: guess("https://e.example/x", body), read_opml):
        try:
            look(HOSTILE[attack].encode())
        except FeedError:
            continue  # most are refused, some may be read
    assert time.perf_counter() - begun < LONGEST


FRAGMENTS = st.sampled_from(
    [b"\0", b"\xff", b"<", b"&", b"]]>", b"<![CDATA[", b"&#0;", b"&x;", b"<!DOCTYPE a [", b"{",
     b"}", b'"', b"\\", b"$", b"@a{", b"\nTY  - X\n", b"\nER  -\n", b"</item>", b"</record>",
     b"\\ud800", b"1" * 9, b"NaN", b"\xed\xa0\x80", b"\xf0\x9f", b"\r", b"\xc2\x85", b" and ", b",",
     b"#"]
)  # fmt: skip
CHANGES = st.lists(
    st.tuples(st.floats(0, 1), st.floats(0, 0.3), st.one_of(FRAGMENTS, st.binary(max_size=4))),
    min_size=1,
    max_size=6,
)


@pytest.mark.parametrize("reader", READERS)
@given(changes=CHANGES, other=st.sampled_from(sorted(PAYLOADS)), splice=st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_body_with_bytes_changed_is_read_or_refused(reader, changes, other, splice):
    body = PAYLOADS[reader].encode()
    for place, length, fragment in changes:
        start = int(place * len(body))
        body = body[:start] + fragment + body[start + int(length * length * len(body)) :]
    if splice:
        body = body[: len(body) // 2] + PAYLOADS[other].encode()[-300:]
    read_with(reader, body)


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["\ud800", "\0", "10.1/x", "9" * 30, "0001-01-01T00:00:00+14:00", "https://["]),
    st.lists(st.none(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


@st.composite
def swapped(draw, value):
    """Draw the value with some of what is in it replaced by values of other types."""
    if draw(st.integers(0, 7)) == 0:
        return draw(VALUES)
    if isinstance(value, dict):
        return {key: draw(swapped(inside)) for key, inside in value.items()}
    if isinstance(value, list):
        return [draw(swapped(inside)) for inside in value]
    return value


@pytest.mark.parametrize("reader", JSON_READERS)
@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_json_with_other_types_is_read_or_refused(reader, data):
    value = data.draw(swapped(json.loads(PAYLOADS[reader])))
    read_with(reader, json.dumps(value).encode())
