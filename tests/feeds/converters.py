"""Papers of our own form -> the same papers as other programs would write them."""

import json
import textwrap
from xml.etree import ElementTree

DAY_822 = "Mon, 25 May 2026 00:00:00 -0400"
DAY_3339 = "2026-05-24T17:59:59Z"
ATOM = "http://www.w3.org/2005/Atom"
ARXIV = "http://arxiv.org/schemas/atom"
OPENSEARCH = "http://a9.com/-/spec/opensearch/1.1/"
DC = "http://purl.org/dc/elements/1.1/"
XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
RSS_SPACES = f'xmlns:arxiv="{ARXIV}" xmlns:dc="{DC}" xmlns:atom="{ATOM}"'


def entities(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def every_entity(text):
    return entities(text).replace('"', "&quot;").replace("'", "&#39;")


def numbers(text):
    return "".join(sign if sign.isalnum() or sign == " " else f"&#{ord(sign)};" for sign in text)


def cdata(text):
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def html_in_cdata(text):
    return cdata(entities(text))


def paragraph(text):
    return entities(f"<p>{entities(text)}</p>")


def paragraph_in_cdata(text):
    return cdata(f"<p>{entities(text)}</p>\n")


def twice(text):
    return entities(entities(text))


def same(text):
    return text


def wrapped(text):
    """Break lines as arXiv's API did for years."""
    broken = textwrap.fill(text, 79, break_long_words=False, break_on_hyphens=False)
    return f"  {broken}\n"


def wrapped_with_indent(text):
    return textwrap.fill(
        text, 70, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def rss(papers, escape=entities, layout=same, prefix=True, creators="one", head=RSS_SPACES):
    """Return the papers as arXiv's daily announcement."""
    items = "".join(rss_item(one, escape, layout, prefix, creators) for one in papers)
    return (
        f'{XML}<rss {head} version="2.0"><channel><title>cs updates on arXiv.org</title>'
        "<link>http://rss.arxiv.org/rss/cs</link><description>cs updates on the arXiv.org e-print"
        f" archive.</description><pubDate>{DAY_822}</pubDate>{items}</channel></rss>"
    ).encode()


def rss_item(paper, escape, layout, prefix, creators):
    number, people = paper["id"], paper["authors"]
    begun = f"arXiv:{number}v1 Announce Type: new \nAbstract: " if prefix else ""
    if creators == "one":
        people = [", ".join(people)]
    categories = "".join(f"<category>{one}</category>" for one in paper["categories"])
    named = "".join(f"<dc:creator>{escape(one)}</dc:creator>" for one in people)
    return (
        f"<item><title>{escape(layout(paper['title']))}</title>"
        f"<link>https://arxiv.org/abs/{number}</link>"
        f"<description>{escape(begun + layout(paper['abstract']))}</description>"
        f'<guid isPermaLink="false">oai:arXiv.org:{number}v1</guid>{categories}'
        f"<pubDate>{DAY_822}</pubDate><arxiv:announce_type>new</arxiv:announce_type>"
        f"<dc:rights>http://creativecommons.org/licenses/by/4.0/</dc:rights>{named}</item>"
    )


def api(papers, escape=entities, layout=same, kind="", head=True):
    """Return the papers as an answer of arXiv's API."""
    entries = "".join(api_entry(one, escape, layout, kind) for one in papers)
    counts = (
        "<title>arXiv Query: search_query=all</title><id>http://arxiv.org/api/x</id>"
        f"<opensearch:totalResults>{len(papers)}</opensearch:totalResults>"
        "<opensearch:startIndex>0</opensearch:startIndex>"
    )
    begun = counts if head else "<title>papers</title>"
    return (
        f'{XML}<feed xmlns="{ATOM}" xmlns:opensearch="{OPENSEARCH}" xmlns:arxiv="{ARXIV}">'
        f"{begun}<updated>{DAY_3339}</updated>{entries}</feed>"
    ).encode()


def api_entry(paper, escape, layout, kind):
    number = paper["id"]
    typed = f' type="{kind}"' if kind else ""
    terms = "".join(f'<category term="{one}" scheme="{ARXIV}"/>' for one in paper["categories"])
    primary = "".join(
        f'<arxiv:primary_category term="{one}" scheme="{ARXIV}"/>'
        for one in paper["categories"][:1]
    )
    people = "".join(
        f"<author>\n <name>{escape(one)}</name>\n</author>" for one in paper["authors"]
    )
    return (
        f"<entry><id>http://arxiv.org/abs/{number}v1</id><updated>{DAY_3339}</updated>"
        f"<published>{DAY_3339}</published><title{typed}>{escape(layout(paper['title']))}</title>"
        f"<summary{typed}>{escape(layout(paper['abstract']))}</summary>{people}"
        f"<arxiv:comment>9 pages</arxiv:comment>{primary}"
        f'<link href="https://arxiv.org/abs/{number}v1" rel="alternate" type="text/html"/>'
        f'<link title="pdf" href="https://arxiv.org/pdf/{number}v1" rel="related"'
        f' type="application/pdf"/>{terms}</entry>'
    )


def built(body):
    """Return XML as ElementTree writes it: prefixes of its own, numbers for all but ASCII."""
    return ElementTree.tostring(ElementTree.fromstring(body))  # noqa: S314 - our own


def jsonl(papers, to_ascii=True):
    return "".join(json.dumps(one, ensure_ascii=to_ascii) + "\n" for one in papers).encode()


STYLES = {
    "rss": rss,
    "rss, every entity": lambda papers: rss(papers, every_entity),
    "rss, numbers": lambda papers: rss(papers, numbers),
    "rss, CDATA": lambda papers: rss(papers, cdata),
    "rss, HTML in CDATA": lambda papers: rss(papers, html_in_cdata),
    "rss, escaped twice": lambda papers: rss(papers, twice),
    "rss, paragraphs": lambda papers: rss(papers, paragraph),
    "rss, paragraphs in CDATA": lambda papers: rss(papers, paragraph_in_cdata),
    "rss, wrapped": lambda papers: rss(papers, layout=wrapped),
    "rss, bare abstract": lambda papers: rss(papers, prefix=False),
    "rss, many creators": lambda papers: rss(papers, creators="each"),
    "rss, by ElementTree": lambda papers: built(rss(papers)),
    "rss, with a type": lambda papers: rss(papers).replace(b"\n<rss", b"\n<!DOCTYPE rss>\n<rss"),
    "api": api,
    "api, every entity": lambda papers: api(papers, every_entity),
    "api, numbers": lambda papers: api(papers, numbers),
    "api, CDATA": lambda papers: api(papers, cdata),
    "api, wrapped": lambda papers: api(papers, layout=wrapped),
    "api, indented": lambda papers: api(papers, layout=wrapped_with_indent),
    "api, text": lambda papers: api(papers, kind="text"),
    "api, html": lambda papers: api(papers, twice, kind="html"),
    "api, escaped twice": lambda papers: api(papers, twice),
    "api, by ElementTree": lambda papers: built(api(papers)),
    "api, without its head": lambda papers: api(papers, head=False),
    "api, with a type": lambda papers: api(papers).replace(b"\n<feed", b"\n<!DOCTYPE feed>\n<feed"),
    "jsonl, Unicode": lambda papers: jsonl(papers, to_ascii=False),
}  # fmt: skip
