"""The papers of a window and readers' topics -> how the papers stand for each topic."""

import math
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from newsletter.domain.profile import Topic, TopicProfile
from newsletter.ranking.candidate import Candidate, Cause, Ranked, Scored, order, to_candidate
from newsletter.ranking.meaning import Meaning
from newsletter.ranking.text import Corpus
from newsletter.ranking.topics import score_topic, wording

PINNING = ("pin:", "author:")  # parts of papers that come first
VOTES = 1.0
FRESHNESS = 1.0
HALF_LIFE = timedelta(days=2)
OLDEST = 1000  # half lives
WEEK = timedelta(days=7)
LEAST_SPREAD = 1e-6
EVERYBODY = Topic("")  # the common list
KEPT = 256  # topics that are kept scored: of a reader's own words there may be any number


@dataclass(frozen=True, slots=True, eq=False)  # by identity: readers share it
class Standing:
    """How the papers stand for one topic."""

    topic: str  # "" for the common list
    papers: list[Scored]  # best first: each a score in spreads, comparable, and a paper's place
    candidates: dict[int, Candidate]  # by place, those below the threshold too
    pinned: frozenset[int] = frozenset()  # places
    least: float = 0.0  # the score from which a paper is good enough
    usual: tuple[float, float] = (0.0, 1.0)  # mean and spread over the reference window
    after: dict[int, list[Scored]] = field(default_factory=dict)  # what `newer` gave, by row
    # Score and parts as they are kept, by place: thousands of readers are told the same.
    texts: dict[int, tuple[float, str]] = field(default_factory=dict)


class Ranker:
    """What is shared by all readers: the window's papers and their words."""

    def __init__(self, papers: Sequence[Ranked], older: int = 0) -> None:
        """Count the words; the first `older` papers are from before the reference window.

        The papers stand in the order of their rows.
        """
        self.papers = papers
        self.corpus = Corpus([one.paper for one in papers], older)
        self.rows = [one.row for one in papers]
        self.common: Standing | None = None
        self.scored: OrderedDict[Topic, Standing] = OrderedDict()
        self.meaning: Meaning | None = None  # without it words alone are compared

    def learn(self, topics: Iterable[Topic]) -> None:
        """Make ready what the topics mean, all at once."""
        if self.meaning:
            self.meaning.learn([wording(one) for one in topics if one not in self.scored])

    def standings(self, profile: TopicProfile, now: datetime) -> tuple[Standing, ...]:
        """Return how the papers stand for each topic of the profile; without any, for all readers.

        A topic that several readers share is scored once.
        """
        if profile.topics:
            return tuple(self.standing(topic) for topic in profile.topics)
        if self.common is None:
            every = [common_candidate(one, now) for one in self.papers]
            self.common = self.to_standing(EVERYBODY, every)
        return (self.common,)

    def standing(self, topic: Topic) -> Standing:
        """Return how the papers stand for the topic."""
        found = self.scored.get(topic)
        if found is None:
            candidates = score_topic(topic, self.papers, self.corpus, self.meaning)
            found = self.scored[topic] = self.to_standing(topic, candidates)
            if len(self.scored) > KEPT:
                self.scored.popitem(last=False)
        return found

    def to_standing(self, topic: Topic, candidates: Sequence[Candidate]) -> Standing:
        """Return the candidates in their order, their scores in spreads over what is usual.

        What is usual, and how good a paper must be where so many a week are wished for, is taken
        from the reference window, never from the papers of one day: a day without good papers
        looks like one.
        """
        ordered = sorted(candidates, key=order)
        places = [bisect_left(self.rows, one.ranked.row) for one in ordered]
        older = self.corpus.older
        measured = [one.score for one, at in zip(ordered, places, strict=True) if at >= older]
        number = max(len(self.papers) - older, 1)
        mean = math.fsum(measured) / number
        square = math.fsum(score * score for score in measured) / number
        spread = max(math.sqrt(max(square - mean * mean, 0.0)), LEAST_SPREAD)
        may_pin = topic.pins or topic.authors
        pinned = frozenset(
            at
            for one, at in zip(ordered, places, strict=True)
            if may_pin and any(map(pins, one.causes))
        )
        least = self.cutoff(measured, topic.a_week)
        papers = [
            ((one.score - mean) / spread, place)
            for one, place in zip(ordered, places, strict=True)
            if one.score >= least or place in pinned
        ]
        found = dict(zip(places, ordered, strict=True))
        return Standing(topic.name, papers, found, pinned, least, (mean, spread))

    def cutoff(self, measured: Sequence[float], a_week: int) -> float:
        """Return the score that so many papers a week of the reference window reach, 0 for all.

        `measured`: the window's scores, best first.
        """
        window = self.papers[self.corpus.older :]
        if not a_week or not window:
            return 0.0
        weeks = max(spanned([one.first_seen for one in window]) / WEEK, 1 / 7)
        wanted = max(round(a_week * weeks), 1)
        return measured[wanted - 1] if wanted <= len(measured) else 0.0


def spanned(times: Sequence[datetime]) -> timedelta:
    """Return how long the window is whose papers came at these times, ascending.

    Papers come by the day, and each day's stand for the time until the next: n days that begin in
    a span of n - 1 intervals are n intervals.
    """
    days = len({one.date() for one in times})
    return (times[-1] - times[0]) * days / max(days - 1, 1)


def pins(cause: Cause) -> bool:
    """Return whether a paper with this part comes first, whatever its score."""
    return cause.name.startswith(PINNING)


def common_candidate(ranked: Ranked, now: datetime) -> Candidate:
    """Return the paper scored for those who chose nothing: votes and freshness.

    votes: log2(1 + votes). freshness: 2 ** -(age / 2 days), from 1 for a paper seen now.
    """
    # Bounded, for after six years the power is 0, and shares of a score of 0 are nothing.
    age = min(max((now - ranked.first_seen) / HALF_LIFE, 0.0), OLDEST)
    causes = [Cause("freshness", FRESHNESS * 2**-age)]
    votes = ranked.paper.votes or 0
    if votes > 0:  # some feeds count votes against
        causes.append(Cause("votes", VOTES * math.log2(1 + votes)))
    return to_candidate(ranked, "", tuple(causes))
