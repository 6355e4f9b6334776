"""An answer in pages is fetched whole, one page after the other, and stored once."""

import functools
from datetime import UTC, datetime

import pytest

from newsletter.actions import ingest
from newsletter.actions.reading import Limits, Origin
from newsletter.store import feeds, papers
from newsletter.store.database import Store
from tests.feeds.servers import asking, redirect, reply, running

NOW = datetime(2026, 3, 10, 6, tzinfo=UTC)
PATH = "/api/query?search_query=cat:cs.LG"
LIMITS = Limits(2**20)


def page(start, numbers, total):
    """Return an answer of arXiv's API with these papers."""
    found = "".join(
        f"<entry><id>http://arxiv.org/abs/2603.{one:05}v1</id><title>Paper {one}</title>"
        f"<summary>We show number {one}.</summary><published>2026-03-09T10:00:00Z</published>"
        "</entry>"
        for one in numbers
    )
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom" '
        'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">'
        "<id>http://arxiv.org/api/abc</id><title>arXiv Query: search_query=cat:cs.LG</title>"
        f"<opensearch:totalResults>{total}</opensearch:totalResults>"
        f"<opensearch:startIndex>{start}</opensearch:startIndex>{found}</feed>"
    ).encode()


@pytest.fixture
def server():
    with running() as made:
        yield made


@pytest.fixture
def store(tmp_path):
    made = Store(f"sqlite:///{tmp_path / 'newsletter.db'}")
    made.make_ready()
    yield made
    made.close()


def visit(store, server, limits=LIMITS, path=PATH, fetch=None):
    origin = Origin(server.url(path), "arXiv", "arxiv-api")
    return ingest.ingest(store, origin, fetch or asking(server), limits, NOW)


def counts(report):
    return report.read, report.new, report.updated, report.duplicate


def asked(server):
    return [head.split()[1] for head in server.heads]


def test_all_pages_are_stored_and_what_two_of_them_hold_is_stored_once(store, server):
    server.answers[PATH] = reply(page(0, [1, 2, 3], 7))
    server.answers[f"{PATH}&start=3"] = reply(page(3, [3, 4, 5], 7))
    server.answers[f"{PATH}&start=6"] = reply(page(6, [6], 7))
    report = visit(store, server)
    assert (report.outcome, report.error, report.note) == ("fetched", None, "")
    assert counts(report) == (7, 6, 0, 1)
    assert asked(server) == [PATH, f"{PATH}&start=3", f"{PATH}&start=6"]
    with store.read() as tx:
        assert papers.count(tx) == 6


def test_an_unchanged_first_page_is_the_end_of_the_visit(store, server):
    server.answers[PATH] = reply(page(0, [1], 2))
    server.answers[f"{PATH}&start=1"] = reply(page(1, [2], 2))
    visit(store, server)
    again = visit(store, server)
    assert (again.outcome, counts(again)) == ("unchanged", (2, 0, 0, 2))
    assert len(server.heads) == 3


def test_no_more_pages_are_asked_for_than_the_limit_and_the_visit_says_so(store, server):
    for number in range(4):
        path = f"{PATH}&start={number}" if number else PATH
        server.answers[path] = reply(page(number, [number], 4))
    report = visit(store, server, Limits(2**20, max_pages=2))
    assert (counts(report), report.error) == ((2, 2, 0, 0), None)
    assert report.note == "it has more than 2 pages; ingest.max_pages is the limit"
    assert len(server.heads) == 2
    with store.read() as tx:
        assert [one.why for one in feeds.last_visits(tx, good=True).values()] == [report.note]


def test_an_empty_page_is_asked_for_again(store, server):
    answers = iter([page(0, [], 1), page(0, [], 1), page(0, [1], 1)])
    get = asking(server)

    def fetch(url, validators):
        server.answers[PATH] = reply(next(answers))
        return get(url, validators)

    assert counts(visit(store, server, fetch=fetch)) == (1, 1, 0, 0)
    assert len(server.heads) == 3


def test_a_page_that_stays_empty_is_reported_and_the_pages_before_it_are_stored(store, server):
    server.answers[PATH] = reply(page(0, [1, 2], 5))
    server.answers[f"{PATH}&start=2"] = reply(page(2, [], 5))
    report = visit(store, server)
    assert report.outcome == "failed"
    assert report.error == "an empty page, though there are 5 results; try again later"
    assert counts(report) == (2, 2, 0, 0)
    assert len(server.heads) == 4
    with store.read() as tx:
        assert feeds.last_visits(tx, good=True) == {}
    server.answers[f"{PATH}&start=2"] = reply(page(2, [3, 4, 5], 5))
    assert counts(visit(store, server)) == (5, 3, 0, 2)


def test_a_page_of_another_host_is_refused(store, server):
    with running() as other:
        server.answers[PATH] = reply(page(0, [1], 2))
        server.answers[f"{PATH}&start=1"] = redirect(other.url("/page"))
        other.answers["/page"] = reply(page(1, [2], 2))
        both = frozenset({server.place, other.place})
        report = visit(store, server, fetch=functools.partial(asking(server), allowed=both))
    assert "leads to another host" in report.error
    assert counts(report) == (1, 1, 0, 0)


def test_the_token_of_another_list_is_followed_to_its_end(store, server):
    path = "/oai?verb=ListRecords&metadataPrefix=arXiv"
    behind = "/oai?verb=ListRecords&resumptionToken=a%7C1"
    for where, number, token in ((path, 1, "a|1"), (behind, 2, "")):
        server.answers[where] = reply(
            "<OAI-PMH><ListRecords><record><header><identifier>oai:arXiv.org:2603.0000"
            f"{number}</identifier></header><metadata><arXiv><id>2603.0000{number}</id>"
            f"<title>Paper {number}</title></arXiv></metadata></record>"
            f"<resumptionToken>{token}</resumptionToken></ListRecords></OAI-PMH>".encode()
        )
    origin = Origin(server.url(path), "OAI")
    report = ingest.ingest(store, origin, asking(server), LIMITS, NOW)
    assert (report.reader, counts(report)) == ("arxiv-oai", (2, 2, 0, 0))
