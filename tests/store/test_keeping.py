"""One work is one row, whichever of its identities a feed gives."""

import json
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.paper import Paper, keys, merge
from newsletter.store import feeds, keeping
from newsletter.store import papers as kept
from newsletter.store.schema import paper_keys, paper_versions, papers
from tests.store.samples import GATES, HOUR, NOW, add_papers

TITLE = "Sleep Spindles Predict Word Memory"
BARE = Paper(TITLE, "We count spindles at night.")
NAMED = replace(BARE, authors=("Ada Okafor",))
JOURNAL = replace(NAMED, doi="10.1000/spindles", venue="Journal of Sleep")
ARXIV = replace(NAMED, arxiv_id="2603.00001", version=1)
BOTH = replace(ARXIV, doi="10.1000/spindles")


def rows(store):
    """Return the rows of all papers."""
    with store.read() as tx:
        return tx.execute(sa.select(papers).order_by(papers.c.id)).all()


def unfolded(store):
    return [row for row in rows(store) if row.twin_id is None]


def add_from(store, url, *found, now=NOW):
    with store.write() as tx:
        feed = feeds.find_or_add(tx, url, url)
        keeping.keep(tx, found, feed.id, now)
    return feed.id


@pytest.mark.parametrize(
    ("paper", "expected"),
    [
        (BARE, ("title", "bare")),
        (Paper("Gated Memory"), ("title",)),
        (BOTH, ("arxiv", "doi", "title", "bare")),
        (replace(NAMED, doi="10.48550/arxiv.2603.00001"), ("arxiv", "title", "bare")),
    ],
)
def test_a_paper_is_known_by_all_its_identities_the_best_first(paper, expected):
    assert tuple(key.partition(":")[0] for key in keys(paper)) == expected
    assert paper.key == keys(paper)[0]


@pytest.mark.parametrize(
    ("first", "second"),
    [(BARE, ARXIV), (NAMED, ARXIV), (JOURNAL, ARXIV), (JOURNAL, BOTH), (BARE, JOURNAL)],
)
def test_one_work_under_two_identities_is_one_row_with_the_better_key(store, first, second):
    for one, other in ((first, second), (second, first)):
        with store.write() as tx:
            for table in (paper_keys, paper_versions, papers):
                tx.execute(table.delete())
        assert add_papers(store, one)["new"] == 1
        assert add_papers(store, other)["new"] == 0
        (row,) = rows(store)
        assert row.key == second.key
        assert add_papers(store, first, second) == {"new": 0, "updated": 0, "duplicate": 2}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (ARXIV, replace(ARXIV, arxiv_id="2603.00002")),
        (BOTH, replace(BOTH, arxiv_id="2603.00002")),
        (NAMED, replace(NAMED, authors=("Jun Sato",))),
        (Paper("Editorial", doi="10.1000/1"), Paper("Editorial", doi="10.1000/2")),
        (Paper("Gated Memory", authors=("Ada Okafor",)), Paper("Gated Memory")),
    ],
)
def test_two_works_that_share_a_worse_identity_stay_two(store, first, second):
    assert add_papers(store, first, second)["new"] == 2
    assert add_papers(store, second, first) == {"new": 0, "updated": 0, "duplicate": 2}
    assert len(unfolded(store)) == 2


def test_two_rows_that_turn_out_to_be_one_work_are_folded_into_the_earlier(store):
    by_doi = replace(JOURNAL, title="Spindles and Words in Sleep", abstract="", votes=3)
    add_papers(store, by_doi)
    add_papers(store, ARXIV, now=NOW + HOUR)
    assert len(unfolded(store)) == 2
    add_papers(store, BOTH, now=NOW + 2 * HOUR)
    root, folded = rows(store)
    assert (folded.twin_id, folded.twin_why) == (root.id, "same work")
    assert (root.key, root.title, root.venue, root.votes) == (
        ARXIV.key,
        TITLE,
        "Journal of Sleep",
        3,
    )
    assert add_papers(store, by_doi, ARXIV, BOTH)["new"] == 0
    assert len(unfolded(store)) == 1


def test_papers_that_turn_out_to_be_one_within_a_feed_are_counted_once(store):
    by_doi = replace(JOURNAL, title="Spindles and Words in Sleep")
    counts = add_papers(store, by_doi, ARXIV, BOTH)
    assert counts == {"new": 1, "updated": 0, "duplicate": 2}
    assert len(rows(store)) == 1


def test_it_is_on_record_which_feed_gave_what(store):
    first = add_from(store, "https://one.example/feed", replace(ARXIV, abstract="", version=0))
    second = add_from(store, "https://two.example/feed", replace(BOTH, votes=7))
    (row,) = rows(store)
    assert row.feed_id == first
    assert json.loads(row.origins) == dict.fromkeys(("abstract", "doi", "votes"), second)


def test_what_became_of_a_paper_is_dated_once(store):
    add_papers(store, ARXIV)
    (row,) = rows(store)
    assert (row.withdrawn_at, row.replaced_at, row.appeared_at) == (None, None, None)
    later = NOW + HOUR
    add_papers(store, replace(BOTH, version=2, title=f"{TITLE}!"), now=later)
    (row,) = rows(store)
    assert (row.replaced_at, row.appeared_at) == (None, later), "a sign is no new text"
    gone = replace(BOTH, version=3, abstract="This paper has been withdrawn.", withdrawn=True)
    add_papers(store, gone, now=later + HOUR)
    add_papers(store, replace(gone, version=4, abstract="Again."), now=later + 2 * HOUR)
    (row,) = rows(store)
    assert row.withdrawn_at == row.replaced_at == later + HOUR
    assert row.appeared_at == later


sights = st.lists(
    st.builds(
        Paper,
        title=st.sampled_from(["One", "Two"]),
        abstract=st.sampled_from(["", "Short.", "A longer one."]),
        authors=st.sampled_from([(), ("Ada Okafor",)]),
        arxiv_id=st.sampled_from(["", "2603.00001"]),
        version=st.integers(1, 3),
        doi=st.sampled_from(["", "10.1000/a", "10.1000/b", "10.48550/arxiv.2603.00001"]),
    ),
    min_size=1,
    max_size=4,
)


@given(sights)
def test_the_order_of_sights_matters_for_neither_texts_nor_ids(found):
    results = set()
    for order in permutations(found):
        whole = order[0]
        for one in order[1:]:
            whole = merge(whole, one)
        results.add((whole.title, whole.abstract, whole.version, whole.arxiv_id, whole.doi))
    assert len(results) == 1


def test_a_key_that_nobody_knows_finds_nothing(store):
    add_papers(store, GATES, now=NOW + timedelta(hours=1))
    with store.read() as tx:
        assert kept.by_keys(tx, ["arxiv:0000.00000"]) == {}
