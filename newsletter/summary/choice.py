"""The sentences of an abstract, scored, and the best of their variants."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from newsletter.summary.edits import Variant, variants
from newsletter.summary.features import CUES, Matrix, Words, to_words
from newsletter.summary.model import Scored, Weights, score, variant_row
from newsletter.summary.salience import Vector
from newsletter.summary.sections import sections
from newsletter.summary.sentences import split

MOST_CHARACTERS, MOST_SENTENCES = 12_000, 60  # of an abstract are looked at
TOP = 2  # sentences whose variants are compared
# A sentence without any of these says neither what was done nor what was found.
TELLING = tuple(
    CUES.index(name)
    for name in "propose|show|we propose|we show|we study|finding|results show|drawing".split("|")
)
OPENING = CUES.index("opening")
BACKGROUND = 0.1  # what such a sentence loses where another has one, in foreseen ROUGE
# SciTLDR has no labelled abstracts, so what a label is worth was set by hand.
ROLE = {"problem": -0.2, "aim": -0.03, "method": -0.06, "result": 0.04, "conclusion": 0.05, "rest": -0.3}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, its place (with its label) and the role that its section has."""

    text: str  # without its label
    start: int
    end: int
    role: str
    words: Words


@dataclass(frozen=True, slots=True)
class Choice:
    """A sentence of the abstract in the form in which it is shown."""

    sentence: int  # its number
    variant: Variant


def read(abstract: str) -> list[Sentence]:
    """Return the sentences; of a very long text those of its beginning."""
    seen = abstract[:MOST_CHARACTERS]
    spans = split(seen)
    if len(abstract) > len(seen) and len(spans) > 1:
        spans.pop()  # it is cut in two
    told = sections(seen, spans[:MOST_SENTENCES])
    return [
        Sentence(seen[body:end], start, end, role, to_words(seen[body:end]))
        for start, body, end, role in told
    ]


def scored(weights: Weights, title: Words, sentences: Sequence[Sentence]) -> Scored:
    """Return the scores of the sentences as the weights alone see them."""
    texts = [one.text for one in sentences]
    return score(weights, title, [one.words for one in sentences], texts)


def gated(found: Scored, sentences: Sequence[Sentence]) -> Vector:
    """Return the scores, lower for background and by what a label says of a sentence."""
    telling = tells(found.rows)
    scores = found.scores + np.array([ROLE.get(one.role, 0.0) for one in sentences])
    if telling.any():
        scores = np.where(telling, scores, scores - BACKGROUND)
    return np.where([len(one.words.plain) < 4 for one in sentences], scores - 1, scores)


def tells(rows: Matrix) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return for each sentence whether it has a cue of a contribution or a finding."""
    return np.asarray(rows[:, TELLING].any(axis=1) & (rows[:, OPENING] == 0))


def choose(
    weights: Weights, title: Words, sentences: Sequence[Sentence], found: Scored, scores: Vector
) -> Choice:
    """Return the best variant of the best sentences; never the title again, if there is another."""
    order = np.argsort(-scores, kind="stable")[:TOP].tolist()
    best: tuple[float, Choice] | None = None
    for choice, row in candidates(weights, title, sentences, found, scores, order):
        worth = float(np.dot(row, weights.variant))
        if to_words(choice.variant.text).plain == title.plain:
            worth -= 1
        if best is None or worth > best[0]:
            best = worth, choice
    assert best is not None  # noqa: S101 - each sentence has a variant
    return best[1]


def candidates(
    weights: Weights,
    title: Words,
    sentences: Sequence[Sentence],
    found: Scored,
    scores: Vector,
    order: Sequence[int],
) -> list[tuple[Choice, list[float]]]:
    """Return the variants of the sentences named in `order`, best first, each with its row."""
    told = []
    for place, at in enumerate(order):
        behind = float(scores[at] - scores[order[0]])
        for variant in variants(sentences[at].text):
            row = variant_row(
                variant, to_words(variant.text), title, found.chances, weights.idf, behind, place
            )
            told.append((Choice(at, variant), row))
    return told
