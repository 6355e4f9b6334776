"""Papers and a topic -> candidates: words, meaning, authors, categories, each a named part."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from newsletter.domain.paper import Paper, plain
from newsletter.domain.profile import Topic
from newsletter.ranking.candidate import Candidate, Cause, Ranked, to_candidate
from newsletter.ranking.meaning import Meaning, Sense
from newsletter.ranking.terms import stems, subject
from newsletter.ranking.text import Corpus, Places, Weights

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


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """What a word or phrase of the topic weighs in the papers that hold it."""

    name: str  # of the part
    phrase: tuple[str, ...]
    places: Places  # ascending
    weights: Weights


@dataclass(frozen=True, slots=True, eq=False)
class Worded:
    """What the topic's words and phrases weigh in each paper, (n,)."""

    parts: list[Weighed]
    held: NDArray[np.bool_]  # whether it holds any
    certain: NDArray[np.bool_]  # a keyword: a reason by itself
    in_name: Weights  # of the words of the name
    described: Weights  # of the other words of the description
    weight: Weights  # of all


def score_topic(
    topic: Topic,
    papers: Sequence[Ranked],
    corpus: Corpus,
    meaning: Meaning | None = None,
    held: Sense | None = None,
) -> list[Candidate]:
    """Return the papers that the topic is about.

    With `meaning`, their nearness to the topic is a part of the score beside the words; with `held`
    it is that of another fit, to say what a cause adds with all else as it is. Papers that share
    no word with the topic stay out, however near: nothing in them could be quoted. Words are
    weighed for all papers at once, and causes made for those alone that become candidates.
    """
    words = worded(topic, corpus)
    sense = held or (meaning and meaning.sense(wording(topic), spread(words, corpus)))
    near = np.zeros(len(corpus))
    if sense:
        places = np.flatnonzero(words.held)
        near[places] = sense.spreads(places)
    followed = by_followed(topic, papers)
    speaks = speaking(words, near, enough(topic, corpus))
    speaks[list(followed)] = True
    causes = causes_of(words, np.flatnonzero(speaks))
    muted = [stems(term) for term in topic.muted]
    candidates = []
    for place, found in causes.items():
        if muted and is_muted(corpus, place, muted):
            continue
        if sense and near[place] > 0 and sense.unit > 0:
            name = f"meaning:{topic.name}"
            found[name] = Cause(name, sense.unit * float(near[place]))
        found |= followed.get(place, {})
        add_category(topic, papers[place].paper, found)
        candidates.append(to_candidate(papers[place], topic.name, tuple(found.values())))
    return candidates


def worded(topic: Topic, corpus: Corpus) -> Worded:
    """Return what the words and phrases of the topic weigh in each paper."""
    n = len(corpus)
    found = Worded([], np.zeros(n, bool), np.zeros(n, bool), *(np.zeros(n) for _ in range(3)))
    add_keywords(topic, corpus, found)
    add_words(topic, corpus, found)
    return found


def causes_of(words: Worded, places: Places) -> dict[int, dict[str, Cause]]:
    """Return by place the parts that words and phrases add, by name."""
    found: dict[int, dict[str, Cause]] = {place: {} for place in places.tolist()}
    for part in words.parts:
        if not len(part.places):
            continue
        at = np.minimum(np.searchsorted(part.places, places), len(part.places) - 1)
        there = part.places[at] == places
        for place, weight in zip(
            places[there].tolist(), part.weights[at[there]].tolist(), strict=True
        ):
            found[place][part.name] = Cause(part.name, weight, part.phrase)
    return found


def wording(topic: Topic) -> str:
    """Return the text that says what the topic means: its name, description and keywords."""
    return ". ".join(one for one in (topic.text, ", ".join(topic.keywords)) if one)


def spread(words: Worded, corpus: Corpus) -> float:
    """Return the spread over the reference window of what words and phrases weigh."""
    number = max(len(corpus) - corpus.older, 1)
    weights = words.weight[corpus.older :]
    mean = math.fsum(weights) / number
    square = math.fsum(weights * weights) / number
    return math.sqrt(max(square - mean * mean, 0.0))


def add_keywords(topic: Topic, corpus: Corpus, words: Worded) -> None:
    """Add the parts of the keywords and, as a phrase, of the topic's name."""
    phrases = [(f"keyword:{keyword}", stems(keyword), KEYWORD) for keyword in topic.keywords]
    name = stems(topic.name)
    if len(name) > 1:
        phrases.append((f"topic:{topic.name}", name, NAME))
    phrases += [(f"pin:{pin}", stems(pin), PIN) for pin in topic.pins]
    for part, phrase, factor in phrases:
        places, weights = corpus.weights(phrase)
        words.certain[places] = True
        add(words, Weighed(part, phrase, places, factor * weights))


def add_words(topic: Topic, corpus: Corpus, words: Worded) -> None:
    """Add the parts of the single words of the topic's name and description."""
    in_name = subject(topic.name)
    for stem, word in subject(topic.text).items():
        places, weights = corpus.weights((stem,))
        (words.in_name if stem in in_name else words.described)[places] += weights
        factor = 1.0 if stem in in_name else DESCRIPTION
        add(words, Weighed(f"term:{word}", (stem,), places, factor * weights))


def add(words: Worded, part: Weighed) -> None:
    """Add a part of the score."""
    words.parts.append(part)
    words.held[part.places] = True
    words.weight[part.places] += part.weights


def by_followed(topic: Topic, papers: Sequence[Ranked]) -> dict[int, dict[str, Cause]]:
    """Return by place the parts of the followed authors, who are known by their whole name."""
    followed = {plain(author): author for author in topic.authors}
    found: dict[int, dict[str, Cause]] = {}
    if not followed:
        return found
    for place, ranked in enumerate(papers):
        for author in ranked.paper.authors:
            if plain(author) in followed:
                name = f"author:{followed[plain(author)]}"
                found.setdefault(place, {})[name] = Cause(name, AUTHOR)
    return found


def add_category(topic: Topic, paper: Paper, causes: dict[str, Cause]) -> None:
    """Add the part of the first of the topic's categories that the paper is in."""
    for wanted in topic.categories:
        if any(one == wanted or one.startswith(f"{wanted}.") for one in paper.categories):
            name = f"category:{wanted}"
            causes[name] = Cause(name, CATEGORY)
            return


def enough(topic: Topic, corpus: Corpus) -> tuple[float, float]:
    """Return what the words of the name must weigh, or all words, for a paper to be about it."""
    in_name = subject(topic.name).keys()
    described = subject(topic.description).keys() - in_name
    return (
        ENOUGH * whole_weight(in_name, corpus) if in_name else math.inf,
        ENOUGH_DESCRIBED * whole_weight(described, corpus) if described else math.inf,
    )


def speaking(words: Worded, near: Weights, wanted: tuple[float, float]) -> NDArray[np.bool_]:
    """Return which papers are about the topic and do not just share a common word with it.

    A paper's words must weigh as much as a share of what one mention of each word would; less is
    enough for one that is near in meaning, in spreads over what is usual. A keyword settles it.
    """
    bars = np.where(near >= NEAR, ENOUGH_NEAR, 1.0)
    is_named = words.in_name >= bars * wanted[0]
    is_described = words.described + words.in_name >= bars * wanted[1]
    return np.asarray(words.held & (words.certain | is_named | is_described))


def whole_weight(words: Collection[str], corpus: Corpus) -> float:
    """Return the weight that a paper of average length has that names each word once."""
    return sum(corpus.rarity(word) for word in words)


def is_muted(corpus: Corpus, place: int, muted: Sequence[Sequence[str]]) -> bool:
    """Return whether a muted word or phrase stands in the paper."""
    return any(corpus.holds(place, phrase) for phrase in muted)
