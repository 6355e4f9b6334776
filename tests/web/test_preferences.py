"""Preferences: what was chosen is shown, what is chosen is kept, and no address is told."""

from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest

from newsletter.actions import subscribe
from newsletter.actions.subscribe import Wish
from newsletter.domain.edition import Cadence, Schedule
from newsletter.domain.profile import Topic, TopicProfile
from newsletter.domain.subscriber import Preferences
from tests.web.conftest import ADA

CHOSEN = {
    "topics": ["Graph theory", "Sleep"],
    "own": "protein folding",
    "cadence": "weekdays",
    "days": ["4", "0"],
    "day": "2",
    "time": "21:00",
    "zone": "America/New_York",
    "length": "20",
}


@pytest.fixture
def link(world):
    return world.link("preferences", "ada@example.org")


def test_the_form_shows_what_is_chosen(client, link):
    page = client.get(link).text
    assert 'value="Sleep" checked' in page
    assert 'value="Machine learning" checked' in page
    assert 'value="Graph theory">' in page
    assert 'value="daily" checked' in page
    assert "<option selected>07:00</option>" in page
    assert 'value="Europe/Berlin"' in page
    assert 'max="40" value="5"' in page


def test_what_is_saved_is_kept_and_shown_again(world, client, link):
    page = client.post(link, data=CHOSEN).text
    assert "<b>Saved.</b>" in page
    assert "Your next issue comes on Monday 16 March 2026 at 21:00 (America/New_York)." in page
    schedule = Schedule(Cadence.WEEKDAYS, (0, 4), 21, 0, "America/New_York")
    assert world.subscriber("ada@example.org").preferences == Preferences(schedule, 20)
    names = [topic.name for topic in world.profile("ada@example.org").topics]
    assert names == ["Sleep", "Graph theory", "protein folding"]
    again = client.get(link).text
    assert again == page.replace(page[page.index('<p class="done"') : page.index("<form")], "")


def test_saving_unchanged_keeps_everything(world, client, link):
    kept = ("Sleep", "Machine learning")
    before = world.subscriber("ada@example.org").preferences, world.rows()["profiles"]
    sent = {"topics": kept, "cadence": "daily", "time": "07:00", "zone": "Europe/Berlin"}
    client.post(link, data=sent | {"days": "0", "day": "0", "length": "5"})
    assert (world.subscriber("ada@example.org").preferences, world.rows()["profiles"]) == before


def test_what_the_form_does_not_show_of_a_topic_stays(world, client, link):
    rich = Topic("Sleep", muted=("rats",), authors=("G. Mbeki",))
    own = Topic("Dreams at night", keywords=("dream",))
    wish = Wish(
        "ada@example.org", replace(ADA, schedule=Schedule(minute=30)), TopicProfile((rich, own))
    )
    subscribe.change(world.store, world.subscriber("ada@example.org").id, wish, world.now)
    assert "Dreams at night</textarea>" in client.get(link).text
    assert "<option selected>07:30</option>" in client.get(link).text
    client.post(link, data={"topics": "Sleep", "own": "dreams at night\nAgeing", "time": "08:30"})
    assert world.profile("ada@example.org").topics == (rich, own, Topic("Ageing"))
    assert world.subscriber("ada@example.org").preferences.schedule.minute == 30


def test_a_mistake_changes_nothing(world, client, link):
    before = world.rows()
    answer = client.post(link, data=CHOSEN | {"zone": "Nowhere"})
    assert answer.status_code == 422
    assert '<a href="#zone">' in answer.text
    assert "protein folding</textarea>" in answer.text
    assert world.rows() == before


def test_no_address_is_shown(world, client, link):
    for page in (client.get(link).text, client.post(link, data=CHOSEN).text):
        assert "@" not in unescape(page)


def test_a_hostile_topic_is_shown_as_its_letters(client, link):
    hostile = "</textarea><script>alert('x')</script>{{ 7*7 }}"
    client.post(link, data=CHOSEN | {"own": hostile})
    page = client.get(link).text
    assert "<script" not in page
    assert "&lt;/textarea&gt;&lt;script&gt;" in page
    assert "{{ 7*7 }}</textarea>" in page


def test_unseen_characters_do_not_reach_the_store(world, client, link):
    client.post(link, data={"own": "pro\x00tein\u2028fold\u202eing\x1b[31m"})
    names = [topic.name for topic in world.profile("ada@example.org").topics]
    assert names == ["pro tein", "fold ing [31m"]


def test_only_the_form_is_read(world, client, link):
    before = world.rows()["subscribers"]
    columns = dict.fromkeys(
        ("id", "address", "state", "due_at", "paused_until", "confirmed_at"), "1"
    )
    client.post(link, data={"cadence": "daily", **columns})
    ada = world.subscriber("ada@example.org")
    others = [row for row in world.rows()["subscribers"] if row[0] != ada.id]
    assert others == [row for row in before if row[0] != ada.id]
    assert (ada.state, ada.paused_until) == ("active", None)


def test_a_pause_is_shown_and_can_be_ended(world, client, link):
    client.post(world.link("pause", "ada@example.org"))
    page = client.get(link).text
    assert "Paused until Saturday 28 March 2026." in page
    preferences = world.subscriber("ada@example.org").preferences
    answer = client.post(link, data={"resume": "now"})
    assert "The pause is over." in answer.text
    assert "Paused until" not in answer.text
    assert world.subscriber("ada@example.org").paused_until is None
    assert world.subscriber("ada@example.org").preferences == preferences
    assert world.woken == 1


@pytest.mark.parametrize("address", ["ada@example.org", "new@example.org"])
def test_who_is_not_subscribed_has_nothing_to_choose(world, client, address):
    link = world.link("preferences", address)
    client.post(world.link("unsubscribe", "ada@example.org"))
    before = world.rows()
    for body in (CHOSEN, {"resume": "now"}):
        assert "You are not subscribed" in client.post(link, data=body).text
    assert "You are not subscribed" in client.get(link).text
    assert world.rows() == before


def test_pause_and_unsubscribe_are_one_link_away(world, client, link):
    page = client.get(link).text
    for path in ("pause", "unsubscribe"):
        assert f'href="{world.link(path, "ada@example.org")}"' in page


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        (" europe/paris ", "Europe/Paris"),
        ("utc", "UTC"),
        ("Asia/Calcutta", "Asia/Calcutta"),
    ],
)
def test_a_time_zone_is_found_by_its_city(world, client, link, typed, meant):
    assert client.post(link, data={"zone": typed}).status_code == 200
    assert world.subscriber("ada@example.org").preferences.schedule.zone == meant


def test_the_language_of_the_mails_is_a_preference(world, client, link):
    page = client.get(link).text
    assert "As the newsletter has it (English)" in page
    assert '<option value="de" lang="de">Deutsch</option>' in page
    assert (
        '<option value="de" lang="de" selected>'
        in client.post(link, data=CHOSEN | {"language": "de"}).text
    )
    assert world.subscriber("ada@example.org").preferences.language == "de"
    assert "Choose a language." in client.post(link, data=CHOSEN | {"language": "xx"}).text


def test_a_readers_data_goes_to_the_address_alone_and_once_a_day(world, client, link):
    assert 'name="export"' in client.get(link).text
    first = client.post(link, data={"export": "mail"}).text
    assert "Your data comes by mail." in first
    assert "ada@example.org" not in first
    assert "Sleep Spindles" not in first
    assert "within the last day" in client.post(link, data={"export": "mail"}).text
    exports = [row for row in world.deliveries() if "export" in row]
    assert len(exports) == 1
    assert world.woken == 2
    world.now += timedelta(days=1, seconds=1)
    client.post(link, data={"export": "mail"})
    assert len([row for row in world.deliveries() if "export" in row]) == 2


def test_what_stands_under_a_sentence_is_chosen_and_kept_by_the_next_issue(world, client, link):
    page = client.get(link).text
    assert '<option value="usual" selected>Nothing more</option>' in page
    client.post(link, data=CHOSEN | {"detail": "card"})
    assert world.subscriber("ada@example.org").preferences.detail == "card"
    assert 'value="card" selected' in client.get(link).text
    client.post(link, data=CHOSEN)
    assert world.subscriber("ada@example.org").preferences.detail == "card", "not sent, so it stays"
    wrong = client.post(link, data=CHOSEN | {"detail": "everything"})
    assert wrong.status_code == 422
    assert "Choose what stands under" in wrong.text


def test_a_topic_that_left_the_catalogue_stays_ticked_and_no_stranger_comes_in(world, client, link):
    shorter = replace(world.pages(), catalogue=world.pages().catalogue[1:])
    ticked = ["Machine learning", "Graph theory", "x\x1b]0;pwned\x07"]
    assert world.client(shorter).post(link, data={"topics": ticked}).status_code == 200
    names = [topic.name for topic in world.profile("ada@example.org").topics]
    assert names == ["Machine learning", "Graph theory"]
