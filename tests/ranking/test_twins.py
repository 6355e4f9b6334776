import pytest

from newsletter.domain.paper import Paper
from newsletter.ranking.twins import bands, likeness, shingles

FIRST_BAND = 6167564194315014563
WORDS = [f"word{number}" for number in range(200)]


def text(*words):
    return shingles(Paper("A title", " ".join(words)))


def test_a_text_of_under_48_words_has_no_twins():
    assert text(*WORDS[:45]) is None
    assert text(*WORDS[:46]) is not None, "with the two words of the title"


def test_likeness_is_the_share_of_common_triples():
    # 2 words of the title and n of the abstract make n triples; the first 100 are shared.
    assert likeness(text(*WORDS[:100]), text(*WORDS[:200])) == pytest.approx(100 / 200)
    assert likeness(text(*WORDS[:100]), text(*WORDS[:100])) == 1.0


def test_twins_meet_in_a_band_and_strangers_do_not():
    one, twin = text(*WORDS), text(*WORDS[:100], "another", *WORDS[101:])
    assert set(bands(one)) & set(bands(twin))
    stranger = text(*(f"other{number}" for number in range(200)))
    assert not set(bands(one)) & set(bands(stranger))


def test_bands_are_the_same_on_every_machine_for_they_are_stored():
    assert len(bands(text(*WORDS))) == 8
    assert bands(text(*WORDS))[0] == FIRST_BAND
    assert all(-(2**63) <= one < 2**63 for one in bands(text(*WORDS)))
