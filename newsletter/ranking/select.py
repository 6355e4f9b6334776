"""Scored papers of each topic -> items: every topic its share, near-duplicates once."""

import math
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field

from newsletter.domain.paper import Paper, plain
from newsletter.ranking.score import Scored
from newsletter.ranking.twins import ALIKE, Shingles, bands, likeness, shingles

MOST = 0.5  # of an issue that one topic may fill while others have papers left

Alike = Callable[[int, int], bool]
NOTHING: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Queue:
    """One topic's papers for one reader, best first."""

    papers: Sequence[Scored]  # thousands of readers may share it
    pinned: Container[int] = NOTHING  # places that come first, whatever their share


@dataclass(frozen=True, slots=True)
class Picked:
    """A paper that becomes an item, for one of the topics."""

    queue: int
    place: int
    score: float


@dataclass(slots=True)
class Line:
    """A queue while it is taken from."""

    number: int
    queue: Queue
    at: int = 0  # all papers before it are taken or cannot be
    met: int = 0  # how many of the picked its first paper was compared with
    taken: int = 0

    def first(self, had: Container[int], alike: Alike, picked: Sequence[Picked]) -> float | None:
        """Return the score of the first paper that can be taken, None if there is none left."""
        papers, at, met = self.queue.papers, self.at, self.met
        while at < len(papers):
            place = papers[at][1]
            if place not in had:
                while met < len(picked):
                    other = picked[met].place
                    if other == place or alike(other, place):
                        break
                    met += 1
                else:
                    self.at, self.met = at, met
                    return papers[at][0]
            at, met = at + 1, 0
        self.at, self.met = at, 0
        return None

    def take(self, picked: list[Picked]) -> None:
        """Move the first paper to the picked."""
        score, place = self.queue.papers[self.at]
        picked.append(Picked(self.number, place, score))
        self.at, self.met, self.taken = self.at + 1, 0, self.taken + 1


def select(queues: Sequence[Queue], length: int, had: Container[int], alike: Alike) -> list[Picked]:
    """Return up to `length` papers of the topics' queues, never one that is in `had`.

    Pinned papers come first. Then the topics take turns, each with its best, until each has an
    equal share; the places left go to the best papers of all, at most half of an issue to one
    topic while others have papers, and then to whoever has any. A paper that fits several topics
    counts for the one that takes it first; one that is `alike` to another is left out.
    """
    lines = [Line(number, queue) for number, queue in enumerate(queues) if queue.papers]
    picked: list[Picked] = []
    if length <= 0 or not lines:
        return picked
    for line in lines:
        if line.queue.pinned:
            pin(line, length, had, alike, picked)
    share = max(length // len(lines), 1)
    most = max(share, math.ceil(MOST * length))
    for limit in (*range(1, share + 1), most, length):
        fill([one for one in lines if one.taken < limit], limit, length, had, alike, picked)
        if len(picked) >= length:
            break
    return picked


def pin(line: Line, length: int, had: Container[int], alike: Alike, picked: list[Picked]) -> None:
    """Take a topic's pinned papers, best first."""
    for score, place in line.queue.papers:
        if len(picked) >= length:
            return
        if place not in line.queue.pinned or place in had:
            continue
        if not any(one.place == place or alike(one.place, place) for one in picked):
            picked.append(Picked(line.number, place, score))
            line.taken += 1


def fill(
    lines: list[Line],
    limit: int,
    length: int,
    had: Container[int],
    alike: Alike,
    picked: list[Picked],
) -> None:
    """Take the best first paper of these topics again and again, up to `limit` of each.

    Of equal scores the earlier topic's.
    """
    while lines and len(picked) < length:
        best, highest = None, -math.inf
        for line in tuple(lines):
            score = line.first(had, alike, picked)
            if score is None:
                lines.remove(line)
            elif best is None or score > highest:
                best, highest = line, score
        if best is None:
            return
        best.take(picked)
        if best.taken >= limit:
            lines.remove(best)


@dataclass(slots=True)
class Twins:
    """Which of the ranked papers a reader would take for the same; each is looked at when met."""

    papers: Sequence[Paper]
    marks: dict[int, frozenset[int]] = field(default_factory=dict)  # by place
    words: dict[int, Shingles | None] = field(default_factory=dict)
    known: dict[tuple[int, int], bool] = field(default_factory=dict)

    def alike(self, one: int, other: int) -> bool:
        """Return whether the papers at these places are near-duplicates."""
        marks = self.marks
        ours = marks.get(one) or self.mark(one)
        theirs = marks.get(other) or self.mark(other)
        if ours.isdisjoint(theirs):
            return False
        pair = (one, other) if one < other else (other, one)
        if pair not in self.known:
            self.known[pair] = self.compare(*pair)
        return self.known[pair]

    def mark(self, place: int) -> frozenset[int]:
        """Return numbers of which near-duplicates share one: of the title, of bands of words."""
        paper = self.papers[place]
        words = shingles(paper)
        self.words[place] = words
        # A title of signs alone has no words to compare.
        title = hash(plain(paper.title) or paper.title)
        self.marks[place] = frozenset([title, *(bands(words) if words else ())])
        return self.marks[place]

    def compare(self, one: int, other: int) -> bool:
        """Return whether titles or nearly all words agree."""
        return agree(self.papers[one], self.papers[other], self.words[one], self.words[other])


def agree(one: Paper, other: Paper, ours: Shingles | None, theirs: Shingles | None) -> bool:
    """Return whether a reader would take the two for the same paper."""
    if (plain(one.title) or one.title) == (plain(other.title) or other.title):
        return True
    return ours is not None and theirs is not None and likeness(ours, theirs) >= ALIKE


def are_alike(one: Paper, other: Paper) -> bool:
    """Return whether a reader would take the two for the same paper."""
    return agree(one, other, shingles(one), shingles(other))
