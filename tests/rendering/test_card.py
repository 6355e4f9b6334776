"""A paper's card in words: links, authors, reasons, and texts cut and wrapped."""

from dataclasses import replace
from urllib.parse import unquote

import pytest

from newsletter.domain.issue import Part, Quote
from newsletter.domain.paper import Paper
from newsletter.rendering.card import authors, why
from newsletter.rendering.digest import digest
from newsletter.rendering.links import paper_link, reachable
from newsletter.rendering.plain import cut, wrap

from .conftest import (
    GATES,
    KMEANS,
    LAB,
    LAB_LINKS,
    PUBLIC,
    PUBLIC_LINKS,
    links_in_text,
    read_html,
    to_issue,
)


@pytest.mark.parametrize(
    ("paper", "link"),
    [
        (replace(GATES, url="https://example.org/p"), "https://example.org/p"),
        (replace(GATES, url="ftp://example.org/p"), "https://arxiv.org/abs/2609.01234"),
        (Paper("t", arxiv_id="math.GT/0309136"), "https://arxiv.org/abs/math.GT/0309136"),
        (Paper("t", doi="10.1000/a<b>c"), "https://dx.doi.org/10.1000/a%3Cb%3Ec"),
        (
            Paper("Cats & dogs: 100%"),
            "https://arxiv.org/search/?query=Cats+%26+dogs%3A+100%25&searchtype=title",
        ),
    ],
)
def test_a_title_leads_to_the_paper(paper, link):
    assert paper_link(paper) == link


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//example.org",
        "https://",
        "https://[",
        "http://localhost/x",
        "http://me.localhost:8025/x",
        "http://127.0.0.1/x",
        "http://[::1]/x",
        "https://example.org/a b",
        "https://example.org/\u2028",
        "https://example.org/\r\nx",
        "",
    ],
)
def test_an_address_that_no_reader_can_open_is_no_link(url):
    assert reachable(url) == ""


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ((), ""),
        (("A",), "A"),
        (("A", "B", "C", "D"), "A, B, C, D"),
        (("A", "B", "C", "D", "E"), "A, B, C and 2 more"),
        (tuple(f"N{n}" for n in range(3000)), "N0, N1, N2 and 2,997 more"),
    ],
)
def test_long_author_lists_are_cut_short(names, shown):
    assert authors(names) == shown


def test_reasons_quote_the_papers_own_words_the_largest_first():
    arms, grasps = Quote("title", 0, 10, "Robot Arms"), Quote("title", 16, 24, "Grasping")
    parts = (
        Part("category:cs.RO", 0.1, 0.1),
        Part("keyword:robot arm", 0.5, 0.5, arms),
        Part("term:grasp", 0.3, 0.3, grasps),
        Part("author:Ada Okafor", 0.05, 0.05),
        Part("votes", -0.5, 0.5),
    )
    assert why(parts) == "“Robot Arms” and “Grasping” in the title; category cs.RO"
    assert why(parts[3:]) == "by Ada Okafor"
    assert why((Part("keyword:a", 1, 1),)) == "“a”"
    assert why((Part("votes", 1, 1),)) == "readers’ votes"
    assert why(()) == ""


def test_a_paper_like_a_saved_one_says_which():
    parts = (Part("like:Sleep Spindles Predict Learning", 1, 1),)
    assert why(parts) == "because you saved “Sleep Spindles Predict Learning”"


RATE = "mailto:papers@example.org?subject=rate%20t6"


def test_each_paper_is_rated_and_saved_by_its_position(templates):
    public = PUBLIC_LINKS._replace(rate="https://papers.example.org/rate/t6", rate_mailto=RATE)
    links = read_html(digest(templates, to_issue(GATES, KMEANS), PUBLIC, public).html).links
    assert [one for one in links if "/rate/" in one] == [public.rating("", 1), public.rating("", 2)]
    lab = LAB_LINKS._replace(rate_mailto=RATE)
    rendered = digest(templates, to_issue(GATES, KMEANS), LAB, lab)
    by_mail = [one for one in read_html(rendered.html).links if "rate" in one]
    assert [one.partition("&body=")[0] for one in by_mail] == [
        lab.rating("save", n) for n in (1, 2)
    ]
    assert "write more or less instead of save" in unquote(by_mail[0])
    assert lab.rating("save", 1) in links_in_text(rendered.text)


def test_a_sentence_that_a_model_wrote_is_marked(templates):
    issue = to_issue(GATES)
    said = replace(issue.items[0].summary, maker="written:some-model")
    marked = replace(issue, items=(issue.items[0]._replace(summary=said),))
    rendered = digest(templates, marked, LAB, LAB_LINKS)
    assert "A gate decides. (written by a model)" in read_html(rendered.html).text
    assert "A gate decides. (written by a model)" in rendered.text


@pytest.mark.parametrize(
    ("text", "length", "shown"),
    [
        ("short", 10, "short"),
        ("one two three", 9, "one two…"),
        ("one, two three", 6, "one…"),
        ("unbreakable", 6, "unbre…"),
        ("日本語の題名です", 5, "日本語の…"),
        ("e\u0301e\u0301e\u0301e\u0301", 6, "e\u0301e\u0301…"),
    ],
)
def test_a_text_is_cut_at_a_word(text, length, shown):
    assert cut(text, length) == shown
    assert len(cut(text, length)) <= length


def test_wide_and_endless_words_are_wrapped_and_addresses_are_not():
    assert wrap("語" * 60, "  ", "  ").split("\n") == ["  " + "語" * 37, "  " + "語" * 23]
    assert wrap("x" * 100) == "x" * 76 + "\n" + "x" * 24
    url = "https://example.org/" + "x" * 90
    assert wrap(f"See: {url}") == f"See:\n{url}"
    assert wrap("") == ""
