"""In many fields the sentence is chosen that a reader would choose."""

import json
from pathlib import Path

import pytest

from newsletter.summary.edits import PLAIN_WORD
from newsletter.summary.maker import summarise
from newsletter.summary.model import FILE
from newsletter.summary.sentences import split

FOLDER = Path(__file__).parents[1] / "data"
# The fifty are for judging alone; the others are learned from.
PAPERS, LEARNED = (
    [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    for file in (FOLDER / "crossfield.jsonl", FILE.with_name("fields.jsonl"))
)
FLOOR = 0.85


def accepted(paper) -> bool:
    found = summarise(paper["title"], paper["abstract"]).tldr
    return any(found.start <= paper["abstract"].index(one) < found.end for one in paper["accepted"])


def test_there_are_over_a_hundred_of_eight_fields_with_at_most_two_sentences_each():
    assert len(PAPERS) == 50
    assert len({paper["field"] for paper in PAPERS}) >= 8
    assert len(LEARNED) == 75
    assert not {paper["title"] for paper in PAPERS} & {paper["title"] for paper in LEARNED}
    for paper in (*PAPERS, *LEARNED):
        places = [paper["abstract"].index(one) for one in paper["accepted"]]
        held = {
            at for at, (start, end) in enumerate(split(paper["abstract"]))
            if any(start <= place < end for place in places)
        }  # fmt: skip
        assert 1 <= len(held) <= 2, paper["title"]


def test_the_choice_is_a_readers_in_most_of_the_fifty():
    missed = [paper["title"] for paper in PAPERS if not accepted(paper)]
    assert 1 - len(missed) / len(PAPERS) >= FLOOR, missed


@pytest.mark.parametrize("paper", [*PAPERS, *LEARNED], ids=lambda paper: paper["title"][:40])
def test_every_sentence_is_short_and_ends_as_one(paper):
    found = summarise(paper["title"], paper["abstract"])
    for one in (found.tldr, found.problem, found.idea, found.result):
        if one is not None:
            assert len(one.text.split()) <= 35
            assert one.text.endswith((".", "!", "?", "…", ".)"))
            # A symbol stays as it is: chi(G), α-helix, mRNA.
            assert not PLAIN_WORD.match(one.text), one.text
            assert not one.text.startswith(("Results:", "Methods", "BACKGROUND"))
