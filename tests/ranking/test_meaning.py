"""A topic's papers are ranked by meaning too, measured against a fixed window and never a day."""

import math
from datetime import timedelta

import numpy as np
import pytest

from newsletter.domain.paper import Paper
from newsletter.domain.profile import Topic, TopicProfile
from newsletter.domain.wording import wording
from newsletter.ranking.embedding.static import open_static
from newsletter.ranking.meaning import LEAST_PAPERS, Meaning
from newsletter.ranking.score import Ranker
from newsletter.ranking.topics import NEAR
from tests.ranking.samples import NOW, ranked

BIRDS = "songbirds learn melodies from their fathers|owls hunt at night by ear|geese fly in a wedge"
METALS = "steel rusts in salt water|copper wires carry current|aluminium alloys creep when hot"
BREAD = "sourdough rises slowly|rye flour holds water|yeast feeds on sugar"
TOPIC = Topic("Birds", "How they sing, hunt and fly", ("songbirds", "owls", "geese"))


def papers(texts, number):
    """Return so many papers on these subjects, each of other words."""
    lines = texts.split("|")
    return [
        Paper(f"Note {at} on it", f"We report that {lines[at % len(lines)]}, case {at}.")
        for at in range(number)
    ]


OLD = papers(METALS, 30) + papers(BREAD, 30) + papers(BIRDS, 12)


def ranker(day=(), old=OLD, embed=None):
    found = [*ranked(*old, first_seen=NOW - timedelta(days=9))]
    found += ranked(*old, *day)[len(old) :]
    made = Ranker(found)
    static = open_static()
    vectors = static.embed([wording(one.paper.title, one.paper.abstract) for one in found])
    made.meaning = Meaning(vectors, 0, "static", embed or static.embed)
    return made


def shown(made, topic=TOPIC):
    (standing,) = made.standings(TopicProfile((topic,)), NOW)
    return standing


def test_nearness_in_meaning_is_a_part_and_the_parts_sum_to_the_score():
    standing = shown(ranker())
    assert standing.papers
    for _, place in standing.papers:
        one = standing.candidates[place]
        assert math.fsum(part.value for part in one.parts) == pytest.approx(one.score, abs=1e-9)
        assert math.fsum(part.share for part in one.parts) == pytest.approx(1)
        assert "meaning:Birds" in {part.name for part in one.parts}
        assert any(part.quote for part in one.parts), "something in the paper can be quoted"


def test_what_is_usual_is_as_if_every_paper_of_the_window_had_been_compared():
    made = ranker()
    sense = made.meaning.sense("songbirds and owls", 1.0)
    near = made.meaning.vectors @ sense.aim
    assert sense.usual == pytest.approx((near.mean(), near.std()), abs=1e-5)


def test_a_day_with_every_paper_on_a_topic_removed_brings_none_for_it():
    birds, others = papers(BIRDS, 6), papers(METALS, 20) + papers(BREAD, 20)
    with_birds, without = ranker([*others, *birds]), ranker(others)
    first = len(OLD)
    assert sum(place >= first for _, place in shown(with_birds).papers) == len(birds)
    assert [place for _, place in shown(without).papers if place >= first] == []


def test_a_paper_near_in_meaning_needs_fewer_of_the_words():
    topic = Topic("songbird melodies of owls")
    standing = shown(ranker(), topic)
    bare = Ranker(ranker().papers)
    more = set(standing.candidates) - set(shown(bare, topic).candidates)
    spreads = ranker().meaning.sense("songbird melodies of owls", 1.0).spreads(sorted(more))
    assert (spreads >= NEAR).all()


def test_a_small_window_does_not_know_what_is_usual():
    made = ranker(old=OLD[: LEAST_PAPERS - 1])
    assert made.meaning.sense("songbirds", 1.0) is None
    assert shown(made).papers == shown(Ranker(made.papers)).papers


@pytest.mark.parametrize("text", ["", "\U0001f426", "the"])
def test_a_topic_without_a_word_means_nothing(text):
    made = ranker(embed=lambda texts: np.zeros((len(texts), 256), np.float32))
    assert made.meaning.sense(text, 1.0) is None


def test_what_many_topics_mean_is_made_at_once():
    calls = []
    static = open_static()

    def embed(texts):
        calls.append(list(texts))
        return static.embed(texts)

    made = ranker(embed=embed)
    profiles = [TopicProfile((Topic(name),)) for name in ("owls", "geese", "owls")]
    made.learn([topic for one in profiles for topic in one.topics])
    for one in profiles:
        made.standings(one, NOW)
    assert calls == [["owls", "geese"]]
