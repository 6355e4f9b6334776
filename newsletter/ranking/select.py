"""Scored papers of each topic -> items: every topic its share, near-duplicates once."""

import math
from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from newsletter.domain.paper import Paper, plain
from newsletter.ranking.candidate import Scored
from newsletter.ranking.twins import ALIKE, Shingles, bands, likeness, shingles

MOST = 0.5  # of an issue that one topic may fill while others have papers left

Near = Mapping[int, AbstractSet[int]]  # by place: those that a reader would take for the same
NOTHING: frozenset[int] = frozenset()
LONELY: Near = {}
SPENT: Scored = (-math.inf, -1)


class Queue(NamedTuple):
    """One topic's papers for one reader, best first."""

    papers: Sequence[Scored]  # thousands of readers may share it
    pinned: Container[int] = NOTHING  # places that come first, whatever their share


class Picked(NamedTuple):
    """A paper that becomes an item, for one of the topics."""

    queue: int
    place: int
    score: float


class Line:
    """A queue while it is taken from; at its end its best paper is none, of the lowest score."""

    __slots__ = ("at", "number", "papers", "pinned", "place", "score", "taken")

    def __init__(self, number: int, queue: Queue) -> None:
        """Begin with the queue's best paper, of which there must be one."""
        self.number = number
        self.papers, self.pinned = queue
        self.at = 0  # all papers before it are taken or cannot be
        self.taken = 0
        self.score, self.place = self.papers[0]

    def step(self, blocked: set[int]) -> None:
        """Go on to the best paper that can be taken."""
        papers, at, end = self.papers, self.at + 1, len(self.papers)
        while at < end and papers[at][1] in blocked:
            at += 1
        self.at = at
        self.score, self.place = papers[at] if at < end else SPENT


# Straight to the tuple: there are millions, and the class's own way takes three times as long.
new_picked: Callable[[tuple[int, int, float]], Picked] = partial(tuple.__new__, Picked)


@dataclass(slots=True)
class Choice:
    """An issue while its papers are chosen."""

    length: int
    near: Near
    blocked: set[int]  # places that cannot be taken any more
    picked: list[Picked] = field(default_factory=list)

    def take(self, line: Line, score: float, place: int) -> None:
        """Take a paper; those like it cannot be taken any more."""
        self.picked.append(new_picked((line.number, place, score)))
        line.taken += 1
        self.blocked.add(place)
        if place in self.near:
            self.blocked |= self.near[place]


def select(
    queues: Sequence[Queue], length: int, had: Collection[int] = NOTHING, near: Near = LONELY
) -> list[Picked]:
    """Return up to `length` papers of the topics' queues, never one that is in `had`.

    Pinned papers come first. Then the topics take turns, each with its best, until each has an
    equal share; the places left go to the best papers of all, at most half of an issue to one
    topic while others have papers, and then to whoever has any. A paper that fits several topics
    counts for the one that takes it first; one that is `near` to another is left out.
    """
    lines = [Line(number, queue) for number, queue in enumerate(queues) if queue.papers]
    choice = Choice(length, near, set(had))
    if length <= 0 or not lines:
        return []
    for line in lines:
        if line.pinned:
            pin(line, choice)
    share = max(length // len(lines), 1)
    most = max(share, math.ceil(MOST * length))
    for limit in (*range(1, share + 1), most, length):
        if len(choice.picked) >= length:
            break
        fill([one for one in lines if one.taken < limit and one.place >= 0], limit, choice)
    return choice.picked


def pin(line: Line, choice: Choice) -> None:
    """Take a topic's pinned papers, best first."""
    for one in line.papers:
        if len(choice.picked) >= choice.length:
            return
        if one[1] in line.pinned and one[1] not in choice.blocked:
            choice.take(line, *one)


def fill(lines: list[Line], limit: int, choice: Choice) -> None:
    """Take the best first paper of these topics again and again, up to `limit` of each.

    Of equal scores the earlier topic's. Written in one piece, for it runs millions of times.
    """
    blocked, picked, length = choice.blocked, choice.picked, choice.length
    while lines and len(picked) < length:
        best, highest = lines[0], -math.inf
        for line in lines:
            if line.place in blocked:
                line.step(blocked)
            if line.score > highest:
                best, highest = line, line.score
        if best.place < 0:
            return
        choice.take(best, highest, best.place)
        if best.taken >= limit:
            lines.remove(best)


class Twins:
    """Which of the ranked papers a reader would take for the same."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        """Begin with none compared."""
        self.papers = papers
        self.near: dict[int, set[int]] = {}  # by place; who has no twin is not in it
        self.sharing: dict[int, list[int]] = {}  # places by a number that twins share
        self.words: dict[int, Shingles | None] = {}

    def include(self, places: Iterable[int]) -> None:
        """Compare the papers at these places with each other and with those before."""
        for place in places:
            if place not in self.words:
                self.add(place)

    def add(self, place: int) -> None:
        """Find the twins of one paper: by its title, by the bands of its words."""
        paper = self.papers[place]
        words = self.words[place] = shingles(paper)
        # A title of signs alone has no words to compare.
        title = hash(plain(paper.title) or paper.title)
        others: set[int] = set()
        for number in {title, *(bands(words) if words else ())}:
            sharing = self.sharing.setdefault(number, [])
            others.update(sharing)
            sharing.append(place)
        for other in others:
            if agree(paper, self.papers[other], words, self.words[other]):
                self.near.setdefault(place, set()).add(other)
                self.near.setdefault(other, set()).add(place)


def agree(one: Paper, other: Paper, ours: Shingles | None, theirs: Shingles | None) -> bool:
    """Return whether a reader would take the two for the same paper."""
    if (plain(one.title) or one.title) == (plain(other.title) or other.title):
        return True
    return ours is not None and theirs is not None and likeness(ours, theirs) >= ALIKE


def are_alike(one: Paper, other: Paper) -> bool:
    """Return whether a reader would take the two for the same paper."""
    return agree(one, other, shingles(one), shingles(other))
