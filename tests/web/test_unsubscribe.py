"""Unsubscribing by the page's button and by a mail program's one POST."""

import pytest

from newsletter.domain.subscriber import SubscriberState

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def state(world, address="ada@example.org"):
    return world.subscriber(address).state


def test_a_mail_program_unsubscribes_with_one_bare_post(world, client):
    link = world.link("unsubscribe", "ada@example.org", world.issue_of("ada@example.org"))
    client.headers.clear()
    answer = client.post(link, data=ONE_CLICK)
    assert answer.status_code == 200
    assert answer.text == "Unsubscribed.\n"
    assert "set-cookie" not in answer.headers
    assert state(world) is SubscriberState.UNSUBSCRIBED


@pytest.mark.parametrize(
    "sent",
    [
        {"data": ONE_CLICK, "headers": {"Origin": "https://mail.example.com"}},
        {"data": ONE_CLICK, "headers": {"Sec-Fetch-Site": "cross-site"}},
        {"data": ONE_CLICK, "headers": {"Cookie": "session=other"}},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},
        {},
    ],
    ids=["foreign origin", "cross-site", "cookie", "multipart", "empty"],
)
def test_one_click_works_from_wherever_it_comes(world, client, sent):
    assert client.post(world.link("unsubscribe", "ada@example.org"), **sent).status_code == 200
    assert state(world) is SubscriberState.UNSUBSCRIBED


def test_one_click_answers_the_same_where_nobody_was_subscribed(world, client):
    link = world.link("unsubscribe", "ada@example.org")
    answers = [client.post(link, data=ONE_CLICK) for _ in range(2)]
    answers.append(client.post("/unsubscribe/AAAAAAAAAAAAAAAAAAAAAAAA", data=ONE_CLICK))
    assert {(one.status_code, one.text) for one in answers} == {(200, "Unsubscribed.\n")}


def test_the_button_unsubscribes_at_once(world, client):
    link = world.link("unsubscribe", "ada@example.org")
    assert '<button name="unsubscribe" value="now">Unsubscribe</button>' in client.get(link).text
    assert state(world) is SubscriberState.ACTIVE
    assert "You are unsubscribed" in client.post(link, data={"unsubscribe": "now"}).text
    assert state(world) is SubscriberState.UNSUBSCRIBED
    assert "You are unsubscribed" in client.get(link).text


def test_the_button_of_a_damaged_link_says_that_nothing_was_done(client):
    answer = client.post("/unsubscribe/AAAA", data={"unsubscribe": "now"})
    assert answer.status_code == 404
    assert "This link does not work" in answer.text


def test_nobody_else_is_unsubscribed(world, client):
    client.post(world.link("unsubscribe", "ada@example.org"), data=ONE_CLICK)
    assert state(world, "bob@example.org") is SubscriberState.ACTIVE


def test_less_often_is_offered_after_the_button(world, client):
    page = client.get(world.link("unsubscribe", "ada@example.org")).text
    assert page.index("</button>") < page.index("Pause for two weeks")
    assert f'href="{world.link("pause", "ada@example.org")}"' in page
