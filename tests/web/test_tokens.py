"""Links in mails: each opens one thing, and looking at it changes nothing."""

from datetime import timedelta

import pytest

from newsletter.domain.subscriber import SubscriberState
from newsletter.domain.token import Purpose
from tests.web.conftest import link_of

PATHS = {
    "confirm": Purpose.CONFIRM,
    "preferences": Purpose.PREFERENCES,
    "pause": Purpose.PAUSE,
    "unsubscribe": Purpose.UNSUBSCRIBE,
    "issues": Purpose.READ,
}


def all_links(world):
    issue = world.issue_of("ada@example.org")
    ada = [world.link(path, "ada@example.org", issue) for path in PATHS]
    return [*ada, *(world.link(path, "new@example.org", issue) for path in PATHS)]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_opening_every_link_changes_nothing(world, client, method):
    before = world.rows()
    for link in all_links(world) * 3:
        assert client.request(method, link).status_code in (200, 404)
    assert world.rows() == before
    assert world.woken == 0


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("purpose", Purpose)
def test_a_token_opens_only_what_it_was_made_for(world, client, path, purpose):
    issue = world.issue_of("ada@example.org")
    link = world.link(path, "ada@example.org", issue, purpose=purpose)
    expected = 200 if PATHS[path] is purpose else 404
    assert client.get(link).status_code == expected


@pytest.mark.parametrize("path", ["confirm", "preferences", "pause", "unsubscribe"])
@pytest.mark.parametrize("purpose", Purpose)
def test_a_token_changes_only_what_it_was_made_for(world, client, path, purpose):
    if PATHS[path] is purpose:
        return
    before = world.rows()
    for body in ({}, {"unsubscribe": "now"}, {"resume": "now"}, {"length": "3"}):
        client.post(world.link(path, "ada@example.org", purpose=purpose), data=body)
        client.post(world.link(path, "new@example.org", purpose=purpose), data=body)
    assert world.rows() == before


@pytest.mark.parametrize("token", ["x", "AAAA", "é", "%00", "A" * 5000, "%F0%9F%A6%8A"])
@pytest.mark.parametrize("path", PATHS)
def test_a_damaged_link_says_so(client, path, token):
    answer = client.get(f"/{path}/{token}")
    assert answer.status_code == 404
    assert "This link does not work" in answer.text


def test_a_link_of_somebody_who_is_gone_is_a_wrong_link(client):
    gone = link_of("preferences", Purpose.PREFERENCES, 999)
    wrong = client.get("/preferences/AAAA")
    assert client.get(gone).status_code == wrong.status_code == 404
    assert client.post(gone, data={"length": "3"}).status_code == 404


def test_confirming_makes_the_reader_active_and_says_when_the_first_issue_comes(world, client):
    link = world.link("confirm", "new@example.org")
    assert "<button>Confirm" in client.get(link).text
    answer = client.post(link)
    assert "You are subscribed" in answer.text
    assert "being made now" in answer.text
    assert "every day at 07:00 (Europe/Berlin)" in answer.text
    assert world.subscriber("new@example.org").state is SubscriberState.ACTIVE
    assert world.woken == 1


def test_confirming_near_the_own_hour_waits_for_it(world, client):
    world.now = world.now.replace(day=15, hour=5, minute=30)  # 06:30 in Berlin
    answer = client.post(world.link("confirm", "new@example.org"))
    assert "Your next issue comes on Sunday 15 March 2026 at 07:00 (Europe/Berlin)" in answer.text


def test_confirming_twice_changes_nothing_more(world, client):
    link = world.link("confirm", "new@example.org")
    client.post(link)
    before = world.rows()
    assert "You are subscribed" in client.post(link).text
    assert world.rows() == before


def test_who_left_does_not_come_back_by_an_old_confirmation(world, client):
    client.post(world.link("unsubscribe", "new@example.org"))
    answer = client.post(world.link("confirm", "new@example.org"))
    assert "You are not subscribed" in answer.text
    assert world.subscriber("new@example.org").state is SubscriberState.UNSUBSCRIBED


def test_a_confirmation_goes_out_of_date(world, client):
    link = world.link("confirm", "new@example.org", expires=world.now + timedelta(hours=48))
    world.now += timedelta(hours=48)
    assert client.get(link).status_code == 404
    answer = client.post(link)
    assert "This link is out of date; ask for a new one." in answer.text
    assert world.subscriber("new@example.org").state is SubscriberState.PENDING


def test_pausing_stops_the_mail_for_two_weeks(world, client):
    link = world.link("pause", "ada@example.org")
    assert "Pause for two weeks?" in client.get(link).text
    assert "until Saturday 28 March 2026" in client.post(link).text
    assert world.subscriber("ada@example.org").paused_until == world.now + timedelta(days=14)


def test_who_left_cannot_pause(world, client):
    client.post(world.link("unsubscribe", "ada@example.org"))
    before = world.rows()
    assert "You are not subscribed" in client.post(world.link("pause", "ada@example.org")).text
    assert world.rows() == before
