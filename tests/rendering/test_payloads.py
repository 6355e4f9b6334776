"""Nearly a thousand payloads in every field of a paper: a browser runs and asks nothing."""

import email
import email.policy
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.domain.delivery import Kind
from newsletter.domain.issue import Coverage, FeedCoverage, Part, Quote
from newsletter.domain.paper import Paper
from newsletter.rendering.confirmation import confirmation
from newsletter.rendering.digest import digest
from newsletter.rendering.notes import WRITERS

from .collection import PLACES, to_letter, told
from .conftest import DUE, PUBLIC, PUBLIC_LINKS
from .payloads import ADDRESSES, LOADS, PAYLOADS
from .test_lint import make
from .written import make as written
from .written import parse

AT_ONCE = 20  # papers in a mail
BATCHES = [PAYLOADS[at : at + AT_ONCE] for at in range(0, len(PAYLOADS), AT_ONCE)]
SKELETON = """() => [...document.querySelectorAll('*')].map(
    one => one.tagName + ' ' + one.getAttributeNames().sort().join(' '))"""
LINKS = "() => [...document.querySelectorAll('a,area')].map(one => one.href)"
TAGS = frozenset(
    "HTML HEAD BODY TITLE META STYLE DIV TABLE TBODY TR TD H1 H2 P A SPAN BR OL LI".split()
)


def hostile(words, number):
    """Return a paper that says these words in each of its fields."""
    return Paper(
        title=f"{number} {words}",
        abstract=words,
        authors=(words, f"{words} Jr"),
        categories=(words, words),
        url=ADDRESSES[number % len(ADDRESSES)] if number % 2 else words,
        code_url=words,
        arxiv_id=words if number % 3 else "",
        doi=words,
        venue=words,
    )


def parts_of(words):
    return (
        Part(f"keyword:{words}", 0.4, 0.4, Quote("title", 0, 1, words)),
        Part(f"author:{words}", 0.3, 0.3),
        Part(f"topic:{words}", 0.3, 0.3),
    )


def hostile_letter(templates, batch, place):
    """Return a mail of papers as hostile as these words, with a hostile name of the site's."""
    papers = [hostile(words, number) for number, words in enumerate(batch, start=1)]
    feeds = tuple(
        FeedCoverage(words, 3, kind) for words, kind in zip(batch, OUTCOMES, strict=False)
    )
    issue = told(*papers, tldr=batch[0] or "x", coverage=Coverage(9, 9, len(papers), feeds))
    items = tuple(
        item._replace(topic=words, parts=parts_of(words))
        for item, words in zip(issue.items, batch, strict=True)
    )
    site, links = PLACES[place]
    named = replace(site, name=f"Papers {batch[-1]}", postal_address=f"1 {batch[0]} Street")
    return to_letter(templates, replace(issue, items=items), named, links)


OUTCOMES = ("fetched", "failed", "late", "stale")


def test_there_are_hundreds():
    assert len(set(PAYLOADS)) > 800


@pytest.mark.browser
@pytest.mark.parametrize("words", ["<img src=x onerror=ran()>", LOADS[0], "<svg/onload=alert(1)>"])
def test_the_browser_hears_what_does_run_or_ask(screen, words):
    screen.open(f"<!doctype html><title>x</title>{words}")
    assert screen.heard()


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
def test_a_browser_runs_and_asks_nothing_whatever_a_paper_says(templates, screen, place):
    for batch in BATCHES:
        seen = screen.open(hostile_letter(templates, batch, place).message.rendered.html)
        shape = seen.evaluate(SKELETON)
        assert {one.partition(" ")[0] for one in shape} <= TAGS
        assert not [one for one in shape if re.search(r" on|srcset|srcdoc|background\b", one)]
        assert all(re.match(r"(https?|mailto):", one) for one in seen.evaluate(LINKS))
        assert screen.heard() == []


@pytest.mark.browser
@pytest.mark.slow
def test_a_browser_runs_and_asks_nothing_whatever_an_address_says(templates, screen):
    for words in PAYLOADS[::7]:
        links = PUBLIC_LINKS._replace(confirm="https://e.org/confirm/t")
        screen.open(confirmation(templates, PUBLIC, links, f"{words}@e.org").html)
        assert screen.heard() == []


def hostile_notes(templates, batch):
    """Yield a welcome to such topics, and an alarm about a feed and an answer of such words."""
    schedule = {"cadence": "daily", "weekdays": [0], "hour": 7, "minute": 0, "zone": "UTC"}
    asked = {"asked_at": DUE.isoformat(), "length": 7, "first_at": "", "schedule": schedule}
    place = replace(PUBLIC, name=f"Papers {batch[0]}"), PUBLIC_LINKS
    for start in range(0, len(batch), 4):  # more would be cut
        topics = batch[start : start + 4]
        yield WRITERS[Kind.WELCOME](templates, *place, "", {**asked, "topics": topics})
    for words in batch:
        trouble = {**asked, "cause": "feed", "about": words, "why": words}
        yield WRITERS[Kind.ALARM](templates, *place, "", trouble)


@pytest.mark.browser
@pytest.mark.slow
def test_a_browser_runs_and_asks_nothing_whatever_a_note_says(templates, screen):
    for batch in BATCHES[::4]:
        for note in hostile_notes(templates, batch):
            screen.open(note.html)
            assert screen.heard() == []


@pytest.mark.parametrize("batch", BATCHES)
def test_whatever_a_note_says_makes_no_tag_and_no_header(templates, batch):
    for note in hostile_notes(templates, batch):
        found = re.findall(r"<([a-zA-Z][\w-]*)", re.sub(r"<!--.*?-->", "", note.html, flags=re.S))
        assert {one.upper() for one in found} <= TAGS
        mail = parse(written(note, kind=Kind.ALARM))
        assert not mail.defects
        assert mail.keys() == parse(written(kind=Kind.ALARM)).keys()


@pytest.mark.parametrize("place", PLACES)
def test_whatever_a_paper_says_makes_no_header_and_no_part(templates, place):
    names = None
    for batch in BATCHES:
        mail = email.message_from_bytes(
            hostile_letter(templates, batch, place).message.raw, policy=email.policy.default
        )
        assert not mail.defects
        assert [one.get_content_type() for one in mail.walk()] == [
            "multipart/alternative",
            "text/plain",
            "text/html",
        ]
        names = names or mail.keys()
        assert mail.keys() == names


@pytest.mark.parametrize("batch", BATCHES[::5])
def test_what_a_template_would_compute_is_shown_as_it_was_written(templates, batch):
    rendered = digest(
        templates, told(*(Paper(title=one) for one in batch if one.strip())), *PLACES["public"]
    )
    assert "49" not in re.sub(r"\d{3,}", "", rendered.text)


WORDS = st.text(
    st.one_of(st.characters(), st.sampled_from("<>\"'&`=/{}[]%#;:\r\n\0 \u202e\ud800")),
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(words=WORDS)
def test_no_words_at_all_change_the_tags_of_a_mail(templates, words):
    """Compared with the same mail of harmless words, in which each field is as long."""
    assert tags(templates, words) <= tags(templates, "harmless")
    mail = email.message_from_bytes(
        make(digest(templates, told(hostile(words or "x", 1)), *PLACES["public"])),
        policy=email.policy.default,
    )
    assert len(mail.get_all("Subject")) == 1
    assert "Bcc" not in mail


def tags(templates, words):
    html = digest(templates, told(hostile(words, 1)), *PLACES["lab"]).html
    found = re.findall(r"<([a-zA-Z/!][\w-]*)", html)
    return {(tag, found.count(tag)) for tag in found if tag not in ("a", "/a", "p", "/p", "span")}
