"""Papers of one topic that say the same do not stand next to each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.ranking.diverse import FIT, TOP, diversified

EAST, NORTH, BETWEEN = [1.0, 0.0], [0.0, 1.0], [0.6, 0.8]


def rows(*directions):
    return np.array(directions, np.float32)


def test_a_paper_like_the_best_waits_behind_a_slightly_worse_one_of_another_kind():
    papers = [(3.0, 0), (2.95, 1), (2.9, 2)]
    assert diversified(papers, rows(EAST, EAST, NORTH)) == [(3.0, 0), (2.9, 2), (2.95, 1)]


def test_the_values_are_those_of_the_formula():
    # Behind the first: .85 x 2.7 / 3 - .15 x .6 = .675, and .85 x 2.3 / 3 - .15 x 0 = .652.
    papers = [(3.0, 0), (2.7, 1), (2.3, 2)]
    assert FIT == 0.85
    assert diversified(papers, rows(EAST, BETWEEN, NORTH)) == papers
    # .85 x 2.35 / 3 = .666 is still less, 2.4 is .68 and more.
    papers = [(3.0, 0), (2.7, 1), (2.4, 2)]
    assert diversified(papers, rows(EAST, BETWEEN, NORTH)) == [papers[0], papers[2], papers[1]]


def test_a_much_better_paper_stays_before_another_kind():
    papers = [(3.0, 0), (2.9, 1), (1.0, 2)]
    assert diversified(papers, rows(EAST, EAST, NORTH)) == papers


@pytest.mark.parametrize("papers", [[], [(2.0, 0)], [(2.0, 0), (1.0, 1)], [(-1.0, 0), (-2.0, 1)]])
def test_few_or_poor_papers_keep_their_order(papers):
    assert diversified(papers, rows(EAST, EAST)) == papers


SCORES = st.lists(st.floats(-3, 9), max_size=60).map(lambda found: sorted(found, reverse=True))


@given(SCORES, st.integers(0, 9))
def test_the_best_stays_first_and_no_paper_is_lost(scores, seed):
    vectors = np.random.default_rng(seed).standard_normal((60, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    papers = [(score, place) for place, score in enumerate(scores)]
    found = diversified(papers, vectors)
    assert sorted(found, key=lambda one: one[1]) == papers
    assert found[:1] == papers[:1]
    assert found[TOP:] == papers[TOP:]
    assert found == diversified(papers, vectors)
