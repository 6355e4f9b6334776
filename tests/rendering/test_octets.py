"""Quoted-printable in segments: any text comes back, no line is odd, DKIM's form is right."""

import quopri

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.rendering.dkim import canonical_body
from newsletter.rendering.octets import closed, segment, size_of, spliced

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
    st.text(st.sampled_from(" .\n\tF=éa"), max_size=300),
    st.text(st.sampled_from("  .\nF=éa"), max_size=300),  # spaces and no tabs: a way of their own
)


def wire(*texts):
    return b"".join(closed([segment(text) for text in texts]))


def back(octets):
    return quopri.decodestring(octets).decode().replace("\r\n", "\n")


@given(st.lists(TEXTS, max_size=5))
@example(["a" * 76, "b"])
@example(["a" * 74 + "é", "b"])
@example(["." * 100, ".", "\n.\n"])
@example(["From " * 30, "x\nFrom you"])
@example(["a" * 75 + " ", " \n", " "])
@example(["a" * 73 + "\t\n"])
@example(["a" * 74 + " \n"])
@example(["a  b   c"])
@example(["a \t b\t\tc"])
def test_segments_come_back_as_the_text_that_they_were(texts):
    octets = wire(*texts)
    text = "".join(one.replace("\r\n", "\n").replace("\r", "\n") for one in texts)
    assert back(octets).rstrip("\n") == text.rstrip("\n")
    lines = octets.split(b"\r\n")
    assert lines.pop() == b""
    for line in lines:
        assert len(line) <= 76
        assert not line.startswith((b".", b"From "))
        assert not line.endswith((b" ", b"\t"))
        assert b"\r" not in line
        assert b"\n" not in line
    assert not octets.endswith((b"=\r\n", b"\r\n\r\n"))


@given(st.lists(TEXTS, max_size=5))
@example(["a  b   c"])
@example(["a \t b\t\tc"])
def test_the_octets_are_in_the_relaxed_form_of_the_standard_as_they_are(texts):
    octets = wire(*texts) + b"--=_a--\r\n"  # as in every mail
    assert canonical_body(octets) == octets


@given(st.lists(TEXTS, max_size=5))
def test_the_size_of_a_text_is_told_by_its_octets(texts):
    octets = wire(*texts)
    assert size_of(octets) == len(back(octets).replace("\r\n", "\n").encode())


@pytest.mark.parametrize("text", ["", "\n", "\n\n\n"])
def test_nothing_is_one_empty_line(text):
    assert wire(text) == b"\r\n"


def test_a_text_without_odd_lines_stays_legible():
    assert wire("Hello,\nworld") == b"Hello,\r\nworld\r\n"


def test_a_segment_left_open_joins_the_next_without_a_space():
    assert wire("one", "two\n") == b"one=\r\ntwo\r\n"


TOKENS = st.text("abcXYZ019-_", min_size=24, max_size=60)
BEFORE = st.sampled_from(
    ["mailto:papers@example.org?subject=rate%20", "https://example.org/issues/", "https://é.org/a/"]
)


@given(BEFORE, st.text("ab/%=20. ", max_size=80), TOKENS)
def test_a_link_whose_beginning_was_encoded_before_is_the_same_as_encoded_whole(start, more, token):
    for link in (start + token, start + more + "/" + token, start + more + "%20" + token):
        assert spliced(link) == segment(link)
