"""Two rankers or settings are compared over all readers, day by day, and no issue is stored."""

from newsletter.actions import comparing
from newsletter.actions.bench import Order
from newsletter.actions.comparing import Side
from newsletter.domain.library import Judged, Verdict
from newsletter.domain.paper import Paper
from newsletter.ranking.embedding.static import open_static
from newsletter.store import issues, works
from tests.actions.conftest import DAY, HOUR, MONDAY

WORDS = Side(None)


def compare(desk, before, after, days=7):
    return comparing.compare(desk.store, Order(at=MONDAY, now=MONDAY), (before, after), days)


def test_a_shorter_issue_is_counted_for_each_reader_and_day(desk):
    desk.reader("ada")
    desk.reader("bob")
    desk.reader("cyd", topic="tea")
    desk.papers(4, MONDAY - 2 * DAY - HOUR)
    found = compare(desk, WORDS, Side(None, length=3))
    (day,) = (one for one in found.days if one.before)
    assert (found.readers, len(found.days)) == (3, 7)
    assert (day.date.day, day.before, day.after, day.readers) == (7, 8, 6, 2)
    assert (sum(day.goes.values()), day.comes) == (2, {})
    assert found.a_week == (8 / 3, 2.0)
    with desk.store.read() as tx:
        assert issues.listed(tx) == []


def test_a_wish_for_each_topic_changes_the_volume(desk):
    desk.reader()
    for day in range(7, 0, -1):
        for size in range(3):
            text = f"We measure robot manipulation of cloth {day}. {'Much else. ' * size * 9}"
            desk.keep([Paper(f"Day {day}, number {size}", text)], MONDAY - day * DAY + HOUR)
    few = compare(desk, WORDS, Side(None, a_week=2))
    assert few.a_week[0] > 2 * few.a_week[1] > 0


def test_the_same_ranker_twice_changes_nothing(desk):
    desk.reader()
    desk.papers(9, MONDAY - DAY)
    side = Side(open_static())
    assert all(not one.comes and not one.goes for one in compare(desk, side, side).days)


def test_with_an_embedder_libraries_count(desk):
    reader = desk.reader(topic="")
    texts = [Paper(f"Tea leaf {at}", "Tea is drunk by its drinkers.") for at in range(3)]
    others = [Paper(f"Granite {at}", f"Rocks of kind {at} weather in rain.") for at in range(40)]
    desk.keep([*texts, *others], MONDAY - DAY)
    with desk.store.write() as tx:
        (work,) = works.add(tx, [Paper("Tea and its drinkers", "Tea leaf by leaf.")], MONDAY)
        works.judge(tx, reader, [Judged(work, Verdict.LIKED, MONDAY - DAY)])
    found = compare(desk, WORDS, Side(open_static()))
    (day,) = (one for one in found.days if one.after)
    assert any(one.title.startswith("Granite") for one in day.goes)
    assert all(one.title.startswith("Tea") for one in day.comes)
    assert day.after <= day.before


def test_without_readers_there_is_nothing_to_compare(desk):
    desk.papers(2, MONDAY - DAY)
    assert compare(desk, WORDS, WORDS).a_week == (0, 0)
