"""The quick way reads what feedparser reads, character for character, or leaves it to it."""

import re
from functools import partial
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from newsletter.errors import FeedError
from newsletter.feeds import arxiv, quick, rss
from newsletter.feeds.encoding import decoded
from newsletter.feeds.feed import by_feedparser, each, said, xml
from tests.benchmarks import ingesting

pytestmark = pytest.mark.filterwarnings("ignore:To avoid breaking existing:DeprecationWarning")

URL = "https://journal.example/feeds/new"
PREFIXES = (
    'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/" '
    'xmlns:media="http://search.yahoo.com/mrss/"'
)
RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
TEXTS = (
    "id title link summary arxiv_announce_type arxiv_doi arxiv_journal_reference arxiv_journal_ref"
    " arxiv_comment prism_doi prism_publicationname dc_identifier dc_source"
).split()


def quickly(body):
    return quick.entries(xml(decoded(body)))


def by_the_truth(body):
    text = decoded(body)
    found, lost = by_feedparser(URL, xml(text), text)
    assert not lost
    return found


def told(entry):
    """Return all that a reader may ask of an entry."""
    return {
        **{name: said(entry, name) for name in TEXTS},
        "authors": [said(one, "name") for one in entry.get("authors", [])],
        "tags": [said(one, "term") for one in entry.get("tags", [])],
        "primary": said(entry.get("arxiv_primary_category") or {}, "term"),
        "published": entry.get("published_parsed"),
        "updated": entry.get("published_parsed") or entry.get("updated_parsed"),
        "html": (entry.get("summary_detail") or {}).get("type"),
        "content": [said(one, "value") for one in entry.get("content") or []],
    }


def papers(found):
    """Return what each reader makes of the entries."""
    made = []
    for read_one in (partial(rss.to_paper, URL), arxiv.announced, partial(arxiv.answered, URL)):
        try:
            made.append(each(found, read_one))
        except FeedError as error:
            made.append(error.reason)
    return made


def same_or_left(body):
    """Check a feed both ways and return whether the quick one read it."""
    found = quickly(body)
    if found is None:
        return False
    truth = by_the_truth(body)
    assert [told(one) for one in found] == [told(one) for one in truth]
    assert papers(found) == papers(truth)
    return True


def an_rss(*items, more=""):
    head = f'<?xml version="1.0"?><rss {PREFIXES} version="2.0"><channel><title>J</title>{more}'
    return f"{head}{''.join(f'<item>{one}</item>' for one in items)}</channel></rss>".encode()


def an_atom(*entries, more=""):
    head = f'<feed xmlns="http://www.w3.org/2005/Atom" {PREFIXES}><title>J</title>{more}'
    return f"{head}{''.join(f'<entry>{one}</entry>' for one in entries)}</feed>".encode()


def an_rdf(*items):
    inside = "".join(f'<item rdf:about="https://j.example/1">{one}</item>' for one in items)
    return (
        f'<rdf:RDF {RDF} {PREFIXES}><channel rdf:about="x"><title>J</title><items><rdf:Seq>'
        f'<rdf:li rdf:resource="https://j.example/1"/></rdf:Seq></items></channel>{inside}</rdf:RDF>'
    ).encode()


WORDS = """< > & é Ã© â€œ ſ 🙂 &amp; &lt;b&gt; <i> </i> <br/> &eacute; http:// 10.1000/x x@y.example
    arXiv:2609.26811v2 https://arxiv.org/abs/2609.26811 Lovelace, Alan""".split()
SPACES = " \n\t\x85\x96\xa0\u2028\u200b"
texts = st.lists(st.sampled_from([*"aZ09.,;:/?=#$\\{}^~`'\"", *SPACES, *WORDS]), max_size=12).map(
    "".join
)
GOOD_DATES = """Thu, 12 Mar 2026 00:00:00 -0400|Mon, 02 Mar 2026 08:00:00 +0000|2026-03-12T00:00:00Z
12 Mar 2026 07:08:09 GMT|2026-03-12T23:59:59.123+05:30|2026-12-31T23:59:59-11:00| """
ODD_DATES = """Mon, 02 Mar 26 08:00:00 EST|2026-03-12|yesterday|2026|Thu, 31 Feb 2026 00:00:00 -0400
Sat, 07 Feb 2026 23:59:60 +0000|1 Oct 2026 1:2:3 PST|0001-01-01T00:00:00+23:59|2026-3-12T0:00:00Z
2026-03-12T00:00:00-25:99|9999-12-31T23:59:59-01:00|Thu,  12 Mar 2026 00:00:00 -0400"""
dates = st.sampled_from(re.split(r"[|\n]", "\n".join([GOOD_DATES] * 8 + [ODD_DATES])))


def inner(text, form):
    """Return a text as it stands in XML: escaped, in CDATA, or as markup."""
    if form == "data":
        return f"<![CDATA[{text.replace(']]>', '')}]]>"
    return f"{escape(text)}<b>x</b>" if form == "markup" else escape(text)


forms = st.sampled_from(["escaped"] * 40 + ["data"] * 20 + ["markup"])
inners = st.builds(inner, texts, forms)
quoted = texts.map(lambda text: escape(text, {'"': "&quot;", "\n": "&#10;"}))


def leaf(names, inside=inners, attributes=("",)):
    """Return elements of these names with one of these attributes."""
    return st.builds(
        lambda name, text, given: f"<{name}{given}>{text}</{name.split()[0]}>",
        st.sampled_from(names.split()),
        inside,
        st.sampled_from(attributes) if isinstance(attributes, tuple) else attributes,
    )


typed = ("", ' type="html"', ' type="text"', ' type="text/plain"') * 6 + (
    ' type="xhtml"',
    ' mode="x"',
)
odd = st.one_of(
    leaf(
        "media:title media:content georss:point foo source image guid:x", attributes=("", ' a="b"')
    ),
    leaf("title", attributes=(' xml:lang="en"', ' xml:base="https://x.example/"', ' base="x"')),
    st.just("<author><email>a@b.example</email></author>"),
    st.just("<source><title>Other</title></source>"),
    st.just('<link href="/relative" rel="self"/>'),
)
shared_leaves = [
    leaf("title dc:title", attributes=typed),
    leaf("dc:creator dc:subject dc:identifier dc:rights dc:publisher dc:source"),
    leaf("arxiv:announce_type arxiv:doi arxiv:comment arxiv:journal_ref arxiv:journal_reference"
         " prism:doi prism:publicationName arxiv:DOI", attributes=("", "", ' term="a"')),
    leaf("dc:date", dates),
    leaf("category", st.one_of(st.just(""), inners),
         quoted.map(lambda text: f' term="{text}"') | st.just("") | st.just(' domain="d"')
         | st.just(' scheme="s" label="l"')),
]  # fmt: skip
permanent = ("", ' isPermaLink="false"', ' isPermaLink="true"', ' isPermaLink="False"')
rss_leaves = [
    *shared_leaves,
    leaf("description", attributes=("",) * 9 + (' type="text"',)),
    leaf("content:encoded link author comments"),
    leaf("guid", attributes=permanent),
    leaf("pubDate", dates),
    leaf("enclosure", st.just(""), (' url="https://x.example/a.pdf" length="1" type="a/b"',)),
]
linked = quoted.map(lambda text: f' href="{text}"')
related = ("", ' rel="alternate"', ' rel="self"', ' rel="related" title="doi"', ' type="text/html"',
           ' REL="x"', ' rel="ALTERNATE" type="application/pdf"')  # fmt: skip
person = st.builds(
    str.__add__, leaf("name"), st.one_of(st.just(""), leaf("email uri name arxiv:affiliation"))
)
atom_leaves = [
    *shared_leaves,
    leaf("summary content", attributes=typed),
    leaf("id rights"),
    leaf("published updated", dates),
    leaf("author contributor", person),
    leaf("arxiv:primary_category", st.just(""), quoted.map(lambda text: f' term="{text}"')),
    leaf("link", st.just(""), st.builds(str.__add__, linked, st.sampled_from(related))),
]


def items(leaves):
    some = st.lists(st.one_of(leaves), max_size=8).map("\n".join)
    inside = st.integers(0, 15).flatmap(lambda n: some if n else st.tuples(some, odd).map("".join))
    return st.lists(inside, min_size=1, max_size=3)


feeds = st.one_of(
    items(rss_leaves).map(lambda found: an_rss(*found)),
    items(atom_leaves).map(lambda found: an_atom(*found)),
    items(rss_leaves).map(lambda found: an_rdf(*found)),
)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(feeds)
def test_both_ways_read_an_invented_feed_alike(body):
    event("quick" if same_or_left(body) else "left to feedparser")


def test_both_ways_read_the_recorded_feeds_alike(shared):
    bodies = {path.name: path.read_bytes() for path in sorted(shared.rglob("*.xml"))}
    read = {name for name, body in bodies.items() if b"<html" not in body and same_or_left(body)}
    assert {"arxiv_rss_cs_ai.xml", "arxiv_rss_cs_cl.xml", "arxiv_api_testing_100.xml"} <= read


@pytest.mark.parametrize("make", [ingesting.arxiv_rss, ingesting.atom])
def test_a_plain_feed_is_read_quickly(make):
    body = make(list(ingesting.papers(20, 1)))
    assert same_or_left(body)
    assert len(quickly(body)) == 20


def an_item(inside):
    return an_rss(f"<title>T</title>{inside}")


@pytest.mark.parametrize(
    "body",
    [
        an_item("<description>a<b>c</b></description>"),
        an_item("<pubDate>yesterday</pubDate>"),
        an_item("<author>ada@example.org (Ada)</author>"),
        an_item("<media:title>Other</media:title>"),
        an_item('<title xml:base="https://x.example/">T</title>'),
        an_item("<item><title>T</title></item>"),
        an_rss(),
        an_rss("<title>T</title>", more="<textInput><title>S</title></textInput>"),
        an_item("").replace(b"<rss", b"<!DOCTYPE rss [<!ENTITY e 'x'>]><rss"),
        an_item("<description>&e;</description>"),
        an_item("").replace(b"xmlns:dc", b"xmlns:dublin"),
        an_item("").removesuffix(b"</rss>"),
        an_atom('<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">T</div></title>'),
        an_atom("<author><email>ada@example.org</email></author>"),
        b"<html><body/></html>",
        b"<?php echo 1 ?><rss/>",
        b"",
    ],
)
def test_the_unusual_is_left_to_feedparser(body):
    assert quickly(body) is None


@pytest.mark.parametrize(
    "body",
    [
        an_item("<description/><content:encoded>full</content:encoded>"),
        an_item("<content:encoded>full</content:encoded><description>short</description>"),
        an_item("<guid>https://x.example/1</guid><link/>"),
        an_item("<link>https://x.example/?a=1&amp;amp;b=2&amp;c;</link>"),
        an_item('<guid isPermaLink="false">1</guid><category domain="d"/><category>c</category>'),
        an_item("<dc:creator>Ada</dc:creator><dc:creator/><dc:creator>Alan</dc:creator>"),
        an_item("<description>Ã©tude &#150; â€œx</description>"),
        an_rss("<title></title><dc:title>T</dc:title><title>U</title>"),
        an_rss("<title>T</title>", more="<image><title>I</title><url>u</url></image>"),
        an_atom("<id>https://x.example/1</id><title>T</title><link rel='self' href='a'/>"),
        an_atom("<title>T</title><content>full</content>", "<title>U</title>"),
        an_rdf("<title>T</title><prism:doi>10.1000/X</prism:doi>"),
    ],
)
def test_the_quirks_of_feedparser_are_kept(body):
    assert same_or_left(body)
