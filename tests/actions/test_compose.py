"""What goes into whose issue, and when."""

from datetime import timedelta

from newsletter.actions import subscribe
from newsletter.actions.compose import ALREADY, FAILED, NOTHING, PAUSED
from newsletter.domain.delivery import Outcome, Result, State
from newsletter.domain.paper import AnnounceType, Paper
from newsletter.store import deliveries, issues, outbox, papers, promises, schema
from tests.actions.conftest import DAY, HOUR, MONDAY, MONTHLY, WEEKLY
from tests.store.samples import all_due


def send(desk, now):
    """Mark every pending digest as accepted."""
    with desk.store.write() as tx:
        for one in [due.delivery for due in all_due(tx, now)]:
            epoch = deliveries.run(tx)[1]
            assert outbox.arm(tx, {one.id: "<m@example.org>"}, epoch, now)
            deliveries.settle(tx, one.id, Outcome(Result.ACCEPTED), State.ACCEPTED, now, None)


def test_each_day_has_its_new_papers_and_none_of_the_day_before(desk):
    ada = desk.reader()
    first = desk.papers(2, MONDAY - 2 * HOUR)
    desk.compose(MONDAY)
    send(desk, MONDAY)
    second = desk.papers(2, MONDAY + 5 * HOUR)
    desk.compose(MONDAY + DAY)
    assert [sorted(one) for one in desk.issues(ada)] == [first, second]


def test_papers_that_were_being_stored_while_an_issue_was_composed_come_in_the_next(desk):
    ada = desk.reader()
    desk.papers(1, MONDAY - HOUR)
    desk.compose(MONDAY)
    send(desk, MONDAY)
    # The visit began before the issue was composed, and was stored after it.
    late = desk.papers(1, MONDAY - timedelta(seconds=20))
    desk.compose(MONDAY + DAY)
    assert desk.issues(ada)[1] == late


def test_a_first_issue_looks_back_some_days_only(desk):
    ada = desk.reader()
    desk.papers(1, MONDAY - 9 * DAY)
    recent = desk.papers(1, MONDAY - 6 * DAY)
    desk.compose(MONDAY, first_days=7)
    assert desk.issues(ada) == [recent]


def test_no_paper_of_a_long_month_is_lost(desk):
    ada = desk.reader(at=MONDAY - 90 * DAY, **MONTHLY)
    january, february, march = (MONDAY.replace(month=m, day=1) for m in (1, 2, 3))
    desk.papers(1, january - DAY)
    desk.compose(january + HOUR)
    send(desk, january + HOUR)
    just_after = desk.papers(1, january + 2 * HOUR)
    just_before = desk.papers(1, february - HOUR)
    desk.compose(february)
    assert sorted(desk.issues(ada)[1]) == just_after + just_before
    assert desk.compose(march).skipped == {}, "what was not sent goes into the next"


def test_missed_days_are_merged_into_one_issue(desk):
    ada = desk.reader()
    monday = desk.papers(1, MONDAY - HOUR)
    desk.compose(MONDAY)
    send(desk, MONDAY)
    rest = [title for day in range(3) for title in desk.papers(1, MONDAY + day * DAY + HOUR)]
    desk.compose(MONDAY + 3 * DAY)
    assert [sorted(one) for one in desk.issues(ada)] == [monday, rest]


def test_composing_ahead_moves_nobodys_clock(desk):
    ada = desk.reader()
    desk.papers(1, MONDAY - HOUR)
    desk.compose(MONDAY.replace(year=2031), now=MONDAY)
    assert desk.due_at(ada) == MONDAY + DAY


def test_composing_for_a_day_gone_by_leaves_the_newer_issue_alone(desk):
    ada = desk.reader()
    desk.papers(1, MONDAY - HOUR)
    desk.compose(MONDAY + DAY)
    made = desk.compose(MONDAY, now=MONDAY + DAY)
    assert (made.issues, made.skipped) == (0, {ALREADY: 1})
    assert len(desk.issues(ada)) == 1


def test_who_changes_the_cadence_gets_one_issue_a_day_all_the_same(desk):
    ada = desk.reader()
    desk.papers(1, MONDAY - HOUR)
    desk.compose(MONDAY)
    with desk.store.write() as tx:
        tx.execute(schema.subscribers.update().values(cadence="weekly"))
    desk.papers(1, MONDAY + HOUR)
    assert desk.compose(MONDAY + HOUR).skipped == {ALREADY: 1}
    assert len(desk.issues(ada)) == 1


def test_a_weekly_reader_has_one_issue_a_week(desk):
    ada = desk.reader(**WEEKLY)
    for day in range(-1, 14):
        desk.papers(1, MONDAY + day * DAY - HOUR)
        desk.compose(MONDAY + day * DAY)
        send(desk, MONDAY + day * DAY)
    assert len(desk.issues(ada)) == 3, "at once for the Monday before, and on two Mondays"
    titles = [title for one in desk.issues(ada) for title in one]
    assert len(titles) == len(set(titles))


def test_replacements_and_withdrawn_papers_are_no_news(desk):
    ada = desk.reader()
    text = "We measure robot manipulation."
    replaced = Paper("Robot manipulation again", text, announce_type=AnnounceType.REPLACE)
    withdrawn = Paper("Robot manipulation withdrawn", text, withdrawn=True)
    desk.keep([replaced, withdrawn], MONDAY - HOUR)
    assert desk.compose(MONDAY).skipped == {NOTHING: 1}
    assert desk.issues(ada) == []


def test_only_who_is_due_is_composed_for_by_the_clock(desk):
    early, late = desk.reader("early"), desk.reader("late", hour=9)
    desk.papers(3, MONDAY - HOUR)
    desk.compose(MONDAY - DAY + 3 * HOUR)  # both are due at once, and have nothing yet
    desk.compose(MONDAY, due_only=True)
    assert (len(desk.issues(early)), len(desk.issues(late))) == (1, 0)
    desk.compose(MONDAY + 2 * HOUR, due_only=True)
    assert len(desk.issues(late)) == 1


def test_one_broken_profile_stops_no_other_reader(desk):
    broken, sound = desk.reader("broken"), desk.reader("sound")
    desk.papers(1, MONDAY - HOUR)
    with desk.store.write() as tx:
        update = schema.subscribers.update().where(schema.subscribers.c.id == broken)
        tx.execute(update.values(zone="Nowhere/Land"))
    made = desk.compose(MONDAY)
    assert (made.issues, made.skipped) == (1, {FAILED: 1})
    assert len(desk.issues(sound)) == 1
    assert desk.due_at(broken) > MONDAY, "it is not tried again at every tick"


def test_who_pauses_gets_no_issue_until_the_pause_ends(desk):
    ada = desk.reader()
    desk.papers(1, MONDAY - HOUR)
    subscribe.pause(desk.store, ada, 0, MONDAY - HOUR)
    assert desk.compose(MONDAY, address="ada@example.org").skipped == {PAUSED: 1}
    desk.papers(1, MONDAY + 14 * DAY)
    assert desk.compose(MONDAY + 15 * DAY).issues == 1, "it ends by itself"


def test_without_topics_the_most_voted_papers_come_first(desk):
    ada = desk.reader(topic="")
    found = [Paper(f"Paper {votes}", "We show it.", votes=votes) for votes in (3, 40, 12)]
    desk.keep(found, MONDAY - HOUR)
    desk.compose(MONDAY)
    assert desk.issues(ada) == [["Paper 40", "Paper 12", "Paper 3"]]


def test_the_receipt_counts_what_each_feed_brought(desk):
    desk.reader()
    desk.papers(4, MONDAY - HOUR)
    desk.compose(MONDAY)
    with desk.store.read() as tx:
        coverage = issues.get(tx, 1).coverage
    assert (coverage.announced, coverage.ranked, coverage.shown) == (4, 4, 4)
    assert [(one.feed, one.announced, one.outcome) for one in coverage.feeds] == [
        ("Example", 4, "fetched")
    ]


def test_the_ledger_keeps_its_promises_after_all_this(desk):
    desk.reader()
    desk.papers(2, MONDAY - HOUR)
    desk.compose(MONDAY)
    desk.compose(MONDAY + DAY)
    with desk.store.read() as tx:
        assert promises.broken_promises(tx) == []
        assert papers.count(tx) == 2
