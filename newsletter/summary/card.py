"""Which of an abstract's sentences tell problem, idea and result; each may be missing."""

from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.summary.choice import Sentence
from newsletter.summary.features import CUES, Matrix
from newsletter.summary.salience import Vector

# What each cue counts for each line, in foreseen ROUGE; set by hand, for no free text names them.
IDEA = {
    "we propose": 0.06,
    "this work": 0.01,
    "propose": 0.03,
    "self early": 0.05,
    "we show": -0.02,
    "ours": 0.02,
    "new": 0.01,
    "named": 0.02,
    "method": 0.02,
    "our method": 0.02,
    "mechanism": 0.05,
    "by doing": 0.06,
    "insight": 0.10,
    "precisely": 0.07,
    "that it does": 0.04,
    "vague": -0.06,
    "results show": -0.12,
    "signal": -0.06,
    "finding": -0.06,
    "trial": -0.03,
    "problem": -0.04,
    "code": -0.10,
    "hedged": -0.06,
    "opening": -0.15,
    "contrast": -0.10,
    "drawing": -0.03,
}
RESULT = {
    "results show": 0.10,
    "finding": 0.08,
    "signal": 0.03,
    "we show": 0.06,
    "show": 0.03,
    "number": 0.04,
    "drawing": 0.02,
    "change": 0.02,
    "our method": 0.02,
    "following": -0.05,
    "gathered": -0.06,
    "we propose": -0.08,
    "propose": -0.03,
    "code": -0.12,
    "opening": -0.10,
    "contrast": -0.04,
    "problem": -0.04,
    "hedged": -0.05,
    "to first": -0.02,
}
PROBLEM = {
    "problem": 0.10,
    "contrast": 0.10,
    "opening": 0.01,
    "self early": -0.15,
    "this work": -0.15,
    "we propose": -0.10,
    "results show": -0.08,
    "our method": -0.10,
    "ours": -0.06,
    "code": -0.10,
    "question": 0.03,
}
ROLES = {
    "idea": {"aim": 0.02, "method": 0.06, "problem": -0.2, "result": -0.05, "rest": -0.4},
    "result": {"result": 0.15, "conclusion": 0.12, "method": -0.15, "aim": -0.3, "problem": -0.3},
    "problem": {"problem": 0.2, "aim": 0.02, "method": -0.2, "result": -0.3, "conclusion": -0.3},
}
LEAST_RESULT, LEAST_PROBLEM, LEAST_IDEA = 0.05, 0.08, 0.05


@dataclass(frozen=True, slots=True)
class Card:
    """The number of the sentence for each line, or None."""

    problem: int | None
    idea: int | None
    result: int | None


def card(sentences: Sequence[Sentence], rows: Matrix, scores: Vector, chosen: int) -> Card:
    """Return the lines of the card; `chosen` is the sentence that the summary was taken from.

    The idea is looked for first, then the result behind it, then the problem before it. No
    sentence stands on two lines.
    """
    number = len(sentences)
    ideas = points(IDEA, "idea", sentences, rows)
    results = points(RESULT, "result", sentences, rows)
    problems = points(PROBLEM, "problem", sentences, rows)
    best = float(scores.max())
    worth = [ideas[at] + float(scores[at] - best) + 0.04 * (at == chosen) for at in range(number)]
    idea = top(worth, [at for at in range(number) if ideas[at] >= LEAST_IDEA])
    behind = [
        at
        for at in range(number)
        if at != idea
        and results[at] >= LEAST_RESULT
        and (idea is None or at > idea or at == chosen)
    ]
    result = top([results[at] + 0.2 * float(scores[at] - best) for at in range(number)], behind)
    until = min((at for at in (idea, result) if at is not None), default=number)
    before = [at for at in range(until) if problems[at] >= LEAST_PROBLEM]
    problem = top([problems[at] + 0.01 * at for at in range(number)], before)
    return Card(problem, idea, result)


def points(
    cues: dict[str, float], line: str, sentences: Sequence[Sentence], rows: Matrix
) -> list[float]:
    """Return how much each sentence speaks as one of this line does."""
    weights = [cues.get(name, 0.0) for name in CUES]
    found = (rows[:, : len(CUES)] @ weights).tolist()
    return [
        value + ROLES[line].get(one.role, 0.0) for value, one in zip(found, sentences, strict=True)
    ]


def top(worth: Sequence[float], among: Sequence[int]) -> int | None:
    """Return the one of `among` that is worth most, the first of equals; None if there is none."""
    return max(among, key=lambda at: (worth[at], -at), default=None)
