"""How often forms may be sent: by one network, by one reader's links, and by all together."""

from dataclasses import replace
from datetime import timedelta

import pytest

from newsletter.domain.delivery import Kind
from newsletter.web.guard import Allowance
from newsletter.web.pages import CHANGES

ADA = "ada@example.org"


@pytest.fixture
def few(world):
    """A site where a reader may send three forms, and all together ask two confirmations."""
    hour = timedelta(hours=1)
    pages = replace(world.pages(), readers=Allowance(3), confirmations=Allowance(2, hour))
    return world.client(pages)


def ask(client, name):
    return client.post("/subscribe", data={"address": f"{name}@example.org"})


def test_a_reader_may_rate_and_save_every_paper_of_the_longest_issue_and_then_has_to_wait(
    world, client
):
    link = world.link("pause", ADA)
    assert [client.post(link).status_code for _ in range(CHANGES)] == [200] * CHANGES
    late = client.post(link)
    assert (late.status_code, late.headers["Retry-After"]) == (429, "600")
    world.now += timedelta(minutes=10)
    assert client.post(link).status_code == 200


def test_all_links_of_a_reader_share_one_allowance_and_nobody_elses_counts(world, few):
    issue = world.issue_of(ADA)
    for path in ("preferences", "library", "pause"):
        assert few.post(world.link(path, ADA, issue)).status_code == 200
    before = world.rows()
    for path in ("preferences", "library", "saved", "pause", "rate"):
        assert few.post(world.link(path, ADA, issue)).status_code == 429
    assert world.rows() == before
    assert few.get(world.link("preferences", ADA)).status_code == 200
    assert few.post(world.link("preferences", "bob@example.org")).status_code == 200
    assert few.post(world.link("unsubscribe", ADA)).status_code == 200
    assert world.subscriber(ADA).state == "unsubscribed"


def test_a_forged_link_uses_up_nobodys_allowance(world, few):
    link = world.link("preferences", ADA)
    assert {few.post(f"{link[:-1]}~").status_code for _ in range(5)} == {404}
    assert few.post(link).status_code == 200


def test_a_reader_who_changes_topics_often_leaves_no_more_than_a_version_an_issue(world, client):
    link = world.link("preferences", ADA)
    for number in range(20):
        assert client.post(link, data={"own": f"topic {number}"}).status_code == 200
    ada = world.subscriber(ADA).id
    assert len([row for row in world.rows()["profiles"] if row[1] == ada]) == 2
    assert [topic.name for topic in world.profile(ADA).topics] == ["topic 19"]


def test_there_is_a_ceiling_on_confirmations_of_all_clients_together(world, few):
    confirmations = [row for row in world.deliveries() if Kind.CONFIRMATION.value in row]
    assert ask(few, "not an address").status_code == 422
    assert [ask(few, name).status_code for name in ("eve", "fay")] == [200, 200]
    refused = [ask(few, name) for name in ("gus", "ada")]
    assert {(one.status_code, one.headers["Retry-After"]) for one in refused} == {(503, "3600")}
    assert refused[0].text == refused[1].text
    found = [row for row in world.deliveries() if Kind.CONFIRMATION.value in row]
    assert len(found) - len(confirmations) == 2
    world.now += timedelta(hours=1)
    assert ask(few, "gus").status_code == 200
