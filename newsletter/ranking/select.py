"""Candidates -> items: every topic its share, near-duplicates once."""

from collections.abc import Mapping, Sequence

from newsletter.domain.issue import Item
from newsletter.domain.paper import Paper
from newsletter.ranking.score import Candidate
from newsletter.ranking.terms import stems

ALIKE = 0.8  # Jaccard likeness of the word sets from which two papers count as one
LONG_ENOUGH = 48  # words; under that only an equal title counts


def select(ranked: Mapping[str, Sequence[Candidate]], length: int) -> list[Candidate]:
    """Return up to `length` candidates, taken from the topics in turn, each topic's best first.

    A topic that runs out leaves its share to the others. The first place goes to the paper with
    the best score of all; a paper that fits several topics counts for the one that takes it first.
    """
    queues = {topic: list(found) for topic, found in ranked.items() if found}
    picked: list[Candidate] = []
    while queues and len(picked) < length:
        for topic in sorted(queues, key=lambda one: -queues[one][0].score):
            taken = next_new(queues[topic], picked)
            if taken is not None and len(picked) < length:
                picked.append(taken)
        queues = {topic: left for topic, left in queues.items() if left}
    return picked


def next_new(queue: list[Candidate], picked: Sequence[Candidate]) -> Candidate | None:
    """Take candidates from the queue's front until one is like none that was picked."""
    while queue:
        first = queue.pop(0)
        if not any(are_alike(first.ranked.paper, one.ranked.paper) for one in picked):
            return first
    return None


def are_alike(one: Paper, other: Paper) -> bool:
    """Return whether a reader would take the two for the same paper."""
    # A title of signs alone has no words to compare.
    if (stems(one.title) or one.title) == (stems(other.title) or other.title):
        return True
    ours, theirs = stems(one.abstract), stems(other.abstract)
    if min(len(ours), len(theirs)) < LONG_ENOUGH:
        return False
    a, b = set(ours), set(theirs)
    return len(a & b) >= ALIKE * len(a | b)


def to_items(picked: Sequence[Candidate]) -> list[Item]:
    """Return the candidates as items in their places."""
    return [
        Item(place, one.ranked.paper, one.topic, one.score, one.parts)
        for place, one in enumerate(picked, 1)
    ]
