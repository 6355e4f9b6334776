import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from newsletter.ranking.model import Libraries, Library, Papers, Scorer, whole
from newsletter.ranking.model.many import Likes, best, in_columns
from newsletter.ranking.model.telling import Scales, tell
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


def columns_of(rows):
    """Libraries, each as papers and what they weigh, in columns."""
    starts = np.cumsum([0, *(len(one) for one, _ in rows)])
    return in_columns(starts, *(np.concatenate(side) for side in zip(*rows, strict=True)))


def print_digest():
    """Print a digest of all scores' bytes and all lists."""
    likes, rows = some_likes()
    scores, spreads = likes.scores(likes.libraries(columns_of(rows)))
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
    scores, _ = likes.scores(likes.libraries(columns_of(rows)))
    among = best(scores, columns, likes.candidates, 10)
    for at in range(0, READERS, 50):
        alone, _ = likes.scores(likes.libraries(columns_of([rows[at]])))
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


def test_a_size_that_many_have_gives_the_scores_and_parts_that_one_by_one_gives():
    few, rows = some_likes()
    many, _ = some_likes()
    libraries = few.libraries(columns_of(rows))
    slow = [few.scores(few.libraries(columns_of([one])))[0][0] for one in rows[:50]]
    assert few.scorer.wholes.find(5) is None
    scores, spreads = many.scores(libraries)
    assert many.scorer.wholes.find(5) is not None
    np.testing.assert_allclose(scores[:50], np.array(slow), rtol=1e-3, atol=1e-3)
    factors, chosen = few.factors(libraries), np.array([3, 77, 400])
    for number in range(0, READERS, 60):
        scale = factors[number], float(spreads[number])
        parts = [one.parts(libraries, number, scale, chosen) for one in (few, many)]
        np.testing.assert_allclose(*parts, rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(parts[1].sum(axis=0), scores[number, chosen], atol=1e-3)


def test_no_more_is_multiplied_out_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(whole, "MEMORY", 1_000)
    likes, rows = some_likes()
    scores, _ = likes.scores(likes.libraries(columns_of(rows)))
    assert not likes.scorer.wholes.made
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("readers", [60, READERS])
def test_what_is_told_of_chosen_papers_are_the_largest_parts_and_their_sum(readers):
    likes, rows = some_likes()
    rows = rows[:readers]
    rows[3] = tuple(one[:2] for one in rows[3])  # a library of two
    libraries = likes.libraries(columns_of(rows))
    scores, spreads = likes.scores(libraries)
    assert (likes.scorer.wholes.find(5) is None) == (readers == 60)
    scales = Scales(likes.factors(libraries), spreads)
    wanted = [(3, np.array([0, 9])), (readers - 1, np.array([499])), (0, np.array([2, 1, 7]))]
    numbers = np.repeat([number for number, _ in wanted], [len(one) for _, one in wanted])
    told = tell(likes, libraries, scales, (numbers, np.concatenate([one for _, one in wanted])), 3)
    at = 0
    for number, chosen in wanted:
        parts = likes.parts(libraries, number, (scales.factors[number], spreads[number]), chosen)
        for column, candidate in enumerate(chosen):
            assert told.scores[at] == pytest.approx(scores[number, candidate], abs=1e-3)
            assert told.scores[at] == pytest.approx(parts[:, column].sum())
            order = np.argsort(-parts[:, column], kind="stable")[:3]
            assert told.values[at] == pytest.approx(parts[order, column])
            assert told.papers[at] == rows[number][0][order].tolist()
            assert told.lengths[at] == len(parts)
            at += 1
    assert at == len(told.scores)


@pytest.mark.parametrize("sizes", [(40, 41), (100, 2_000)])
def test_from_forty_papers_on_all_sizes_weigh_the_axes_alike(sizes):
    likes, _ = some_likes(10)
    one, other = likes.scorer.factors(np.array(sizes, np.float64))
    assert one.tobytes() == other.tobytes()
    assert len({whole.to_class(size) for size in sizes}) == 1


@pytest.mark.parametrize("least", [-np.inf, 1.0])
@pytest.mark.parametrize("width", [30, 500])
def test_the_best_of_each_row_are_those_that_sorting_all_gives(width, least):
    scores = np.random.default_rng(3).standard_normal((40, width)).astype(np.float32)
    scores[5] = scores[5, 0]  # equals: the earlier column comes first
    places = np.arange(width) * 2
    for row, found in zip(scores, best(scores, np.arange(width), places, 9, least), strict=True):
        order = [at for at in np.argsort(-row, kind="stable").tolist() if row[at] >= least]
        assert found == [(float(row[at]), 2 * at) for at in order[:9]]
