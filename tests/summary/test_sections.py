"""The labels of structured abstracts tell what a sentence is, and are no part of it."""

import pytest

from newsletter.summary.sections import sections
from newsletter.summary.sentences import split


def told(text):
    return [(role, text[body:end]) for _, body, end, role in sections(text, split(text))]


@pytest.mark.parametrize(
    "text",
    [
        "Background: Tea is old. Methods: We asked 40 people. Results: They like it.",
        "BACKGROUND: Tea is old. METHODS: We asked 40 people. RESULTS: They like it.",
        "BACKGROUND Tea is old. METHODS We asked 40 people. RESULTS They like it.",
        "Background. Tea is old. Methods. We asked 40 people. Results. They like it.",
        "Background — Tea is old. Methods — We asked 40 people. Results — They like it.",
        "Importance: Tea is old. Design, Setting, and Participants: We asked 40 people. "
        "Main Results: They like it.",
    ],
)
def test_every_way_to_write_labels_gives_the_same_sentences(text):
    assert told(text) == [
        ("problem", "Tea is old."),
        ("method", "We asked 40 people."),
        ("result", "They like it."),
    ]


def test_a_label_holds_until_the_next_one():
    text = "Aims: We ask why. Results: It is so. It is always so. Conclusions: Good."
    assert [role for role, _ in told(text)] == ["aim", "result", "result", "conclusion"]


@pytest.mark.parametrize(
    "text",
    [
        "Results are few. We add some. Methods of old fail.",
        "Heron: a collector for phones. It is quick.",
        "DNA AND RNA differ. We show how.",
    ],
)
def test_a_word_that_is_no_label_stays(text):
    assert all(role == "" for role, _ in told(text))
    assert " ".join(sentence for _, sentence in told(text)) == text


def test_labels_alone_are_sentences_if_there_is_nothing_else():
    assert told("Methods.") == [("", "Methods.")]
