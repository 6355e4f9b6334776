"""Hugging Face's daily papers and its saved listing."""

import json
from datetime import UTC, datetime

import pytest

from newsletter.domain.paper import Skipped
from newsletter.errors import FeedError
from newsletter.feeds.huggingface import read_daily, read_listing

URL = "https://huggingface.co/api/daily_papers"
ABSTRACT = (
    "We build an engine that computes all numbers, and we show that it needs 2times less steam. "
    * 4
)


def daily(**changes):
    paper = {
        "id": "2603.01234",
        "title": "On Engines",
        "summary": "An engine with $O(n)$ wheels.",
        "authors": [{"name": "Ada Lovelace"}, {"name": "Anon", "hidden": True}, {"nick": "x"}],
        "publishedAt": "2026-03-01T00:00:00.000Z",
        "upvotes": 7,
        "githubRepo": "https://github.com/example/engine",
    }
    return {"paper": paper | changes, "publishedAt": "2026-02-28T20:00:00.000Z", "title": "Outer"}


def read_items(*items):
    return read_daily(URL, json.dumps(items).encode())


def test_a_daily_paper_is_an_arxiv_paper_with_votes_and_code():
    (paper,) = read_items(daily()).papers
    assert (paper.arxiv_id, paper.key) == ("2603.01234", "arxiv:2603.01234")
    assert paper.url == "https://arxiv.org/abs/2603.01234"
    assert (paper.title, paper.abstract) == ("On Engines", "An engine with O(n) wheels.")
    assert paper.source_abstract == "An engine with $O(n)$ wheels."
    assert paper.authors == ("Ada Lovelace",)
    assert paper.published == datetime(2026, 3, 1, tzinfo=UTC)
    assert (paper.votes, paper.code_url) == (7, "https://github.com/example/engine")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"title": 5}, "title is a number, not a text"),
        ({"upvotes": "many"}, "upvotes is a text, not a whole number"),
        ({"publishedAt": "yesterday"}, "publishedAt is no ISO date"),
        ({"title": " ", "summary": "x"}, "it has no title"),
    ],
)
def test_a_bad_item_is_skipped_with_its_reason_and_the_next_is_read(changes, why):
    bad = daily(**changes)
    bad["title"] = ""
    reading = read_items(bad, daily())
    assert [paper.title for paper in reading.papers] == ["On Engines"]
    assert reading.skipped == (Skipped("2603.01234", why),)


def test_items_that_are_no_papers_are_named_by_their_place():
    reading = read_items("x", {"paper": None}, daily())
    assert reading.skipped == (
        Skipped("entry 1", "it is no paper"),
        Skipped("entry 2", "it is no paper"),
    )


def test_a_link_that_is_no_web_page_is_no_code():
    (paper,) = read_items(daily(githubRepo="javascript:alert(1)", upvotes=None)).papers
    assert (paper.code_url, paper.votes) == ("", None)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[{", "this is not JSON that can be read, or it is cut short"),
        (b"[" * 100_000, "this is not JSON that can be read, or it is cut short"),
        (b'{"a": 1}', "this JSON is no list of daily papers"),
        (b'{"error": "Rate limit"}', "Hugging Face says: Rate limit"),
    ],
)
def test_what_is_no_list_of_daily_papers_is_an_error(body, reason):
    with pytest.raises(FeedError) as error:
        read_daily(URL, body)
    assert error.value.reason == reason


HEADER = (
    "new\n\nGet trending papers in your email inbox!\n\nSubscribe\n\n"
    "byAK and the research community\n\nMar 14\n\n"
)


def listing(*pairs, header=HEADER):
    return (header + "\n\n".join(f"{title}\n\n{abstract}" for title, abstract in pairs)).encode()


def test_a_listing_gives_titles_and_abstracts_and_nothing_else():
    reading = read_listing(
        "saved.txt", listing(("On Engines", ABSTRACT), ("Two: A Tale?", ABSTRACT))
    )
    assert [paper.title for paper in reading.papers] == ["On Engines", "Two: A Tale?"]
    first = reading.papers[0]
    assert "2× less steam" in first.abstract
    assert "2times less steam" in first.source_abstract
    assert (first.published, first.arxiv_id, first.doi, first.url) == (None, "", "", "")
    assert (first.votes, first.authors) == (None, ())
    assert reading.skipped == ()


@pytest.mark.parametrize(
    "header",
    ["", "Mar 14\n\n", HEADER, HEADER + "November 3, 2026\n\n", "trending\nPapers\nSubscribe\n"],
)
def test_the_header_is_known_by_its_shape_not_by_its_length(header):
    reading = read_listing("saved.txt", listing(("On Engines", ABSTRACT), header=header))
    assert [paper.title for paper in reading.papers] == ["On Engines"]
    assert reading.skipped == ()


def test_a_title_that_looks_like_a_header_is_a_title():
    reading = read_listing("saved.txt", listing(("Trending", ABSTRACT)))
    assert [paper.title for paper in reading.papers] == ["Trending"]


def test_a_short_abstract_is_known_by_its_sentence_and_a_second_paragraph_belongs_to_it():
    pairs = [
        ("One", "We show in short that an engine can think."),
        ("Two", f"{ABSTRACT}\n\n{ABSTRACT}"),
    ]
    one, two = read_listing("saved.txt", listing(*pairs)).papers
    assert one.abstract == "We show in short that an engine can think."
    assert two.source_abstract == f"{ABSTRACT.strip()} {ABSTRACT.strip()}"


def test_a_title_without_abstract_is_skipped():
    reading = read_listing("saved.txt", listing(("On Engines", ABSTRACT)) + b"\n\nNext page\n")
    assert reading.skipped == (Skipped("Next page", "no abstract follows it"),)


def test_a_text_without_papers_is_an_error():
    with pytest.raises(FeedError, match=r"no title with an abstract below it was found$"):
        read_listing("saved.txt", HEADER.encode())


def test_the_recorded_listing_gives_exactly_78_papers(shared):
    reading = read_listing("saved.txt", (shared / "hf-papers-listing.txt").read_bytes())
    assert (len(reading.papers), reading.skipped) == (78, ())
    assert len({paper.key for paper in reading.papers}) == 78
    assert reading.papers[0].title.startswith("MMG-Ego4D: Multi-Modal Generalization")
    assert reading.papers[-1].title.startswith("Masked Thought:")
    texts = [f"{paper.title} {paper.abstract}" for paper in reading.papers]
    for broken in ("\\", "$", "``", "''", "2times", "cdot", "propto", "textbf", "^{", "{", "ngg"):
        assert [text for text in texts if broken in text] == []


def test_the_recorded_daily_papers_are_read_whole(shared):
    body = (shared / "feeds" / "hf_daily_papers_2026-06-12.json").read_bytes()
    reading = read_daily(URL, body)
    assert (len(reading.papers), reading.skipped) == (30, ())
    assert all(paper.arxiv_id and paper.published and paper.authors for paper in reading.papers)
    assert all(paper.votes is not None for paper in reading.papers)


def test_a_listed_title_of_control_characters_is_none():
    page = f"byAK and the research community\n\n\x10\n\n{ABSTRACT}\n\nOn Engines\n\n{ABSTRACT}"
    reading = read_listing(URL, page.encode())
    assert [paper.title for paper in reading.papers] == ["On Engines"]
    assert reading.skipped == (Skipped("an entry", "it has no title"),)
