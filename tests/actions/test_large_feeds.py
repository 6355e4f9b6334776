"""A large feed goes in by some hundred papers, and what breaks between two of them is made good."""

import json
from dataclasses import replace

import pytest

from newsletter.actions.ingest import Limits, Origin, ingest
from newsletter.store import feeds, papers
from tests.actions.conftest import DAY, MONDAY

NUMBER = 1100


@pytest.fixture
def origin(tmp_path):
    file = tmp_path / "papers.jsonl"
    lines = [json.dumps({"title": f"Robot number {one}"}) + "\n" for one in range(NUMBER)]
    file.write_text("".join(lines), "utf-8")
    return Origin(str(file), "Papers")


def visit(desk, origin, progress):
    return ingest(desk.store, origin, None, Limits(2**20, progress=progress), MONDAY)


def test_it_is_told_how_many_papers_are_stored(desk, origin):
    told = []
    report = visit(desk, origin, lambda *one: told.append(one))
    assert told == [(500, NUMBER), (1000, NUMBER), (NUMBER, NUMBER)]
    assert (report.read, report.new, report.duplicate) == (NUMBER, NUMBER, 0)


def test_others_may_write_between_two_steps(desk, origin):
    def write(done, _of):
        with desk.store.write() as tx:
            assert papers.count(tx) == done

    assert visit(desk, origin, write).error is None


def test_a_visit_that_was_cut_off_is_made_again_whole(desk, origin):
    def stop(_done, _of):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        visit(desk, origin, stop)
    with desk.store.read() as tx:
        assert papers.count(tx) == 500
        assert feeds.last_visits(tx, good=False) == {}
    report = visit(desk, origin, lambda *_: None)
    assert (report.outcome, report.new, report.duplicate) == ("fetched", NUMBER - 500, 500)
    again = ingest(desk.store, replace(origin), None, Limits(2**20), MONDAY + DAY)
    assert again.outcome == "unchanged"
    with desk.store.read() as tx:
        assert papers.count(tx) == NUMBER
