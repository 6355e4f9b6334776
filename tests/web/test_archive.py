"""One issue on the web: its reader's, and nobody else's."""

from newsletter.actions import messages
from newsletter.store import issues
from tests.web.conftest import KEY


def test_the_page_is_the_mail(world, client):
    number = world.issue_of("ada@example.org")
    answer = client.get(world.link("issues", "ada@example.org", number))
    with world.store.read() as tx:
        issue = issues.get(tx, number)
    mail = messages.write_digest(world.pages().press, issue, "ada@example.org", "any")
    assert answer.text == mail.rendered.html
    assert "Sleep Spindles" in answer.text


def test_its_own_styles_work_and_nothing_else_does(world, client):
    link = world.link("issues", "ada@example.org", world.issue_of("ada@example.org"))
    headers = client.get(link).headers
    assert "default-src 'none'; style-src 'unsafe-inline';" in headers["Content-Security-Policy"]
    assert headers["X-Robots-Tag"] == "noindex"
    assert headers["Cache-Control"] == "no-store"


def test_nobody_reads_another_readers_issue(world, client):
    of_bob = world.issue_of("bob@example.org")
    for address in ("ada@example.org", "new@example.org"):
        answer = client.get(world.link("issues", address, of_bob))
        assert answer.status_code == 404
        assert "Sleep" not in answer.text


def test_an_issue_that_is_not_there_is_a_wrong_link(world, client):
    answer = client.get(world.link("issues", "ada@example.org", 999))
    assert answer.status_code == 404
    assert "newsletter issues" not in answer.text


def test_who_left_may_still_read_what_came(world, client):
    link = world.link("issues", "ada@example.org", world.issue_of("ada@example.org"))
    client.post(world.link("unsubscribe", "ada@example.org"))
    assert client.get(link).status_code == 200


def test_the_key_is_not_told(world, client):
    link = world.link("issues", "ada@example.org", world.issue_of("ada@example.org"))
    assert KEY.decode() not in client.get(link).text
