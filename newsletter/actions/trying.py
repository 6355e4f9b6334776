"""A changed profile and the stored days -> what it would have changed, day by day."""

from collections import defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from newsletter.actions.bench import Bench, Order, set_up
from newsletter.actions.drafting import diverse
from newsletter.actions.liking import with_shelf
from newsletter.domain.profile import TopicProfile, resolved
from newsletter.ranking.candidate import Scored
from newsletter.ranking.score import Standing
from newsletter.ranking.select import Queue, select
from newsletter.store import subscribers
from newsletter.store.database import Store


@dataclass(frozen=True, slots=True)
class Title:
    """A paper of a day."""

    paper: str
    title: str


@dataclass(frozen=True, slots=True)
class Day:
    """What one day would have brought before the change and after it."""

    date: date
    before: tuple[Title, ...]
    after: tuple[Title, ...]

    @property
    def comes(self) -> tuple[Title, ...]:
        """Return what the change brings in."""
        return tuple(one for one in self.after if one not in self.before)

    @property
    def goes(self) -> tuple[Title, ...]:
        """Return what the change takes away."""
        return tuple(one for one in self.before if one not in self.after)


def attempt(store: Store, order: Order, new: TopicProfile, days: int) -> list[Day]:
    """Return each of the last days, as of the present profile of `order.address` and the new one.

    As if an issue had gone out each day. Topics alone are tried; the library stays out on both
    sides. Without an address the present profile is an empty one. Raises NotFoundError.
    """
    with store.read() as tx:
        old, length = TopicProfile(), 7
        if order.address:
            reader = subscribers.find(tx, order.address)
            old = subscribers.profile(tx, reader.id).profile
            length = reader.preferences.length
        bench = set_up(tx, [], replace(order, first_days=days))
    bench = with_shelf(store, bench, [], order)
    first = (order.at - timedelta(days=days)).date()
    before, after = (titled(bench, standings(bench, one, order), length) for one in (old, new))
    dates = (first + timedelta(days=number) for number in range(1, days + 1))
    return [Day(day, before.get(day, ()), after.get(day, ())) for day in dates]


def standings(bench: Bench, profile: TopicProfile, order: Order) -> tuple[Standing, ...]:
    """Return how the papers stand for each of the profile's topics."""
    return bench.ranker.standings(resolved(profile, bench.catalogue), order.at)


def titled(bench: Bench, wanted: Sequence[Standing], length: int) -> dict[date, tuple[Title, ...]]:
    """Return by day the papers that an issue of that day alone would have."""
    papers = [one.paper for one in bench.ranker.papers]
    return {
        day: tuple(Title(papers[place].key, papers[place].title) for place in places)
        for day, places in daily(bench, wanted, length).items()
    }


def by_day(bench: Bench) -> dict[date, set[int]]:
    """Return the places of the papers that may be announced, by the day on which they came."""
    ranked = bench.ranker.papers
    days: dict[date, set[int]] = defaultdict(set)
    news = set(bench.news)
    for place, one in enumerate(ranked):
        if one.row > bench.first and one.row in news:
            days[one.first_seen.date()].add(place)
    return days


def daily(
    bench: Bench, wanted: Sequence[Standing], length: int, liked: Sequence[Scored] = ()
) -> dict[date, tuple[int, ...]]:
    """Return by day the places of an issue of that day alone; none comes twice.

    `liked`: papers like the reader's library, best first.
    """
    days = by_day(bench)
    had: set[int] = set()
    shown: dict[date, tuple[int, ...]] = {}
    for day in sorted(days):
        today = [
            Queue(diverse(one, within(one.papers, days[day]), bench), one.pinned) for one in wanted
        ]
        today.append(Queue(within(liked, days[day])))
        picked = [one.place for one in select(today, length, had, bench.twins.near)]
        had.update(picked)
        shown[day] = tuple(picked)
    return shown


def within(papers: Sequence[Scored], places: Container[int]) -> list[Scored]:
    """Return those of the papers that are at these places."""
    return [one for one in papers if one[1] in places]


def volume(days: Sequence[Day]) -> tuple[float, float]:
    """Return how many papers a week there are before and after."""
    weeks = max(len(days) / 7, 1 / 7)
    return (
        sum(len(day.before) for day in days) / weeks,
        sum(len(day.after) for day in days) / weeks,
    )
