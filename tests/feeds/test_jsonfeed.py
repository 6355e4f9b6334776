"""JSON Feed."""

import json
from datetime import UTC, datetime

import pytest

from newsletter.domain.paper import Skipped
from newsletter.errors import FeedError
from newsletter.feeds.jsonfeed import read

URL = "https://j.example/feed.json"
ITEM = {
    "id": "https://j.example/7",
    "url": "/7",
    "title": "On x&lt;y <i>Engines</i>",
    "content_html": "<p>For <b>p&lt;0.05</b></p>",
    "authors": [{"name": "Lovelace, Ada"}, {"name": "Alan Turing"}, {"url": "x"}],
    "tags": ["cs.LG", "engines"],
    "date_published": "2026-03-01T10:00:00+02:00",
}


def feed(*items, version="https://jsonfeed.org/version/1.1"):
    return json.dumps({"version": version, "title": "J", "items": items}).encode()


def one(**fields):
    (paper,) = read(URL, feed(ITEM | fields)).papers
    return paper


def test_an_item_becomes_a_paper():
    paper = one()
    assert (paper.title, paper.abstract) == ("On x<y Engines", "For p<0.05")
    assert paper.authors == ("Ada Lovelace", "Alan Turing")
    assert paper.categories == ("cs.LG", "engines")
    assert paper.published == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert paper.url == "https://j.example/7"
    assert paper.source_abstract == "<p>For <b>p&lt;0.05</b></p>"


def test_version_1_has_one_author_and_a_number_may_be_an_id():
    paper = one(authors=None, author={"name": "Ada Lovelace"}, id=7, url=None)
    assert (paper.authors, paper.url) == (("Ada Lovelace",), "")


@pytest.mark.parametrize(
    ("fields", "abstract"),
    [
        ({"summary": "Short &amp; good."}, "Short & good."),
        ({"content_html": None, "content_text": "the tag <b>x</b>"}, "the tag <b>x</b>"),
        ({"content_html": None}, ""),
    ],
)
def test_the_abstract_is_the_summary_or_the_content(fields, abstract):
    assert one(**fields).abstract == abstract


def test_a_page_about_a_paper_counts_as_the_paper():
    paper = one(external_url="https://arxiv.org/abs/2603.01234v2")
    assert (paper.arxiv_id, paper.version) == ("2603.01234", 2)
    assert paper.url == "https://arxiv.org/abs/2603.01234v2"
    assert one(external_url="https://doi.org/10.1234/ABC").doi == "10.1234/abc"
    assert one(external_url="https://other.example/").url == "https://j.example/7"


def test_an_unreadable_date_is_left_out():
    assert one(date_published="soon").published is None


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (7, Skipped("entry 1", "it is a number, not an object")),
        ({"id": "a"}, Skipped("a", "it has no title")),
        ({"id": "a", "title": ["T"]}, Skipped("a", "title is a list, not a text")),
        (ITEM | {"tags": "x"}, Skipped(ITEM["id"], "tags is a text, not a list of texts")),
        (ITEM | {"title": "x" * 200_001},
         Skipped(ITEM["id"], "title is longer than 200000 characters")),
    ],
)  # fmt: skip
def test_a_bad_item_is_skipped_and_the_next_one_read(item, why):
    reading = read(URL, feed(item, ITEM))
    assert (len(reading.papers), reading.skipped) == (1, (why,))


def test_an_empty_feed_is_valid():
    assert read(URL, feed()).papers == ()


@pytest.mark.parametrize("body", [b"[1]", b'{"items": 3}', b'{"items": [', b"[" * 100_000, b""])
def test_what_is_no_json_feed_is_an_error(body):
    with pytest.raises(FeedError):
        read(URL, body)
