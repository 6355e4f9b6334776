"""The votes of the last week's papers are counted again once a day, and nothing is new twice."""

import json
from datetime import timedelta

import pytest

from newsletter.actions import ingest
from newsletter.actions.reading import Limits, Origin
from newsletter.feeds.huggingface import earlier_days
from newsletter.store import papers
from tests.actions.conftest import DAY, HOUR, MONDAY
from tests.feeds.servers import asking, reply, running

URL = "/api/daily_papers?limit=100"


@pytest.fixture
def server():
    with running() as made:
        for day in range(2, 10):
            made.answers[f"{URL}&date=2026-03-{day:02}"] = reply(b"[]")
        yield made


def daily(**votes):
    """Return the list of these papers, each with its votes."""
    return reply(
        json.dumps(
            [
                {"paper": {"id": f"2603.0000{name[1]}", "title": f"Paper {name}", "upvotes": count}}
                for name, count in votes.items()
            ]
        ).encode()
    )


def visit(desk, server, at, path=URL):
    origin = Origin(server.url(path), "Daily", "huggingface-daily")
    report = ingest.ingest(desk.store, origin, asking(server), Limits(2**20), at)
    assert report.error is None
    return report


def counts(report):
    assert report.read == report.new + report.updated + report.duplicate + len(report.skipped)
    return report.read, report.new, report.updated, report.duplicate


def votes(desk):
    with desk.store.read() as tx:
        known = papers.by_keys(tx, [f"arxiv:2603.0000{one}" for one in range(10)])
    return {key[-1]: one.paper.votes for key, one in sorted(known.items())}


def test_a_week_is_visited_at_the_first_visit_of_a_day_only(desk, server):
    server.answers[URL] = daily(p1=3)
    assert counts(visit(desk, server, MONDAY)) == (1, 1, 0, 0)
    asked = [head.split()[1] for head in server.heads]
    assert asked == [URL] + [f"{URL}&date=2026-03-0{day}" for day in range(8, 1, -1)]
    visit(desk, server, MONDAY + HOUR)
    assert len(server.heads) == 9
    visit(desk, server, MONDAY + DAY)
    assert len(server.heads) == 17


def test_votes_grow_and_a_paper_is_new_once(desk, server):
    server.answers[URL] = daily(p1=3, p2=1)
    visit(desk, server, MONDAY)
    with desk.store.read() as tx:
        newest = papers.newest_row(tx, MONDAY + 9 * DAY)
    server.answers[URL] = daily(p3=0)
    server.answers[f"{URL}&date=2026-03-09"] = daily(p1=40, p2=1)
    assert counts(visit(desk, server, MONDAY + DAY)) == (3, 1, 1, 1)
    assert votes(desk) == {"1": 40, "2": 1, "3": 0}
    with desk.store.read() as tx:
        assert papers.newest_row(tx, MONDAY + 9 * DAY) == newest + 1


def test_votes_grow_even_when_todays_list_is_unchanged(desk, server):
    server.answers[URL] = daily(p1=3)
    visit(desk, server, MONDAY)
    server.answers[f"{URL}&date=2026-03-09"] = daily(p1=40)
    again = visit(desk, server, MONDAY + DAY)
    assert (again.outcome, counts(again)) == ("unchanged", (2, 0, 1, 1))
    assert votes(desk) == {"1": 40}


def test_a_day_that_cannot_be_read_is_told_and_stops_nothing(desk, server):
    server.answers[URL] = daily(p1=3)
    server.answers[f"{URL}&date=2026-03-05"] = reply(status="500 Oops")
    server.answers[f"{URL}&date=2026-03-04"] = daily(p2=7)
    report = visit(desk, server, MONDAY)
    assert (report.outcome, counts(report)) == ("fetched", (2, 2, 0, 0))
    assert report.note == "1 of 7 earlier days could not be read"


@pytest.mark.parametrize(
    "url",
    [
        "https://huggingface.co/api/daily_papers?date=2026-03-01",
        "https://huggingface.co/api/daily_papers?week=2026-W10",
        "https://huggingface.co/papers",
        "https://example.org/feed",
    ],
)
def test_other_addresses_have_no_earlier_days(url):
    assert earlier_days(url, MONDAY.date()) == ()


def test_an_earlier_day_keeps_what_else_is_asked_for():
    found = earlier_days("https://huggingface.co/api/daily_papers?p=2&limit=50", MONDAY.date())
    assert len(set(found)) == 7
    day = (MONDAY - timedelta(days=1)).date()
    assert found[0] == f"https://huggingface.co/api/daily_papers?limit=50&date={day}"
