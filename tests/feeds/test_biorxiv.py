"""bioRxiv and medRxiv."""

import json
from datetime import UTC, datetime

import pytest

from newsletter.domain.paper import Skipped
from newsletter.errors import FeedError
from newsletter.feeds.biorxiv import next_page, read

URL = "https://api.biorxiv.org/details/biorxiv/2026-09-01/2026-09-02/30/json"
RECORD = {
    "doi": "10.64898/2026.08.31.000001",
    "title": "On <i>E. coli</i>",
    "authors": "Muster, E. B.; Doe, J.; The Cell Group",
    "date": "2026-09-01",
    "version": "2",
    "type": "new results",
    "category": "cell biology",
    "abstract": "For p<0.05.",
    "published": "NA",
    "server": "bioRxiv",
}


def answer(*records, status="ok", **message):
    said = {"status": status, "cursor": 30, "count": len(records), "total": "57"} | message
    return json.dumps({"messages": [said], "collection": records}).encode()


def one(**fields):
    (paper,) = read(URL, answer(RECORD | fields)).papers
    return paper


def test_a_preprint_becomes_a_paper():
    paper = one()
    assert (paper.title, paper.abstract) == ("On E. coli", "For p<0.05.")
    assert paper.authors == ("E. B. Muster", "J. Doe", "The Cell Group")
    assert (paper.doi, paper.version) == ("10.64898/2026.08.31.000001", 2)
    assert paper.url == "https://www.biorxiv.org/content/10.64898/2026.08.31.000001v2"
    assert paper.published == datetime(2026, 9, 1, tzinfo=UTC)
    assert (paper.categories, paper.venue, paper.withdrawn) == (("cell biology",), "", False)


def test_both_prefixes_and_both_servers_are_known():
    paper = one(doi="10.1101/2024.12.31.000002", server="medRxiv", authors="Roe, R.")
    assert paper.url == "https://www.medrxiv.org/content/10.1101/2024.12.31.000002v2"
    assert paper.authors == ("R. Roe",)


def test_a_published_preprint_keeps_its_own_doi():
    paper = one(published="10.1234/J.1")
    assert (paper.doi, paper.venue) == (RECORD["doi"], "published as doi:10.1234/j.1")


@pytest.mark.parametrize(
    "fields", [{"type": "Withdrawn"}, {"title": "WITHDRAWN: On cells"}], ids=["type", "title"]
)
def test_a_withdrawn_preprint_is_known(fields):
    assert one(**fields).withdrawn


def test_the_highest_version_of_a_page_is_kept():
    first, third = RECORD | {"version": "1"}, RECORD | {"version": "3", "title": "Third"}
    reading = read(URL, answer(first, third, RECORD))
    assert [paper.title for paper in reading.papers] == ["Third"]
    assert reading.skipped == tuple(
        Skipped(f"{RECORD['doi']} version {number}", "version 3 of it is here too")
        for number in (1, 2)
    )


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (None, Skipped("entry 1", "it is null, not an object")),
        ({"doi": "10.1101/x"}, Skipped("10.1101/x", "it has no title")),
        (RECORD | {"authors": []}, Skipped(RECORD["doi"], "authors is a list, not a text")),
    ],
)
def test_a_bad_record_is_skipped_and_the_next_one_read(record, why):
    reading = read(URL, answer(record, RECORD))
    assert (len(reading.papers), reading.skipped) == (1, (why,))


def test_no_posts_is_an_empty_reading():
    assert read(URL, b'{"messages": [{"status": "no posts found"}]}').papers == ()
    assert read(URL, answer(status="no posts found")).papers == ()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (answer(status="error: bad interval"), "the server says: error: bad interval"),
        (b"[]", "this JSON is a list, not an answer of the API"),
        (b"{}", "this JSON holds no collection of preprints"),
        (answer(), "an empty page, though there are 57 preprints; try again"),
        (b'{"messages": ', "this is not JSON that can be read, or it is cut short"),
    ],
)
def test_an_answer_that_is_none_is_an_error(body, reason):
    with pytest.raises(FeedError) as error:
        read(URL, body)
    assert error.value.reason == reason


HOST = "https://api.biorxiv.org/details/medrxiv"


@pytest.mark.parametrize(
    ("url", "count", "expected"),
    [
        (f"{HOST}/2026-09-01/2026-09-02/0/json", 30, f"{HOST}/2026-09-01/2026-09-02/30/json"),
        (f"{HOST}/2026-09-01/2026-09-02", 30, f"{HOST}/2026-09-01/2026-09-02/30"),
        (f"{HOST}/7d/0?category=genetics", 30, f"{HOST}/7d/30?category=genetics"),
        (f"{HOST}/7d/0", 57, ""),
        (f"{HOST}/10.1101/2024.12.31.000002", 30, ""),
        ("saved.json", 30, ""),
    ],
)
def test_the_next_page_begins_at_the_next_cursor(url, count, expected):
    body = answer(RECORD, cursor=0, count=count)
    assert next_page(url, body) == expected
