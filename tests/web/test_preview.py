"""The operator's preview: what would go out, shown and never sent."""

import re

import pytest
from starlette.testclient import TestClient

from newsletter import app as wiring
from newsletter.web.operator.preview import Desk, site
from tests.letters import PAPERS, write_papers

ADA = {"subscriber": "ada@example.org"}


@pytest.fixture
def desk(letter, tmp_path):
    """A newsletter with a hostile title and two readers, one of whom nothing fits."""
    hostile = {"title": "<script>alert(1)</script> Robot Manipulation", "abstract": "We show it."}
    letter("ingest", write_papers(tmp_path / "papers.jsonl", [*PAPERS, hostile]))
    letter("subscribers", "add", "ada@example.org", "--topic", "robot manipulation")
    letter("subscribers", "add", "nil@example.org", "--topic", "xylophones")
    app = wiring.open_app(letter.folder, wiring.now_utc())
    yield Desk(
        store=app.store,
        press=wiring.press(app),
        folders=app.templates.folders,
        order=lambda address: wiring.order(app, wiring.now_utc(), None, address),
    )
    app.close()


@pytest.fixture
def browser(desk):
    with TestClient(site(desk), base_url="http://127.0.0.1:8025") as client:
        yield client


def test_the_first_reader_is_shown_and_all_can_be_chosen(browser):
    page = browser.get("/")
    assert page.status_code == 200
    assert "Folding by Fold Lines" in page.text
    assert 'href="/?subscriber=nil%40example.org' in page.text


def test_the_mail_itself_is_framed_without_scripts(browser):
    page = browser.get("/", params={"subscriber": "ada@example.org"})
    assert '<iframe title="The mail' in page.text
    assert "sandbox" in page.text
    mail = browser.get("/mail", params={"subscriber": "ada@example.org"})
    assert "<script>" not in mail.text
    assert "alert(1)" not in mail.text
    assert "Robot Manipulation" in mail.text
    assert "sandbox" in mail.headers["Content-Security-Policy"]


def test_the_text_part_and_the_whole_mail_are_a_click_away(browser):
    text = browser.get("/", params={"subscriber": "ada@example.org", "tab": "text"})
    assert "Title: Folding by Fold Lines" in text.text
    raw = browser.get("/raw", params={"subscriber": "ada@example.org"})
    assert raw.content.startswith(b"From: ")


def test_a_reader_for_whom_nothing_fits_is_told_so(browser):
    page = browser.get("/", params={"subscriber": "nil@example.org"})
    assert page.status_code == 200
    assert "No new paper fits" in page.text


def test_a_foreign_name_for_this_machine_is_refused(browser):
    page = browser.get("/", headers={"Host": "evil.example:8025"})
    assert page.status_code == 400
    assert "example.org" not in page.text


def test_an_unknown_address_is_told_so(browser):
    page = browser.get("/", params={"subscriber": "<b>@example.org"})
    assert page.status_code == 404
    assert "&lt;b&gt;@example.org is not a subscriber" in page.text


def test_looking_stores_and_sends_nothing(browser, letter):
    browser.get("/")
    assert letter.json("issues", "list")["issues"] == []
    assert letter.json("deliveries", "list")["deliveries"] == []


def test_a_composed_issue_is_shown_as_it_will_go_out(browser, letter):
    letter("compose")
    assert "Folding by Fold Lines" in browser.get("/").text
    letter("deliver")
    page = browser.get("/").text
    assert "This is the last issue (accepted)" in page
    assert "Folding by Fold Lines" in page


def test_files_are_written_instead_where_a_folder_is_named(letter, desk, tmp_path):
    out = tmp_path / "out"
    told = letter.json("preview", "--out", out)
    assert sorted(one.rpartition(".")[2] for one in told["files"]) == ["eml", "html", "txt"]
    assert {one.name for one in out.iterdir()} == set(told["files"])


def test_which_sentence_was_chosen_is_told_and_why(browser):
    page = browser.get("/", params={"subscriber": "ada@example.org"})
    assert re.search(r"Its sentence: sentence 2 of 3: ", page.text)


def test_of_a_broken_template_the_last_good_mail_is_shown_with_the_place_of_the_fault(
    browser, letter
):
    foot = letter.folder / "templates/mail/foot.mjml"
    foot.parent.mkdir(parents=True, exist_ok=True)
    foot.write_text("<mj-text>A foot of ours</mj-text>")
    assert "A foot of ours" in browser.get("/mail", params=ADA).text
    foot.write_text("<mj-text>\n{{ no_such_name }}</mj-text>")
    page = browser.get("/", params=ADA)
    assert "The template is broken; the last good one is shown." in page.text
    assert "foot.mjml, line 2" in page.text
    assert "{{ no_such_name }}" in page.text
    assert "A foot of ours" in browser.get("/mail", params=ADA).text
    foot.write_text("<mj-text>Another foot</mj-text>")
    assert "Another foot" in browser.get("/mail", params=ADA).text
    assert "broken" not in browser.get("/", params=ADA).text
