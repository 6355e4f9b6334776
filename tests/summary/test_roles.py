"""Sentences that tell how, and what came out, are told from those that name the task."""

import numpy as np
import pytest

from newsletter.summary import model
from newsletter.summary.maker import summarise
from newsletter.summary.ridge import conditional
from newsletter.summary.roles import FORMS, forms
from newsletter.summary.words import to_words

BARE = "We propose Foo, a novel method for semantic segmentation."
HOW = "Specifically, we train two encoders that share the weights of their first layers."
FOUND = "Experiments show that Foo outperforms all earlier methods by 3.2% on two benchmarks."
TASK = "In this paper, we study the problem of segmentation."
BEFORE = "However, existing methods need many labels."
AT_ONCE = "We propose Foo, which splits an image into parts by their colour."


def told(texts):
    weights, words = model.installed().untitled, [to_words(one) for one in texts]
    found = model.score(weights, to_words(""), words, texts)
    return model.told(weights, found, words, texts)


@pytest.mark.parametrize(
    ("texts", "best"),
    [
        ([BEFORE, BARE, HOW, FOUND], 2),
        ([BEFORE, AT_ONCE, FOUND], 1),
        ([TASK, "The key idea is to split an image into parts by their colour.", FOUND], 1),
    ],
)
def test_the_sentence_that_says_how_tells_the_idea(texts, best):
    assert int(told(texts).ideas.argmax()) == best


def test_the_finding_tells_the_result():
    texts = [BEFORE, BARE, HOW, FOUND, "Code is available at https://example.org/foo."]
    assert int(told(texts).results.argmax()) == 3


def test_the_chances_are_shares():
    found = told([BEFORE, BARE, HOW, FOUND])
    assert found.ideas.sum() == pytest.approx(1)
    assert found.results.sum() == pytest.approx(1)


def test_every_form_has_its_name():
    texts = [BEFORE, BARE, HOW, FOUND]
    found = forms(texts, [to_words(one) for one in texts])
    assert found.shape == (4, len(FORMS))
    (proposes, shows, figure) = (FORMS.index(one) for one in ("proposes", "shows", "figure"))
    assert found[:, proposes].tolist() == [0, 1, 0, 0]
    assert found[:, shows].tolist() == [0, 0, 0, 1]
    assert found[:, figure].tolist() == [0, 0, 0, 1]


def test_a_text_without_a_title_is_told_by_its_idea_or_its_result():
    chosen = summarise("", " ".join([BEFORE, TASK, AT_ONCE, FOUND])).tldr.text
    assert chosen in (AT_ONCE, "Foo outperforms all earlier methods by 3.2% on two benchmarks.")


def test_two_short_sentences_that_both_tell_the_idea_stand_on_its_line():
    next_one = "Our method trains two encoders that share the weights of their first layers."
    abstract = " ".join([BEFORE, BARE, next_one, FOUND])
    idea = summarise("Foo", abstract).idea
    assert idea.text == f"{BARE} {next_one}"
    assert abstract[idea.start : idea.end] == idea.text


def test_a_conditional_choice_is_learned_from_what_was_chosen():
    # The chosen row has the first number; the second is noise.
    rows = [np.array([[1.0, at % 2], [0.0, 1.0], [0.0, 0.0]]) for at in range(20)]
    weights = conditional(rows, [[0]] * 20, 1.0)
    assert weights[0] > 1 > abs(weights[1])
