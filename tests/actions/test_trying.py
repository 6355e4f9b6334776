"""What a changed profile would have brought is told day by day, and nothing is stored."""

from newsletter.actions import trying
from newsletter.actions.bench import Order
from newsletter.domain.paper import Paper
from newsletter.domain.profile import Topic, TopicProfile
from newsletter.store import issues
from tests.actions.conftest import DAY, HOUR, MONDAY

ROBOTS, TEA = TopicProfile((Topic("robot manipulation"),)), TopicProfile((Topic("tea"),))


def attempt(desk, new, address="ada@example.org", days=7):
    order = Order(at=MONDAY, now=MONDAY, address=address)
    return trying.attempt(desk.store, order, new, days)


def titles(found):
    return [one.title for one in found]


def test_each_day_says_what_comes_in_and_what_goes(desk):
    desk.reader()
    first = desk.papers(2, MONDAY - 2 * DAY - HOUR)
    desk.keep([Paper("Tea", "Tea is drunk.")], MONDAY - DAY - HOUR)
    days = attempt(desk, TEA)
    assert [day.date.day for day in days] == [3, 4, 5, 6, 7, 8, 9]
    saturday, sunday = days[4], days[5]
    assert (sorted(titles(saturday.goes)), saturday.comes) == (first, ())
    assert (titles(sunday.comes), sunday.goes) == (["Tea"], ())
    assert trying.volume(days) == (2.0, 1.0)
    with desk.store.read() as tx:
        assert issues.listed(tx) == []


def test_the_same_profile_changes_nothing(desk):
    desk.reader()
    desk.papers(9, MONDAY - DAY)
    days = attempt(desk, ROBOTS)
    assert all(not day.comes and not day.goes for day in days)
    assert sum(len(day.after) for day in days) == 7, "as long as an issue of this reader"


def test_for_nobody_the_days_begin_with_the_common_list(desk):
    desk.papers(2, MONDAY - DAY)
    desk.keep([Paper("Tea", "Tea is drunk.")], MONDAY - DAY)
    (day,) = (day for day in attempt(desk, TEA, address="") if day.before)
    assert len(day.before) == 3
    assert titles(day.after) == ["Tea"]


def test_wished_for_a_week_is_what_comes_in_a_week(desk):
    for day in reversed(range(28)):
        for size in range(4):
            text = f"We measure robot manipulation of cloth {day}. {'Much else. ' * size * 9}"
            desk.keep([Paper(f"Day {day}, number {size}", text)], MONDAY - day * DAY - HOUR)
    few = TopicProfile((Topic("robot manipulation", a_week=5),))
    _, after = trying.volume(attempt(desk, few, address="", days=28))
    assert 4 <= after <= 7
    days = attempt(desk, few, address="", days=1)
    assert len(days[0].after) <= 2


def test_a_day_without_papers_on_a_topic_brings_none_for_it(desk):
    desk.reader()
    for day in reversed(range(1, 15)):
        desk.papers(3, MONDAY - day * DAY)
    desk.keep([Paper("Tea", "Tea is drunk."), Paper("Rain", "It rains.")], MONDAY - HOUR)
    wished = TopicProfile((Topic("robot manipulation", a_week=20),))
    days = attempt(desk, wished)
    assert days[-1].after == ()
    assert days[-2].after
