"""The one sentence that says what a paper does, taken from its abstract."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.summary.tldr import tldr

PLAIN = (
    "Long documents strain models. We propose a gate that keeps what is read twice. "
    "Code is available."
)


@pytest.mark.parametrize(
    ("abstract", "wanted"),
    [
        (PLAIN, "We propose a gate that keeps what is read twice."),
        (
            "Tea is drunk everywhere. In this paper, we measure caffeine in 412 brands of tea. "
            "Results are discussed.",
            "We measure caffeine in 412 brands of tea.",
        ),
        (
            "Background: Sleep is short. Methods: We recorded the sleep of 4,120 adults at home. "
            "Conclusions: Sleep matters.",
            "We recorded the sleep of 4,120 adults at home.",
        ),
        (
            "However, we show little of this here now. The detector was cooled to 2.7 K. "
            "We report a signal at 3.1 keV. It may be noise.",
            "We report a signal at 3.1 keV.",
        ),
        (
            "Recent work by Smith et al. (2020) improves recall. This paper introduces an index "
            "for it, i.e. a tree. It is small.",
            "This paper introduces an index for it, i.e. a tree.",
        ),
        (
            "Let G be a graph. It is shown that every planar graph has such a colouring. "
            "The bound is tight.",
            "It is shown that every planar graph has such a colouring.",
        ),
        (
            "Nobody knows why. To this end, we built a telescope on a mountain of Chile. "
            "Finally, we discuss its funding for years to come.",
            "We built a telescope on a mountain of Chile.",
        ),
        (
            "Prior methods fail on rain. Our network outperforms all of them on wet roads. "
            "The data set is free.",
            "Our network outperforms all of them on wet roads.",
        ),
        ("Only one sentence stands here", "Only one sentence stands here"),
        ("Yes. Indeed. Perhaps we study more of it later.", "Perhaps we study more of it later."),
        (
            "We close. We develop a loom for very thin wool. We show that it never tears wool.",
            "We develop a loom for very thin wool.",
        ),
        (
            "In this work, mRNA of yeast is described and we present its map. It is long.",
            "mRNA of yeast is described and we present its map.",
        ),
        (
            "Here, α-helices were studied and we report their length in water. It varies.",
            "α-helices were studied and we report their length in water.",
        ),
    ],
)
def test_the_sentence_that_says_what_was_done_is_taken(abstract, wanted):
    assert tldr(abstract).text == wanted


@pytest.mark.parametrize("abstract", ["", "  ", "\n"])
def test_without_an_abstract_there_is_none(abstract):
    assert tldr(abstract) is None


def test_the_offsets_give_the_whole_source_sentence():
    abstract = "Tea is drunk. Methods: In this paper, we measure tea. It is warm."
    found = tldr(abstract)
    assert found.text == "We measure tea."
    assert abstract[found.start : found.end] == "Methods: In this paper, we measure tea."


def test_of_equal_sentences_the_first_is_taken():
    found = tldr("Bread rises in the warm oven. Wool shrinks in the warm oven.")
    assert (found.text, found.start) == ("Bread rises in the warm oven.", 0)


def test_a_very_long_sentence_gives_way_to_a_shorter_one_that_says_as_much():
    long = "We propose a gate that " + "keeps and keeps " * 20 + "what is read."
    short = "We propose a gate for reading."
    assert tldr(f"{long} {short}").text == short
    assert tldr(f"{long} It was warm that day.").text == long


@given(st.lists(st.sampled_from(PLAIN.split()) | st.text(max_size=8), max_size=30).map(" ".join))
def test_any_text_gives_words_of_its_own_or_nothing(abstract):
    found = tldr(abstract)
    if found is None:
        assert not abstract.strip()
        return
    source = abstract[found.start : found.end]
    assert source == source.strip()
    assert found.text
    assert source.endswith(found.text[1:])
