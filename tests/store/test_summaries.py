"""Summaries are kept by text and maker, on both databases."""

from dataclasses import replace

from newsletter.domain.summary import Extract, Summary
from newsletter.store import papers, summaries
from tests.store.samples import GATES, SPINDLES, add_papers, sentence, summarised

SHORT = Summary("sample-1", Extract("It helps.", 16, 25))
OTHER = Summary("sample-2", None, idea=Extract("We gate.", 0, 8))


def text_of(store, paper=GATES):
    with store.read() as tx:
        (found,) = papers.by_keys(tx, [paper.key]).values()
    return found.row, found.version


def newest(store, *texts):
    with store.read() as tx:
        return [one for _, one in summaries.newest(tx, texts).values()]


def test_a_summary_is_kept_once_for_a_text_and_a_maker(store):
    add_papers(store, GATES)
    text = text_of(store)
    for made in (SHORT, replace(SHORT, tldr=None), OTHER):
        with store.write() as tx:
            summaries.keep(tx, {text: made})
    assert newest(store, text) == [OTHER]
    with store.read() as tx:
        missing = [summaries.missing(tx, (maker,), None, 9) for maker in ("sample-1", "sample-3")]
    assert [len(found) for found in missing] == [0, 1]


def test_each_text_of_a_paper_has_its_own(store):
    add_papers(store, GATES, SPINDLES)
    first = text_of(store)
    assert summarised(store) == 2
    later = replace(GATES, version=2, abstract="We gate more.")
    add_papers(store, later)
    assert newest(store, text_of(store, later)) == []
    assert summarised(store) == 1
    found = newest(store, first, text_of(store, later))
    assert [one.tldr.text for one in found] == [sentence(GATES), sentence(later)]


def test_looking_goes_on_before_a_row(store):
    add_papers(store, GATES, SPINDLES)
    with store.read() as tx:
        (last,) = summaries.missing(tx, ("sample-1",), None, 1)
        (first,) = summaries.missing(tx, ("sample-1",), last.row, 9)
        assert summaries.missing(tx, ("sample-1",), first.row, 9) == []
    assert [(one.title, one.number) for one in (first, last)] == [
        (GATES.title, 1),
        (SPINDLES.title, 1),
    ]
