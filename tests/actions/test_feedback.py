"""What readers say of papers: the last word counts, and only on their own issues."""

import pytest

from newsletter.actions import feedback, subscribe
from newsletter.domain.library import Judged, Verdict
from newsletter.domain.profile import Topic, TopicProfile
from newsletter.domain.subscriber import Preferences
from newsletter.errors import NotFoundError
from newsletter.store import issues, works
from tests.actions.conftest import DAY, HOUR, MONDAY


@pytest.fixture
def issue(desk):
    """Return a reader and an issue of three papers."""
    desk.papers(3, MONDAY - HOUR)
    reader = desk.reader()
    desk.compose(MONDAY)
    with desk.store.read() as tx:
        return reader, issues.newest(tx, reader).id


def said(desk, reader):
    with desk.store.read() as tx:
        return [(one.title, one.verdict, one.at) for one in works.of(tx, reader)]


def test_the_last_word_on_an_items_paper_counts(desk, issue):
    title = desk.issues(issue[0])[0][1]
    for verdict, now in ((Verdict.MORE, MONDAY), (Verdict.LESS, MONDAY + DAY)):
        rated = feedback.rate_item(desk.store, issue, 2, verdict, now)
        assert (rated.paper.title, rated.position, rated.verdict) == (title, 2, verdict)
    assert said(desk, issue[0]) == [(title, Verdict.LESS, MONDAY + DAY)]
    feedback.rate_item(desk.store, issue, 2, None, MONDAY + DAY)
    assert said(desk, issue[0]) == []


def test_the_text_of_a_rated_paper_is_kept_with_the_works(desk, issue):
    feedback.rate_item(desk.store, issue, 1, Verdict.SAVED, MONDAY)
    with desk.store.read() as tx:
        (paper,) = works.papers_of(tx, issue[0], Verdict.SAVED)
    assert "robot manipulation" in paper.abstract


def test_nobody_rates_in_another_readers_issue(desk, issue):
    other = desk.reader("bob")
    for reader, position in (((other, issue[1]), 1), (issue, 9), ((issue[0], 99), 1)):
        with pytest.raises(NotFoundError):
            feedback.rate_item(desk.store, reader, position, Verdict.MORE, MONDAY)
    assert said(desk, other) == said(desk, issue[0]) == []


def test_a_topic_that_goes_takes_its_examples_with_it(desk, issue):
    reader = issue[0]
    feedback.rate_item(desk.store, issue, 1, Verdict.MORE, MONDAY)
    with desk.store.write() as tx:
        (row,) = works.held(tx, reader)
        for topic in ("robot manipulation", "Tea"):
            works.judge(tx, reader, [Judged(row, Verdict.LIKED, MONDAY, topic)])
    profile = TopicProfile((Topic("Tea"),))
    wish = subscribe.Wish("ada@example.org", Preferences(), profile)
    subscribe.change(desk.store, reader, wish, MONDAY)
    with desk.store.read() as tx:
        assert {one.topic for one in works.of(tx, reader)} == {"", "Tea"}
