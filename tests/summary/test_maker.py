"""From title and abstract to the sentence and the card, whatever the abstract is."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.summary import Summary
from newsletter.summary import model
from newsletter.summary.maker import MAKER, explain, summarise

TITLE = "Gates for long memory"
ABSTRACT = (
    "Long documents strain language models. However, memory that grows with the text is costly. "
    "In this paper, we propose a gate that keeps what is read twice (GATE). "
    "Experiments show that it halves memory on 12 corpora without a loss of accuracy. "
    "Code is available."
)


def test_the_weights_fit_the_program():
    assert model.installed() is not None
    assert MAKER.startswith("model ")
    assert len(model.FILE.read_bytes()) < 1_000_000


def test_a_plain_abstract_gives_its_sentence_and_a_card():
    found = summarise(TITLE, ABSTRACT)
    assert found.tldr.text.startswith("We propose a gate that keeps what is read twice")
    assert ABSTRACT[found.tldr.start :].startswith("In this paper, we propose")
    assert found.problem.text == "However, memory that grows with the text is costly."
    assert found.idea.text == "We propose a gate that keeps what is read twice."
    assert "halves memory on 12 corpora without a loss of accuracy" in found.result.text


@pytest.mark.parametrize("abstract", ["", " ", "\n\t"])
def test_without_an_abstract_there_is_neither_sentence_nor_card(abstract):
    assert summarise(TITLE, abstract) == Summary(MAKER)
    assert explain(TITLE, abstract) == ()


def test_a_card_leaves_out_what_the_abstract_does_not_say():
    found = summarise("On bread", "Bread is old.")
    assert (found.problem, found.idea, found.result) == (None, None, None)
    assert found.tldr.text == "Bread is old."


def test_the_title_is_not_said_again_where_there_is_another_sentence():
    abstract = "We propose gates for long memory. Gates keep in memory what is read twice or more."
    assert summarise("We propose gates for long memory", abstract).tldr.start > 0


@pytest.mark.parametrize(
    ("abstract", "wanted"),
    [
        ("Nous étudions la mémoire des réseaux. " * 5, "Nous étudions la mémoire des réseaux."),
        ("本文提出一种新的门控方法。实验表明它很有效。", "本文提出一种新的门控方法。"),
        ("Мы предлагаем новый метод для памяти. Он лучше.",
         "Мы предлагаем новый метод для памяти."),
        ("Wir stellen ein Verfahren vor, das Gelesenes im Speicher behält, wenn es zweimal "
         "vorkommt. Es ist gut.", "Wir stellen ein Verfahren vor, das Gelesenes im Speicher"),
    ],
)  # fmt: skip
def test_another_language_gives_its_first_fair_sentence_whole(abstract, wanted):
    assert summarise("", abstract).tldr.text.startswith(wanted)


@pytest.mark.parametrize(
    "abstract",
    [
        "We gate memory. " * 13_000,
        "word " * 40_000,
        "a" * 200_000,
        "(" * 200_000,
        "$x$, which " * 20_000,
        "we show that, " * 15_000,
        "In this paper, " * 14_000,
        "1. " * 70_000,
        ("A" * 30 + ", ") * 6_000,
        "\n" * 200_000,
        "本" * 200_000,
    ],
    ids=lambda text: repr(text[:14]),
)
def test_a_very_long_abstract_takes_bounded_time_and_gives_a_short_sentence(abstract):
    start = time.process_time()
    found = summarise("A title", abstract).tldr
    assert time.process_time() - start < 1
    assert found is None or len(found.text.split()) <= 35
    assert found is None or len(found.text) <= 501


TEXT = st.lists(
    st.sampled_from(ABSTRACT.split()) | st.sampled_from([". ", "; ", ", which", "(", ")", "$", "…"])
    | st.text(max_size=8),
    max_size=50,
).map(" ".join)  # fmt: skip


@given(TEXT, TEXT)
def test_any_text_gives_words_of_its_own_in_their_order(title, abstract):
    found = summarise(title, abstract)
    for one in (found.tldr, found.problem, found.idea, found.result):
        if one is None:
            continue
        assert one.text.strip() == one.text != ""
        assert len(one.text.split()) <= 35
        left = iter("".join(abstract[one.start : one.end].split()).casefold())
        said = [letter for letter in "".join(one.text.split()).casefold() if letter.isalnum()]
        assert all(letter in left for letter in said)
    assert (found.tldr is None) == (not abstract.strip())


def test_the_reasons_of_each_sentence_add_up_to_its_distance_from_the_mean():
    told = explain(TITLE, ABSTRACT)
    mean = sum(one.score for one in told) / len(told)
    assert sum(one.chosen for one in told) == 1
    for one in told:
        assert sum(each.value for each in one.reasons) == pytest.approx(one.score - mean, abs=0.02)
        assert all(each.thing for each in one.reasons)


def test_the_explained_sentence_is_the_one_that_is_shown():
    (chosen,) = (one for one in explain(TITLE, ABSTRACT) if one.chosen)
    shown = summarise(TITLE, ABSTRACT).tldr
    assert (chosen.start, chosen.end) == (shown.start, shown.end)
