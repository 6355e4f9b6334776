"""A sentence made shorter says nothing that the whole one does not."""

import gzip
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.summary.edits import ASIDE, PARENTHESIS, variants
from newsletter.summary.sentences import split

# Written here anew, so that a hole in the program's own list shows.
GUARDED = re.compile(
    r"\b(?:not|no|never|neither|nor|only|without|unless|except|up to|at least|at most|cannot|if"
    r"|when|under|may|might|could|few|fewer|hardly|rarely|less than|more than)\b"
    r"|n['’]t\b|\d[\d.,]*\s?%?",
    re.IGNORECASE,
)
WORD = re.compile(r"\w+")


def guarded(text):
    return [one.lower().strip(" .,") for one in GUARDED.findall(text)]


def without_asides(text):
    """The text without citations and abbreviations in parentheses, whose digits tell nothing."""
    return PARENTHESIS.sub(lambda one: "" if ASIDE.fullmatch(one[1].strip()) else one[0], text)


def in_order(words, source):
    left = iter(source)
    return all(any(word == other for other in left) for word in words)


def check(sentence):
    """Every variant keeps what is guarded, and has the sentence's words in their order."""
    whole = [word.lower() for word in WORD.findall(sentence)]
    for one in variants(sentence):
        assert len(one.text.split()) <= 35
        assert one.text.endswith((".", "!", "?", "…", '"', "”", ")", "'", "’")), one.text
        assert in_order([word.lower() for word in WORD.findall(one.text)], whole), one.text
        if "e" in one.edits:
            assert one.text.endswith("…")
            continue
        wanted = guarded(without_asides(sentence))
        found = guarded(one.text)
        assert in_order(wanted, found), (sentence, one.text)


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("In this paper, we gate memory.", "We gate memory."),
        ("Here we gate memory.", "We gate memory."),
        ("To this end, we therefore gate memory.", "We gate memory."),
        ("We show that gates keep what is read twice.", "Gates keep what is read twice."),
        ("Experiments show that gates keep what is read twice.", "Gates keep what is read twice."),
        ("It is shown that every planar graph has a colouring.",
         "Every planar graph has a colouring."),
        ("To keep memory small, we gate it in all of it.", "We gate it in all of it."),
        ("We train a network (a deep network) on words.", "We train a network on words."),
        ("We train a generative network (GAN) on words [12, 13].",
         "We train a generative network on words."),
        ("We propose a gate for memory in long documents, which is learned from what is read.",
         "We propose a gate for memory in long documents."),
    ],
)  # fmt: skip
def test_what_says_nothing_of_its_own_may_go(sentence, wanted):
    assert wanted in [one.text for one in variants(sentence)]


@pytest.mark.parametrize(
    "sentence",
    [
        "Without labels, we train a network.",
        "If the graph is sparse, we find a colouring.",
        "By using only 3 labels, we train a network on words.",
        "Unless trained on words, our network fails.",
        "We do not show that gates help.",
        "These data suggest that gates may help a reader.",
        "Deaths fell (hazard ratio, 0.71; 95% CI, 0.5 to 0.9) in both of the groups.",
        "We propose a gate for memory in long documents, which does not need labels.",
        "We propose a gate for memory in long documents, reducing errors by 12 %.",
        "The gas was cooled to 2.7 K (up to 3 K in summer).",
        "Under weak assumptions, we prove the bound for all graphs.",
    ],
)
def test_a_negation_a_number_or_a_condition_is_never_lost(sentence):
    check(sentence)
    kept = {one.text for one in variants(sentence)}
    for told in kept:
        assert len(told.split()) >= len(sentence.split()) - 3, told


def test_a_long_sentence_is_cut_at_a_comma_and_says_so():
    sentence = "The gate, which nobody has not seen, " + "keeps 3 words and then, " * 12 + "ends."
    (one,) = variants(sentence)
    assert one.text.endswith("…")
    assert len(one.text.split()) <= 35
    assert sentence.startswith(one.text[:-1])


PIECES = st.sampled_from(
    """we show that|in this paper,|which|, which|not|only|up to|at least|(GAN)|(3 of 4)|without
    |12 %|2.7 K
    |to do so, we|by training,|we propose|gates|memory|, achieving|, and we show|; |unless|if
    |[12]|"|$x|x$|results show that|may|, while others do|words|a network|α|mRNA|.|,|:|("""
    .replace("\n", "").split("|")
)  # fmt: skip


@given(st.lists(PIECES, min_size=1, max_size=40).map(" ".join))
def test_whatever_the_words_what_is_guarded_stays(sentence):
    if any(character.isalnum() for character in sentence):
        check(" ".join(sentence.split()))


@pytest.mark.slow
def test_the_same_holds_for_every_sentence_of_the_reference_papers(shared):
    for name in ("dev", "train"):
        with gzip.open(shared / "bench" / "tldr" / f"{name}.jsonl.gz", "rt") as lines:
            for line in lines:
                abstract = " ".join(" ".join(json.loads(line)["source"]).split())
                for start, end in split(abstract):
                    check(abstract[start:end])
