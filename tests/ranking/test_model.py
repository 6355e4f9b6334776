import math

import numpy as np
import pytest

from newsletter.ranking.model import (
    Archive,
    Libraries,
    Library,
    Papers,
    Scorer,
    bag,
    decay,
    explain,
    phrases,
    pick_mode,
    score_topic,
    threshold_for,
    topic_bag,
)
from newsletter.ranking.model.explaining import exact_score
from newsletter.ranking.model.quoting import quotes
from newsletter.ranking.model.whitening import with_company
from newsletter.ranking.model.words import Words, fold

SUBJECTS = (
    "galaxies redshift survey telescope dark matter halo",
    "neural network training gradient optimizer language model",
    "protein folding enzyme structure binding cell membrane",
    "graph colouring theorem proof combinatorial bound lemma",
)


def some_archive(mode, n=80, seed=3):
    """Papers on four subjects in turn, each with its words and a vector near its subject's."""
    chance = np.random.default_rng(seed)
    centres = chance.standard_normal((len(SUBJECTS), 16))
    bags, rows = [], []
    for at in range(n):
        words = SUBJECTS[at % 4].split()
        text = " ".join(chance.choice(words, 12)) + f" paper{at} unique{at % 7}"
        bags.append(bag(" ".join(chance.choice(words, 4)), text))
        rows.append(centres[at % 4] + chance.standard_normal(16))
    vectors = np.array(rows, np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    categories = [(("astro", "cs", "bio", "math")[at % 4],) for at in range(n)]
    return Archive(Papers(bags, (vectors,), "static", categories), mode=mode)


MODES = ("small", "scalable", "accurate")


def scored(archive, libraries, candidates):
    found = Libraries.of(libraries, len(archive))
    scorer = Scorer(archive, np.array(candidates), found.matrix.indices)
    return np.vstack([block for _, block in scorer.blocks(found)]), scorer, found


@pytest.mark.parametrize("mode", MODES)
def test_a_library_ranks_papers_of_its_own_subject_first(mode):
    candidates = list(range(40, 80))
    scores, *_ = scored(some_archive(mode), [Library((0, 4, 8)), Library((1, 5))], candidates)
    for row, subject in zip(scores, (0, 1), strict=True):
        best = np.argsort(-row, kind="stable")[:10]
        assert {candidates[at] % 4 for at in best} == {subject}


@pytest.mark.parametrize("mode", MODES)
def test_parts_sum_to_the_score(mode):
    libraries = [Library((0, 4, 9), disliked=(2,)), Library((1,), liked_weights=(0.5,))]
    scores, scorer, found = scored(some_archive(mode), libraries, range(40, 80))
    for which in range(2):
        for candidate in range(40):
            parts = explain(scorer, found, which, candidate)
            total = math.fsum(part.value for part in parts)
            assert total == pytest.approx(scores[which, candidate], abs=2e-5)
            for part in parts:
                pieces = part.words + part.categories + part.meaning
                assert pieces == pytest.approx(part.value, abs=1e-9)


@pytest.mark.parametrize("mode", MODES)
def test_without_its_largest_cause_the_score_falls(mode):
    library = (0, 4, 8, 12)
    scores, scorer, found = scored(some_archive(mode), [Library(library)], range(40, 80))
    best = int(scores[0].argmax())
    largest = explain(scorer, found, 0, best)[0]
    assert largest.value > 0
    assert largest.row in library


def test_a_disliked_paper_takes_away_from_its_like():
    archive = some_archive("scalable")
    scores, *_ = scored(archive, [Library((0,)), Library((0,), disliked=(5,))], range(40, 80))
    ahead = scores[:, 1::4].mean(axis=1) - scores[:, 2::4].mean(axis=1)
    assert ahead[1] < ahead[0]


@pytest.mark.parametrize("mode", MODES)
def test_equal_input_gives_equal_bytes(mode):
    once, *_ = scored(some_archive(mode), [Library((0, 4, 9))], range(40, 80))
    again, *_ = scored(some_archive(mode), [Library((0, 4, 9))], range(40, 80))
    assert once.tobytes() == again.tobytes()


def test_kept_scales_give_the_same_scores():
    scores, scorer, found = scored(some_archive("scalable"), [Library((0, 4))], range(40, 80))
    kept = np.vstack([block for _, block in scorer.blocks(found, scorer.scales(found))])
    np.testing.assert_allclose(kept, scores, atol=1e-4)


def test_an_empty_library_likes_nothing_more_than_anything_else():
    scores, *_ = scored(some_archive("scalable"), [Library()], range(40, 80))
    assert not scores.any()


def test_a_paper_outside_the_archive_is_refused():
    with pytest.raises(ValueError, match="outside the archive of 80"):
        Libraries.of([Library((80,))], 80)


def test_a_topic_finds_its_subject_by_words():
    archive = some_archive("scalable")
    topic = topic_bag("protein folding", ("enzyme",))
    scores = score_topic(archive, topic, None, np.arange(80))
    assert {int(at) % 4 for at in np.argsort(-scores, kind="stable")[:10]} == {2}


@pytest.mark.parametrize("text", ["", "🙂", "the of and", "word " * 200_000])
def test_odd_topics_score_and_do_not_fail(text):
    scores = score_topic(some_archive("scalable"), topic_bag(text), None, np.arange(80))
    assert np.isfinite(scores).all()


def test_papers_without_words_or_vectors_score_and_do_not_fail():
    papers = Papers([bag("")] * 5, (np.zeros((5, 4), np.float32),))
    for mode in MODES:
        scores, *_ = scored(Archive(papers, mode=mode), [Library((0,))], [1, 2])
        assert np.isfinite(scores).all()


def test_the_mode_follows_size_and_memory():
    assert pick_mode(500) == "small"
    assert pick_mode(100_000) == "scalable"
    assert pick_mode(10_000) == "scalable"
    assert pick_mode(10_000, memory=1 << 31) == "accurate"


def test_terms_can_be_quoted():
    found = phrases("Deep learning of graphs")
    assert ("deep", "learn") in found.values()
    assert set(found) == {int(term) for term in bag("Deep learning of graphs").terms}


def test_newer_likes_weigh_more():
    assert decay((0, 30, 60), 30) == (1.0, 0.5, 0.25)


def test_the_threshold_lets_so_many_a_week_through():
    scores = np.arange(100.0)
    assert (scores > threshold_for(7, scores, 14)).sum() == 14
    assert threshold_for(1000, scores, 14) == -math.inf
    with pytest.raises(ValueError, match="over 0"):
        threshold_for(0, scores, 14)


@pytest.mark.parametrize("mode", MODES)
def test_parts_sum_to_the_exact_score_and_a_paper_taken_out_takes_its_part_along(mode):
    archive, liked = some_archive(mode), (0, 4, 9, 13)
    scores, scorer, found = scored(archive, [Library(liked)], range(40, 80))
    spread = float(scorer.scales(found).spread[0])
    for candidate in range(40):
        parts = explain(scorer, found, 0, candidate)
        whole = exact_score(scorer, found, 0, candidate)
        assert math.fsum(part.value for part in parts) == pytest.approx(whole, abs=1e-6)
        assert whole == pytest.approx(scores[0, candidate], abs=2e-5)
        if mode == "small":
            continue  # another paper may step in among the nearest
        matrix = found.matrix.copy()
        matrix.data[matrix.indices == parts[0].row] = 0
        less = exact_score(scorer, Libraries(matrix, found.sizes), 0, candidate, spread)
        assert whole - less == pytest.approx(parts[0].value, abs=1e-6)


def test_a_shared_term_is_quoted_where_it_stands():
    text = "Deep Learning of graphs, and the deep learning again"
    bags = [bag(text), bag("deep learning of networks"), bag("graphs and trees")]
    words = Words(bags, np.ones(3, bool))
    columns = [int(one) for one in fold(bag("deep learning").terms)]
    terms = [(int(words.column[one]), 1.0) for one in columns]
    found = quotes(words, terms, text)
    assert {one.words for one in found} == {"Deep", "Learning", "Deep Learning"}
    assert all(text[one.start : one.end] == one.words for one in found)


def test_titles_are_placed_among_their_nearest_papers():
    rows = np.array([[1, 0], [0.9, 0.4], [-1, 0], [-0.9, 0.4]], np.float32)
    closer = with_company(rows, np.arange(4), 1.0)
    np.testing.assert_allclose(np.linalg.norm(closer, axis=1), 1, atol=1e-6)
    assert closer[0] @ closer[1] > 0.9 > closer[0] @ closer[2]


def test_a_title_alone_has_no_company():
    assert with_company(np.array([[3, 4]], np.float32), np.arange(1), 1.0).tolist() == [
        [pytest.approx(0.6), pytest.approx(0.8)]
    ]


def test_the_accurate_mode_learns_more_from_a_larger_library():
    archive = some_archive("accurate")
    liked = tuple(range(0, 36, 4))
    _, few, _ = scored(archive, [Library(liked[:1])], range(40, 80))
    assert few.trust(np.array([1, 2, 30])).tolist() == pytest.approx(
        [few.trust(np.array([1]))[0] * size for size in (1, 2, 30)]
    )
    plain, *_ = scored(
        some_archive("scalable"), [Library(liked[:1]), Library(liked)], range(40, 80)
    )
    learnt, *_ = scored(archive, [Library(liked[:1]), Library(liked)], range(40, 80))
    apart = [np.corrcoef(one, other)[0, 1] for one, other in zip(plain, learnt, strict=True)]
    assert 1 > apart[0] > apart[1] > 0.5, "with one paper it is nearly the mode that scales"
