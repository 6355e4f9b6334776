"""Sentences that tell how, and what came out, are told from those that name the task."""

import pytest

from newsletter.summary.roles import ideas, results

BARE = "We propose Foo, a novel method for semantic segmentation."
HOW = "Specifically, we train two encoders that share the weights of their first layers."
FOUND = "Experiments show that Foo outperforms all earlier methods by 3.2% on two benchmarks."
TASK = "In this paper, we study the problem of segmentation."
BEFORE = "However, existing methods need many labels."


@pytest.mark.parametrize(
    ("texts", "best"),
    [
        ([BEFORE, BARE, HOW, FOUND], 2),
        ([BEFORE, "We propose Foo, which splits an image into parts by their colour.", FOUND], 1),
        ([TASK, "The key idea is to split an image into parts by their colour.", FOUND], 1),
        ([BARE, "It consists of an encoder and of two decoders that are trained together."], 1),
    ],
)
def test_the_sentence_that_says_how_tells_the_idea(texts, best):
    told = ideas(texts)
    assert told.index(max(told)) == best


def test_the_finding_tells_the_result():
    texts = [BEFORE, BARE, HOW, FOUND, "Code is available at https://example.org/foo."]
    told = results(texts, range(len(texts)))
    assert told.index(max(told)) == 3


def test_only_the_sentences_asked_for_are_looked_at_for_a_result():
    assert results([BARE, FOUND], [0])[1] == -1.0
