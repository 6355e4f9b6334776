"""How the feeds fare, by the command line."""

import pytest

from tests.feeds.servers import reply, running

GOOD = b"<rss version='2.0'><channel><item><title>A paper</title></item></channel></rss>"
BAD = b"<html><body>We are moving.</body></html>"


@pytest.fixture
def server(letter):
    with running() as made:
        made.answers["/good"] = reply(GOOD)
        made.answers["/bad"] = reply(BAD)
        settings = f'[ingest]\nallowed_hosts = ["{made.place}"]\n'
        for name in ("good", "bad"):
            address = f'name = "{name}"\nurl = "{made.url("/" + name)}"\nreader = "rss"\n'
            settings += f"[[feeds]]\n{address}"
        (letter.folder / "config/newsletter.toml").write_text(settings)
        yield made


def test_health_is_well_before_the_first_visit(letter, server):
    good, bad = letter.json("feeds", "health")["feeds"]
    assert [good[one] for one in ("name", "outcome", "visited_at", "good_at")] == [
        "good",
        *[""] * 3,
    ]
    assert (bad["failures"], bad["papers_7_days"], bad["next_at"]) == (0, 0, "")


def test_health_tells_each_feeds_visits_and_exits_3_if_one_failed(letter, server):
    letter.run("ingest")
    letter.run("ingest", "bad")
    good, bad = letter.json("feeds", "health", code=3)["feeds"]
    assert (good["outcome"], good["why"], good["failures"]) == ("fetched", "", 0)
    assert good["good_at"] == good["visited_at"] < good["next_at"]
    assert good["papers_7_days"] == 1
    assert (bad["outcome"], bad["failures"], bad["good_at"]) == ("failed", 2, "")
    assert "this is a web page" in bad["why"]
    told = letter.run("feeds", "health")
    assert told.code == 3
    assert "this is a web page" in told.out


def test_health_is_well_when_all_feeds_are(letter, server):
    server.answers["/bad"] = reply(GOOD)
    letter("ingest")
    letter("feeds", "health")


def test_what_is_set_aside_is_listed_and_tried_again(letter, server):
    assert letter.json("feeds", "quarantine")["quarantine"] == []
    for _ in range(3):
        letter.run("ingest", "bad")
    (found,) = letter.json("feeds", "quarantine")["quarantine"]
    assert (found["feed"], found["reader"], found["times"]) == ("bad", "rss", 3)
    assert "this is a web page" in letter("feeds", "quarantine")
    assert "set aside" in letter.run("ingest", "bad").err
    assert letter.json("feeds", "quarantine", "--retry", "bad")["released"] == 1
    assert letter.json("feeds", "quarantine")["quarantine"] == []
    assert "set aside" not in letter.run("ingest", "bad").err
    told = letter.run("feeds", "quarantine", "--retry", "nothing")
    assert (told.code, "nothing of 'nothing' is set aside" in told.err) == (1, True)
