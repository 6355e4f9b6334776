"""Subscribing: an address is enough, and the answer tells nothing about it."""

import pytest

from newsletter.domain.edition import Cadence, Schedule
from newsletter.domain.subscriber import SubscriberState


def test_an_address_alone_is_enough(world, client):
    answer = client.post("/subscribe", data={"address": " Eve@Example.org "})
    assert answer.status_code == 200
    assert "Look into your mailbox" in answer.text
    eve = world.subscriber("eve@example.org")
    assert eve.state is SubscriberState.PENDING
    assert eve.preferences == world.pages().preferences
    assert world.woken == 1
    assert [row for row in world.deliveries() if f"confirmation:{eve.id}:" in str(row)]


def test_every_choice_of_the_form_is_kept(world, client):
    chosen = {
        "address": "eve@example.org",
        "topics": ["Sleep", "Graph theory"],
        "own": "protein folding\n\n  large   language models \n",
        "cadence": "weekly",
        "day": "4",
        "time": "18:00",
        "zone": "tokyo",
        "length": "12",
    }
    assert client.post("/subscribe", data=chosen).status_code == 200
    preferences = world.subscriber("eve@example.org").preferences
    assert preferences.schedule == Schedule(Cadence.WEEKLY, (4,), 18, 0, "Asia/Tokyo")
    assert preferences.length == 12
    names = [topic.name for topic in world.profile("eve@example.org").topics]
    assert names == ["Sleep", "Graph theory", "protein folding", "large language models"]


def test_the_answer_is_the_same_whoever_has_the_address(world, client):
    addresses = ["ada@example.org", "new@example.org", "gone@example.org", "nobody@example.org"]
    client.post("/subscribe", data={"address": "gone@example.org"})
    client.post(world.link("unsubscribe", "gone@example.org"))
    answers = [client.post("/subscribe", data={"address": one}) for one in addresses]
    assert {(one.status_code, one.text) for one in answers} == {(200, answers[0].text)}
    assert {tuple(one.headers.items()) for one in answers} == {tuple(answers[0].headers.items())}


def test_somebody_else_cannot_change_what_a_reader_chose(world, client):
    before = world.rows()
    taken = {"address": "ada@example.org", "own": "spam", "cadence": "monthly"}
    assert client.post("/subscribe", data=taken).status_code == 200
    assert world.rows() == before


def test_one_address_gets_one_confirmation_a_day(world, client):
    for _ in range(3):
        client.post("/subscribe", data={"address": "eve@example.org"})
    eve = world.subscriber("eve@example.org").id
    sent = [row for row in world.deliveries() if f"confirmation:{eve}:" in str(row)]
    assert len(sent) == 1


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("address", "nobody", "Enter an address such as"),
        ("address", "", "Enter an address such as"),
        ("address", "a@example.org\r\nBcc: b@example.org", "Enter an address such as"),
        ("zone", "Mars", "No time zone has this name"),
        ("zone", "../../etc/passwd", "No time zone has this name"),
        ("cadence", "hourly", "Choose how often"),
        ("time", "25:00", "Choose an hour"),
        ("length", "0", "Enter a number from 1 to 40"),
        ("length", "²", "Enter a number from 1 to 40"),
        ("own", "x" * 300, "Keep each line under 200 characters"),
        ("own", "\n".join(f"topic {n}" for n in range(60)), "Choose 50 topics at most"),
    ],
)
def test_a_mistake_is_told_beside_its_field(world, client, field, value, said):
    before = world.rows()
    answer = client.post("/subscribe", data={"address": "eve@example.org", field: value})
    assert answer.status_code == 422
    assert f'<p class="error" id="{field}-error">{said}' in answer.text
    assert f'<a href="#{field}">{said}' in answer.text
    assert "<title>Error: " in answer.text
    assert world.rows() == before


def test_a_mistake_loses_nothing_that_was_typed(client):
    typed = {"address": "eve@", "own": "a < b & c", "topics": "Sleep", "zone": "UTC", "length": "3"}
    page = client.post("/subscribe", data=typed).text
    assert 'value="eve@"' in page
    assert "a &lt; b &amp; c</textarea>" in page
    assert 'value="Sleep" checked' in page
    assert 'max="40" value="3"' in page
    assert "<details open>" in page


def test_chosen_days_need_one_day(client):
    page = client.post("/subscribe", data={"address": "e@example.org", "cadence": "weekdays"}).text
    assert "Choose at least one day." in page


def test_a_program_that_fills_every_field_gets_the_same_answer_and_nothing_else(world, client):
    before = world.rows()
    person = client.post("/subscribe", data={"address": "ada@example.org"})
    program = client.post("/subscribe", data={"address": "e@example.org", "website": "x"})
    assert program.text == person.text
    assert world.rows() == before


def test_the_form_names_every_field_for_those_who_cannot_see_it(client):
    page = client.get("/").text
    for name in ("address", "own", "day", "time", "zone", "length"):
        assert f'<label for="{name}">' in page
        assert f'id="{name}" name="{name}"' in page
    assert '<html lang="en" dir="ltr">' in page
    assert "<script" not in page


def test_what_a_reader_types_never_becomes_markup(client):
    hostile = '"><script>alert(1)</script>'
    page = client.post(
        "/subscribe", data={"address": hostile, "zone": hostile, "own": hostile}
    ).text
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_the_first_page_may_be_found_by_search_engines(client):
    assert client.get("/").headers["X-Robots-Tag"] == "all"


@pytest.mark.parametrize(
    "topic", ["x\x1b]0;pwned\x07", "\x00", "", "a\r\nBcc: x@y", "A" * 60_000, "no such topic"]
)
def test_a_ticked_topic_that_there_is_no_box_for_is_not_kept(world, client, topic):
    chosen = {"address": "eve@example.org", "topics": [topic, "Sleep"]}
    assert client.post("/subscribe", data=chosen).status_code == 200
    names = [one.name for one in world.profile("eve@example.org").topics]
    assert names == ["Sleep"]
