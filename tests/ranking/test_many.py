import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from newsletter.ranking.model import Libraries, Library, Papers, Scorer
from newsletter.ranking.model.many import Likes, best, in_columns
from tests.ranking.test_model import some_archive

READERS = 300
PAPERS = 1_000  # enough that a product is shared between threads


def some_likes(readers=READERS):
    """The likes of so many readers, five papers each of the last 200, and the likes' archive."""
    papers = some_archive("scalable", PAPERS).papers
    counted = np.arange(PAPERS) < PAPERS - 200
    papers = Papers(papers.bags, papers.vectors, papers.kind, papers.categories, counted)
    likes = Likes(papers, 0, np.arange(300, 800), readers)
    chance = np.random.default_rng(5)
    rows = [np.sort(chance.choice(200, 5, replace=False)) for _ in range(readers)]
    return likes, [(one, np.ones(5, np.float32)) for one in rows]


def print_digest():
    """Print a digest of all scores' bytes and all lists."""
    likes, rows = some_likes()
    scores, spreads = likes.scores(likes.libraries(in_columns(rows)))
    lists = best(scores, np.arange(scores.shape[1]), likes.candidates, 10)
    whole = scores.tobytes() + spreads.tobytes() + repr(lists).encode()
    print(hashlib.sha256(whole).hexdigest())  # noqa: T201, for the test that starts this


def digest(threads):
    call = [sys.executable, "-c", "from tests.ranking.test_many import *; print_digest()"]
    numbers = {f"{one}_NUM_THREADS": str(threads) for one in ("OPENBLAS", "OMP", "MKL")}
    done = subprocess.run(call, env=os.environ | numbers, capture_output=True, check=True)
    return done.stdout


def test_two_runs_on_one_thread_or_two_give_the_same_bytes():
    first = digest(1)
    assert len(first) == 65
    assert digest(1) == first
    assert digest(2) == first


def test_a_reader_has_the_same_list_alone_as_among_others():
    likes, rows = some_likes()
    columns = np.arange(len(likes.candidates))
    scores, _ = likes.scores(likes.libraries(in_columns(rows)))
    among = best(scores, columns, likes.candidates, 10)
    for at in range(0, READERS, 50):
        alone, _ = likes.scores(likes.libraries(in_columns([rows[at]])))
        np.testing.assert_allclose(alone[0], scores[at], rtol=1e-3, atol=1e-3)
        (mine,) = best(alone, columns, likes.candidates, 10)
        assert [place for _, place in mine] == [place for _, place in among[at]]


@pytest.mark.parametrize("candidates", [range(800), range(300, 800)])
def test_a_window_among_the_candidates_gives_the_scores_that_one_beside_them_gives(candidates):
    archive = some_archive("scalable", PAPERS)
    found = Libraries.of([Library((801, 805)), Library((802,))], len(archive))
    scorer = Scorer(archive, np.array(candidates), found.matrix.indices)
    scores, spreads = scorer.scaled(found)
    raw = scorer.raw(found, slice(None)).astype(np.float64)
    window = raw[:, len(candidates) :]
    expected = raw[:, : len(candidates)] - window.mean(axis=1, keepdims=True)
    expected /= window.std(axis=1, keepdims=True)
    np.testing.assert_allclose(spreads, window.std(axis=1), rtol=1e-5)
    np.testing.assert_allclose(scores, expected, rtol=1e-3, atol=1e-3)
