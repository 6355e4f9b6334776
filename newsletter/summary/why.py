"""What speaks for and against a sentence, in words that a reader understands."""

from dataclasses import dataclass

import numpy as np

from newsletter.summary.model import ROW, Scored, Weights
from newsletter.summary.salience import Vector

# Rows that tell of one thing, under its name.
THINGS = {
    "says what the authors did": (
        "self early|self first|self later|ours|this work|propose|show|study|we propose|we show"
        "|we study|gathered|vague|precisely|mechanism|by doing|insight|that it does|our method"
        "|new|named|method|here|first_contribution"
    ),
    "says what was found": "finding|signal|results show|trial|drawing|number|change",
    "shares words with the title": (
        "title_recall|title_precision|title_bigrams|title_best|title_new|acronym"
    ),
    "has the words that summaries of such papers have": (
        "foreseen words|foreseen pairs|words shared|share of shared"
    ),
    "its words run through the abstract": "centrality|lead_likeness|new_words",
    "its length": "words|log_words|short|long|very_long",
    "its place": "first|last|place|end_place|early|sentences|before|after|proposals_before",
    "tells of a difficulty or of earlier work": "problem|contrast|opening|pointing|question",
    "is about code, or adds to something": "code|following|hedged|to first",
}
THING_OF = {row: thing for thing, rows in THINGS.items() for row in rows.split("|")}
AROUND = "what stands before and after it"
GATE = "its section, and how plainly it tells a contribution or a finding"


@dataclass(frozen=True, slots=True)
class Reason:
    """A thing about a sentence and what it adds, in foreseen ROUGE over the abstract's mean."""

    thing: str
    value: float


def reasons(weights: Weights, found: Scored, scores: Vector, at: int) -> tuple[Reason, ...]:
    """Return what sets the sentence apart from the abstract's others, the strongest first.

    The values add up to its score less the mean score of the sentences.
    """
    parts = (found.rows - found.rows.mean(axis=0))[at] * weights.row
    told: dict[str, float] = {}
    for name, value in zip(ROW, parts.tolist(), strict=True):
        thing = THING_OF.get(name, AROUND)
        told[thing] = told.get(thing, 0.0) + value
    shift = scores - found.scores
    told[GATE] = float(shift[at] - np.mean(shift))
    ordered = sorted(told.items(), key=lambda pair: -abs(pair[1]))
    return tuple(Reason(thing, round(value, 4)) for thing, value in ordered if abs(value) >= 5e-4)
