"""Candidates -> items: every topic its share, near-duplicates once."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from newsletter.domain.issue import Item
from newsletter.domain.paper import Paper, plain
from newsletter.ranking.score import Candidate
from newsletter.ranking.twins import ALIKE, Shingles, likeness, shingles


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
    if (plain(one.title) or one.title) == (plain(other.title) or other.title):
        return True
    ours, theirs = words_of(one), words_of(other)
    return ours is not None and theirs is not None and likeness(ours, theirs) >= ALIKE


@lru_cache(maxsize=4096)
def words_of(paper: Paper) -> Shingles | None:
    """Return the paper's word triples: a paper that many readers get is compared many times."""
    return shingles(paper)


def to_items(picked: Sequence[Candidate]) -> list[Item]:
    """Return the candidates as items in their places."""
    return [
        Item(place, one.ranked.paper, one.topic, one.score, one.parts)
        for place, one in enumerate(picked, 1)
    ]
