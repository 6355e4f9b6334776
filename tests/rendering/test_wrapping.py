"""Lines of the text part: as many columns as a fixed-width font takes for them."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.plain import COLUMNS, NARROW, width, wrap

SIGNS = st.text(st.sampled_from(["a", "é", "“", "”", "–", "字", "́", "\u200d", " ", "𝔸"]))


def columns(char):
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def test_what_is_measured_by_its_length_takes_a_column_a_character():
    narrow = [char for char in map(chr, range(0x110000)) if NARROW.fullmatch(char)]
    assert len(narrow) > 1000
    assert [char for char in narrow if columns(char) != 1] == []


@given(SIGNS)
def test_a_text_is_as_wide_as_its_characters_together(text):
    assert width(text) == sum(map(columns, text))


@given(st.lists(SIGNS, max_size=30).map(" ".join))
def test_no_line_is_wider_than_the_part_and_no_word_is_lost(text):
    lines = wrap(text, "  ", "  ").split("\n")
    assert all(width(line) <= COLUMNS for line in lines)
    assert "".join(lines).replace(" ", "") == "".join(text.split())


@given(
    st.lists(st.text(st.sampled_from("aé“–"), min_size=1, max_size=70), max_size=30)
    | st.lists(st.text(st.sampled_from("aé字"), min_size=1, max_size=30), max_size=30),
    st.sampled_from(["", "  ", "Abstract: "]),
)
def test_each_line_has_as_many_words_as_it_has_room_for(words, first):
    lines = wrap(" ".join(words), "  ", first).split("\n")
    assert lines[0].startswith(first)
    assert all(line.startswith("  ") for line in lines[1:])
    said = [lines[0].removeprefix(first), *(line[2:] for line in lines[1:])]
    assert " ".join(said).split() == words
    for line, following in zip(lines, said[1:], strict=False):
        assert width(line) + 1 + width(following.split()[0]) > COLUMNS


def test_a_word_that_does_not_fit_beside_the_first_indent_stands_there_all_the_same():
    assert wrap("word and more", "  ", " " * 74) == " " * 74 + "word\n  and more"
    assert wrap("word", "  ", " " * 80) == " " * 80 + "word"


def test_a_line_may_be_as_wide_as_the_part_to_its_last_column():
    assert wrap("x" * 37 + " " + "y" * 38) == "x" * 37 + " " + "y" * 38
    assert wrap("x" * 37 + " " + "y" * 38 + " z") == "x" * 37 + " " + "y" * 38 + "\nz"
    assert wrap("x" * 37 + " " + "y" * 39 + " z") == "x" * 37 + "\n" + "y" * 39 + " z"


def test_a_word_that_is_a_column_too_long_is_broken():
    assert wrap("a" * 74, "  ", "  ") == "  " + "a" * 74
    assert wrap("a" * 75, "  ", "  ") == "  " + "a" * 74 + "\n  a"
