"""The operator is told of what nobody else would notice: once an hour, by the same ledger."""

from datetime import timedelta

import pytest

from newsletter.actions import alarms, subscribe
from newsletter.actions.ingest import Limits, Origin
from newsletter.domain.delivery import State
from newsletter.errors import SenderError, StoppedError, TemplateError
from newsletter.rendering.notes import HEADLINES
from newsletter.scheduler import Alarm, Clock, Work
from newsletter.store import deliveries, feeds, ledger, outbox, promises, subscribers
from tests.actions.conftest import DAY, HOUR, MONDAY
from tests.letters import through, write_papers
from tests.mail.recording import RecordingServer
from tests.mail.session import Script

OPS = "ops@example.org"
SECOND = timedelta(seconds=1)


def told(desk):
    """Return what the alarms say, the first one first."""
    with desk.store.read() as tx:
        ids = [one.id for one in ledger.listed(tx) if one.kind == "alarm"]
        found = [outbox.get(tx, one)[0].inputs for one in reversed(ids)]
    return [(one["cause"], one["about"], one["why"]) for one in found]


def settled(desk):
    """Have all that waits be out of the way."""
    with desk.store.write() as tx:
        for one in ledger.listed(tx):
            deliveries.close(tx, one.id, State.CANCELLED, "in a test", MONDAY)


def test_of_one_cause_one_mail_an_hour_is_made_and_of_others_too(desk):
    for minute in range(0, 60, 5):
        at = MONDAY + timedelta(minutes=minute)
        alarms.ring(desk.store, OPS, "relay", "no route", at)
        alarms.ring(desk.store, OPS, "stopped", "5.7.1", at)
    assert told(desk) == [("relay", "", "no route"), ("stopped", "", "5.7.1")]
    settled(desk)
    assert not alarms.ring(desk.store, OPS, "relay", "no route", MONDAY + HOUR - SECOND)
    assert alarms.ring(desk.store, OPS, "relay", "no route", MONDAY + HOUR)


def test_while_one_waits_no_second_is_made(desk):
    assert alarms.ring(desk.store, OPS, "relay", "no route", MONDAY)
    assert not alarms.ring(desk.store, OPS, "relay", "no route", MONDAY + DAY)


def test_without_an_operator_nobody_is_told(desk):
    assert not alarms.ring(desk.store, "", "relay", "no route", MONDAY)
    assert told(desk) == []


def test_the_operator_is_no_subscriber_and_may_become_one(desk):
    alarms.ring(desk.store, OPS, "relay", "no route", MONDAY)
    with desk.store.read() as tx:
        assert subscribers.every(tx) == []
        with pytest.raises(Exception, match="is not a subscriber"):
            subscribers.find(tx, OPS)
    reader = desk.reader("ops")
    with desk.store.read() as tx:
        assert subscribers.find(tx, OPS).id == reader
    desk.papers(2, MONDAY)
    assert desk.compose(MONDAY).issues == 1


def test_an_operator_who_reads_too_hears_after_leaving(desk):
    reader = desk.reader("ops")
    subscribe.unsubscribe(desk.store, reader, 0, MONDAY)
    assert alarms.ring(desk.store, OPS, "relay", "no route", MONDAY + HOUR)
    with desk.store.write() as tx:
        (one,) = ledger.listed(tx)
        epoch = deliveries.begin_epoch(tx, MONDAY)
        assert outbox.arm(tx, {one.id: "<a@b>"}, epoch, MONDAY + 2 * HOUR) == {one.id}
        assert promises.who_left_gets_nothing(tx) == []


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (SenderError("no route"), "relay"),
        (StoppedError("5.7.1"), "stopped"),
        (TemplateError("a", 1, "b"), "stopped"),
        (KeyError("x"), "stopped"),
    ],
)
def test_each_failure_has_its_cause(error, cause):
    assert alarms.cause_of(error) == cause
    assert cause in HEADLINES


def visits(desk, *outcomes, url="https://example.org/feed", name="Example"):
    """Have a feed visited once a day from Monday, with these outcomes."""
    for day, outcome in enumerate(outcomes):
        with desk.store.write() as tx:
            feed = feeds.find_or_add(tx, url, name)
            why = "404 Not Found" if outcome == "failed" else ""
            feeds.record(tx, feeds.Visit(feed.id, MONDAY + day * DAY, outcome, why=why), None)


@pytest.mark.parametrize(
    ("outcomes", "is_dead"),
    [
        (("fetched", *["failed"] * 2), False),
        (("fetched", *["failed"] * 3), True),
        (("failed",) * 5, True),
        ((*["failed"] * 4, "unchanged"), False),
        ((*["failed"] * 4, "empty", "failed"), False),
        (("stale",) * 6, False),
    ],
)
def test_a_feed_that_failed_for_three_days_is_dead(desk, outcomes, is_dead):
    visits(desk, *outcomes)
    now = MONDAY + (len(outcomes) - 1) * DAY + HOUR
    urls = {"https://example.org/feed"}
    found = alarms.ring_for_dead_feeds(desk.store, OPS, urls, now)
    assert found == (["Example"] if is_dead else [])
    assert told(desk) == ([("feed", "Example", "404 Not Found")] if is_dead else [])


def test_a_dead_feed_is_told_once_a_week_and_only_while_it_is_wanted(desk):
    visits(desk, *["failed"] * 5)
    urls = {"https://example.org/feed"}
    assert alarms.ring_for_dead_feeds(desk.store, OPS, (), MONDAY + 5 * DAY) == []
    assert alarms.ring_for_dead_feeds(desk.store, OPS, urls, MONDAY + 5 * DAY)
    settled(desk)
    assert not alarms.ring_for_dead_feeds(desk.store, OPS, urls, MONDAY + 11 * DAY)
    assert alarms.ring_for_dead_feeds(desk.store, OPS, urls, MONDAY + 12 * DAY)


def test_the_clock_tells_of_what_fails_in_it_and_of_dead_feeds(desk):
    visits(desk, *["failed"] * 5)
    clock = Clock.starting_at(MONDAY + 5 * DAY)
    origins = (Origin("https://example.org/feed", "Example"),)
    work = Work(desk.store, None, None, Limits(2**20), origins, 7, clock, operator=OPS)
    Alarm(work).tick()  # without a way out, delivering fails
    causes = [cause for cause, _, _ in told(desk)]
    assert causes == ["stopped", "feed"]


@pytest.fixture
def posted(letter, tmp_path, monkeypatch):
    """Three pending issues and an operator; `posted.by(script)` delivers, and returns the mails."""
    letter("ingest", write_papers(tmp_path / "papers.jsonl"))
    for name in ("ada", "bob", "cy"):
        letter("subscribers", "add", f"{name}@example.net", "--topic", "robot manipulation")
    letter("compose")
    monkeypatch.setenv("NEWSLETTER_SITE__OPERATOR", "Ops@Example.NET")

    def by(script=None, code=0):
        with RecordingServer(script) as server:
            for name, value in through(server.port).items():
                monkeypatch.setenv(name, value)
            letter("deliver", code=code)
            return {one.recipients[0]: one.body for one in server.mails}

    letter.by = by
    return letter


def test_a_relay_that_refuses_us_is_told_when_it_takes_mail_again(posted):
    assert posted.by(Script(answers={"CONNECT": "554 Go away"}), code=1) == {}
    mails = posted.by()
    assert b"Subject: Paper Letter: The mail server takes no mail" in mails["ops@example.net"]
    assert b"554 Go away" in mails["ops@example.net"]
    assert len(mails) == 4
    assert b"List-Unsubscribe" not in mails["ops@example.net"]


def test_a_restored_copy_sends_its_operator_the_alarm_and_nothing_else(posted):
    backup = posted.folder / "backup.db"
    posted("db", "backup", backup)
    assert len(posted.by()) == 3
    for leftover in posted.folder.glob("newsletter.db*"):
        leftover.unlink()
    backup.rename(posted.folder / "newsletter.db")
    mails = posted.by(code=75)
    assert list(mails) == ["ops@example.net"]
    assert b"is a restored copy" in mails["ops@example.net"]
    assert posted.by(code=75) == {}, "once an hour"
    rows = {one["kind"]: one["state"] for one in posted.json("deliveries", "list")["deliveries"]}
    assert rows == {"alarm": "accepted", "digest": "pending"}
    posted("db", "resume")
    assert posted("db", "check")


def test_an_address_that_is_none_is_named_with_its_key(posted, monkeypatch):
    monkeypatch.setenv("NEWSLETTER_SITE__OPERATOR", "nobody")
    told = posted.run("status")
    assert told.code == 4
    assert "site.operator: nobody is not an address" in told.err
