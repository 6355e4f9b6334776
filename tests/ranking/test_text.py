"""BM25 with numbers worked out by hand."""

import math

import pytest

from newsletter.domain.paper import Paper
from newsletter.ranking.text import Corpus, pack, saturation, stands

# Lengths (a word of the title counts twice): 2 + 2 = 4, 2 + 4 = 6, 2 + 0 = 2; their mean is 4.
CORPUS = Corpus(
    [
        Paper("Sleep", "spindles grow"),
        Paper("Tea", "sleep spindles after tea"),
        Paper("Gardens"),
    ]
)


def test_the_rarer_a_word_the_more_it_weighs():
    assert CORPUS.idf(1) == pytest.approx(math.log(1 + 2.5 / 1.5))  # ln 2.667 = 0.981
    assert CORPUS.idf(1) == pytest.approx(0.98083, abs=1e-5)
    assert CORPUS.idf(2) == pytest.approx(0.47000, abs=1e-5)  # ln(1 + 1.5 / 2.5) = ln 1.6
    assert CORPUS.idf(3) == pytest.approx(0.13353, abs=1e-5)  # ln(1 + 0.5 / 3.5) = ln 1.143
    assert CORPUS.idf(0) > CORPUS.idf(1) > CORPUS.idf(2) > CORPUS.idf(3) > 0


@pytest.mark.parametrize(
    ("count", "relative_length", "expected"),
    [
        (1, 1.0, 1.0),  # 2.5 / (1 + 1.5)
        (2, 1.0, 1.42857),  # 5 / 3.5
        (1, 1.5, 0.81633),  # 2.5 / (1 + 1.5 * (0.25 + 0.75 * 1.5)) = 2.5 / 3.0625
        (1, 0.5, 1.29032),  # 2.5 / (1 + 1.5 * 0.625) = 2.5 / 1.9375
        (0, 1.0, 0.0),
    ],
)
def test_each_further_mention_counts_less_and_more_in_a_short_text(
    count, relative_length, expected
):
    assert saturation(count, relative_length) == pytest.approx(expected, abs=1e-5)


def test_no_number_of_mentions_is_worth_more_than_two_and_a_half():
    assert saturation(10**9, 1.0) == pytest.approx(2.5)
    assert saturation(10**9, 1.0) < 2.5


def test_a_word_weighs_its_rarity_times_its_mentions():
    weights = CORPUS.weigh(("sleep",))
    assert set(weights) == {0, 1}
    assert weights[0] == pytest.approx(0.47000 * 1.42857, abs=1e-4)  # in the title: 2
    assert weights[1] == pytest.approx(0.47000 * 0.81633, abs=1e-4)


def test_a_phrase_counts_as_one_term_where_it_stands_in_a_row():
    # Title and abstract are read apart, so "Sleep / spindles" of the first paper is no phrase.
    weights = CORPUS.weigh(("sleep", "spindl"))
    assert weights == {1: pytest.approx(0.98083 * 0.81633, abs=1e-4)}


@pytest.mark.parametrize("phrase", [(), ("unknown",), ("sleep", "unknown"), ("tea", "sleep")])
def test_what_stands_nowhere_weighs_nothing(phrase):
    assert CORPUS.weigh(phrase) == {}


def test_no_papers_and_papers_without_words_weigh_nothing():
    assert Corpus([]).weigh(("sleep",)) == {}
    assert Corpus([Paper("🤖"), Paper("…")]).weigh(("sleep",)) == {}


def test_a_row_of_numbers_is_found_where_a_number_begins_and_nowhere_within():
    assert stands(pack([1]), pack([256, 256])) == 0  # its octets stand there, one off
    assert stands(pack([1, 2]), pack([1, 2, 1, 2, 1])) == 2
    assert stands(pack([7, 7]), pack([7, 7, 7])) == 2
