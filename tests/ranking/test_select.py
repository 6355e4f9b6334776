"""Each topic gets its share, no paper stands twice, and no issue is too long."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.paper import Paper
from newsletter.ranking.score import Candidate
from newsletter.ranking.select import are_alike, select, to_items
from tests.ranking.samples import ranked

LONG = " ".join(f"word{number}" for number in range(60))


def candidates(topic, *scored):
    """Return candidates of this topic from titles and scores."""
    return [
        Candidate(replace(one, row=hash((topic, title))), topic, score, ())
        for title, score in scored
        for one in ranked(Paper(title))
    ]


def titles(picked):
    return [one.ranked.paper.title for one in picked]


def test_the_topics_take_turns_and_the_best_paper_of_all_comes_first():
    found = {
        "Sleep": candidates("Sleep", ("S1", 3), ("S2", 2), ("S3", 1)),
        "Tea": candidates("Tea", ("T1", 9), ("T2", 8), ("T3", 7)),
    }
    assert titles(select(found, 4)) == ["T1", "S1", "T2", "S2"]


def test_a_topic_that_runs_out_leaves_its_share_to_the_others():
    found = {
        "Sleep": candidates("Sleep", ("S1", 3)),
        "Tea": candidates("Tea", ("T1", 9), ("T2", 8), ("T3", 7)),
        "Gardens": [],
    }
    assert titles(select(found, 7)) == ["T1", "S1", "T2", "T3"]


def test_a_paper_of_several_topics_stands_once_and_costs_the_other_topic_nothing():
    found = {
        "Sleep": candidates("Sleep", ("Both", 5), ("S2", 2)),
        "Tea": candidates("Tea", ("Both", 4), ("T2", 1)),
    }
    picked = select(found, 3)
    assert titles(picked) == ["Both", "T2", "S2"]
    assert picked[0].topic == "Sleep"


def test_one_best_paper_goes_out_when_there_is_room_for_one():
    found = {"A": candidates("A", ("A1", 1)), "B": candidates("B", ("B1", 2))}
    assert titles(select(found, 1)) == ["B1"]


@pytest.mark.parametrize("length", [0, -1])
def test_no_room_no_papers(length):
    assert select({"A": candidates("A", ("A1", 1))}, length) == []


def test_no_candidates_no_papers():
    assert select({}, 7) == []
    assert select({"A": []}, 7) == []


@given(
    st.dictionaries(
        st.sampled_from("ABCD"),
        st.lists(st.tuples(st.sampled_from("uvwxyz"), st.floats(0.1, 9)), max_size=8),
    ),
    st.integers(0, 12),
)
def test_never_too_many_never_twice_and_every_topic_its_share(topics, length):
    found = {
        name: sorted(candidates(name, *scored), key=lambda one: -one.score)
        for name, scored in topics.items()
    }
    picked = select(found, length)
    everything = {title for scored in topics.values() for title, _ in scored}
    assert len(picked) == min(length, len(everything))
    assert len(set(titles(picked))) == len(picked)
    for name, queue in found.items():
        left = set(titles(queue)) - set(titles(picked))
        share = length // max(len(found), 1)
        mine = sum(one.topic == name for one in picked)
        assert not left or mine >= share


def test_the_lists_that_other_readers_share_are_left_as_they_are():
    found = {"A": candidates("A", ("A1", 2), ("A2", 1))}
    select(found, 1)
    assert titles(found["A"]) == ["A1", "A2"]


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (Paper("Gated Memory"), Paper("GATED memory."), True),
        (Paper("Gated Memory"), Paper("Gated Memories"), False),
        (Paper("Gated Memory"), Paper("Memory Gated"), False),
        (Paper("Gates", LONG), Paper("Doors", LONG), True),
        (Paper("Gates", LONG), Paper("Doors", f"{LONG} and {'more ' * 9}"), True),
        (Paper("Gates", LONG), Paper("Doors", LONG.replace("word1", "other")), False),
        (Paper("Gates", "word1 word2"), Paper("Doors", "word1 word2"), False),
        (Paper("Gates"), Paper("Doors"), False),
        (Paper("🤖"), Paper("🔥"), False),
        (Paper("🤖"), Paper("🤖"), True),
    ],
)
def test_near_duplicates_are_told_by_title_or_by_a_long_enough_abstract(one, other, alike):
    assert are_alike(one, other) is alike
    assert are_alike(other, one) is alike


@pytest.mark.parametrize(("shared", "alike"), [(77, True), (76, False)])
def test_three_word_triples_of_four_make_a_near_duplicate(shared, alike):
    words = [f"word{number}" for number in range(100)]
    one, other = Paper("A", " ".join(words)), Paper("B", " ".join(words[:shared]))
    assert are_alike(one, other) is alike


def test_items_are_numbered_from_one_in_their_order():
    picked = select({"A": candidates("A", ("A1", 2), ("A2", 1))}, 5)
    items = to_items(picked)
    assert [(item.position, item.paper.title, item.score) for item in items] == [
        (1, "A1", 2),
        (2, "A2", 1),
    ]
