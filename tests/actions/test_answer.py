"""Ratings by mail: the words and the position behind the token in the subject."""

from urllib.parse import parse_qs, urlsplit

import pytest

from newsletter.actions import messages
from newsletter.actions.answer import answer
from newsletter.domain import token
from newsletter.domain.library import Verdict
from newsletter.domain.message import Links, Site
from newsletter.domain.token import Purpose
from newsletter.mail.intake import Request, request_of
from newsletter.store import issues, works
from tests.actions.conftest import HOUR, MONDAY

KEY = b"k" * 32


@pytest.fixture
def issue(desk):
    desk.papers(3, MONDAY - HOUR)
    reader = desk.reader()
    desk.compose(MONDAY)
    with desk.store.read() as tx:
        return reader, issues.newest(tx, reader).id


def links(issue, pages=False):
    site = Site("Letter", "https://example.org" if pages else "", from_address="l@example.org")
    press = messages.Press(None, site, [KEY], "l@example.org", pages, "here")
    return messages.digest_links(press, *issue)


def send(desk, subject):
    return answer(desk.store, [KEY], f"Subject: {subject}\r\n\r\nHello".encode(), MONDAY)


def subject_of(link):
    return parse_qs(urlsplit(link).query)["subject"][0]


def said(desk, issue):
    with desk.store.read() as tx:
        return [(one.title, one.verdict) for one in works.of(tx, issue[0])]


@pytest.mark.parametrize(
    ("word", "verdict"),
    [("more", Verdict.MORE), ("less", Verdict.LESS), ("save", Verdict.SAVED)],
)
def test_the_link_of_a_paper_rates_it_by_mail(desk, issue, word, verdict):
    title = desk.issues(issue[0])[0][1]
    assert send(desk, subject_of(links(issue).rating(word, 2))) == "rated"
    assert said(desk, issue) == [(title, verdict)]
    assert send(desk, "Re: " + subject_of(links(issue).rating("none", 2))) == "rated"
    assert said(desk, issue) == []


@pytest.mark.parametrize("tail", ["", "more", "more 0", "more 9", "own 1", "more 1x", "MORE 1"])
def test_a_mail_that_names_no_paper_changes_nothing(desk, issue, tail):
    made = token.make(KEY, Purpose.RATE, *issue)
    assert send(desk, f"rate {made} {tail}") == "ignored"
    assert said(desk, issue) == []


def test_a_token_of_another_purpose_or_issue_rates_nothing(desk, issue):
    for made in (
        token.make(KEY, Purpose.UNSUBSCRIBE, *issue),
        token.make(b"x" * 32, Purpose.RATE, *issue),
        token.make(KEY, Purpose.RATE, desk.reader("bob"), issue[1]),
    ):
        assert send(desk, f"rate {made} more 1") == "ignored"
    assert said(desk, issue) == []


def test_the_subject_is_read_folded_and_encoded():
    made = token.make(KEY, Purpose.RATE, 1, 2)
    raw = f"Subject: rate\r\n {made}\r\n more 12\r\n\r\nrate x".encode()
    assert request_of(raw) == Request(Purpose.RATE, made, "more", 12)


def test_with_pages_the_link_of_a_paper_leads_to_its_place_on_the_page(issue):
    made = token.make(KEY, Purpose.RATE, *issue)
    assert links(issue, pages=True).rating("more", 3) == f"https://example.org/rate/{made}#p3"
    assert Links(unsubscribe="").rating("more", 3) == ""
