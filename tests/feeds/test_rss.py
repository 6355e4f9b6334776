"""Any RSS, Atom or RDF feed, whole, broken or hostile."""

import time
from datetime import UTC, datetime

import pytest

from newsletter.domain.paper import Skipped
from newsletter.errors import FeedError
from newsletter.feeds.rss import read

NO_FEED = "no entry could be read: it is no RSS, Atom or RDF, or it is cut short"
URL = "https://journal.example/feeds/new"


def rss(*items):
    start = '<?xml version="1.0"?><rss version="2.0"><channel><title>J</title>'
    return f"{start}{''.join(items)}</channel></rss>"


def item(title="A paper", more=""):
    return f"<item><title>{title}</title>{more}</item>"


def read_one(body):
    reading = read(URL, body.encode())
    assert len(reading.papers) == 1
    return reading.papers[0]


def test_an_entry_becomes_a_paper_with_all_that_the_feed_says():
    paper = read_one(rss(item(
        "On &lt;i&gt;engines&lt;/i&gt; with $O(n^2)$ wheels",
        "<link>/papers/7</link><guid>doi:10.1234/ENGINE.7</guid>"
        "<author>Ada Lovelace, Alan Turing</author>"
        "<category>cs.AI</category><category>cs.AI</category><category>cs.CL</category>"
        "<pubDate>Mon, 02 Mar 2026 08:00:00 +0200</pubDate>"
        "<description>for all x&lt;y and p&lt;0.05, $n&lt;k$ holds; 3 &lt; 4</description>",
    )))  # fmt: skip
    assert paper.title == "On engines with O(n²) wheels"
    assert paper.abstract == "for all x<y and p<0.05, n<k holds; 3 < 4"
    assert paper.url == "https://journal.example/papers/7"
    assert paper.doi == "10.1234/engine.7"
    assert paper.authors == ("Ada Lovelace", "Alan Turing")
    assert paper.categories == ("cs.AI", "cs.CL")
    assert paper.published == datetime(2026, 3, 2, 6, tzinfo=UTC)
    assert paper.source_title == "On <i>engines</i> with $O(n^2)$ wheels"
    assert paper.source_abstract == "for all x<y and p<0.05, $n<k$ holds; 3 < 4"


def test_atom_says_whether_its_text_is_html():
    body = """<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title>
    <entry><id>1</id><title type="html">A &lt;i&gt;fine&lt;/i&gt; &amp;amp; new title</title>
      <summary type="text">the tag &lt;b&gt;bold&lt;/b&gt; for x&lt;y</summary>
      <author><name>Ada Lovelace</name></author><author><name>Alan Turing</name></author></entry>
    <entry><id>2</id><title>Two</title><updated>2026-03-01T10:00:00+02:00</updated>
      <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One</p><p>H<sub>2</sub>O</p></div>
      </content></entry></feed>"""
    first, second = read(URL, body.encode()).papers
    assert (first.title, first.abstract) == ("A fine & new title", "the tag <b>bold</b> for x<y")
    assert first.authors == ("Ada Lovelace", "Alan Turing")
    assert (second.abstract, second.published) == ("One H₂O", datetime(2026, 3, 1, 8, tzinfo=UTC))


def test_rdf_gives_doi_venue_and_every_author():
    body = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
      xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
      xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/"><channel rdf:about="x"/>
      <item rdf:about="https://j.example/1"><title>RDF paper</title><link>https://j.example/1</link>
      <dc:creator>Ada Lovelace</dc:creator><dc:creator>Alan Turing</dc:creator>
      <prism:doi>10.1000/XYZ</prism:doi>
      <prism:publicationName>Journal of Tests</prism:publicationName>
      </item></rdf:RDF>"""
    paper = read_one(body)
    assert paper.authors == ("Ada Lovelace", "Alan Turing")
    assert (paper.doi, paper.venue) == ("10.1000/xyz", "Journal of Tests")


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("https://e.org/a?b=1", "https://e.org/a?b=1"),
        ("//e.org/a", "https://e.org/a"),
        ("javascript:alert(1)", ""),
        ("ftp://e.org/a", ""),
        ("http://[broken", ""),
    ],
)
def test_only_links_to_web_pages_are_kept(link, url):
    assert read_one(rss(item(more=f"<link>{link}</link>"))).url == url


@pytest.mark.parametrize(
    ("fields", "number", "version"),
    [
        ("<link>https://arxiv.org/abs/2601.00001v3</link>", "2601.00001", 3),
        ('<guid isPermaLink="false">oai:arXiv.org:math.GT/0309136v1</guid>', "math/0309136", 1),
        ("<guid>2601.00001</guid>", "", 0),
    ],
)
def test_arxiv_ids_are_found_in_guid_and_link(fields, number, version):
    paper = read_one(rss(item(more=fields)))
    assert (paper.arxiv_id, paper.version) == (number, version)


@pytest.mark.parametrize(
    ("author", "authors"),
    [
        ("Lovelace, Ada", ("Ada Lovelace",)),
        ("Lovelace, Ada; Turing, A.", ("Ada Lovelace", "A. Turing")),
        ("Plato; Lovelace, Ada", ("Plato", "Ada Lovelace")),
        ("A. Turing (NPL, Teddington), E. Berkeley, Jr., and G. Hopper",
         ("A. Turing", "E. Berkeley, Jr.", "G. Hopper")),
        ("Ada Lovelace and Alan Turing", ("Ada Lovelace", "Alan Turing")),
    ],
)  # fmt: skip
def test_lists_of_authors_are_split_with_care(author, authors):
    creator = f"<dc:creator xmlns:dc='http://purl.org/dc/elements/1.1/'>{author}</dc:creator>"
    assert read_one(rss(item(more=creator))).authors == authors


def test_an_entry_with_3000_authors_keeps_them_all():
    listed = ", ".join(f"A{n} Author{n}" for n in range(3000))
    creator = f"<dc:creator xmlns:dc='http://purl.org/dc/elements/1.1/'>{listed}</dc:creator>"
    authors = read_one(rss(item(more=creator))).authors
    assert (len(authors), authors[0], authors[-1]) == (3000, "A0 Author0", "A2999 Author2999")


def test_an_entry_without_title_is_skipped_and_the_others_are_read():
    reading = read(URL, rss(item("", "<guid>x-1</guid>"), item("Kept")).encode())
    assert [paper.title for paper in reading.papers] == ["Kept"]
    assert reading.skipped == (Skipped("x-1", "it has no title"),)


def test_a_withdrawn_paper_is_known_by_its_first_words():
    more = (
        "<description>This paper has been withdrawn by the authors due to an error.</description>"
    )
    assert read_one(rss(item(more=more))).withdrawn
    more = "<description>We study drugs that were withdrawn by the authors' firms.</description>"
    assert not read_one(rss(item(more=more))).withdrawn


def test_an_empty_feed_is_valid():
    reading = read(URL, rss().encode())
    assert (reading.papers, reading.skipped) == ((), ())


@pytest.mark.parametrize(
    ("end", "titles", "skipped"),
    [
        ("<item><title>Third</title><description>half an abs", ["First", "Second"], "Third"),
        ("<item><tit", ["First", "Second"], "the end of the feed"),
        ("", ["First", "Second"], "the end of the feed"),
    ],
)
def test_of_a_feed_cut_short_the_whole_entries_are_kept(end, titles, skipped):
    body = rss(item("First"), item("Second")).removesuffix("</channel></rss>") + end
    reading = read(URL, body.encode())
    assert [paper.title for paper in reading.papers] == titles
    assert reading.skipped == (Skipped(skipped, "the feed is cut short here"),)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<!DOCTYPE html><html><body>Sorry</body></html>", "this is a web page, not a feed"),
        (b"\n<html lang='en'><head>", "this is a web page, not a feed"),
        (b"", "it is empty"),
        (b"just words", NO_FEED),
        (b"<rss version='2.0'><channel><it", NO_FEED),
        (b"<other/>", NO_FEED),
    ],
)  # fmt: skip
def test_what_is_no_feed_says_what_it_is(body, reason):
    with pytest.raises(FeedError) as error:
        read(URL, body)
    assert (error.value.url, error.value.reason) == (URL, reason)


def test_one_invalid_byte_spoils_only_its_own_letter():
    body = rss(item("Gödel")).encode().replace(b"</title></item>", b" caf\xe9</title></item>")
    assert [paper.title for paper in read(URL, body).papers] == ["Gödel caf\ufffd"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "iso-8859-1"])
def test_feeds_in_other_encodings_are_read(encoding):
    body = rss(item("Gödel")).replace(
        '"1.0"', f'"1.0" encoding="{encoding.removesuffix("-sig")}"', 1
    )
    assert [paper.title for paper in read(URL, body.encode(encoding)).papers] == ["Gödel"]


def test_an_xml_bomb_ends_quickly():
    layers = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY e0 "lol">{layers}]>'
    body = rss(item("&e9;"), item("Kept")).replace('<?xml version="1.0"?>', bomb)
    started = time.perf_counter()
    titles = [paper.title for paper in read(URL, body.encode()).papers]
    assert time.perf_counter() - started < 20
    assert titles == ["&e9;", "Kept"]


def test_no_local_file_is_opened(tmp_path):
    secret = tmp_path / "secret.xml"
    secret.write_text(rss(item("Secret")))
    with pytest.raises(FeedError):
        read(str(secret), str(secret).encode())
    doctype = f'<!DOCTYPE r [<!ENTITY file SYSTEM "{secret.as_uri()}">]>'
    body = rss(item("Open &file;")).replace("?>", f"?>{doctype}", 1)
    assert [paper.title for paper in read(URL, body.encode()).papers] == ["Open &file;"]
