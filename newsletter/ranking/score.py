"""Papers and a topic -> candidates: a score that is the sum of named parts, each a reason."""

import math
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from newsletter.domain.issue import Part, Quote
from newsletter.domain.paper import Paper, plain
from newsletter.domain.profile import Topic, TopicProfile
from newsletter.ranking.terms import places, stems, subject
from newsletter.ranking.text import Corpus, Document

KEYWORD = 1.5  # a keyword was chosen on purpose; a word of the description may be there by chance
NAME = 1.0  # the topic's name as it stands, beyond its single words
DESCRIPTION = 0.5
CATEGORY = 1.0
AUTHOR = 20.0  # a followed author pins
VOTES = 1.0
FRESHNESS = 1.0
HALF_LIFE = timedelta(days=2)
OLDEST = 1000  # half lives
ENOUGH = 0.6  # of the weight of the name's words, if nothing else speaks for the paper
KEPT = 256  # topics that are kept scored: of a reader's own words there may be any number
ENOUGH_DESCRIBED = 0.3  # the same for the words of a description, of which no paper holds all


Scored = tuple[float, int]  # a paper's score for a topic, and its place among the ranked papers


@dataclass(frozen=True, slots=True)
class Ranked:
    """A paper to be ranked, with what is known of it here."""

    row: int  # the store's number: papers are told apart by it
    paper: Paper
    version: int
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class Cause:
    """One named part of a score, and the stems of the words that it quotes, none if it does not."""

    name: str
    value: float
    phrase: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A scored paper: it may become an item."""

    ranked: Ranked
    topic: str  # "" in the common list
    score: float  # over 0: the sum of the causes' values
    causes: tuple[Cause, ...]
    # Where quotes are looked up; the common list has none.
    document: Document | None = field(default=None, compare=False, repr=False)

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return the causes as parts with shares and quotes, the largest first.

        Made on demand: of thousands of candidates a few become items, and finding quotes is slow.
        """
        largest = sorted(self.causes, key=lambda cause: (-cause.value, cause.name))
        return tuple(
            Part(one.name, one.value, one.value / self.score, self.quote(one.phrase))
            for one in largest
        )

    def quote(self, phrase: tuple[str, ...]) -> Quote | None:
        """Return where the phrase stands first in the paper, the title before the abstract."""
        if not phrase or self.document is None:
            return None
        field, start, end = first_place(self.document, phrase)
        text: str = getattr(self.ranked.paper, field)
        return Quote(field, start, end, text[start:end])


@dataclass(slots=True)
class Tally:
    """Parts of one paper's score while they are collected."""

    causes: dict[str, Cause] = field(default_factory=dict)
    name_weight: float = 0.0
    described_weight: float = 0.0
    certain: bool = False  # a keyword or an author: a reason by itself


@dataclass(frozen=True, slots=True, eq=False)  # by identity: readers share it
class Standing:
    """How the papers stand for one topic."""

    topic: str  # "" for the common list
    papers: list[Scored]  # best first: each a score and a paper's place
    candidates: dict[int, Candidate]  # by place
    pinned: frozenset[int] = frozenset()  # places
    after: dict[int, list[Scored]] = field(default_factory=dict)  # what `newer` gave, by row


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

    def standings(self, profile: TopicProfile, now: datetime) -> tuple[Standing, ...]:
        """Return how the papers stand for each topic of the profile; without any, for all readers.

        A topic that several readers share is scored once.
        """
        if profile.topics:
            return tuple(self.standing(topic) for topic in profile.topics)
        if self.common is None:
            self.common = self.to_standing("", [common_candidate(one, now) for one in self.papers])
        return (self.common,)

    def standing(self, topic: Topic) -> Standing:
        """Return how the papers stand for the topic."""
        found = self.scored.get(topic)
        if found is None:
            candidates = score_topic(topic, self.papers, self.corpus)
            found = self.scored[topic] = self.to_standing(topic.name, candidates)
            if len(self.scored) > KEPT:
                self.scored.popitem(last=False)
        return found

    def to_standing(self, topic: str, candidates: Sequence[Candidate]) -> Standing:
        """Return the candidates in their order."""
        ordered = sorted(candidates, key=order)
        places = [bisect_left(self.rows, one.ranked.row) for one in ordered]
        papers = [(one.score, place) for one, place in zip(ordered, places, strict=True)]
        return Standing(topic, papers, dict(zip(places, ordered, strict=True)))


def score_topic(topic: Topic, papers: Sequence[Ranked], corpus: Corpus) -> list[Candidate]:
    """Return the papers that the topic is about."""
    tallies: dict[int, Tally] = {}
    add_keywords(topic, corpus, tallies)
    add_words(topic, corpus, tallies)
    add_authors(topic, papers, tallies)
    muted = [stems(term) for term in topic.muted]
    wanted = enough(topic, corpus)
    candidates = []
    for place, tally in tallies.items():
        document = corpus.documents[place]
        if not speaks_for(tally, wanted) or is_muted(document, muted):
            continue
        add_category(topic, papers[place].paper, tally)
        candidates.append(
            to_candidate(papers[place], topic.name, tuple(tally.causes.values()), document)
        )
    return candidates


def add_keywords(topic: Topic, corpus: Corpus, tallies: dict[int, Tally]) -> None:
    """Add the parts of the keywords and, as a phrase, of the topic's name."""
    phrases = [(f"keyword:{keyword}", stems(keyword), KEYWORD) for keyword in topic.keywords]
    name = stems(topic.name)
    if len(name) > 1:
        phrases.append((f"topic:{topic.name}", name, NAME))
    for part, phrase, factor in phrases:
        for place, weight in corpus.weigh(phrase).items():
            tally = tallies.setdefault(place, Tally())
            tally.certain = True
            tally.causes[part] = Cause(part, factor * weight, phrase)


def add_words(topic: Topic, corpus: Corpus, tallies: dict[int, Tally]) -> None:
    """Add the parts of the single words of the topic's name and description."""
    in_name = subject(topic.name)
    for stem, word in subject(topic.text).items():
        factor = 1.0 if stem in in_name else DESCRIPTION
        for place, weight in corpus.weigh((stem,)).items():
            tally = tallies.setdefault(place, Tally())
            if stem in in_name:
                tally.name_weight += weight
            else:
                tally.described_weight += weight
            name = f"term:{word}"
            tally.causes[name] = Cause(name, factor * weight, (stem,))


def add_authors(topic: Topic, papers: Sequence[Ranked], tallies: dict[int, Tally]) -> None:
    """Add the parts of the followed authors, who are known by their whole name."""
    followed = {plain(author): author for author in topic.authors}
    if not followed:
        return
    for place, ranked in enumerate(papers):
        for author in ranked.paper.authors:
            if plain(author) in followed:
                tally = tallies.setdefault(place, Tally())
                tally.certain = True
                name = f"author:{followed[plain(author)]}"
                tally.causes[name] = Cause(name, AUTHOR)


def add_category(topic: Topic, paper: Paper, tally: Tally) -> None:
    """Add the part of the first of the topic's categories that the paper is in."""
    for wanted in topic.categories:
        if any(one == wanted or one.startswith(f"{wanted}.") for one in paper.categories):
            name = f"category:{wanted}"
            tally.causes[name] = Cause(name, CATEGORY)
            return


def enough(topic: Topic, corpus: Corpus) -> tuple[float, float]:
    """Return what the words of the name must weigh, or all words, for a paper to be about it."""
    in_name = subject(topic.name).keys()
    described = subject(topic.description).keys() - in_name
    return (
        ENOUGH * whole_weight(in_name, corpus) if in_name else math.inf,
        ENOUGH_DESCRIBED * whole_weight(described, corpus) if described else math.inf,
    )


def speaks_for(tally: Tally, wanted: tuple[float, float]) -> bool:
    """Return whether the paper is about the topic and does not just share a common word with it.

    Its words must weigh as much as a share of what one mention of each word would.
    """
    if tally.certain or tally.name_weight >= wanted[0]:
        return True
    return tally.described_weight + tally.name_weight >= wanted[1]


def whole_weight(words: Collection[str], corpus: Corpus) -> float:
    """Return the weight that a paper of average length has that names each word once."""
    return sum(corpus.rarity(word) for word in words)


def is_muted(document: Document, muted: Sequence[Sequence[str]]) -> bool:
    """Return whether a muted word or phrase stands in the paper."""
    return any(
        places(phrase, document.title) or places(phrase, document.abstract) for phrase in muted
    )


def first_place(document: Document, phrase: Sequence[str]) -> tuple[str, int, int]:
    """Return field, start and end of the first stretch that has the phrase, the title first."""
    for name, found in (("title", document.title), ("abstract", document.abstract)):
        spans = places(phrase, found)
        if spans:
            return name, *spans[0]
    raise ValueError(f"{' '.join(phrase)} does not stand in this document")


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
    return to_candidate(ranked, "", tuple(causes), None)


def to_candidate(
    ranked: Ranked, topic: str, causes: tuple[Cause, ...], document: Document | None
) -> Candidate:
    """Return the candidate whose score is the sum of the causes."""
    score = math.fsum(cause.value for cause in causes)
    return Candidate(ranked, topic, score, causes, document)


def order(candidate: Candidate) -> tuple[float, int]:
    """Return the sort key: best first, of equals the one that came first."""
    return -candidate.score, candidate.ranked.row
