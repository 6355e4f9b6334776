"""When a feed is visited next."""

from datetime import timedelta

import pytest

from newsletter.domain.visit import rest

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
