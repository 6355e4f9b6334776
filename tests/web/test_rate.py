"""Rating and saving by a link from an issue: buttons that change something, links that do not."""

import re

import pytest
import sqlalchemy as sa

from newsletter.domain.library import Verdict
from newsletter.feeds import bibtex, ris
from newsletter.store import works
from newsletter.store.schema import deliveries

ADA = "ada@example.org"
SPINDLES = "Sleep Spindles Predict Next-Day Learning"


@pytest.fixture
def link(world):
    return world.link("rate", ADA, world.issue_of(ADA))


@pytest.fixture
def saved(world):
    return world.link("saved", ADA, world.issue_of(ADA), purpose="rate")


def said(world, address=ADA):
    with world.store.read() as tx:
        found = works.of(tx, world.subscriber(address).id)
    return {one.title: one.verdict for one in found}


def position(client, link, title=SPINDLES):
    page = client.get(link).text
    return re.search(rf'id="p(\d+)">\s*<h2>(?:<a[^>]*>)?{title}', page)[1]


def press(client, link, verdict, **headers):
    paper = position(client, link)
    return client.post(link, data={"paper": paper, "verdict": verdict}, headers=headers)


def test_a_pressed_button_is_kept_shown_and_taken_back(world, client, link):
    page = press(client, link, "more").text
    assert "More papers like this one will come." in page
    assert said(world) == {SPINDLES: Verdict.MORE}
    assert f'aria-pressed="true" aria-label="More like this: {SPINDLES}"' in page
    press(client, link, "less")
    assert said(world) == {SPINDLES: Verdict.LESS}
    assert f'aria-label="Undo: {SPINDLES}"' in client.get(link).text
    press(client, link, "none")
    assert said(world) == {}


def test_who_opens_links_changes_nothing(world, client, link, saved):
    before = world.rows()
    for url in (link, f"{link}?verdict=more&paper=1", saved, f"{saved}/papers.bib"):
        for method in ("GET", "HEAD"):
            assert client.request(method, url).status_code == 200
        for found in re.findall(r'href="(/[^"]*)"', client.get(url).text):
            client.get(found)
    assert world.rows() == before


def test_another_site_may_not_press_a_button(world, client, link, saved):
    for url in (link, saved):
        for told in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = client.post(url, data={"paper": "1", "verdict": "more"}, headers=told)
            assert answer.status_code == 403
    assert said(world) == {}


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 422),
        ({"paper": "1", "verdict": "own"}, 422),
        ({"paper": "x", "verdict": "more"}, 422),
        ({"paper": "²", "verdict": "more"}, 422),
        ({"paper": "99", "verdict": "more"}, 404),
        ({"paper": "9" * 5000, "verdict": "more"}, 404),
    ],
)
def test_a_form_that_names_no_paper_or_verdict_changes_nothing(world, client, link, form, status):
    assert client.post(link, data=form).status_code == status
    assert said(world) == {}


def test_nobody_rates_another_readers_issue(world, client):
    of_bob = world.issue_of("bob@example.org")
    for path in (world.link("rate", ADA, of_bob), world.link("rate", ADA, 999)):
        assert client.get(path).status_code == 404
        answer = client.post(path, data={"paper": "1", "verdict": "more"})
        assert answer.status_code == 404
    assert said(world) == said(world, "bob@example.org") == {}


@pytest.mark.parametrize("purpose", ["read", "pause", "unsubscribe", "preferences"])
def test_a_token_of_another_purpose_does_not_rate(world, client, purpose):
    path = world.link("rate", ADA, world.issue_of(ADA), purpose=purpose)
    assert client.get(path).status_code == 404
    assert client.post(path, data={"paper": "1", "verdict": "more"}).status_code == 404


def test_what_was_saved_is_listed_taken_along_and_taken_off(world, client, link, saved):
    assert "Nothing is saved yet" in client.get(saved).text
    press(client, link, "saved")
    page = client.get(saved).text
    assert SPINDLES in page
    for name, reader in (("papers.bib", bibtex), ("papers.ris", ris)):
        file = client.get(f"{saved}/{name}")
        assert file.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        (paper,) = reader.read(name, file.content).papers
        assert (paper.title, paper.abstract) == (SPINDLES, "We followed sleep spindles.")
    key = re.search(r'name="paper" value="([^"]+)"', page)[1]
    assert "Taken off the list:" in client.post(saved, data={"paper": key}).text
    assert said(world) == {}
    assert client.post(saved, data={"paper": "doi:10.1000/0"}).status_code == 404


def test_a_rating_proves_that_the_mail_arrived(world, client, link):
    issue = world.issue_of(ADA)
    with world.store.write() as tx:
        mine = deliveries.update().where(deliveries.c.issue_id == issue)
        tx.execute(mine.values(state="in_doubt"))
    client.get(link)
    press(client, link, "more")
    with world.store.read() as tx:
        state = sa.select(deliveries.c.state).where(deliveries.c.issue_id == issue)
        assert tx.execute(state).scalar_one() == "accepted"


def test_the_pages_have_a_heading_and_named_buttons(client, link, saved):
    press(client, link, "saved")
    for url in (link, saved):
        page = client.get(url).text
        assert page.count("<h1>") == 1
        assert "<script" not in page
        for button in re.findall(r"<button[^>]*>", page):
            assert "aria-label" in button
