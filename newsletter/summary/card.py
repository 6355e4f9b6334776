"""Which of an abstract's sentences tell problem, idea and result; each may be missing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from newsletter.summary.bag import Matrix
from newsletter.summary.choice import Sentence
from newsletter.summary.features import CUES
from newsletter.summary.roles import Told

# What each cue counts for the problem, in foreseen ROUGE; set by hand, for no free text names it.
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
ROLE = 5.0  # a label's worth beside the chances, which are 1 at most
LEAST_PROBLEM = 0.08
ALIKE = 0.05  # of the best one's chance; a short neighbour with so much is told with it
# Without one of these a sentence tells of no idea, or of no result, however likely beside others.
DOING = tuple("proposes|key|precise|gist|we|ours does|its subject is ours|a name does".split("|"))
FOUND = ("shows", "beats", "gets", "figure")
OWN = CUES.index("this work")
FINDINGS = tuple(CUES.index(name) for name in ("finding", "results show", "change", "show"))


@dataclass(frozen=True, slots=True)
class Card:
    """The number of the sentence for each line, or None."""

    problem: int | None
    idea: int | None
    result: int | None
    beside: int | None = None  # the idea's neighbour, where both tell it


def card(sentences: Sequence[Sentence], rows: Matrix, told: Told, chosen: int) -> Card:
    """Return the lines of the card; `chosen` is the sentence that the summary was taken from.

    The idea is looked for first, then the result behind it, then the problem before it. No
    sentence stands on two lines.
    """
    number = len(sentences)
    ideas = labelled("idea", sentences, told.ideas.tolist())
    problems = points(PROBLEM, "problem", sentences, rows)
    own = rows[:, OWN].tolist()
    able = [
        at for at in range(number)
        if (own[at] or told.has(at, *DOING)) and ideas[at] > -ROLE * 0.1
    ]  # fmt: skip
    idea = top(ideas, able)
    behind = {at for at in range(number) if idea is None or at > idea or at == chosen} - {idea}
    results = labelled("result", sentences, told.results.tolist())
    finding = np.any(rows[:, FINDINGS], axis=1).tolist()
    able = [
        at for at in sorted(behind)
        if (finding[at] or told.has(at, *FOUND)) and results[at] > -ROLE * 0.1
    ]  # fmt: skip
    result = top(results, able)
    until = min((at for at in (idea, result) if at is not None), default=number)
    before = [at for at in range(until) if problems[at] >= LEAST_PROBLEM]
    problem = top([problems[at] + 0.01 * at for at in range(number)], before)
    return Card(problem, idea, result, beside(ideas, idea, {problem, result}))


def beside(ideas: Sequence[float], idea: int | None, told: set[int | None]) -> int | None:
    """Return the idea's neighbour that is the next likeliest to tell it, if it is likely."""
    if idea is None:
        return None
    near = [at for at in (idea - 1, idea + 1) if 0 <= at < len(ideas) and at not in told]
    return top(ideas, [at for at in near if ideas[at] >= ALIKE * ideas[idea]])


def points(
    cues: dict[str, float], line: str, sentences: Sequence[Sentence], rows: Matrix
) -> list[float]:
    """Return how much each sentence speaks as one of this line does."""
    weights = [cues.get(name, 0.0) for name in CUES]
    found = (rows[:, : len(CUES)] @ weights).tolist()
    return [
        value + ROLES[line].get(one.role, 0.0) for value, one in zip(found, sentences, strict=True)
    ]


def labelled(line: str, sentences: Sequence[Sentence], told: Sequence[float]) -> list[float]:
    """Return how much each sentence tells this line by its form and by its section's label."""
    worth = ROLES[line]
    return [
        value + ROLE * worth.get(one.role, 0.0) for value, one in zip(told, sentences, strict=True)
    ]


def top(worth: Sequence[float], among: Sequence[int]) -> int | None:
    """Return the one of `among` that is worth most, the first of equals; None if there is none."""
    return max(among, key=lambda at: (worth[at], -at), default=None)
