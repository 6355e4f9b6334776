"""Every reader, given what no honest server sends: papers or one reason, and never for long."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.errors import FeedError
from newsletter.feeds import feed
from newsletter.feeds.opml import read_opml
from newsletter.feeds.readers import READERS, guess
from tests.feeds.attacks import HOSTILE, LONGEST, PAYLOADS, REPEATED, XML, body_of, read_with

JSON_READERS = ("huggingface-daily", "jsonl", "json-feed", "biorxiv")


def test_every_reader_has_its_payload_and_reads_it_whole():
    assert set(PAYLOADS) == set(READERS)
    for name, payload in PAYLOADS.items():
        reading = read_with(name, payload.encode())
        assert reading is not None, name
        assert reading.papers, name


@pytest.mark.parametrize("attack", HOSTILE)
@pytest.mark.parametrize("reader", READERS)
def test_an_attack_is_over_quickly(reader, attack):
    reading = read_with(reader, HOSTILE[attack].encode())
    for paper in reading.papers if reading else ():
        assert "root:" not in paper.title


@pytest.mark.parametrize("attack", HOSTILE)
def test_an_attack_is_looked_at_quickly(attack):
    begun = time.thread_time()
    for look in (lambda body: guess("https://e.example/x", body), read_opml):
        try:
            look(HOSTILE[attack].encode())
        except FeedError:
            continue  # most are refused, some may be read
    assert time.thread_time() - begun < LONGEST


@pytest.mark.parametrize("reader", READERS)
def test_what_is_repeated_in_every_text_is_read_quickly(reader):
    for fragment in REPEATED:
        read_with(reader, body_of(reader, [fragment * (30_000 // len(fragment))]))


@pytest.mark.parametrize("reader", READERS)
def test_many_small_entries_are_read_quickly(reader):
    texts = [(one * 100)[:100] for one in REPEATED] * 20
    read_with(reader, body_of(reader, texts))


@pytest.mark.parametrize("reader", READERS)
def test_a_feed_of_formulas_is_read_quickly_and_the_last_ones_stay_in_tex(reader):
    texts = ["".join(f"$a_{{{n}}}b_{{{m}}}$ " for m in range(9)) for n in range(1, 1200)]
    reading = read_with(reader, body_of(reader, texts))
    if reading and reader != "bibtex":  # there braces group
        assert reading.papers[0].title.endswith("a₁b₈")
        assert reading.papers[-1].title.endswith("a_{1199}b_{8}")


@pytest.mark.parametrize("reader", READERS)
def test_a_text_too_long_for_any_paper_is_cut_at_a_word(reader):
    words = "".join(f"word{n} " for n in range(9000))
    reading = read_with(reader, body_of(reader, [words, "A plain title"]))
    assert reading
    first = reading.papers[0]
    assert first.abstract.startswith("word0 word1 ")
    assert first.abstract.endswith(" …")
    assert first.abstract.split()[-2] in words.split()


def test_of_too_many_entries_the_first_are_read_and_it_is_told():
    reading = read_with("jsonl", b'{"title": "a"}\n' * 50_001)
    assert reading
    assert len(reading.papers) == 50_000
    assert [note.entry for note in reading.skipped] == ["the entries behind the first 50000"]
    nothing = read_with("jsonl", b"{}\n" * 3000)
    assert nothing
    assert len(nothing.skipped) == 3000, "each of them counts"


def test_a_bad_entry_leaves_the_others_alone():
    bad = r"b $\unicode{xD800}$ \ud800"
    link = "https://arxiv.org/abs/2401.00001v99999999999999999999"
    items = "".join(
        f"<item><title>{title}</title><link>{place}</link><guid>{place}</guid></item>"
        for title, place in (("One", "https://e.org/1"), (bad, "https://e.org/2"), ("Two", link))
    )
    reading = read_with("rss", f'<rss version="2.0"><channel>{items}</channel></rss>'.encode())
    assert reading
    assert [paper.title for paper in reading.papers] == ["One", "b \ufffd \\ud800", "Two"]
    assert reading.papers[2].arxiv_id == "2401.00001"
    assert reading.papers[2].version == 0


def test_a_servers_own_words_come_as_one_short_line():
    error = FeedError("https://e.org", "the server says: \x1b[2J\r\nVisit\u202e " + "evil " * 9000)
    assert error.reason.startswith("the server says:  [2J  Visit")
    assert error.reason.endswith("…")
    assert len(error.reason) == 200
    assert str(error).isprintable()


FRAGMENTS = st.sampled_from(
    [b"\0", b"\xff", b"<", b"&", b"]]>", b"<![CDATA[", b"&#0;", b"&x;", b"<!DOCTYPE a [", b"{",
     b"}", b'"', b"\\", b"$", b"@a{", b"\nTY  - X\n", b"\nER  -\n", b"</item>", b"</record>",
     b"\\ud800", b"1" * 9, b"NaN", b"\xed\xa0\x80", b"\xf0\x9f", b"\r", b"\xc2\x85", b" and ", b",",
     b"#"]
)  # fmt: skip
CHANGES = st.lists(
    st.tuples(st.floats(0, 1), st.floats(0, 0.3), st.one_of(FRAGMENTS, st.binary(max_size=4))),
    min_size=1,
    max_size=6,
)


@pytest.mark.parametrize("reader", READERS)
@given(changes=CHANGES, other=st.sampled_from(sorted(PAYLOADS)), splice=st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_body_with_bytes_changed_is_read_or_refused(reader, changes, other, splice):
    body = PAYLOADS[reader].encode()
    for place, length, fragment in changes:
        start = int(place * len(body))
        body = body[:start] + fragment + body[start + int(length * length * len(body)) :]
    if splice:
        body = body[: len(body) // 2] + PAYLOADS[other].encode()[-300:]
    read_with(reader, body)


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["\ud800", "\0", "10.1/x", "9" * 30, "0001-01-01T00:00:00+14:00", "https://["]),
    st.lists(st.none(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


@st.composite
def swapped(draw, value):
    """Draw the value with some of what is in it replaced by values of other types."""
    if draw(st.integers(0, 7)) == 0:
        return draw(VALUES)
    if isinstance(value, dict):
        return {key: draw(swapped(inside)) for key, inside in value.items()}
    if isinstance(value, list):
        return [draw(swapped(inside)) for inside in value]
    return value


@pytest.mark.parametrize("reader", JSON_READERS)
@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_json_with_other_types_is_read_or_refused(reader, data):
    value = data.draw(swapped(json.loads(PAYLOADS[reader])))
    read_with(reader, json.dumps(value).encode())


def test_of_a_text_of_nothing_but_formulas_the_first_are_read_and_no_word_is_lost():
    abstract = " ".join("$x^2$" for _ in range(600))
    reading = read_with("jsonl", json.dumps({"title": "Many", "abstract": abstract}).encode())
    words = reading.papers[0].abstract.split()
    assert words == ["x²"] * 500 + ["$x²$"] * 100


def test_a_declaration_that_is_not_closed_as_it_should_be_is_passed_over():
    body = b'<?xml version="1.0" encoding="utf-8">' + PAYLOADS["rss"].removeprefix(XML).encode()
    parsed = feed.parse(body)
    assert not parsed.bozo, "read as well-formed"
    assert len(parsed.entries) > 0
