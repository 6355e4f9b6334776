"""A reader gets one of two near-duplicates, once."""

from dataclasses import replace

from newsletter.domain.paper import Paper
from tests.actions.conftest import DAY, MONDAY
from tests.actions.test_compose import send

TEXT = " ".join(f"Robot manipulation, remark {number}." for number in range(40))
FIRST = Paper("Robot manipulation of cloth", TEXT, doi="10.1000/1")
TWIN = replace(FIRST, title="Robot manipulation of clothes", doi="10.1000/2")


def test_near_duplicates_of_one_day_give_one_item(desk):
    reader = desk.reader()
    desk.keep([FIRST, TWIN], MONDAY - DAY / 2)
    desk.compose(MONDAY)
    assert desk.issues(reader) == [[FIRST.title]]


def test_a_near_duplicate_of_what_a_reader_has_had_is_no_news(desk):
    reader = desk.reader()
    desk.keep([FIRST], MONDAY - DAY / 2)
    desk.compose(MONDAY)
    send(desk, MONDAY)
    desk.keep([TWIN], MONDAY + DAY / 2)
    desk.compose(MONDAY + DAY)
    assert desk.issues(reader) == [[FIRST.title]]
