"""A profile survives being written down, and follows the catalogue where it names its topics."""

import json

from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.profile import (
    Topic,
    TopicProfile,
    from_json,
    merged,
    resolved,
    to_json,
)

TEXT = st.text(max_size=20)
WORDS = st.lists(TEXT, max_size=4).map(tuple)
TOPICS = st.builds(
    Topic, TEXT, TEXT, WORDS, WORDS, WORDS, WORDS, WORDS, WORDS, st.integers(0, 1000)
)
PROFILES = st.builds(TopicProfile, st.lists(TOPICS, max_size=4).map(tuple))

SLEEP = Topic("Sleep", "Sleep and memory", ("sleep spindles",), ("mice",), ("q-bio.NC",), ("A B",))
CATALOGUE = {"Sleep": SLEEP}


@given(PROFILES)
def test_a_profile_comes_back_as_it_was_written(profile):
    written = to_json(profile)
    assert from_json(written) == profile
    assert to_json(from_json(written)) == written
    assert "\n" not in written


def test_what_a_later_version_added_is_left_out():
    written = json.loads(to_json(TopicProfile((SLEEP,))))
    written["topics"][0]["likes"] = ["2609.01234"]
    written["model"] = 2
    assert from_json(json.dumps(written)) == TopicProfile((SLEEP,))


def test_what_an_earlier_version_lacked_is_empty():
    assert from_json('{"topics": [{"name": "Sleep"}]}') == TopicProfile((Topic("Sleep"),))


def test_a_bare_name_of_the_catalogue_is_filled_in_from_there():
    assert resolved(TopicProfile((Topic("Sleep"),)), CATALOGUE).topics == (SLEEP,)


def test_what_the_reader_mutes_and_follows_comes_on_top():
    own = Topic(
        "Sleep",
        muted=("rats",),
        authors=("Ada Okafor",),
        pins=("replay",),
        examples=("arxiv:2603.01234",),
        a_week=3,
    )
    (topic,) = resolved(TopicProfile((own,)), CATALOGUE).topics
    assert topic.muted == ("mice", "rats")
    assert topic.authors == ("A B", "Ada Okafor")
    assert (topic.pins, topic.examples, topic.a_week) == (("replay",), ("arxiv:2603.01234",), 3)
    assert topic.keywords == SLEEP.keywords


def test_a_topic_with_words_of_its_own_stays_as_it_is():
    for own in (
        Topic("Sleep", description="Sleep of plants"),
        Topic("Sleep", keywords=("dreams",)),
        Topic("Sleep", categories=("cs.LG",)),
        Topic("sleep"),
        Topic("Gardens"),
    ):
        assert resolved(TopicProfile((own,)), CATALOGUE).topics == (own,)


def test_the_topics_keep_their_order():
    profile = TopicProfile((Topic("Gardens"), Topic("Sleep"), Topic("Tea")))
    names = [topic.name for topic in resolved(profile, CATALOGUE).topics]
    assert names == ["Gardens", "Sleep", "Tea"]


def test_a_topic_is_described_by_its_name_and_description():
    assert Topic("Sleep").text == "Sleep"
    assert SLEEP.text == "Sleep. Sleep and memory"


def test_merged_profiles_have_each_topic_once_the_new_one_in_the_old_ones_place():
    old = TopicProfile((Topic("Gardens"), Topic("Sleep"), Topic("Tea")))
    new = TopicProfile((Topic("SLEEP", a_week=2), Topic("Rain")))
    found = merged(old, new).topics
    assert found == (Topic("Gardens"), Topic("SLEEP", a_week=2), Topic("Tea"), Topic("Rain"))
