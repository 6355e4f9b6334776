"""Composing in blocks of readers: while one block is stored, the next is planned."""

import pytest

from newsletter.actions import compose
from newsletter.domain.profile import Topic, TopicProfile
from newsletter.store import issues, promises, subscribers
from newsletter.store.database import Store
from tests.actions.conftest import DAY, HOUR, MONDAY, Desk
from tests.actions.test_compose import send

NAMES = ("ada", "ben", "cyd", "dan", "eve")


@pytest.fixture
def crowd(desk):
    """Give the desk with some readers, and their numbers."""
    desk.papers(3, MONDAY - HOUR)
    return desk, [desk.reader(name) for name in NAMES]


def kept(desk):
    """Return all that is kept of the issues."""
    with desk.store.read() as tx:
        assert promises.broken_promises(tx) == []
        return [issues.get(tx, one.id) for one in issues.listed(tx)]


@pytest.mark.parametrize("size", [1, 2, 4])
def test_issues_are_the_same_in_blocks_of_any_size(crowd, tmp_path, monkeypatch, size):
    desk, _ = crowd
    store = Store(f"sqlite:///{tmp_path / 'other.db'}")
    store.make_ready()
    other = Desk(store)
    other.papers(3, MONDAY - HOUR)
    for name in NAMES:
        other.reader(name)
    desk.compose(MONDAY)
    monkeypatch.setattr(compose, "BLOCK", size)
    other.compose(MONDAY)
    assert len(kept(desk)) == len(NAMES)
    assert kept(other) == kept(desk)
    store.close()


def test_asked_to_stop_it_stores_what_is_planned_and_tells_of_it(crowd, monkeypatch):
    desk, _ = crowd
    monkeypatch.setattr(compose, "BLOCK", 2)
    asked = iter([False, False, True])
    told = []
    order = compose.Order(at=MONDAY, now=MONDAY)
    made = compose.compose(desk.store, order, lambda *how: told.append(how), lambda: next(asked))
    assert (made.issues, told) == (4, [(2, 5), (4, 5)])
    assert len(kept(desk)) == 4
    assert desk.compose(MONDAY).issues == 1


def test_a_block_whose_readers_got_issues_after_it_was_planned_is_planned_anew(desk, monkeypatch):
    desk.papers(2, MONDAY - 2 * DAY)
    sunday = MONDAY - DAY
    readers = [desk.reader(name, at=sunday - DAY) for name in NAMES]
    of_monday = desk.papers(2, MONDAY - HOUR)
    monkeypatch.setattr(compose, "BLOCK", 2)
    plan, others = compose.plan, [lambda: (desk.compose(sunday), send(desk, sunday))]

    def interrupted(*asked):
        plans = plan(*asked)
        if others:
            others.pop()()
        return plans

    monkeypatch.setattr(compose, "plan", interrupted)
    desk.compose(MONDAY)
    assert [sorted(desk.issues(one)[1]) for one in readers] == [of_monday] * len(readers)


def test_an_issue_whose_reader_changed_topics_after_it_was_planned_is_ranked_by_them(
    crowd, monkeypatch
):
    desk, readers = crowd
    plan, new = compose.plan, TopicProfile((Topic("cloth"),))

    def interrupted(*asked):
        plans = plan(*asked)
        with desk.store.write() as tx:
            subscribers.save_profile(tx, readers[0], new, MONDAY)
        return plans

    monkeypatch.setattr(compose, "plan", interrupted)
    desk.compose(MONDAY)
    topics = [{item.topic for item in issue.items} for issue in kept(desk)]
    assert sorted(topics, key=sorted) == [{"cloth"}, *[{"robot manipulation"}] * 4]
