"""Two rankers or settings and the stored days -> what changes for all readers, day by day."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from newsletter.actions import liking
from newsletter.actions.bench import Bench, Order, set_up
from newsletter.actions.trying import Title, daily, standings
from newsletter.domain.profile import TopicProfile, from_json
from newsletter.ranking.embedding import Embedder
from newsletter.store import composing
from newsletter.store.composing import Receiver
from newsletter.store.database import Store

BLOCK = 512  # readers whose libraries are compared at once
NOTHING: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two ways to rank; what is None is as each reader has it."""

    embedder: Embedder | None  # None: by words alone, and libraries do not count
    length: int | None = None
    a_week: int | None = None  # papers wished for, of each topic


@dataclass(slots=True)
class Change:
    """What one day brings all readers together by either side."""

    date: date
    before: int = 0  # papers shown, over all readers
    after: int = 0
    readers: int = 0  # whose issue is another
    comes: Counter[Title] = field(default_factory=Counter)  # to how many readers
    goes: Counter[Title] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Compared:
    """What changes from one side to the other."""

    readers: int
    days: tuple[Change, ...]

    @property
    def a_week(self) -> tuple[float, float]:
        """Return how many papers a week a reader gets on average, before and after."""
        number = max(self.readers, 1) * max(len(self.days) / 7, 1 / 7)
        return (
            sum(day.before for day in self.days) / number,
            sum(day.after for day in self.days) / number,
        )


def compare(
    store: Store,
    order: Order,
    sides: tuple[Side, Side],
    days: int,
    progress: Callable[[int, int], None] | None = None,
) -> Compared:
    """Return each of the last days for all who receive issues, as if one had gone out each day.

    Nothing is stored but vectors that were missing.
    """
    with store.read() as tx:
        chosen = composing.receiving(tx, order.now, None)
    benches = [to_bench(store, chosen, order, side, days) for side in sides]
    first = (order.at - timedelta(days=days)).date()
    found = {
        day: Change(day)
        for day in (first + timedelta(days=number) for number in range(1, days + 1))
    }
    for start in range(0, len(chosen), BLOCK):
        block = chosen[start : start + BLOCK]
        before, after = (
            shown(store, block, bench, side, order)
            for bench, side in zip(benches, sides, strict=True)
        )
        for one in block:
            add(found, before[one], after[one], benches[0])
        if progress:
            progress(start + len(block), len(chosen))
    return Compared(len(chosen), tuple(found.values()))


def to_bench(store: Store, chosen: Sequence[int], order: Order, side: Side, days: int) -> Bench:
    """Return the bench of one side."""
    asked = replace(order, first_days=days, embedder=side.embedder)
    with store.read() as tx:
        bench = set_up(tx, [], asked)
    return liking.with_shelf(store, bench, chosen, asked)


def shown(
    store: Store, block: Sequence[int], bench: Bench, side: Side, order: Order
) -> dict[int, dict[date, tuple[int, ...]]]:
    """Return by reader and day the places of the papers that one side shows."""
    with store.read() as tx:
        readers = composing.receivers(tx, block)
        bodies = composing.bodies(tx, block)
        liked = liking.read(tx, block, bench.shelf) if bench.shelf else None
    most = max((length(one, side) for one in readers), default=0) * len(bench.news)
    if liked:
        liking.compare(liked, dict.fromkeys(block, bench.first), bench, most)
    found = {}
    for one in readers:
        profile = wished(from_json(bodies[one.id][1]), side)
        papers = liked.papers.get(one.id, []) if liked else []
        # A library is a choice: the list of all is not wanted beside it.
        wanted = standings(bench, profile, order) if profile.topics or not papers else ()
        found[one.id] = daily(bench, wanted, length(one, side), papers)
    return found


def length(reader: Receiver, side: Side) -> int:
    """Return how many papers an issue has at most."""
    return reader.length if side.length is None else side.length


def wished(profile: TopicProfile, side: Side) -> TopicProfile:
    """Return the profile with the side's wish in each of its topics."""
    if side.a_week is None:
        return profile
    return TopicProfile(tuple(replace(one, a_week=side.a_week) for one in profile.topics))


def add(
    found: dict[date, Change],
    before: dict[date, tuple[int, ...]],
    after: dict[date, tuple[int, ...]],
    bench: Bench,
) -> None:
    """Add what changes for one reader. Both sides rank the same papers, so that places agree."""
    papers = bench.ranker.papers
    for day, change in found.items():
        was, now = before.get(day, NOTHING), after.get(day, NOTHING)
        change.before += len(was)
        change.after += len(now)
        change.readers += set(was) != set(now)
        for counts, places in (
            (change.comes, set(now) - set(was)),
            (change.goes, set(was) - set(now)),
        ):
            counts.update(
                Title(papers[place].paper.key, papers[place].paper.title) for place in places
            )
