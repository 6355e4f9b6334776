"""A summary is made once for each text and maker, and an issue keeps the one that it showed."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
import sqlalchemy as sa

from newsletter.actions import preview
from newsletter.actions.compose import Order
from newsletter.actions.summarise import Maker, summarise
from newsletter.domain.paper import Paper
from newsletter.domain.summary import Extract, Summary
from newsletter.store import issues, library, papers, summaries, tables_summaries
from newsletter.summary.maker import MAKER
from newsletter.summary.maker import summarise as made_of
from tests.actions.conftest import DAY, HOUR, MONDAY

ABSTRACT = "Arms are slow. In this paper, we present a robot manipulation of cloth. It is quick."
CLOTH = Paper("Robot manipulation of cloth", ABSTRACT, arxiv_id="2603.01234", version=1)
CHANGED = replace(CLOTH, version=2, abstract="We show robot manipulation of silk.")


def shouting(_title, abstract):
    return Summary("loud-2", Extract(abstract.upper(), 0, len(abstract)))


LOUD = Maker("loud-2", shouting)


def kept(desk):
    """Return text number, maker and sentence of all summaries, in the order they were made."""
    c = tables_summaries.summaries.c
    with desk.store.read() as tx:
        rows = tx.execute(sa.select(c.number, c.maker, c.body).order_by(c.id)).all()
    found = [(row.number, summaries.to_summary(row.maker, row.body)) for row in rows]
    return [(number, one.maker, one.tldr and one.tldr.text) for number, one in found]


def shown(desk, reader):
    """Return the sentences in the reader's newest issue."""
    with desk.store.read() as tx:
        return [item.tldr for item in issues.get(tx, issues.newest(tx, reader).id).items]


def test_each_paper_is_summarised_once(desk):
    desk.papers(3, MONDAY)
    desk.keep([Paper("A title alone")], MONDAY)
    assert summarise(desk.store) == 4
    assert summarise(desk.store) == 0
    assert kept(desk)[0][2] is None, "there is nothing to say of a title alone"
    assert len(kept(desk)) == 4


def test_the_sentence_stands_where_the_summary_says(desk):
    desk.keep([CLOTH], MONDAY)
    summarise(desk.store)
    with desk.store.read() as tx:
        found = library.whole(tx, CLOTH.key).summary
    assert found == made_of(CLOTH.title, ABSTRACT)
    assert (found.maker, found.tldr.text) == (MAKER, "We present a robot manipulation of cloth.")
    place = ABSTRACT[found.tldr.start : found.tldr.end]
    assert place == "In this paper, we present a robot manipulation of cloth."


def test_the_newest_papers_come_first_and_a_limit_leaves_the_others_for_later(desk):
    titles = desk.papers(5, MONDAY)
    made = []
    maker = Maker("list-1", lambda title, _: made.append(title) or Summary("list-1"))
    assert summarise(desk.store, limit=2, maker=maker) == 2
    assert made == titles[:2:-1]
    assert summarise(desk.store, limit=99, maker=maker) == 3
    assert made == titles[::-1]


def test_progress_tells_how_many_are_done(desk):
    desk.papers(450, MONDAY)
    told = []
    assert summarise(desk.store, told.append) == 450
    assert told == [200, 400, 450]


def test_two_processes_at_a_time_keep_each_summary_once(desk):
    desk.papers(30, MONDAY)
    both = Barrier(2, timeout=30)
    met = []

    def make(title, abstract):
        if len(met) < 2:
            met.append(title)
            both.wait()  # both have looked up what is missing before either keeps any
        return made_of(title, abstract)

    with ThreadPoolExecutor(2) as pool:
        for run in [pool.submit(summarise, desk.store, maker=Maker(MAKER, make)) for _ in "12"]:
            run.result()
    assert len(kept(desk)) == 30


def test_a_changed_text_gets_a_summary_of_its_own(desk):
    desk.keep([CLOTH], MONDAY)
    summarise(desk.store)
    desk.keep([CHANGED], MONDAY + DAY)
    assert summarise(desk.store) == 1
    assert kept(desk) == [
        (1, MAKER, "We present a robot manipulation of cloth."),
        (2, MAKER, CHANGED.abstract),
    ]


def test_more_votes_are_no_reason_for_another_summary(desk):
    desk.keep([CLOTH], MONDAY)
    summarise(desk.store)
    desk.keep([replace(CLOTH, votes=9)], MONDAY + DAY)
    assert summarise(desk.store) == 0


def test_a_new_maker_makes_all_anew_and_readers_see_the_newest(desk):
    desk.papers(2, MONDAY)
    desk.keep([CLOTH], MONDAY)
    assert (summarise(desk.store), summarise(desk.store, maker=LOUD)) == (3, 3)
    with desk.store.read() as tx:
        assert library.whole(tx, CLOTH.key).summary.tldr.text == ABSTRACT.upper()


def test_a_text_that_the_maker_fails_at_stops_no_other(desk, caplog):
    desk.papers(3, MONDAY)

    def make(title, abstract):
        if title.endswith("2"):
            raise ZeroDivisionError
        return shouting(title, abstract)

    assert summarise(desk.store, maker=Maker("loud-2", make)) == 3
    assert [bool(sentence) for *_, sentence in kept(desk)] == [True, False, True]
    assert "paper not summarised" in caplog.text


def test_composing_makes_the_summaries_that_it_shows(desk):
    reader = desk.reader()
    desk.keep([CLOTH], MONDAY - HOUR)
    desk.compose(MONDAY)
    assert shown(desk, reader) == ["We present a robot manipulation of cloth."]


def test_an_issue_keeps_the_summary_that_it_was_composed_with(desk):
    reader = desk.reader()
    desk.keep([CLOTH], MONDAY - HOUR)
    desk.compose(MONDAY)
    before = shown(desk, reader)
    summarise(desk.store, maker=LOUD)
    desk.keep([CHANGED], MONDAY + HOUR)
    summarise(desk.store)
    summarise(desk.store, maker=LOUD)
    assert shown(desk, reader) == before


def test_an_issue_that_was_composed_without_a_summary_stays_without(desk):
    reader = desk.reader()
    desk.keep([CLOTH], MONDAY - HOUR)
    desk.compose(MONDAY)
    with desk.store.write() as tx:
        tx.exec_driver_sql("UPDATE items SET summary_id = NULL")
    summarise(desk.store, maker=LOUD)
    assert shown(desk, reader) == [""]


def test_a_preview_shows_the_newest_summary(desk):
    reader = desk.reader()
    desk.keep([CLOTH], MONDAY - HOUR)
    summarise(desk.store)
    summarise(desk.store, maker=LOUD)
    order = Order(at=MONDAY, now=MONDAY, address="ada@example.org")
    with desk.store.read() as tx:
        subscriber = preview.subscribers.get(tx, reader)
    issue, _ = preview.next_issue(desk.store, subscriber, None, order)
    assert [item.tldr for item in issue.items] == [ABSTRACT.upper()]


@pytest.mark.parametrize("summary", [made_of("", ABSTRACT), Summary("m"), shouting("", "Ünïcode")])
def test_a_summary_comes_back_as_it_was_kept(summary):
    assert summaries.to_summary(summary.maker, summaries.to_body(summary)) == summary


def test_a_text_without_a_summary_is_left_out(desk):
    desk.keep([CLOTH], MONDAY)
    with desk.store.read() as tx:
        (stored,) = papers.by_keys(tx, [CLOTH.key]).values()
        assert summaries.newest(tx, [(stored.row, stored.version)]) == {}
        assert library.whole(tx, CLOTH.key).summary is None
