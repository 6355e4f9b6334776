"""How long a server wants to be left alone."""

from datetime import UTC, datetime, timedelta

import pytest

from newsletter.feeds.retry import retry_after

NOW = datetime(2026, 3, 3, 8, tzinfo=UTC)
LATER, DATE = "Tue, 03 Mar 2026 08:30:00 GMT", "Tue, 03 Mar 2026 08:10:00 GMT"


@pytest.mark.parametrize(
    ("text", "date", "now", "seconds"),
    [
        ("120", "", None, 120),
        (" 0 ", "", None, 0),
        ("999999999", "", None, 86400),
        (LATER, "", NOW, 1800),
        (LATER, DATE, NOW, 1200),
        (DATE, LATER, NOW, 0),
        ("Wed, 03 Mar 2027 08:30:00 GMT", "", NOW, 86400),
        (LATER, "soon", NOW, 1800),
    ],
)
def test_seconds_or_a_date_by_the_servers_clock_say_how_long_and_a_day_is_the_most(
    text, date, now, seconds
):
    assert retry_after(text, date, now) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "soon", "-5", "1.5", "٣", "1e9", LATER, "9" * 400])
def test_what_says_nothing_is_nothing(text):
    assert retry_after(text, "", None) is None
