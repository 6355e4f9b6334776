"""When a feed is visited next, and whether it should have brought something new."""

from datetime import datetime, timedelta, timezone

import pytest

from newsletter.domain.visit import Outcome, Sight, is_daily, next_due, overdue, rest

TWO_HOURS, DAY = timedelta(hours=2), timedelta(days=1)


@pytest.mark.parametrize(
    ("failures", "chance", "hours"),
    [
        (0, 1.0, 2),
        (1, 0.0, 2),
        (1, 1.0, 2.5),
        (2, 0.0, 4),
        (3, 0.5, 9),  # 8 hours and an eighth of them
        (4, 0.0, 16),
        (5, 0.0, 24),
        (5, 1.0, 30),
        (10**9, 0.0, 24),
    ],
)
def test_with_each_failure_in_a_row_a_feed_rests_twice_as_long(failures, chance, hours):
    assert rest(TWO_HOURS, failures, chance, None) == timedelta(hours=hours)


def test_the_server_may_ask_for_a_longer_rest_but_for_no_shorter_one():
    assert rest(TWO_HOURS, 1, 0.0, timedelta(hours=5)) == timedelta(hours=5)
    assert rest(TWO_HOURS, 1, 0.0, timedelta(seconds=5)) == TWO_HOURS


EASTERN = timezone(timedelta(hours=-4))
WEEKEND = (5, 6)
FRIDAY = datetime(2026, 3, 13, tzinfo=EASTERN)  # its midnight is 04:00 UTC
MONDAY, TUESDAY = FRIDAY + 3 * DAY, FRIDAY + 4 * DAY
HOUR = timedelta(hours=1)


def arxiv(*batches, given=None):
    return Sight(batches, given or batches[-1], WEEKEND, announces_daily=True)


@pytest.mark.parametrize(
    ("sight", "now", "outcome"),
    [
        (arxiv(FRIDAY), FRIDAY + DAY, None),
        (arxiv(FRIDAY), FRIDAY + 2 * DAY + 23 * HOUR, None),  # Sunday
        (arxiv(FRIDAY), MONDAY + 2 * HOUR, None),  # an hour or two are nothing
        (arxiv(FRIDAY), MONDAY + 3 * HOUR, Outcome.LATE),
        (arxiv(FRIDAY), MONDAY + 23 * HOUR, Outcome.LATE),
        (arxiv(FRIDAY), TUESDAY, Outcome.STALE),
        (arxiv(FRIDAY, given=MONDAY), MONDAY + HOUR, Outcome.STALE),  # rebuilt with old papers
        (arxiv(FRIDAY, given=FRIDAY + DAY), MONDAY + HOUR, None),  # rebuilt on a day off
        (arxiv(FRIDAY, MONDAY), MONDAY + 23 * HOUR, None),
        (Sight((), MONDAY, WEEKEND, announces_daily=True), TUESDAY, None),
        (Sight((FRIDAY,), FRIDAY, tuple(range(7)), announces_daily=True), TUESDAY, None),
        (Sight((FRIDAY,), FRIDAY, WEEKEND), TUESDAY, None),  # a feed of which little is known
    ],
)
def test_a_feed_is_late_or_stale_by_its_own_calendar_only(sight, now, outcome):
    found = overdue(sight, now)
    assert (found[0] if found else None) == outcome


def test_why_says_when_something_was_due_or_what_is_wrong_with_the_date():
    assert overdue(arxiv(FRIDAY), MONDAY + 5 * HOUR)[1] == "due 2026-03-16 04:00 UTC"
    found = overdue(arxiv(FRIDAY, given=MONDAY), MONDAY + HOUR)
    assert found[1] == "dated 2026-03-16, with the papers of 2026-03-13"


def test_the_usual_time_of_day_is_the_one_in_the_middle():
    times = [FRIDAY - DAY + 5 * HOUR, FRIDAY + 6 * HOUR, MONDAY + 20 * HOUR]
    assert next_due(Sight(tuple(times), None, WEEKEND)) == TUESDAY + 6 * HOUR


@pytest.mark.parametrize(
    ("days", "skip_days", "daily"),
    [
        (range(15), (), True),
        (range(13), (), False),  # not known for long enough
        ([0, 14], (), False),
        ([one for one in range(22) if one % 5], (), True),  # four of five
        ([one for one in range(22) if (one + 4) % 7 not in (5, 6)], (), False),
        ([one for one in range(22) if (one + 4) % 7 not in (5, 6)], WEEKEND, True),
    ],
)
def test_a_feed_is_daily_by_its_history(days, skip_days, daily):
    sight = Sight(tuple(FRIDAY + DAY * one for one in days), None, skip_days)
    assert is_daily(sight) == daily
