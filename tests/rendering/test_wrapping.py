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
