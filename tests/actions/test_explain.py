"""Why a paper is in an issue, or not: the rule is named, and the parts are the score's."""

import math
from datetime import timedelta

import pytest

from newsletter.actions import explain, subscribe
from newsletter.actions.bench import Order
from newsletter.domain.paper import AnnounceType, Paper
from newsletter.domain.profile import Topic, TopicProfile
from newsletter.errors import NotFoundError
from newsletter.store import library, subscribers
from tests.actions.conftest import DAY, HOUR, MONDAY

TEXT = "We measure robot manipulation of cloth."
LATER = timedelta(minutes=5)


def key(desk, title):
    with desk.store.read() as tx:
        return next(one.key for one in library.listed(tx, library.Wish()) if one.title == title)


def asked(desk, title, at=MONDAY, name="ada"):
    order = Order(at=at, now=at, address=f"{name}@example.org")
    return explain.of_reader(desk.store, order, key(desk, title))


def keep(desk, *papers, at=MONDAY - HOUR):
    desk.keep(papers, at)


def change(desk, reader, **topic):
    with desk.store.write() as tx:
        profile = TopicProfile((Topic("robot manipulation", **topic),))
        subscribers.save_profile(tx, reader, profile, MONDAY - DAY)


def test_a_paper_that_is_chosen_is_told_with_its_place_and_its_parts(desk):
    desk.reader()
    (title,) = desk.papers(1, MONDAY - HOUR)
    found = asked(desk, title)
    (fit,) = found.fits
    assert (found.rule, found.why) == ("chosen", "it is number 1, for robot manipulation")
    assert fit.place == 1
    assert math.fsum(part.value for part in fit.parts) == pytest.approx(fit.score)


def test_a_muted_word_is_named(desk):
    reader = desk.reader()
    change(desk, reader, muted=("linen", "cloth"))
    keep(desk, Paper("Robot manipulation", TEXT))
    found = asked(desk, "Robot manipulation")
    assert (found.rule, found.why) == ("muted", "'cloth' is muted in robot manipulation")
    assert found.fits[0].score > 0, "the score that it would have"


def test_a_paper_on_something_else_speaks_for_no_topic(desk):
    desk.reader()
    keep(desk, Paper("Tea", "Tea is drunk."))
    assert asked(desk, "Tea").rule == "unfit"


def test_what_is_below_the_threshold_is_told_by_how_much(desk):
    reader = desk.reader()
    change(desk, reader, a_week=1)
    for day in reversed(range(14)):
        keep(desk, Paper(f"Robot manipulation {day}", TEXT), at=MONDAY - day * DAY - HOUR)
    keep(desk, Paper("Of robots", "Robot manipulation, and " + "much else " * 40))
    found = asked(desk, "Of robots")
    fit = found.fits[0]
    assert found.rule == "below"
    assert f"{fit.least - fit.score:.2f} below" in found.why


def test_what_is_outranked_is_told_behind_which(desk):
    reader = desk.reader()
    with desk.store.write() as tx:
        tx.exec_driver_sql("UPDATE subscribers SET length = 1")
    change(desk, reader)
    keep(desk, Paper("Robot manipulation", TEXT), Paper("Cloth", f"{TEXT} {'More cloth. ' * 30}"))
    found = asked(desk, "Cloth")
    assert found.rule == "outranked"
    assert "number 2" in found.why
    assert "'Robot manipulation'" in found.why


def test_what_came_before_the_window_or_was_had_or_is_no_news_is_told(desk):
    desk.reader()
    keep(desk, Paper("Robot manipulation long ago", TEXT), at=MONDAY - 9 * DAY)
    again = Paper("Robot manipulation again", TEXT, announce_type=AnnounceType.REPLACE)
    keep(desk, Paper("Robot manipulation", TEXT), Paper("Robot", TEXT, withdrawn=True), again)
    assert asked(desk, "Robot manipulation long ago").rule == "old"
    assert asked(desk, "Robot").rule == "withdrawn"
    assert asked(desk, "Robot manipulation again").rule == "replacement"
    desk.compose(MONDAY)
    found = asked(desk, "Robot manipulation", MONDAY + LATER)
    assert (found.rule, found.why) == ("had", "it is in issue 1 (daily-2026-03-09), pending")


def test_an_issue_is_explained_as_it_was_composed(desk):
    reader = desk.reader()
    change(desk, reader, muted=("tea",))
    keep(desk, Paper("Robot manipulation", TEXT), Paper("Robot manipulation of tea", "Of tea."))
    desk.compose(MONDAY)
    subscribe.pause(desk.store, reader, 0, MONDAY)
    change(desk, reader)
    keep(desk, Paper("Robot manipulation too", TEXT), at=MONDAY + HOUR)
    order = Order(at=MONDAY + DAY, now=MONDAY + DAY)

    def of_issue(title):
        return explain.of_issue(desk.store, 1, key(desk, title), order)

    shown = of_issue("Robot manipulation")
    assert (shown.rule, shown.fits[0].place) == ("shown", 1)
    assert math.fsum(part.share for part in shown.fits[0].parts) == pytest.approx(1)
    assert of_issue("Robot manipulation of tea").why == "'tea' is muted in robot manipulation"
    assert of_issue("Robot manipulation too").rule == "later"


def test_who_and_what_is_unknown_is_told(desk):
    desk.reader()
    order = Order(at=MONDAY, now=MONDAY, address="ada@example.org")
    with pytest.raises(NotFoundError, match="there is no paper arxiv:1"):
        explain.of_reader(desk.store, order, "arxiv:1")
    with pytest.raises(NotFoundError, match="there is no issue 9"):
        explain.of_issue(desk.store, 9, "arxiv:1", order)
