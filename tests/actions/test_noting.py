"""A welcome after the confirmation, and a mail on the day a pause ends: each of them once."""

from datetime import timedelta

from newsletter.actions import noting, subscribe
from newsletter.app import now_utc, open_app
from newsletter.domain.profile import Topic, TopicProfile
from newsletter.domain.subscriber import Preferences
from newsletter.store import ledger, outbox, subscribers
from tests.actions.conftest import DAY, HOUR, MONDAY
from tests.letters import write_papers

WISH = subscribe.Wish(
    "ada@example.org", Preferences(), TopicProfile((Topic("cloth"), Topic("sleep")))
)
END = MONDAY + subscribe.PAUSE


def notes(desk, kind):
    """Return what was stored for each note of a kind."""
    with desk.store.read() as tx:
        ids = [one.id for one in ledger.listed(tx) if one.kind == kind]
        return [dict(outbox.get(tx, one)[0].inputs) for one in ids]


def test_who_confirms_is_welcomed_once_with_topics_clock_and_first_issue(desk):
    subscribe.request(desk.store, WISH, MONDAY)
    assert notes(desk, "welcome") == []
    subscribe.confirm(desk.store, 1, MONDAY + HOUR)
    subscribe.confirm(desk.store, 1, MONDAY + 2 * HOUR)
    (told,) = notes(desk, "welcome")
    assert (told["topics"], told["length"]) == (["cloth", "sleep"], 7)
    assert told["schedule"]["hour"] == 7
    assert told["first_at"] == "", "an issue is due at once"


def test_a_welcome_names_the_hour_of_a_first_issue_that_is_near(desk):
    subscribe.request(desk.store, WISH, MONDAY - DAY)
    subscribe.confirm(desk.store, 1, MONDAY - timedelta(minutes=20))
    (told,) = notes(desk, "welcome")
    assert told["first_at"] == MONDAY.isoformat()


def test_whom_the_operator_adds_is_not_welcomed(desk):
    desk.reader()
    assert notes(desk, "welcome") == []


def test_a_pause_that_runs_out_is_told_once_on_that_day(desk):
    reader = desk.reader()
    subscribe.pause(desk.store, reader, 0, MONDAY)
    assert noting.end_pauses(desk.store, END - timedelta(seconds=1)) == 0
    assert noting.end_pauses(desk.store, END) == 1
    assert noting.end_pauses(desk.store, END) == noting.end_pauses(desk.store, END + DAY) == 0
    (told,) = notes(desk, "resumed")
    assert told["next_at"] == "", "an issue is due at once"
    with desk.store.read() as tx:
        assert subscribers.get(tx, reader).paused_until is None


def test_a_next_pause_is_told_again(desk):
    reader = desk.reader()
    for start in (MONDAY, MONDAY + 20 * DAY):
        subscribe.pause(desk.store, reader, 0, start)
        noting.end_pauses(desk.store, start + subscribe.PAUSE)
    assert len(notes(desk, "resumed")) == 2


def test_who_resumed_or_left_before_is_told_nothing(desk):
    early, gone = desk.reader("ada"), desk.reader("bob")
    for one in (early, gone):
        subscribe.pause(desk.store, one, 0, MONDAY)
    subscribe.resume(desk.store, early)
    subscribe.unsubscribe(desk.store, gone, 0, MONDAY + DAY)
    assert noting.end_pauses(desk.store, END + HOUR) == 0


def test_a_pause_that_ended_long_ago_is_no_news(desk):
    reader = desk.reader()
    subscribe.pause(desk.store, reader, 0, MONDAY)
    assert noting.end_pauses(desk.store, END + 3 * DAY) == 0
    with desk.store.read() as tx:
        assert subscribers.get(tx, reader).paused_until is None


def test_composing_by_hand_ends_a_pause_and_tells_of_it_before_the_issue(letter, tmp_path):
    letter("ingest", write_papers(tmp_path / "papers.jsonl"))
    letter("subscribers", "add", "ada@example.net", "--topic", "robot manipulation")
    letter("subscribers", "add", "bob@example.net", "--topic", "robot manipulation")
    app = open_app(letter.folder, now_utc())
    subscribe.pause(app.store, 1, 0, now_utc() - subscribe.PAUSE - HOUR)
    subscribe.pause(app.store, 2, 0, now_utc() - DAY)
    app.close()
    letter("compose")
    letter("compose")
    letter("deliver")
    rows = letter.json("deliveries", "list")["deliveries"]
    assert [(one["subscriber"], one["kind"], one["state"]) for one in rows] == [
        ("ada@example.net", "digest", "accepted"),
        ("ada@example.net", "resumed", "accepted"),
    ]
    (mail,) = (letter.folder / "outbox").glob("resumed-*.eml")
    assert b"Your pause is over" in mail.read_bytes()
