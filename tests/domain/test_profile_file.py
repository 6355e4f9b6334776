"""A profile's file: what is written is read back exactly, and mistakes are told by line and key."""

import json
import re
import tomllib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.library import RATED, SHELVED, Example, Verdict
from newsletter.domain.paper import Paper
from newsletter.domain.profile import Topic, TopicProfile
from newsletter.domain.profile_file import read, written
from newsletter.errors import ProfileError

NOW = datetime(2026, 3, 14, 6, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
WORD = TEXT.filter(str.strip)
WORDS = st.lists(WORD, max_size=4).map(tuple)
KEYS = st.lists(
    st.sampled_from(["arxiv:2603.01234", "doi:10.1000/x", "title:0123456789abcdef"]), unique=True
).map(tuple)
TOPICS = st.builds(Topic, WORD, TEXT, WORDS, WORDS, WORDS, WORDS, WORDS, KEYS, st.integers(0, 1000))
PROFILES = st.lists(TOPICS, max_size=3, unique_by=lambda one: one.name.casefold()).map(
    lambda found: TopicProfile(tuple(found))
)
TIMES = st.datetimes(timezones=st.just(UTC))
EXAMPLES = st.lists(
    st.builds(Example, st.just("doi:10.1000/x"), TEXT, st.sampled_from(list(Verdict)), TIMES),
    max_size=4,
)

FULL = """
format = 1
[[topics]]
name = "Sleep 😴"
description = "What sleep does to memory."
keywords = ["sleep spindles", "slow oscillations"]
muted = ["mice"]
categories = ["q-bio.NC"]
authors = ["Ada Okafor"]
pins = ["memory replay"]
examples = ["https://arxiv.org/abs/2603.01234v2", "10.1000/SPINDLES"]
a_week = 3

[[library]]
id = "2603.04242"
verdict = "own"
at = 2026-03-01

[[library]]
title = "An Old Book Without a Number"

[[feedback]]
id = "doi:10.1000/x"
verdict = "less"
at = 2026-03-02T10:00:00+02:00
"""


@given(PROFILES, EXAMPLES)
def test_what_is_written_is_read_back_exactly(profile, examples):
    text = written(profile, examples)
    filed = read(text, "file", NOW)
    assert filed.profile == profile
    key = repr
    shelved = [one for one in examples if one.verdict in SHELVED]
    rated = [one for one in examples if one.verdict in RATED]
    assert sorted(filed.library, key=key) == sorted(shelved, key=key)
    assert sorted(filed.feedback, key=key) == sorted(rated, key=key)
    assert written(filed.profile, [*filed.library, *filed.feedback]) == written(
        profile, [*shelved, *rated]
    )


def test_every_field_is_read():
    filed = read(FULL, "file", NOW)
    assert filed.profile == TopicProfile(
        (
            Topic(
                "Sleep 😴",
                "What sleep does to memory.",
                ("sleep spindles", "slow oscillations"),
                ("mice",),
                ("q-bio.NC",),
                ("Ada Okafor",),
                ("memory replay",),
                ("arxiv:2603.01234", "doi:10.1000/spindles"),
                3,
            ),
        )
    )
    own, old = filed.library
    assert (own.key, own.verdict, own.at) == (
        "arxiv:2603.04242",
        Verdict.OWN,
        datetime(2026, 3, 1, tzinfo=UTC),
    )
    assert (old.key, old.verdict, old.at) == (Paper(old.title).key, Verdict.LIKED, NOW)
    (rated,) = filed.feedback
    assert rated.at == datetime(2026, 3, 2, 10, tzinfo=timezone(timedelta(hours=2)))
    assert filed.doubts == ()


def test_a_file_reads_like_prose():
    text = written(read(FULL, "file", NOW).profile, ())
    assert 'keywords = ["sleep spindles", "slow oscillations"]' in text
    assert "library" not in text
    assert tomllib.loads(text)["topics"][0]["a_week"] == 3
    long = Topic("Tea", keywords=tuple(f"word {number}" for number in range(20)))
    assert '\n    "word 19",\n]' in written(TopicProfile((long,)), ())


def test_nothing_at_all_is_the_common_list():
    assert read("", "file", NOW).profile == TopicProfile()
    assert read("\ufeff# nothing".lstrip("\ufeff"), "file", NOW).library == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[topics]]\nname = x\n", r"f.toml: not readable as TOML: .* line 2"),
        ("[[topic]]\n", r"f.toml, line 1: unknown key topic; did you mean topics\?"),
        ("topics = 3", r"f.toml, line 1: topics: expected \[\[topics\]\] tables"),
        ("topics = [3]", r"topics\[1\]: expected a \[\[topics\]\] table"),
        ("format = 2", "line 1: format is not 1; this file wants a newer program"),
        ("[[topics]]\ndescription = 'x'", r'line 1: topics\[1\]: expected name = "..."'),
        (
            "[[topics]]\nname='a'\n\n[[topics]]\nname='b'\nkeyword=['c']",
            r"f.toml, line 6: topics\[2\]: unknown key keyword; did you mean keywords\?",
        ),
        ("[[topics]]\nname='a'\nkeywords='c'", r"line 3: topics\[1\] 'a': keywords: expected a li"),
        ("[[topics]]\nname='a'\nkeywords=['']", "line 3: .*keywords: an entry is empty"),
        ("[[topics]]\nname='a'\na_week=true", "line 3: .*a_week: expected a whole number from 0"),
        ("[[topics]]\nname='a'\nexamples=['x y']", "examples: 'x y' is no arXiv id and no DOI"),
        ("[[topics]]\nname='a'\n[[topics]]\nname='A'", "two topics are named 'A'"),
        ('[[topics]]\nname="a\\u0000"', "name: holds the character NUL"),
        ("[[library]]\nid='x'", "line 2: .*id: 'x' is no arXiv id and no DOI"),
        ("[[library]]\nverdict='own'", "expected an id, a title, or both"),
        ("[[library]]\ntitle='x'\nverdict='more'", "verdict: expected one of own, liked"),
        ("[[feedback]]\ntitle='x'", "verdict: expected one of more, less, saved"),
        ("[[feedback]]\ntitle='x'\nverdict='more'\nat='today'", "line 4: .*at: expected a date"),
        ("a=" + "[" * 5000, "nested too deeply"),
    ],
)
def test_a_mistake_is_told_by_file_line_and_key(text, told):
    with pytest.raises(ProfileError) as error:
        read(text, "f.toml", NOW)
    assert re.search(told, str(error.value)), error.value
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("keywords", [f"word {number}" for number in range(10_000)], "10000 entries; at most 2000"),
        ("description", "x" * 2**20, "1048576 characters; at most 20000"),
        ("keywords", ["x" * 400], "400 characters; at most 300"),
    ],
)
def test_what_is_too_much_is_told_with_what_is_kept(name, value, told):
    with pytest.raises(ProfileError, match=told):
        read(f"[[topics]]\nname='a'\n{name} = {json.dumps(value)}", "f.toml", NOW)


def test_a_profile_of_muted_terms_alone_is_one():
    (topic,) = read("[[topics]]\nname='Tea'\nmuted=['coffee']", "f.toml", NOW).profile.topics
    assert topic == Topic("Tea", muted=("coffee",))


def test_an_unknown_category_is_doubted_with_the_nearest():
    text = "[[topics]]\nname='a'\ncategories=['cs.CL', 'cs', 'cs.cl', 'neuroscience', 'q-bio']"
    first, second = read(text, "f.toml", NOW).doubts
    assert first == "topic 'a': 'cs.cl' is no category of arXiv; did you mean cs.CL?"
    assert "'neuroscience' is no category of arXiv" in second
