"""Feeds of every format, age and habit that exists: names and bytes, some of them malformed."""

# ruff: noqa: E501 - a payload stands on one line

import itertools
import json

import feedparser

ATOM = "http://www.w3.org/2005/Atom"
OLD_ATOM = "http://purl.org/atom/ns#"
# As feedparser names it: nobody serves it any more.
RSS_09 = next(one for one in feedparser.mixin._FeedParserMixin.namespaces if "/0.9/" in one)
RSS_1 = "http://purl.org/rss/1.0/"
DC = "http://purl.org/dc/elements/1.1/"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XHTML = "http://www.w3.org/1999/xhtml"
# As a well-known test collection begins its files.
NOTE = "<!--\nDescription: one thing\nExpect: not bozo and entries[0]['title'] == 'x'\n-->\n"
TITLE, OTHER = "<title>On the first engine</title>", "<title>On the second engine</title>"
TEXT = "<description>It computes numbers.</description>"
ITEM = f"<item>{TITLE}{TEXT}<guid>tag:e.org,2026:1</guid></item>"
ITEMS = f"{ITEM}<item>{OTHER}{TEXT}<link>http://e.org/2</link></item>"
ENTRY = f"<entry>{TITLE}<id>tag:e.org,2026:1</id><summary>It computes.</summary></entry>"
ENTRIES = f"{ENTRY}<entry>{OTHER}<id>tag:e.org,2026:2</id><content>It computes.</content></entry>"
CODECS = """utf-8 utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be iso-8859-1 iso-8859-2
    iso-8859-5 iso-8859-7 iso-8859-15 windows-1250 windows-1251 windows-1252 windows-1253 koi8-r
    cp437 cp850 cp037 cp500 mac-roman shift_jis euc-jp iso-2022-jp euc-kr gb2312 gbk gb18030 big5
    hz utf-7""".split()
LETTERS = {"iso-8859-5": "Жук", "windows-1251": "Жук", "koi8-r": "Жук", "iso-8859-7": "Αλφα",
           "windows-1253": "Αλφα", "shift_jis": "日本語", "euc-jp": "日本語",
           "iso-2022-jp": "日本語", "euc-kr": "한국어", "gb2312": "中文的", "gbk": "中文的",
           "gb18030": "中文的", "big5": "中文的", "hz": "中文的"}  # fmt: skip
DATES = (
    "Thu, 01 Jan 2004 19:48:21 GMT|Thu, 1 Jan 04 19:48 EST|01 Jan 2004|Thu Jan  1 19:48:21 2004"
    "|2004-01-01T19:48:21Z|2004-01-01T19:48:21.5+01:30|2004-01-01|2004-01|2004|20040101|2004-001"
    "|04-01-01|2004-W01-4|26:2004|2004/01/01 19:48|Jan 1, 2004|1 janvier 2004|yesterday|0|-1|"
    "|9999-99-99T99:99:99Z|Thu, 31 Feb 2004 25:61:61 +9999|0000-00-00T00:00:00Z|1072986501"
    "|2004년 5월 28일  오후 11:31:25|Κυρ, 11 Ιούλ 2004 12:00:00 EST|2004-július-13T9:15-05:00"
).split("|")


def rss(inside=ITEMS, version='version="2.0"', head="<title>Papers</title>"):
    return f"<rss {version}><channel>{head}{inside}</channel></rss>"


def atom(inside=ENTRIES, space=f'xmlns="{ATOM}"', head="<title>Papers</title>"):
    return f"<feed {space}>{head}{inside}</feed>"


def rdf(inside=ITEMS, space=f'xmlns="{RSS_1}"'):
    return (
        f'<rdf:RDF xmlns:rdf="{RDF}" {space}><channel><title>P</title></channel>{inside}</rdf:RDF>'
    )


def roots():
    """Yield feeds by what is around their entries."""
    for version in ("0.90", "0.91", "0.92", "0.93", "0.94", "2.0", "2.0.1", "9", ""):
        yield f"rss {version}", rss(version=f'version="{version}"')
    userland = 'version="2.0" xmlns="http://backend.userland.com/rss2"'
    yield "rss of userland", rss(version=userland)
    yield "rss without version", rss(version="")
    yield (
        "rss with a type",
        (
            '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"'
            f' "http://my.netscape.com/publish/formats/rss-0.91.dtd">{rss()}'
        ),
    )
    yield "rss with entities", f'<!DOCTYPE rss [<!ENTITY co "Inc."><!ENTITY nbsp "&#160;">]>{rss()}'
    yield "rss without channel", f'<rss version="2.0">{ITEMS}</rss>'
    yield "items behind the channel", f'<rss version="2.0"><channel></channel>{ITEMS}</rss>'
    yield "two channels", f"<rss><channel>{ITEM}</channel><channel>{ITEM}</channel></rss>"
    yield "items in items", rss(f"<items>{ITEMS}</items>")
    yield "item in item", rss(f"<item>{TITLE}{ITEM}</item>")
    yield "upper case", rss().upper()
    yield (
        "mixed case",
        rss().replace("item", "Item").replace("rss", "RSS").replace("title", "Title"),
    )
    yield "rdf", rdf()
    yield "rdf 0.9", rdf(space=f'xmlns="{RSS_09}"')
    yield "rdf without space", rdf(space="")
    yield "rdf about", rdf(f'<item rdf:about="http://e.org/1">{TITLE}</item>')
    yield (
        "rdf with prefix",
        rdf(f"<r:item><r:title>On engines</r:title></r:item>{ITEM}", f'xmlns:r="{RSS_1}"'),
    )
    yield "rdf in upper case", rdf().replace("rdf:RDF", "RDF:RDF").replace("xmlns:rdf", "xmlns:RDF")
    for space in (ATOM, OLD_ATOM, "http://purl.org/pie/", "http://purl.org/atom/ns#rc1",
                  "uri/of/echo/namespace#", "http://example.com/newformat#", f"{ATOM}/",
                  ATOM.lower(), ATOM.replace("http:", "https:"), ""):  # fmt: skip
        yield f"atom of {space}", atom(space=f'version="0.3" xmlns="{space}"')
        for prefix in ("a", "atom", "ns0", "media", "A-b.c"):
            text = atom(space=f'xmlns:{prefix}="{space}"').replace("</", f"</{prefix}:")
            for name in ("feed", "title", "entry", "id", "summary", "content"):
                text = text.replace(f"<{name}", f"<{prefix}:{name}")
            yield f"atom of {space} as {prefix}", text
    yield "atom without space", atom(space="")
    yield "entry alone", ENTRY.replace("<entry", f'<entry xmlns="{ATOM}"')
    yield "item alone", ITEM
    yield "channel alone", f"<channel>{ITEMS}</channel>"
    yield (
        "cdf",
        (
            '<CHANNEL HREF="http://e.org/"><TITLE>P</TITLE><ITEM HREF="http://e.org/1" LASTMOD="2004">'
            "<TITLE>On engines</TITLE><ABSTRACT>It computes.</ABSTRACT></ITEM><ITEM HREF='/2'/></CHANNEL>"
        ),
    )
    envelope = "http://schemas.xmlsoap.org/soap/envelope/"
    yield "soap", f'<s:Envelope xmlns:s="{envelope}"><s:Body>{rss()}</s:Body></s:Envelope>'
    yield "in another root", f"<backup>{atom()}</backup>"
    yield "page with a feed", f"<html><body><h1>Papers</h1>{rss()}</body></html>"
    yield "page with items", f"<!DOCTYPE html><html><body><p>a<br>{ITEMS}</body></html>"
    yield (
        "page",
        '<!DOCTYPE html><html><link rel="alternate" href="/f"><body>No feed.</body></html>',
    )
    yield "opml", '<opml version="1.1"><body><outline xmlUrl="http://e.org/f"/></body></opml>'
    yield "site map", "<urlset><url><loc>http://e.org/</loc></url></urlset>"
    yield "picture", '<svg xmlns="http://www.w3.org/2000/svg"><title>a</title></svg>'
    yield "empty channel", rss("")
    yield "empty feed", atom("")


def elements():
    """Yield feeds by what is in their entries."""
    spaces = f'xmlns:dc="{DC}" xmlns:content="{CONTENT}" xmlns:x="{XHTML}" xmlns:a="{ATOM}"'
    texts = (
        "", "x", "&lt;b&gt;bold&lt;/b&gt; engines", "<![CDATA[<b>bold</b> engines]]>", "a &amp;amp; b",
        "AT&amp;amp;T &amp;lt;b&amp;gt;", "&#8220;a&#8221;", "  \n ", "<b>in</b>line", "1 &lt; 2",
        "<x:div>in <x:b>line</x:b></x:div>", "a<!-- b -->c", "<![CDATA[]]>", "<![CDATA[a]]>b",
    )  # fmt: skip
    names = """title description link guid pubDate author category comments enclosure source
        dc:title dc:description dc:creator dc:date dc:subject dc:identifier content:encoded x:body
        x:div fullitem a:summary a:title a:link tagline abstract name unknown dc:unknown""".split()
    for name in names:
        joined = "".join(f"<item><{name}>{text}</{name}></item>" for text in texts)
        yield f"only {name}", rss(joined, f'version="2.0" {spaces}')
        twice = f"<item><{name}>a</{name}><{name}>b</{name}></item><item><{name}/></item>"
        yield f"twice {name}", rss(twice, f'version="2.0" {spaces}')
    kinds = ["", *(f'type="{kind}"' for kind in (
        "text", "html", "xhtml", "TEXT", "text/plain", "text/html", "application/xhtml+xml",
        "application/octet-stream", "image/png", "xml", "bogus", ""))]  # fmt: skip
    modes = ["", 'mode="escaped"', 'mode="xml"', 'mode="base64"']
    for kind, mode in itertools.product(kinds, modes):
        inside = "".join(
            f"<entry><{name} {kind} {mode}>{text}</{name}></entry>"
            for name in ("title", "summary", "content", "rights", "subtitle")
            for text in (*texts, "T24gZW5naW5lcw==", f'<div xmlns="{XHTML}">On <b>e</b></div>')
        )
        space = OLD_ATOM if mode else ATOM
        yield f"texts {kind} {mode}", atom(inside, f'xmlns="{space}" xmlns:x="{XHTML}"')
    for place, date in enumerate(DATES):
        fields = ("pubDate", "dc:date", "a:updated", "a:published", "created", "issued", "modified")
        dated = "".join(f"<item>{TITLE}<{one}>{date}</{one}></item>" for one in fields)
        yield f"date {place}", rss(dated, spaces)
    links = ("/1", "1", "//e.org/1", "http://e.org/a b", "http://[", "javascript:x", "", "?a=1&amp;b=2",
             "HTTP://E.ORG/", "http://e.org/é", "mailto:a@e.org", "urn:x", "http://e.org:x/")  # fmt: skip
    for base in ("", ' xml:base="http://e.org/a/"', ' xml:base="/b"', ' xml:base="http://["'):
        many = "".join(f"<item>{TITLE}<link{base}>{one}</link></item>" for one in links)
        yield f"links{base}", rss(many)
        hrefs = "".join(f'<entry{base}>{TITLE}<link href="{one}"/></entry>' for one in links)
        yield f"hrefs{base}", atom(hrefs)
    guids = "".join(
        f"<item>{TITLE}<guid{kind}>{one}</guid></item>"
        for one in ("1", "1", "", "http://e.org/1", "10.1000/x", "oai:arXiv.org:2603.01234v1")
        for kind in ("", ' isPermaLink="false"', ' isPermaLink="true"', ' isPermaLink="TRUE"')
    )
    yield "guids", rss(guids)
    yield "same twice", rss(ITEM * 5)
    person = "<author><name>A. Turing</name><email>a@e.org</email></author>"
    yield "persons", atom(f"<entry>{TITLE}{person * 3}<contributor/><author/></entry>")
    source = f"<source><title>S</title><id>s</id>{person}</source>"
    yield "source in an entry", atom(f"<entry>{source}{TITLE}</entry><entry>{source}</entry>")
    picture = "<image><title>I</title><url>u</url></image><textInput><title>T</title></textInput>"
    yield "image and input", rss(f"<item>{picture}{TITLE}</item>{ITEM}", head=picture)
    media = '<m:group xmlns:m="http://search.yahoo.com/mrss/"><m:title>M</m:title></m:group>'
    yield "media", rss(f"<item>{media}</item><item>{TITLE}{media}</item>")
    math = '<math xmlns="http://www.w3.org/1998/Math/MathML"><mi>x</mi></math>'
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><title>pic</title></svg>'
    for one in (math, svg):
        yield (
            f"markup {one[1:5]}",
            atom(f'<entry><title type="xhtml"><div xmlns="{XHTML}">On {one}</div></title></entry>'),
        )


def encodings():
    """Yield feeds by how their letters stand, told, untold or told wrongly."""
    for codec in CODECS:
        word = LETTERS.get(codec, "é" if codec != "cp037" else "e")
        text = rss(ITEMS.replace("engine", f"engine {word * 3}"))
        told = f'<?xml version="1.0" encoding="{codec}"?>\n{text}'
        yield f"in {codec}", told.encode(codec, "replace")
        yield f"in {codec}, untold", f'<?xml version="1.0"?>\n{text}'.encode(codec, "replace")
        yield f"in {codec}, without declaration", text.encode(codec, "replace")
        yield f"utf-8 called {codec}", told.encode()
        yield f"utf-8 with its mark called {codec}", b"\xef\xbb\xbf" + told.encode()
    for told in (
        "bogus",
        "",
        "UTF-8\x00",
        "punycode",
        "idna",
        "base64",
        "x" * 200,
        "unicode_escape",
    ):
        yield f"called {told[:20]!r}", f'<?xml version="1.0" encoding="{told}"?>{rss()}'.encode()
    yield "latin-1 untold", rss(ITEMS.replace("first", "fürst")).encode("latin-1")
    yield (
        "one bad byte",
        rss(ITEMS.replace("first", "fürst é ß")).encode().replace(b"It", b"I\xfft"),
    )
    yield (
        "utf-8 as latin-1 as utf-8",
        rss("ü".join([ITEM, ITEM])).encode().decode("latin-1").encode(),
    )
    yield "windows in utf-8", rss(ITEMS.replace("first", "&#150;&#147;\x93")).encode()
    yield "two marks", b"\xef\xbb\xbf\xef\xbb\xbf" + rss().encode()


def others():
    """Yield what is no XML."""
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "title": "a"}]}
    for name, value in {"feed": feed, "no items": {**feed, "items": []}, "number": 1, "list": [],
                        "no feed": {"a": 1}, "text": "a", "null": None, "papers": [{"title": "a"}],
                        "no title": {**feed, "items": [{"id": 1}, {}, 5, None]}}.items():  # fmt: skip
        yield f"json {name}", json.dumps(value).encode()
        yield f"json {name} cut", json.dumps(value).encode()[:-1]
        yield f"json {name} in utf-16", json.dumps(value).encode("utf-16")
    yield "nothing", b""
    yield "one byte", b"<"
    yield "spaces", b" \n\t "
    yield "NUL", b"\0" * 100
    yield "bytes", bytes(range(256)) * 20
    yield "png", b"\x89PNG\r\n\x1a\n" + bytes(500)
    yield "gzip", b"\x1f\x8b\x08" + bytes(50)
    yield "prose", b"Not Found. The file that you want is gone.\n" * 5
