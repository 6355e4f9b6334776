"""A text is cut where a reader would pause, and nowhere else."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.summary.sentences import split


def sentences(text):
    return [text[start:end] for start, end in split(text)]


@pytest.mark.parametrize(
    "expected",
    [
        ["We gate memory.", "It helps."],
        ["Does it help?", "It does!", "We show how."],
        ["Smith et al. (2020) gate memory.", "We do not."],
        ["As in Fig. 3, memory grows.", "It stops there."],
        ["See Eqs. 4 and 5, Sec. 2, and Ref. [7].", "They agree."],
        ["Some methods, e.g. Gates, help.", "Others, i.e. Doors, do not."],
        ["Gates vs. Doors is an old question.", "We end it."],
        ["A theorem by J. Doe and A. B. Roe is used.", "We prove it anew."],
        ["Dr. Roe and Prof. Doe disagree.", "We ask both."],
        ["The gas is cooled to 2.7 K.", "The noise falls."],
        ["It has 1.5 million words.", "3 of them rhyme."],
        ["We call this “Gates.”", "It helps."],
        ["It helps (a lot.)", "We show why."],
        ["It ends well.", "“Well” is meant loosely."],
        ["It ends.", "(We mean it.)"],
        ["Errors fall by 3.2%.", "Ärger bleibt.", "Émile agrees.", "α grows."],
        ["See www.example.org for code.", "It is free."],
        ["One sentence without an end"],
        ["It ends...", "Or does it?"],
    ],
)
def test_sentences_end_where_a_reader_pauses(expected):
    assert sentences(" ".join(expected)) == expected


@pytest.mark.parametrize("text", ["", " ", "\n\t "])
def test_nothing_has_no_sentences(text):
    assert split(text) == []


def test_space_around_the_text_and_line_breaks_within_are_no_part_of_a_sentence():
    assert sentences("  We gate\nmemory.\n\n  It helps. \n") == ["We gate\nmemory.", "It helps."]


PIECES = st.sampled_from([". ", "? ", "et al. ", "J. ", "2.7 K. ", "We ", "it ", "“", ".”", "\n"])


@given(st.lists(PIECES | st.text(max_size=5), max_size=30).map("".join))
def test_the_sentences_are_the_whole_text_in_order_without_space_at_their_ends(text):
    at = 0
    for start, end in split(text):
        assert at <= start < end
        assert not text[at:start].strip()
        assert text[start:end] == text[start:end].strip()
        at = end
    assert not text[at:].strip()


@pytest.mark.parametrize("text", ["We gate. " * 40_000, '. """""' * 20_000, ". " + " " * 20_000])
def test_a_very_long_text_is_cut_quickly(text):
    start = time.perf_counter()
    split(text)
    assert time.perf_counter() - start < 2


def test_no_sentence_begins_with_the_space_behind_a_wide_question_mark():
    text = "？ documents are long"
    assert [text[start:end] for start, end in split(text)] == ["？", "documents are long"]


def test_a_number_with_a_point_at_a_sentence_s_end_numbers_no_list():
    text = "The limit fell by a factor of 1.2. The rest is known."
    assert [text[start:end] for start, end in split(text)][1:] == ["The rest is known."]
