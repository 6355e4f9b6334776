"""A score is the sum of its reasons, and each reason can be looked up in the paper."""

import math
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.paper import Paper
from newsletter.domain.profile import Topic, TopicProfile
from newsletter.ranking.score import KEPT, Ranker, spanned
from newsletter.ranking.topics import AUTHOR, CATEGORY
from tests.ranking.samples import FILLERS, GRAPHS, MICE, NOW, PAPERS, SPINDLES, TEA, ranked

SLEEP = Topic("Sleep", "How memory is kept", ("sleep spindles",), categories=("q-bio",))


def rank(*topics, papers=PAPERS, now=NOW):
    ranker = Ranker(ranked(*papers))
    return {one.topic: listed(one) for one in ranker.standings(TopicProfile(topics), now)}


def listed(standing):
    """Return the candidates of a topic, best first."""
    found = [standing.candidates[place] for _, place in standing.papers]
    mean, spread = standing.usual
    scores = [score * spread + mean for score, _ in standing.papers]
    assert [each.score for each in found] == pytest.approx(scores)
    return found


def titles(candidates):
    return [one.ranked.paper.title for one in candidates]


def one(topic, paper=SPINDLES, papers=PAPERS):
    found = rank(topic, papers=papers)[topic.name]
    return next(each for each in found if each.ranked.paper == paper)


def told(candidates):
    """Return what a reader would see of them."""
    return [(each.ranked.paper.title, each.score, each.parts) for each in candidates]


def parts(candidate):
    return {part.name: part.value for part in candidate.parts}


def test_the_papers_about_the_topic_are_found_best_first():
    assert titles(rank(SLEEP)["Sleep"]) == [SPINDLES.title, MICE.title, TEA.title]
    scores = [each.score for each in rank(SLEEP)["Sleep"]]
    assert scores == sorted(scores, reverse=True)


def test_every_reason_has_its_name():
    assert set(parts(one(SLEEP))) == {
        "keyword:sleep spindles",
        "term:Sleep",
        "term:memory",
        "category:q-bio",
    }


def test_a_name_of_several_words_counts_as_a_phrase_too():
    found = parts(one(Topic("Sleep spindles")))
    assert set(found) == {"topic:Sleep spindles", "term:Sleep", "term:spindles"}


def test_the_largest_reason_comes_first_and_the_shares_sum_to_one():
    for candidate in rank(replace(SLEEP, authors=("Grace Mbeki",)))["Sleep"]:
        values = [part.value for part in candidate.parts]
        assert values == sorted(values, reverse=True)
        assert math.fsum(values) == pytest.approx(candidate.score, rel=1e-12)
        assert math.fsum(part.share for part in candidate.parts) == pytest.approx(1)
        assert all(part.value > 0 for part in candidate.parts)


@pytest.mark.parametrize("gone", ["sleep spindles", "adults", "learning"])
def test_without_a_keyword_the_score_falls_by_exactly_its_part(gone):
    topic = replace(SLEEP, keywords=("sleep spindles", "adults", "learning"))
    rest = tuple(word for word in topic.keywords if word != gone)
    before, after = one(topic), one(replace(topic, keywords=rest))
    part = parts(before)[f"keyword:{gone}"]
    assert before.score - after.score == pytest.approx(part, rel=1e-9)
    assert parts(before) == pytest.approx({**parts(after), f"keyword:{gone}": part})


def test_without_author_and_category_the_score_falls_by_exactly_their_parts():
    topic = replace(SLEEP, authors=("Grace Mbeki",))
    assert one(topic).score - one(SLEEP).score == pytest.approx(AUTHOR)
    bare = replace(SLEEP, categories=())
    assert one(SLEEP).score - one(bare).score == pytest.approx(CATEGORY)


@pytest.mark.parametrize("muted", ["mice", "SPINDLE in mice", "sleep spindles too", "Mice have"])
def test_a_muted_word_or_phrase_excludes_the_paper_wherever_it_stands(muted):
    found = titles(rank(replace(SLEEP, muted=(muted,)))["Sleep"])
    assert found == [SPINDLES.title, TEA.title]


def test_a_muted_phrase_that_does_not_stand_in_a_row_excludes_nothing():
    found = rank(replace(SLEEP, muted=("mice spindles",)))["Sleep"]
    assert told(found) == told(rank(SLEEP)["Sleep"])


def test_a_muted_word_is_stronger_than_a_followed_author():
    topic = replace(SLEEP, authors=("Ada Okafor",), muted=("mice",))
    assert MICE.title not in titles(rank(topic)["Sleep"])


def test_a_muted_sign_excludes_nothing():
    found = rank(replace(SLEEP, muted=("🤖", "")))["Sleep"]
    assert told(found) == told(rank(SLEEP)["Sleep"])


@pytest.mark.parametrize("name", ["Ada Okafor", "ada okafor", "  ADA  OKAFOR "])
def test_a_followed_author_pins_a_paper_on_anything(name):
    papers = (*PAPERS, replace(GRAPHS, title="Knots", authors=("Tom Baker", "Ada Okafor")))
    found = rank(Topic("Sleep", authors=(name,)), papers=papers)["Sleep"]
    assert set(titles(found[:2])) == {"Knots", MICE.title}
    assert found[0].parts[0].name == f"author:{name}"


def test_an_author_is_known_by_the_whole_name_only():
    assert told([one(replace(SLEEP, authors=("Okafor", "Ada")))]) == told([one(SLEEP)])


@pytest.mark.parametrize(
    ("category", "counts"),
    [("q-bio.NC", True), ("q-bio", True), ("q", False), ("q-bio.N", False), ("cs", False)],
)
def test_a_category_counts_as_itself_or_by_its_archive(category, counts):
    found = parts(one(replace(SLEEP, categories=(category,))))
    assert (f"category:{category}" in found) is counts


def test_a_category_alone_is_no_reason():
    assert rank(Topic("Nothing of it", categories=("q-bio.NC", "math")))["Nothing of it"] == []


def test_one_common_word_of_a_long_name_is_no_reason():
    papers = (*PAPERS, *(Paper(f"Learning {each.title}") for each in FILLERS))
    found = titles(rank(Topic("Reinforcement learning"), papers=papers)["Reinforcement learning"])
    assert found == []


@pytest.mark.parametrize(
    "topic",
    [
        Topic("🤖🔥"),
        Topic("…"),
        Topic("the of and"),
        Topic("🤖", "🔥", ("💡", ""), ("",), ("",), ("",)),
        Topic("Unheard of"),
    ],
)
def test_a_topic_of_signs_or_empty_words_finds_nothing_and_breaks_nothing(topic):
    assert rank(topic)[topic.name] == []


def test_papers_of_signs_alone_break_nothing():
    assert len(rank(SLEEP, papers=(*PAPERS, Paper("🤖"), Paper("?", "…")))["Sleep"]) == 3
    assert rank(SLEEP, papers=())["Sleep"] == []


def test_a_topic_that_readers_share_is_scored_once():
    ranker = Ranker(ranked(*PAPERS))
    (first,), (second,) = (ranker.standings(TopicProfile((SLEEP,)), NOW) for _ in range(2))
    assert first is second


def test_of_readers_own_words_only_so_many_are_kept():
    ranker = Ranker(ranked(*PAPERS))
    (first,) = ranker.standings(TopicProfile((SLEEP,)), NOW)
    for number in range(KEPT):
        ranker.standing(Topic(f"Tea {number}"))
    (again,) = ranker.standings(TopicProfile((SLEEP,)), NOW)
    assert len(ranker.scored) == KEPT
    assert first is not again
    assert told(listed(first)) == told(listed(again))


def test_each_topic_is_ranked_apart():
    found = rank(SLEEP, Topic("Sparse graphs"))
    assert list(found) == ["Sleep", "Sparse graphs"]
    assert titles(found["Sparse graphs"]) == [GRAPHS.title]


def test_who_chose_nothing_gets_the_common_list_by_votes_and_freshness():
    found = rank()[""]
    assert titles(found)[:2] == [GRAPHS.title, SPINDLES.title]
    assert parts(found[0]) == {"votes": 6.0, "freshness": 1.0}  # log2(1 + 63)
    assert parts(found[1]) == {"votes": 3.0, "freshness": 1.0}
    assert [part.share for part in found[1].parts] == [0.75, 0.25]
    assert len(found) == len(PAPERS)


@pytest.mark.parametrize(
    ("days", "freshness"), [(0, 1.0), (2, 0.5), (4, 0.25), (-1, 1.0), (30, 2**-15)]
)
def test_freshness_halves_every_two_days(days, freshness):
    (found, *_) = rank(papers=(TEA,), now=NOW + timedelta(days=days))[""]
    assert parts(found) == {"freshness": pytest.approx(freshness)}


@pytest.mark.parametrize("votes", [0, -1, -5])
def test_no_votes_and_votes_against_are_no_reason(votes):
    (found,) = rank(papers=(replace(TEA, votes=votes),))[""]
    assert parts(found) == {"freshness": 1.0}


def test_a_paper_of_many_years_ago_still_has_a_place():
    (found,) = rank(papers=(TEA,), now=NOW + timedelta(days=20 * 365))[""]
    assert found.score > 0


def test_papers_of_equal_score_keep_the_order_in_which_they_came():
    found = rank(papers=FILLERS)[""]
    assert titles(found) == [paper.title for paper in FILLERS]


WORDS = st.sampled_from(
    "sleep Sleeping spindles SPINDLE Straße naïve e\u0301tude İst 量子".split()
    + "ﬁne 🤖 — don’t x² K ǅ ß".split()
)
TEXT = st.lists(WORDS | st.text(max_size=6), max_size=14).map(" ".join)


@given(
    st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5),
    TEXT,
    TEXT,
    st.lists(TEXT, max_size=3).map(tuple),
)
def test_every_quote_stands_in_the_text_at_its_place(texts, name, description, keywords):
    papers = tuple(Paper(title, abstract) for title, abstract in texts)
    for candidate in rank(Topic(name, description, keywords), papers=papers)[name]:
        assert candidate.score > 0
        assert math.fsum(part.share for part in candidate.parts) == pytest.approx(1)
        assert math.fsum(part.value for part in candidate.parts) == pytest.approx(candidate.score)
        for part in candidate.parts:
            quote = part.quote
            assert quote.text
            text = getattr(candidate.ranked.paper, quote.field)
            assert text[quote.start : quote.end] == quote.text


def test_a_quote_names_the_words_of_the_paper_as_they_are_written_there():
    found = {part.name: part.quote for part in one(SLEEP).parts}
    assert found["keyword:sleep spindles"].text == "Sleep Spindles"
    assert found["keyword:sleep spindles"].field == "title"
    assert (found["term:memory"].text, found["term:memory"].field) == ("memory", "abstract")
    assert found["category:q-bio"] is None


def test_ten_thousand_keywords_end_quickly():
    papers = tuple(
        Paper(f"Word{number} and sleep", "of the word " * 30 + f"word{number}")
        for number in range(300)
    )
    keywords = tuple(f"word{number} and sleep of the" for number in range(10_000))
    start = time.perf_counter()
    found = rank(Topic("Many", keywords=keywords + keywords), papers=papers)["Many"]
    assert time.perf_counter() - start < 5
    assert found == []


@pytest.mark.parametrize(
    ("days", "whole"), [((0,), 0), ((0, 1), 2), ((0, 1, 2, 3, 4, 5, 6), 7), ((0, 0, 0, 6, 6), 12)]
)
def test_each_days_papers_stand_for_the_time_until_the_next(days, whole):
    times = [NOW + timedelta(days=one) for one in days]
    assert spanned(times) == timedelta(days=whole)
