"""What ranking knows of one subscriber's interests: named topics, each with its words."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any


@dataclass(frozen=True, slots=True)
class Topic:
    """A subject a subscriber asks for; the name alone is enough to rank by."""

    name: str
    description: str = ""
    keywords: tuple[str, ...] = ()  # words or phrases
    muted: tuple[str, ...] = ()  # words or phrases that exclude a paper
    categories: tuple[str, ...] = ()  # cs.CL, or an archive such as cs
    authors: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()  # words or phrases whose papers come first, whatever the score
    examples: tuple[str, ...] = ()  # keys of papers (domain/paper.py) that the topic is like
    a_week: int = 0  # papers wished for in a week; 0: no wish

    @property
    def text(self) -> str:
        """Return the words that the topic is described by, without its keywords."""
        return f"{self.name}. {self.description}" if self.description else self.name


@dataclass(frozen=True, slots=True)
class TopicProfile:
    """All topics of one subscriber; without any, the common list is meant."""

    topics: tuple[Topic, ...] = ()


def resolved(profile: TopicProfile, catalogue: Mapping[str, Topic]) -> TopicProfile:
    """Return the profile with each bare name that the catalogue knows filled in from there.

    A reader who chose a topic of the catalogue follows its changes; what the reader says about the
    topic (muted terms, followed authors, pins, examples, how many a week) stays.
    """
    return TopicProfile(tuple(filled(topic, catalogue) for topic in profile.topics))


def filled(topic: Topic, catalogue: Mapping[str, Topic]) -> Topic:
    """Return the topic with the catalogue's words, if it has none of its own."""
    known = catalogue.get(topic.name)
    if known is None or topic.description or topic.keywords or topic.categories:
        return topic
    if not (topic.muted or topic.authors or topic.pins or topic.examples or topic.a_week):
        return known  # itself, for thousands of readers choose it as it is
    return replace(
        known,
        muted=known.muted + topic.muted,
        authors=known.authors + topic.authors,
        pins=known.pins + topic.pins,
        examples=known.examples + topic.examples,
        a_week=topic.a_week or known.a_week,
    )


def merged(old: TopicProfile, new: TopicProfile) -> TopicProfile:
    """Return both profiles' topics; of two with one name the new one, in the old one's place."""
    over = {topic.name.casefold(): topic for topic in new.topics}
    kept = [over.pop(topic.name.casefold(), topic) for topic in old.topics]
    return TopicProfile((*kept, *over.values()))


def to_json(profile: TopicProfile) -> str:
    """Return the profile as one line of JSON with sorted keys, so that equal profiles are equal.

    What a topic does not say is left out: for most readers' topics all but the name.
    """
    said = [
        {name: value for name, value in asdict(topic).items() if value or name == "name"}
        for topic in profile.topics
    ]
    return json.dumps({"topics": said}, ensure_ascii=False, sort_keys=True)


def from_json(text: str) -> TopicProfile:
    """Return the profile that `to_json` wrote; unknown keys of later versions are left out."""
    return TopicProfile(tuple(to_topic(one) for one in json.loads(text)["topics"]))


def to_topic(fields: Mapping[str, Any]) -> Topic:
    """Return a topic from a mapping of its fields; lists become tuples."""

    def many(name: str) -> tuple[str, ...]:
        return tuple(fields.get(name, ()))

    if len(fields) == 1:
        return bare(fields["name"])
    return Topic(
        name=fields["name"],
        description=fields.get("description", ""),
        keywords=many("keywords"),
        muted=many("muted"),
        categories=many("categories"),
        authors=many("authors"),
        pins=many("pins"),
        examples=many("examples"),
        a_week=fields.get("a_week", 0),
    )


@lru_cache(maxsize=1024)
def bare(name: str) -> Topic:
    """Return the topic that is a name alone: most readers choose such ones of the catalogue."""
    return Topic(name)
