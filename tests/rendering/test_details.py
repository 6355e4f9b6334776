"""What stands under a paper's sentence is its reader's choice: nothing, the abstract, or a card."""

from dataclasses import replace

import pytest

from newsletter.domain.subscriber import Detail
from newsletter.domain.summary import Extract, Summary
from newsletter.rendering.digest import digest
from newsletter.rendering.language import language
from newsletter.rendering.templates import Templates

from .collection import PLACES
from .conftest import DEFAULTS, GATES, read_html, to_issue

TEXTS = ("A gate decides.", "Models forget.", "A gate reads <less>.", "It keeps 63.7% & more.")
TLDR, *POINTS = (Extract(text, 0, 1) for text in TEXTS)
ABSTRACT = "Models keep a long list of past turns."
WORDS = ("Problem: Models forget.", "Idea: A gate reads <less>.", "Result: It keeps 63.7% & more.")


def made(templates, detail, place="public", points=POINTS, tldr=TLDR):
    issue = to_issue(GATES)
    (item,) = issue.items
    item = item._replace(summary=Summary("a test", tldr, *points))
    return digest(templates, replace(issue, items=(item,), detail=detail), *PLACES[place])


def said(rendered):
    """Return what each part says."""
    return read_html(rendered.html).text, " ".join(rendered.text.split())


@pytest.mark.parametrize("place", PLACES)
def test_a_card_stands_under_the_sentence_in_both_parts_in_its_order(templates, place):
    for text in said(made(templates, Detail.CARD, place)):
        places = [text.index(one) for one in ("A gate decides.", *WORDS, "Why:")]
        # The text part has the reasons above, as arXiv's comments.
        assert places[:4] == sorted(places[:4])
        assert ABSTRACT not in text


@pytest.mark.parametrize("number", range(3))
def test_what_was_not_found_is_left_out(templates, number):
    points = [None if at == number else one for at, one in enumerate(POINTS)]
    for text in said(made(templates, Detail.CARD, points=points)):
        assert [one in text for one in WORDS] == [at != number for at in range(3)]


@pytest.mark.parametrize(("place", "is_there"), [("public", False), ("lab", True)])
def test_without_a_card_the_paper_stands_there_as_usual(templates, place, is_there):
    nothing = [None] * 3
    for text in said(made(templates, Detail.CARD, place, nothing)):
        assert (ABSTRACT in text) is is_there
        assert "Problem:" not in text
    assert (
        made(templates, Detail.CARD, place, nothing).html
        == made(templates, Detail.USUAL, place, nothing).html
    )


@pytest.mark.parametrize(
    ("detail", "place", "is_there"),
    [("usual", "public", False), ("usual", "lab", True), ("abstract", "public", True)],
)
def test_no_card_stands_there_unasked(templates, detail, place, is_there):
    for text in said(made(templates, Detail(detail), place)):
        assert not any(one in text for one in WORDS)
        assert (ABSTRACT in text) is is_there


def test_a_card_is_german_for_who_reads_german():
    templates = Templates([DEFAULTS], language("de"))
    for text in said(made(templates, Detail.CARD)):
        assert "Idee: A gate reads <less>." in text
        assert "Ergebnis: It keeps" in text
