"""Each topic gets its share, no paper stands twice, and no issue is too long."""

from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.paper import Paper
from newsletter.ranking.select import Queue, Twins, are_alike, select

LONG = " ".join(f"word{number}" for number in range(60))


PAPERS = ("S1", "S2", "S3", "T1", "T2", "T3", "Both", "A1", "A2", "B1")


def queue(*scored, pinned=()):
    """Return a queue of titles with scores."""
    return Queue([(score, PAPERS.index(title)) for title, score in scored], pinned=pinned)


def titles(picked):
    return [PAPERS[one.place] for one in picked]


def chosen(*queues, length, had=(), near=MappingProxyType({})):
    return titles(select(queues, length, had, near))


SLEEP = queue(("S1", 3), ("S2", 2), ("S3", 1))
TEA = queue(("T1", 9), ("T2", 8), ("T3", 7))


def test_the_topics_take_turns_and_the_best_paper_of_all_comes_first():
    assert chosen(SLEEP, TEA, length=4) == ["T1", "S1", "T2", "S2"]


def test_the_places_left_after_equal_shares_go_to_the_best_papers():
    assert chosen(SLEEP, TEA, length=3) == ["T1", "S1", "T2"]
    assert chosen(SLEEP, TEA, length=5) == ["T1", "S1", "T2", "S2", "T3"]


def test_a_rich_topic_has_half_an_issue_at_most_while_others_have_papers():
    rich = queue(*((title, 9) for title in PAPERS))
    poor = Queue([(1, 100 + number) for number in range(9)])
    poorer = Queue([(1, 200 + number) for number in range(9)])
    picked = select([rich, poor, poorer, Queue([(1, 300)])], 8)
    assert [sum(one.queue == number for one in picked) for number in range(4)] == [3, 2, 2, 1]
    assert len(select([rich, Queue([(1, 300)])], 9)) == 9, "who runs out leaves room"


def test_two_good_papers_of_a_niche_stay_beside_a_topic_of_two_hundred():
    niche, broad = Queue([(2.0, 1), (1.9, 2)]), Queue([(9.0, 10 + number) for number in range(200)])
    picked = select([broad, niche], 7)
    assert {one.place for one in picked if one.queue == 1} == {1, 2}
    assert len(picked) == 7


def test_a_topic_that_runs_out_leaves_its_share_to_the_others():
    assert chosen(queue(("S1", 3)), TEA, queue(), length=7) == ["T1", "S1", "T2", "T3"]


def test_a_paper_of_several_topics_stands_once_and_costs_the_other_topic_nothing():
    queues = queue(("Both", 5), ("S2", 2)), queue(("Both", 4), ("T2", 1))
    picked = select(queues, 3)
    assert titles(picked) == ["Both", "T2", "S2"]
    assert picked[0].queue == 0


def test_one_best_paper_goes_out_when_there_is_room_for_one():
    assert chosen(queue(("A1", 1)), queue(("B1", 2)), length=1) == ["B1"]


def test_pinned_papers_come_first_whatever_their_score_and_their_topics_share():
    pins = queue(("S1", 3), ("S2", 2), ("S3", 1), pinned={1, 2})
    assert chosen(TEA, pins, length=3) == ["S2", "S3", "T1"]
    assert chosen(TEA, pins, length=1) == ["S2"]


def test_what_a_reader_has_had_is_passed_over_pinned_or_not():
    pins = queue(("S1", 3), ("S2", 2), pinned={0})
    assert chosen(pins, TEA, length=2, had={0, 3}) == ["T2", "S2"]


def test_a_twin_of_a_paper_that_is_in_is_left_out_pinned_or_not():
    near = {0: {3}, 3: {0}, 1: {4}, 4: {1}}
    assert chosen(SLEEP, TEA, length=7, near=near) == ["T1", "S2", "T3", "S3"]
    pins = queue(("S1", 3), ("S2", 2), pinned={0, 1})
    assert chosen(pins, TEA, length=7, near=near) == ["S1", "S2", "T3"]


@pytest.mark.parametrize("length", [0, -1])
def test_no_room_no_papers(length):
    assert chosen(SLEEP, length=length) == []


def test_no_candidates_no_papers():
    assert chosen(length=7) == []
    assert chosen(queue(), length=7) == []


@given(
    st.lists(st.lists(st.tuples(st.floats(0.1, 9), st.integers(0, 30)), max_size=8), max_size=5),
    st.integers(0, 12),
)
def test_never_too_many_never_twice_and_every_topic_its_share(topics, length):
    queues = [Queue(sorted(one, key=lambda scored: -scored[0])) for one in topics]
    picked = select(queues, length)
    places = [one.place for one in picked]
    everything = {place for scored in topics for _, place in scored}
    assert len(picked) == min(length, len(everything))
    assert len(set(places)) == len(picked)
    for number, one in enumerate(queues):
        left = {place for _, place in one.papers} - set(places)
        mine = sum(each.queue == number for each in picked)
        assert not left or mine >= length // max(len(queues), 1)


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


TEXTS = (
    Paper("Gates", LONG),
    Paper("Doors", f"{LONG} and {'more ' * 9}"),
    Paper("Windows", LONG.replace("word1", "other")),
    Paper("WINDOWS.", "Something else"),
    Paper("🤖"),
)


def test_twins_of_an_archive_are_found_by_their_places():
    twins = Twins(TEXTS)
    twins.include([0, 2, 4])
    assert twins.near == {}
    twins.include([0, 1, 3])
    assert twins.near == {0: {1}, 1: {0}, 2: {3}, 3: {2}}
