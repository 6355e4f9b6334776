"""Papers and a topic -> candidates: words, meaning, authors, categories, each a named part."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from newsletter.domain.paper import Paper, plain
from newsletter.domain.profile import Topic
from newsletter.ranking.candidate import Candidate, Cause, Ranked, to_candidate
from newsletter.ranking.meaning import Meaning, Sense
from newsletter.ranking.terms import stems, subject
from newsletter.ranking.text import Corpus

KEYWORD = 1.5  # a keyword was chosen on purpose; a word of the description may be there by chance
NAME = 1.0  # the topic's name as it stands, beyond its single words
DESCRIPTION = 0.5
CATEGORY = 1.0
PIN = 3.0  # a phrase whose papers come first
AUTHOR = 20.0  # a followed author pins
ENOUGH = 0.6  # of the weight of the name's words, if nothing else speaks for the paper
ENOUGH_DESCRIBED = 0.3  # the same for the words of a description, of which no paper holds all
NEAR = 3.0  # spreads nearer in meaning than usual, from which fewer words are enough:
ENOUGH_NEAR = 0.5  # of those that are wanted of other papers


@dataclass(slots=True)
class Tally:
    """Parts of one paper's score while they are collected."""

    causes: dict[str, Cause] = field(default_factory=dict)
    name_weight: float = 0.0
    described_weight: float = 0.0
    weight: float = 0.0  # of all words and phrases
    near: float = 0.0  # in meaning, in spreads over what is usual
    certain: bool = False  # a keyword or an author: a reason by itself


def score_topic(
    topic: Topic,
    papers: Sequence[Ranked],
    corpus: Corpus,
    meaning: Meaning | None = None,
    held: Sense | None = None,
) -> list[Candidate]:
    """Return the papers that the topic is about.

    With `meaning`, their nearness to the topic is a part of the score beside the words; with `held`
    it is that of another fit, to say what a cause adds with all else as it is.
    """
    tallies = worded(topic, corpus)
    sense = held or (meaning and meaning.sense(wording(topic), spread(tallies, corpus)))
    if sense:
        add_meaning(topic, sense, tallies)
    add_authors(topic, papers, tallies)
    muted = [stems(term) for term in topic.muted]
    wanted = enough(topic, corpus)
    candidates = []
    for place, tally in tallies.items():
        if not speaks_for(tally, wanted) or is_muted(corpus, place, muted):
            continue
        add_category(topic, papers[place].paper, tally)
        candidates.append(to_candidate(papers[place], topic.name, tuple(tally.causes.values())))
    return candidates


def worded(topic: Topic, corpus: Corpus) -> dict[int, Tally]:
    """Return by place the papers that share words with the topic, and what those weigh."""
    tallies: dict[int, Tally] = {}
    add_keywords(topic, corpus, tallies)
    add_words(topic, corpus, tallies)
    return tallies


def wording(topic: Topic) -> str:
    """Return the text that says what the topic means: its name, description and keywords."""
    return ". ".join(one for one in (topic.text, ", ".join(topic.keywords)) if one)


def spread(tallies: dict[int, Tally], corpus: Corpus) -> float:
    """Return the spread over the reference window of what words and phrases weigh."""
    number = max(len(corpus) - corpus.older, 1)
    weights = [tally.weight for place, tally in tallies.items() if place >= corpus.older]
    mean = math.fsum(weights) / number
    square = math.fsum(weight * weight for weight in weights) / number
    return math.sqrt(max(square - mean * mean, 0.0))


def add_meaning(topic: Topic, sense: Sense, tallies: dict[int, Tally]) -> None:
    """Add the part of the topic's meaning to papers that are nearer to it than usual.

    Papers that share no word with it stay out, however near: nothing in them could be quoted.
    """
    name = f"meaning:{topic.name}"
    for tally, near in zip(tallies.values(), sense.spreads(tallies).tolist(), strict=True):
        tally.near = near
        if near > 0 and sense.unit > 0:
            tally.causes[name] = Cause(name, sense.unit * near)


def add_keywords(topic: Topic, corpus: Corpus, tallies: dict[int, Tally]) -> None:
    """Add the parts of the keywords and, as a phrase, of the topic's name."""
    phrases = [(f"keyword:{keyword}", stems(keyword), KEYWORD) for keyword in topic.keywords]
    name = stems(topic.name)
    if len(name) > 1:
        phrases.append((f"topic:{topic.name}", name, NAME))
    phrases += [(f"pin:{pin}", stems(pin), PIN) for pin in topic.pins]
    for part, phrase, factor in phrases:
        for place, weight in corpus.weigh(phrase).items():
            tally = tallies.setdefault(place, Tally())
            tally.certain = True
            tally.weight += factor * weight
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
            tally.weight += factor * weight
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
    bar = ENOUGH_NEAR if tally.near >= NEAR else 1.0
    if tally.certain or tally.name_weight >= bar * wanted[0]:
        return True
    return tally.described_weight + tally.name_weight >= bar * wanted[1]


def whole_weight(words: Collection[str], corpus: Corpus) -> float:
    """Return the weight that a paper of average length has that names each word once."""
    return sum(corpus.rarity(word) for word in words)


def is_muted(corpus: Corpus, place: int, muted: Sequence[Sequence[str]]) -> bool:
    """Return whether a muted word or phrase stands in the paper."""
    return any(corpus.holds(place, phrase) for phrase in muted)
