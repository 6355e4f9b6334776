"""What an issue tells of papers that are none of its items."""

from dataclasses import replace

import pytest

from newsletter.domain.delivery import Outcome, Result, State
from newsletter.domain.paper import AnnounceType, Paper
from newsletter.store import deliveries, issues, outbox, schema, subscribers
from newsletter.store.shelf import Shelf
from tests.actions.conftest import DAY, HOUR, MONDAY
from tests.store.samples import all_due

GRIP = Paper(
    "Robot manipulation of wet glass",
    "We measure how robot manipulation of wet glass works.",
    arxiv_id="2603.00001",
    version=1,
)


def settle(desk, now, state=State.ACCEPTED):
    """Let every pending digest end so."""
    result = {State.ACCEPTED: Result.ACCEPTED, State.IN_DOUBT: Result.IN_DOUBT}[state]
    with desk.store.write() as tx:
        for one in [due.delivery for due in all_due(tx, now)]:
            assert outbox.arm(tx, {one.id: "<m@example.org>"}, deliveries.run(tx)[1], now)
            deliveries.settle(tx, one.id, Outcome(result), state, now, None)


def mentions(desk, reader):
    """Return the mentions of a reader's issues, oldest first, as news and title."""
    with desk.store.read() as tx:
        address = subscribers.get(tx, reader).address
        numbers = sorted(one.id for one in issues.listed(tx, address))
        found = [issues.get(tx, one) for one in numbers]
        shelved = Shelf().issues(tx, numbers)
        assert [shelved[one.id].mentions for one in found] == [one.mentions for one in found]
        return [[(str(one.news), one.title) for one in issue.mentions] for issue in found]


def day(desk, number, state=State.ACCEPTED):
    """Bring a new paper, compose the issue of that day, and send it."""
    at = MONDAY + number * DAY
    titles = desk.papers(1, at - HOUR)
    assert desk.compose(at).issues
    settle(desk, at, state)
    return titles


def had(desk):
    """Let a reader have the paper on Monday; return the reader."""
    ada = desk.reader()
    desk.keep([GRIP], MONDAY - HOUR)
    desk.compose(MONDAY)
    settle(desk, MONDAY)
    return ada


CHANGES = {
    "withdrawn": {"withdrawn": True},
    "published": {"venue": "Journal of Grips"},
    "replaced": {
        "version": 2,
        "abstract": "It is friction. We measured how robots hold wet glass.",
    },
}


@pytest.mark.parametrize("news", CHANGES)
def test_a_reader_is_told_once_what_became_of_a_paper(desk, news):
    ada = had(desk)
    day(desk, 1)
    kind = AnnounceType.REPLACE if news == "replaced" else AnnounceType.NEW
    later = replace(GRIP, announce_type=kind, **CHANGES[news])
    desk.keep([later], MONDAY + DAY + HOUR)
    day(desk, 2)
    day(desk, 3)
    assert mentions(desk, ada) == [[], [], [(news, GRIP.title)], []]


def test_who_has_not_had_the_paper_is_told_nothing(desk):
    had(desk)
    desk.keep([replace(GRIP, withdrawn=True)], MONDAY + HOUR)
    bob = desk.reader("bob", at=MONDAY + 2 * HOUR)
    day(desk, 1)
    assert all(GRIP.title not in titles for titles in desk.issues(bob))
    assert mentions(desk, bob) == [[]]


def test_what_an_issue_that_never_went_out_would_have_told_is_in_the_next(desk):
    ada = had(desk)
    desk.keep([replace(GRIP, withdrawn=True)], MONDAY + HOUR)
    desk.papers(1, MONDAY + 2 * HOUR)
    desk.compose(MONDAY + DAY)
    day(desk, 2)
    assert mentions(desk, ada) == [[], [("withdrawn", GRIP.title)], [("withdrawn", GRIP.title)]]


def test_papers_of_an_issue_in_doubt_return_once_as_titles(desk):
    ada = desk.reader()
    first = day(desk, 0, State.IN_DOUBT)
    second = day(desk, 1)
    third = day(desk, 2)
    assert desk.issues(ada) == [first, second, third], "never as items"
    assert mentions(desk, ada) == [[], [("missed", first[0])], []]


def test_an_issue_holds_what_it_told_whatever_becomes_of_the_paper(desk):
    ada = had(desk)
    desk.keep([replace(GRIP, withdrawn=True)], MONDAY + HOUR)
    day(desk, 1)
    with desk.store.write() as tx:
        tx.execute(schema.papers.update().values(title="Another title"))
    assert mentions(desk, ada)[1] == [("withdrawn", GRIP.title)]
