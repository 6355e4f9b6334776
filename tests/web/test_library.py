"""A reader's library by the link of the preferences."""

import re

import pytest

from newsletter.domain.library import Judged, Verdict
from newsletter.domain.paper import Paper
from newsletter.store import works
from tests.web.conftest import NOW

ADA = "ada@example.org"


@pytest.fixture
def link(world):
    return world.link("library", ADA, purpose="preferences")


@pytest.fixture
def shelved(world):
    papers = [Paper("On <b>Tea</b>", doi="10.1000/1"), Paper("On Rain", doi="10.1000/2")]
    reader = world.subscriber(ADA).id
    with world.store.write() as tx:
        first, second = works.add(tx, papers, NOW)
        works.judge(
            tx, reader, [Judged(first, Verdict.OWN, NOW), Judged(second, Verdict.MORE, NOW)]
        )


def keys(world):
    with world.store.read() as tx:
        return [one.key for one in works.of(tx, world.subscriber(ADA).id)]


@pytest.mark.usefixtures("shelved")
def test_a_paper_is_shown_and_taken_out_and_feedback_stays(world, client, link):
    page = client.get(link).text
    assert "On &lt;b&gt;Tea&lt;/b&gt;" in page
    assert "You wrote it" in page
    assert "On Rain" not in page, "that is feedback"
    assert keys(world) == ["doi:10.1000/1", "doi:10.1000/2"]
    key = re.search(r'name="paper" value="([^"]+)"', page)[1]
    page = client.post(link, data={"paper": key}).text
    assert "Taken out of the library." in page
    assert "There is nothing in it." in page
    assert keys(world) == ["doi:10.1000/2"]
    assert client.post(link, data={"paper": "doi:10.1000/2"}).status_code == 200
    assert keys(world) == ["doi:10.1000/2"]


@pytest.mark.usefixtures("shelved")
def test_only_the_link_of_the_preferences_opens_it(world, client, link):
    for purpose in ("rate", "read", "pause"):
        other = world.link("library", ADA, purpose=purpose)
        assert client.get(other).status_code == 404
        assert client.post(other, data={"paper": "doi:10.1000/1"}).status_code == 404
    told = {"Sec-Fetch-Site": "cross-site"}
    assert client.post(link, data={"paper": "doi:10.1000/1"}, headers=told).status_code == 403
    assert keys(world) == ["doi:10.1000/1", "doi:10.1000/2"]


def test_the_preferences_lead_to_it(world, client, link):
    page = client.get(world.link("preferences", ADA)).text
    assert f'href="{link}"' in page
    assert client.get(link).status_code == 200
