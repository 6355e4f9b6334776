"""Papers whose texts nearly agree are folded into the earliest, and can be unfolded for good."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from newsletter.actions.fold import fold
from newsletter.domain.paper import Paper
from newsletter.errors import NotFoundError
from newsletter.store import twins
from newsletter.store.schema import papers
from tests.store.samples import GATES, HOUR, NOW, add_papers

WORDS = [f"word{number}" for number in range(150)]
FIRST = Paper("Spindles in Sleep", " ".join(WORDS), ("Ada Okafor",), doi="10.1000/1")
TWIN = replace(
    FIRST,
    title="Sleep Spindles, Revised",
    abstract=" ".join([*WORDS[:149], "end"]),
    doi="10.1000/2",
)
STRANGER = Paper("Gates", " ".join(f"other{number}" for number in range(150)))


def folded(store):
    """Return the keys of the folded papers with those that they are folded into."""
    into = papers.alias()
    statement = sa.select(papers.c.key, into.c.key).join(into, into.c.id == papers.c.twin_id)
    with store.read() as tx:
        return {row[0]: row[1] for row in tx.execute(statement)}


def test_a_near_duplicate_is_folded_into_the_earlier_one(store):
    add_papers(store, FIRST, STRANGER, GATES)
    assert fold(store) == 0
    add_papers(store, TWIN)
    assert fold(store) == 1
    assert folded(store) == {TWIN.key: FIRST.key}
    assert fold(store) == 0


def test_near_duplicates_of_one_batch_are_folded_into_the_first(store):
    third = replace(TWIN, doi="10.1000/3")
    add_papers(store, FIRST, TWIN, third)
    assert fold(store) == 2
    assert folded(store) == {TWIN.key: FIRST.key, third.key: FIRST.key}


def test_what_was_unfolded_is_not_folded_again(store):
    add_papers(store, FIRST, TWIN)
    fold(store)
    with store.write() as tx:
        twins.unfold(tx, TWIN.key)
    assert folded(store) == {}
    later = " ".join([*WORDS[:148], "last", "end"])
    add_papers(store, replace(TWIN, version=1, abstract=later), now=NOW + HOUR)
    assert fold(store) == 0
    assert folded(store) == {}


def test_a_paper_that_gains_its_abstract_later_is_compared_then(store):
    add_papers(store, FIRST, replace(TWIN, abstract=""))
    assert fold(store) == 0
    add_papers(store, TWIN)
    assert fold(store) == 1


@pytest.mark.parametrize("key", [FIRST.key, "arxiv:0000.00000"])
def test_what_is_not_folded_cannot_be_unfolded(store, key):
    add_papers(store, FIRST)
    with pytest.raises(NotFoundError, match=key), store.write() as tx:
        twins.unfold(tx, key)
