"""What a person is shown of a paper, under whichever of its keys it is asked for."""

from dataclasses import replace

import pytest

from newsletter.domain.paper import keys
from newsletter.errors import NotFoundError
from newsletter.store import library
from newsletter.store.library import Wish
from tests.store.samples import GATES, HOUR, NOW, SPINDLES, add_papers


def whole(store, key):
    with store.read() as tx:
        return library.whole(tx, key)


def titles(store, wish):
    with store.read() as tx:
        return [one.title for one in library.listed(tx, wish)]


def test_a_paper_is_shown_under_each_of_its_keys(store):
    add_papers(store, GATES, SPINDLES)
    for key in keys(GATES):
        assert whole(store, key).paper == GATES
    assert whole(store, GATES.key).keys == tuple(sorted(keys(GATES)))
    with pytest.raises(NotFoundError, match="there is no paper"):
        whole(store, "doi:10.1/0")


def test_a_paper_folded_for_its_ids_is_shown_as_the_one_work(store):
    add_papers(store, SPINDLES, GATES)
    add_papers(store, replace(GATES, doi=SPINDLES.doi))
    for key in (GATES.key, SPINDLES.key, *keys(SPINDLES), *keys(GATES)):
        assert whole(store, key).key == GATES.key
    (twin,) = whole(store, GATES.key).twins
    assert twin.why == "same work"
    assert whole(store, twin.key).folded_into == GATES.key


def test_papers_are_listed_newest_first_by_words_and_time(store):
    add_papers(store, GATES)
    add_papers(store, SPINDLES, now=NOW + HOUR)
    assert titles(store, Wish()) == [SPINDLES.title, GATES.title]
    assert titles(store, Wish(("GATE", "helps"))) == [GATES.title]
    assert titles(store, Wish(("%",))) == []
    assert titles(store, Wish(since=NOW + HOUR)) == [SPINDLES.title]
    assert titles(store, Wish(limit=1)) == [SPINDLES.title]
