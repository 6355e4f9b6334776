"""arXiv's announcements and its API."""

from datetime import UTC, datetime

import pytest

from newsletter.domain.paper import AnnounceType, Skipped
from newsletter.errors import FeedError
from newsletter.feeds.arxiv import next_page, read_api, read_rss

URL = "https://rss.arxiv.org/rss/cs.LG"
API = "https://export.arxiv.org/api/query?search_query=cat:cs.LG"


def announcement(guid="oai:arXiv.org:2603.01234v2", title="On Engines", more="", **fields):
    kind = fields.get("kind", "replace")
    abstract = fields.get("abstract", "For x&lt;y we show $O(n^2)$.")
    return f"""<item><title>{title}</title><link>https://arxiv.org/abs/2603.01234</link>
    <description>arXiv:2603.01234v2 Announce Type: {kind} \nAbstract: {abstract}</description>
    <guid isPermaLink="false">{guid}</guid><category>cs.LG</category><category>cs.AI</category>
    <pubDate>Mon, 02 Mar 2026 00:00:00 -0500</pubDate>
    <arxiv:announce_type>{kind}</arxiv:announce_type>
    <dc:creator>{fields.get("authors", "Ada Lovelace, Alan Turing")}</dc:creator>{more}</item>"""


def daily(*items):
    return (
        '<rss xmlns:arxiv="http://arxiv.org/schemas/atom" version="2.0"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>cs.LG updates</title>'
        f"{''.join(items)}</channel></rss>"
    ).encode()


def one(*items):
    reading = read_rss(URL, daily(*items))
    assert len(reading.papers) == 1
    return reading.papers[0]


def test_an_announcement_becomes_a_paper():
    more = (
        "<arxiv:DOI>10.1234/ABC</arxiv:DOI>"
        "<arxiv:journal_reference>J. Tests 1 (2026)</arxiv:journal_reference>"
    )
    paper = one(announcement(more=more))
    assert (paper.arxiv_id, paper.version, paper.key) == ("2603.01234", 2, "arxiv:2603.01234")
    assert paper.url == "https://arxiv.org/abs/2603.01234"
    assert (paper.title, paper.abstract) == ("On Engines", "For x<y we show O(n²).")
    assert paper.source_abstract == "For x<y we show $O(n^2)$."
    assert paper.authors == ("Ada Lovelace", "Alan Turing")
    assert paper.categories == ("cs.LG", "cs.AI")
    assert paper.published == datetime(2026, 3, 2, 5, tzinfo=UTC)
    assert (paper.doi, paper.venue) == ("10.1234/abc", "J. Tests 1 (2026)")
    assert paper.announce_type is AnnounceType.REPLACE


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("new", AnnounceType.NEW),
        ("cross", AnnounceType.CROSS),
        ("replace", AnnounceType.REPLACE),
        ("replace-cross", AnnounceType.REPLACE_CROSS),
        ("novel", AnnounceType.NEW),
    ],
)
def test_the_announce_type_is_kept(kind, expected):
    assert one(announcement(kind=kind)).announce_type is expected


@pytest.mark.parametrize(
    ("authors", "expected"),
    [
        ("E. Berkeley, Jr., G. Hopper (MIT, (2) Yale)", ("E. Berkeley, Jr.", "G. Hopper")),
        ("TEST Collaboration: A. One, B. Two", ("TEST Collaboration", "A. One", "B. Two")),
        (r"J\'er\^ome M\"uller", ("Jérôme Müller",)),
        ("Plato", ("Plato",)),
    ],
)
def test_the_one_list_of_authors_is_split(authors, expected):
    assert one(announcement(authors=authors)).authors == expected


def test_a_list_of_3000_authors_is_read_whole():
    listed = ", ".join(f"A{n} Author{n}" for n in range(3000))
    assert len(one(announcement(authors=listed)).authors) == 3000


def test_the_title_loses_the_suffix_that_older_feeds_give():
    paper = one(announcement(title="On Engines. (arXiv:2603.01234v3 [cs.LG] UPDATED)"))
    assert (paper.title, paper.version) == ("On Engines", 3)


def test_an_old_style_id_is_read():
    paper = one(announcement("oai:arXiv.org:astro-ph/0601001v1"))
    assert (paper.arxiv_id, paper.version) == ("astro-ph/0601001", 1)


@pytest.mark.parametrize(
    "abstract", ["This paper has been withdrawn.", "Withdrawn by the author(s)"]
)
def test_a_withdrawn_announcement_is_known(abstract):
    assert one(announcement(abstract=abstract)).withdrawn


def test_announcements_without_id_or_title_are_skipped():
    no_id = "<item><title>Notice</title><link>https://arxiv.org/help</link></item>"
    reading = read_rss(URL, daily(no_id, announcement(title=""), announcement()))
    assert len(reading.papers) == 1
    assert reading.skipped == (
        Skipped("Notice", "it has no arXiv id"),
        Skipped("2603.01234", "it has no title"),
    )


def test_a_weekend_has_no_papers():
    assert read_rss(URL, daily()).papers == ()


def answer(*entries):
    return (
        '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"'
        ' xmlns:arxiv="http://arxiv.org/schemas/atom"><title>arXiv Query: x</title>'
        f"<id>https://arxiv.org/api/x</id>{''.join(entries)}</feed>"
    ).encode()


def entry(more=""):
    return f"""<entry><id>http://arxiv.org/abs/2603.01234v2</id><title>On
      Engines</title><updated>2026-03-05T10:00:00Z</updated>
      <published>2026-03-01T09:30:00Z</published><summary>  For x&lt;y.\n More.</summary>
      <category term="cs.AI"/><category term="cs.LG"/><arxiv:primary_category term="cs.LG"/>
      <author><name>Ada Lovelace</name><arxiv:affiliation>London</arxiv:affiliation></author>
      <author><name>:</name></author><author><name>Alan Turing</name></author>{more}</entry>"""


def test_an_answer_of_the_api_becomes_a_paper():
    more = "<arxiv:doi>10.1234/ABC</arxiv:doi><arxiv:journal_ref>J. Tests 1</arxiv:journal_ref>"
    (paper,) = read_api(API, answer(entry(more))).papers
    assert (paper.arxiv_id, paper.version) == ("2603.01234", 2)
    assert (paper.title, paper.abstract) == ("On Engines", "For x<y. More.")
    assert paper.published == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    assert paper.categories == ("cs.LG", "cs.AI")
    assert paper.authors == ("Ada Lovelace", "Alan Turing")
    assert (paper.doi, paper.venue) == ("10.1234/abc", "J. Tests 1")
    assert not paper.withdrawn


def test_a_comment_may_say_that_the_paper_is_withdrawn():
    comment = "<arxiv:comment>Withdrawn by the authors: an error in Lemma 2</arxiv:comment>"
    (paper,) = read_api(API, answer(entry(comment))).papers
    assert paper.withdrawn


def test_an_empty_page_is_valid():
    assert read_api(API, answer()).papers == ()


def test_an_error_of_the_api_is_told_in_its_own_words():
    wrong = """<entry><id>https://arxiv.org/api/errors#max_results</id><title>Error</title>
      <summary>max_results must be an integer</summary></entry>"""
    with pytest.raises(FeedError, match=r"arXiv says: max_results must be an integer$"):
        read_api(API, answer(wrong))


def test_an_answer_without_arxiv_id_is_skipped():
    stray = "<entry><id>https://e.org/1</id><title>Stray</title></entry>"
    reading = read_api(API, answer(stray, entry()))
    assert len(reading.papers) == 1
    assert reading.skipped == (Skipped("https://e.org/1", "it has no arXiv id"),)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("arxiv_rss_cs_ai.xml", 3),
        ("arxiv_rss_cs_cl.xml", 3),
        ("arxiv_rss_cs_lg.xml", 3),
        ("arxiv_rss_multi_new_cross_replace.xml", 4),
        ("arxiv_rss_weekend_empty.xml", 0),
    ],
)
def test_recorded_announcements_are_read_whole(shared, name, count):
    reading = read_rss(URL, (shared / "feeds" / name).read_bytes())
    assert (len(reading.papers), reading.skipped) == (count, ())
    assert all(paper.arxiv_id and paper.version and paper.authors for paper in reading.papers)
    assert all("Announce Type" not in paper.abstract for paper in reading.papers)


def test_recorded_announce_types_versions_and_dois(shared):
    body = (shared / "feeds" / "arxiv_rss_multi_new_cross_replace.xml").read_bytes()
    papers = read_rss(URL, body).papers
    assert [paper.announce_type.value for paper in papers] == ["new", "new", "cross", "replace"]
    assert [paper.version for paper in papers] == [1, 1, 2, 3]
    assert papers[2].doi == "10.1093/bioinformatics/btac431"


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("arxiv_api_testing_100.xml", 100),
        ("arxiv_api_testing_start10_max10.xml", 10),
        ("arxiv_api_cs_LG_5.xml", 5),
        ("arxiv_api_old_style_id.xml", 1),
        ("arxiv_api_empty.xml", 0),
    ],
)
def test_recorded_answers_are_read_whole(shared, name, count):
    reading = read_api(API, (shared / "feeds" / name).read_bytes())
    assert (len(reading.papers), reading.skipped) == (count, ())
    assert all(paper.version and paper.published and paper.categories for paper in reading.papers)


def test_the_recorded_error_is_an_error(shared):
    body = (shared / "feeds" / "arxiv_api_error_http400.xml").read_bytes()
    with pytest.raises(FeedError, match=r"arXiv says: incorrect id format for abc$"):
        read_api(API, body)


def counted(total, start, *entries):
    counts = (
        f"<opensearch:totalResults xmlns:opensearch='x'>{total}</opensearch:totalResults>"
        f"<opensearch:startIndex xmlns:opensearch='x'>{start}</opensearch:startIndex>"
    )
    return answer(counts, *entries)


@pytest.mark.parametrize(
    ("url", "total", "start", "expected"),
    [
        (f"{API}&start=10&max_results=2", 57, 10, f"{API}&start=12&max_results=2"),
        (API, 57, 0, f"{API}&start=2"),
        (API, 12, 10, ""),
        (API, 99_999, 29_998, ""),
        ("saved.xml", 57, 10, ""),
    ],
)
def test_the_next_page_of_an_answer_begins_behind_its_last_entry(url, total, start, expected):
    assert next_page(url, counted(total, start, entry(), entry())) == expected


def test_an_empty_page_with_results_left_is_an_error():
    reason = r"an empty page, though there are 57 results; try again later$"
    for read in (next_page, read_api):
        with pytest.raises(FeedError, match=reason):
            read(API, counted(57, 10))
    assert read_api(API, counted(10, 10)).papers == ()
    assert next_page(API, answer()) == ""


def test_the_next_page_of_a_recorded_answer(shared):
    body = (shared / "feeds" / "arxiv_api_testing_start10_max10.xml").read_bytes()
    assert next_page(f"{API}&start=10", body) == f"{API}&start=20"
