"""What each reader reads, what is sent to break it, and what must hold of what comes out."""

import json
import time
import unicodedata
from collections.abc import Iterable

from newsletter.domain.paper import Paper, Reading
from newsletter.errors import FeedError
from newsletter.feeds.readers import PAGES, READERS

LONGEST = 2.0  # seconds of the processor that a body may take
TRIES = 3  # the quickest counts: others' work makes a busy machine's caches slow
BYTES_A_SECOND = 2_000_000  # of one that is larger than these allow

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
FEED = '<rss version="2.0"><channel>'
CATEGORIES = "".join(f"<category>{n}</category>" for n in range(15_000))
ENCODINGS = 'encoding="u" ' * 5_000
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
    "many comments": "<!-- -->" * 30 + "x",
    "many more comments": "<!-- -->" * 30_000 + "x",
    "many instructions": "<? ?>" * 30_000 + "x",
    "many types": "<!DOCTYPE a [] >" * 10_000,
    "open type": f"<!DOCTYPE a [{'] ' * 100_000}",
    "items cut": f"{FEED}{'<item><title>ab</title></item>' * 20_000}",
    "tags cut": f"{FEED}<item><title>a</title><description>{'<b>a</b>' * 100_000}",
    "categories": f"{FEED}<item><title>a</title>{CATEGORIES}</item></channel></rss>",
    "categories cut": f"{FEED}<item><title>a</title>{CATEGORIES}</item>",
    "author of stops": f"{FEED}<item><title>a</title><author>{'a.' * 200_000}@</author></item>",
    "long stop": f"{FEED}<item><title>a{' ' * 300_000}b</title><guid>2401.00001</guid></item>"
    "</channel></rss>",
    "prefix of spaces": f"{FEED}<item><title>a</title><description>arXiv:1{' ' * 300_000}x"
    "</description></item></channel></rss>",
    "ampersands": f"{FEED}<item><title>{'&a' * 300_000}",
    "less-than signs": f"{FEED}<item><title>{'<' * 300_000}",
    "endless declaration": "<?xml "
    + 'encoding="u" ' * 5_000
    + f"{FEED}<item><title>a</title></item>",
    "endless instruction": "<?a "
    + 'encoding="u" ' * 5_000
    + f"{FEED}<item><title>a</title></item>",
    "seven bits": f'<?xml version="1.0" encoding="utf-7"?>{FEED}{"+ADw-b+AD4-" * 50_000}',
    "short sentences": "AK and the research community\n\n" + "a a a a a a a a.\n" * 60_000,
    "small lines": '{"title": "a"}\n' * 70_000,
    "small objects": f"[{'{},' * 300_000}0]",
    "small items": f'{{"items": [{"0," * 300_000}0]}}',
    "small entries": "@a{b,}\n" * 140_000,
    "small references": "TY  - \n" * 140_000,
    "small records": f"<PubmedArticleSet>{'<PubmedArticle/>' * 60_000}</PubmedArticleSet>",
    "small blocks": "a\n\n" * 300_000,
    "old date": '[{"paper": {"id": "2401.00002", "title": "b", "publishedAt":'
    ' "0001-01-01T00:00:00+14:00"}}]',
    "late date": '{"title": "c", "published": "9999-12-31T23:59:59-14:00"}',
}
# Repeated in every text of an entry; ␠ is a space.
FRAGMENTS = r"""
left| propto␠left| left( https:// https://a{ \href{a}{ \href{a { {a$x$ \frac{ \frac{a}{b} ␠ ␠%
\mathbf{a_b} \mathbf{a_ a_ \emph{{a} \textbf{ `` ``a `a'b␠ $ $a␠b \( \[a $$a '' \cite[a] \cite[
\cite{ ␠\ref \footnote{ \textcolor{a} \color{ \textsuperscript{ \begin{a}[ a_{ a_{b} a^ a^2␠ -- a~
{A}a {\" \" \c␠ \c{ {\"o} {\em␠ 2␠times␠ (cdot␠ ␠\\ \item \alpha x␠gg␠ \foo{ \foo{} a{} \verb| 0
al.␠A␠ A.␠ we␠ .))))) .␠(((( Aa:␠ \num{ &#65; &amp;lt; (((( ((((()))))␠ a,␠ a;␠b␠ a␠and␠ Jr,␠
<!-- <!--␠--> >␠<!-- <a␠b <a␠b=" <sup>1</sup> <p>a <math> <p␠a=b> é中 "␠ ollaboration:␠ arXiv:
withdrawn␠by␠the␠ 10.1234/ \unicode{xD800}
"""
OTHERS = ("\n a", "\u3000", "\u0300\u0316", "\ufdd10\ufdd2", "a\n\n", "\u200b")
REPEATED = (*(one.replace("␠", " ") for one in FRAGMENTS.split()), *OTHERS)


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def entry_of(reader: str, number: int, text: str) -> str | dict[str, object]:
    """Return an entry with the text in all its fields."""
    xml, title = escaped(text), escaped(text[:3000])
    number_of_arxiv = f"2603.{number % 100_000:05}"
    match reader:
        case "rss" | "arxiv-rss":
            return (
                f"<item><title>{title}</title><description>{xml}</description><author>{title}"
                f"</author><category>{title}</category><guid>oai:arXiv.org:{number_of_arxiv}v2</guid>"
                "</item>"
            )
        case "arxiv-api":
            return (
                f"<entry><title>{title}</title><summary>{xml}</summary><author><name>{title}</name>"
                f"</author><id>http://arxiv.org/abs/{number_of_arxiv}v2</id></entry>"
            )
        case "arxiv-oai":
            return (
                f"<record><header><identifier>oai:arXiv.org:{number_of_arxiv}</identifier></header>"
                f"<metadata><arXivRaw><title>{title}</title><authors>{title}</authors><abstract>{xml}"
                "</abstract></arXivRaw></metadata></record>"
            )
        case "pubmed":
            return (
                f"<PubmedArticle><MedlineCitation><Article><ArticleTitle>{title}</ArticleTitle>"
                f"<Abstract><AbstractText>{xml}</AbstractText></Abstract><AuthorList><Author>"
                f"<LastName>{title}</LastName></Author></AuthorList></Article></MedlineCitation>"
                "</PubmedArticle>"
            )
        case "bibtex":
            return f"@article{{a{number},\n title={{{text[:3000]}}},\n abstract={{{text}}}}}\n"
        case "ris":
            line = text.replace("\n", " ")
            return f"TY  - JOUR\nTI  - {line[:3000]}\nAB  - {line}\nAU  - {line[:3000]}\nER  -\n"
        case "huggingface-listing":
            return f"T{text[:200]}\n\n{text}.\n\n"
        case "huggingface-daily":
            people = [{"name": text[:3000]}]
            paper = {
                "id": number_of_arxiv,
                "title": text[:3000],
                "summary": text,
                "authors": people,
            }
            return {"paper": paper}
    long, short = text, text[:3000]
    people_of = {"json-feed": [{"name": short}], "biorxiv": short}
    return {
        "title": short, "abstract": long, "content_html": long, "categories": [short],
        "tags": [short], "venue": short, "id": f"https://e.org/{number}",
        "doi": f"10.1101/{number}", "authors": people_of.get(reader, [short]),
    }  # fmt: skip


def body_of(reader: str, texts: Iterable[str]) -> bytes:
    """Return what the reader reads, with an entry for each text."""
    made = [entry_of(reader, number, text) for number, text in enumerate(texts)]
    match reader:
        case "huggingface-daily":
            return json.dumps(made).encode()
        case "jsonl":
            return "\n".join(map(json.dumps, made)).encode()
        case "json-feed":
            return json.dumps({"version": "https://jsonfeed.org/version/1", "items": made}).encode()
        case "biorxiv":
            return json.dumps({"messages": [{"status": "ok"}], "collection": made}).encode()
    around = {
        "rss": (FEED, "</channel></rss>"),
        "arxiv-rss": (FEED, "</channel></rss>"),
        "arxiv-api": ('<feed xmlns="http://www.w3.org/2005/Atom">', "</feed>"),
        "arxiv-oai": ("<OAI-PMH><ListRecords>", "</ListRecords></OAI-PMH>"),
        "pubmed": ("<PubmedArticleSet>", "</PubmedArticleSet>"),
    }
    head, tail = around.get(reader, ("", ""))
    return f"{head}{''.join(map(str, made))}{tail}".encode()


def attempt(name: str, body: bytes) -> Reading | FeedError:
    """Read, and return what came of it."""
    url = URLS.get(name, "https://e.example/feed")
    try:
        reading = READERS[name](url, body)
        if name in PAGES:
            assert isinstance(PAGES[name](url, body), str)
    except FeedError as error:
        return error
    return reading


def read_with(name: str, body: bytes) -> Reading | None:
    """Read, and check what came back; None if the whole could not be read."""
    most = max(LONGEST, len(body) / BYTES_A_SECOND)
    for left in reversed(range(TRIES)):
        begun = time.thread_time()
        reading = attempt(name, body)
        if time.thread_time() - begun < most:
            break
        assert left, f"{name} takes more than {most} s"
    if isinstance(reading, FeedError):
        check_line(reading.reason)
        return None
    for paper in reading.papers:
        check(paper)
    for skipped in reading.skipped:
        check_line(skipped.entry)
        check_line(skipped.why)
    return reading


def check_line(text: str) -> None:
    assert text
    assert text.isprintable()
    assert len(text) <= 200


def check(paper: Paper) -> None:
    """Fail if a paper has what no database or mail can hold, or more than a page can show."""
    assert paper.title
    longest = [(paper.title, 1000), (paper.abstract, 20_000), (paper.venue, 600), (paper.url, 2000)]
    longest += [(name, 200) for name in paper.authors] + [(one, 80) for one in paper.categories]
    for text, most in longest:
        assert len(text) <= most
        text.encode()  # fails on half a surrogate pair
        assert not any(unicodedata.category(sign) == "Cc" for sign in text)
    whole = (paper.source_title, paper.source_abstract, paper.doi, paper.code_url, paper.key)
    assert "\0" not in "".join(whole).encode().decode()
    assert 0 <= paper.version <= 9999
