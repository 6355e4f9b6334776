"""Words become stems that know their places."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.ranking.terms import places, stems, subject, terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Learning learned LEARNS", ("learn", "learn", "learn")),
        ("graph-based networks", ("graph", "base", "network")),
        ("the cat's whiskers", ("the", "cat", "whisker")),
        ("models' weights", ("model", "weight")),
        ("snake_case and 3D", ("snake", "case", "and", "3d")),
        ("Schrödinger’s Straße", ("schroding", "strass")),
        ("GPT-4 at 2.7 K", ("gpt", "4", "at", "2", "7", "k")),
        ("量子 計算", ("量子", "計算")),
        ("🤖 … — !?", ()),
        ("", ()),
    ],
)
def test_words_are_cut_folded_and_stemmed(text, expected):
    assert stems(text) == expected


@given(st.text(max_size=200))
def test_every_term_has_the_place_of_a_word_in_order(text):
    at = 0
    for term in terms(text):
        assert at <= term.start < term.end <= len(text)
        assert not any(letter.isspace() for letter in text[term.start : term.end])
        assert term.stem
        at = term.end


def test_a_subject_is_the_words_that_carry_it_once_each():
    assert subject("The learning of how to learn, and LEARNING") == {"learn": "learning"}
    assert list(subject("Sleep and memory in the brain").values()) == ["Sleep", "memory", "brain"]
    assert subject("of the and a x 7 🤖") == {}


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        (
            "sleep spindles",
            "Sleep spindles and sleeping spindle",
            ["Sleep spindles", "sleeping spindle"],
        ),
        ("sleep", "Sleep, sleep; asleep", ["Sleep", "sleep"]),
        ("graph networks", "graph-network", ["graph-network"]),
        ("a a", "a a a", ["a a", "a a"]),
        ("spindles sleep", "sleep spindles", []),
        ("sleep spindles x", "sleep spindles", []),
        ("", "sleep", []),
        ("sleep", "", []),
    ],
)
def test_a_phrase_stands_where_its_words_stand_in_a_row(phrase, text, expected):
    found = places(stems(phrase), terms(text))
    assert [text[start:end] for start, end in found] == expected
