"""When the last mail of each hour goes out."""

from datetime import UTC, datetime, timedelta

from newsletter.domain.forecast import Speed, forecast

SEVEN = datetime(2026, 3, 14, 7, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def done(waiting, speed, now=SEVEN):
    return [one.done_at for one in forecast(waiting, speed, now)]


def test_so_many_at_a_limit_take_so_long():
    assert done([(SEVEN, 49_560)], Speed(14)) == [SEVEN + timedelta(minutes=59)]


def test_those_due_later_wait_for_those_before_them_and_never_begin_early():
    waiting = [(SEVEN, 7200), (SEVEN + HOUR, 3600), (SEVEN + 5 * HOUR, 3600)]
    assert done(waiting, Speed(1)) == [SEVEN + 2 * HOUR, SEVEN + 3 * HOUR, SEVEN + 6 * HOUR]


def test_what_is_overdue_begins_now():
    assert done([(SEVEN - DAY, 60)], Speed(1)) == [SEVEN + timedelta(minutes=1)]


def test_what_is_over_the_days_limit_goes_out_on_the_next_days():
    assert done([(SEVEN, 250)], Speed(0, 100, 50)) == [SEVEN + 2 * DAY]
    assert done([(SEVEN, 50), (SEVEN, 1)], Speed(0, 100, 50)) == [SEVEN, SEVEN + DAY]
    assert done([(SEVEN, 130)], Speed(1, 100, 100)) == [SEVEN + DAY + timedelta(seconds=30)]


def test_without_limit_or_experience_nobody_knows():
    assert done([(SEVEN, 10)], Speed()) == [None]


def test_where_nothing_waits_there_is_nothing_to_tell():
    assert forecast([], Speed(1), SEVEN) == []
