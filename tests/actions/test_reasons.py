"""Reasons are true: a thousand items of seeded readers, each looked up in papers and libraries."""

import json
import math
import random
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from newsletter.actions import compose, subscribe
from newsletter.actions.bench import Order, set_up
from newsletter.actions.liking import LIKED, read, with_shelf
from newsletter.catalogue import read_topics
from newsletter.domain.library import Judged, Verdict
from newsletter.domain.paper import Paper
from newsletter.domain.profile import Topic, TopicProfile, filled
from newsletter.domain.subscriber import Preferences
from newsletter.ranking.embedding.static import open_static
from newsletter.ranking.model.many import FEW
from newsletter.ranking.topics import score_topic, spread, worded, wording
from newsletter.settings import defaults
from newsletter.store import feeds, issues, keeping, subscribers, topics, works
from newsletter.store.database import Store
from tests.actions.conftest import DAY, HOUR, MONDAY
from tests.benchmarks.crowd import read_days

READERS = 200
NEAR = 1e-6
FIELDS = {"keyword": "keywords", "pin": "pins", "author": "authors"}


def samples():
    lines = (defaults() / "config/demo/papers.jsonl").read_text("utf-8").splitlines()
    return [
        Paper(
            title=one["title"],
            abstract=one.get("abstract", ""),
            authors=tuple(one.get("authors", ())),
            categories=tuple(one.get("categories", ())),
        )
        for one in map(json.loads, lines)
    ]


def interests(chance, catalogue, found):
    """Return a profile: topics of the catalogue, and one of the reader's own words."""
    chosen = chance.sample(catalogue, chance.randint(0, 4))
    word = chance.choice(chance.choice(found).title.split())
    keywords = (chance.choice(found).title, "model", "data")
    own = Topic(word, "", keywords, authors=chance.choice(found).authors[:1], pins=(word,))
    return TopicProfile(tuple({one.name: one for one in (*chosen, own)}.values()))


def like(store, reader, liked, chance):
    """Give the reader a library of some of these works."""
    verdicts = (Verdict.LIKED, Verdict.SAVED, Verdict.LESS)
    said = [
        Judged(work, verdict, MONDAY - timedelta(days=chance.randint(0, 400)))
        for work in chance.sample(liked, chance.randint(2, 12))
        for verdict in chance.choices(verdicts, (6, 2, 1))
    ]
    with store.write() as tx:
        works.judge(tx, reader, said)


@pytest.fixture(scope="module", params=["our samples", "arXiv days"])
def papers(request):
    """Papers to be composed of: our own, and some as they came from arXiv."""
    if request.param == "our samples":
        return samples()
    folder = request.getfixturevalue("shared") / "bench" / "ranking" / "arxiv-days"
    if not folder.is_dir():
        pytest.skip("the arXiv days are not beside this checkout")
    return read_days(folder, 150)


@pytest.fixture(scope="module")
def composed(tmp_path_factory, papers):
    """A store with issues for many readers, half of them with libraries, and the order."""
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('reasons') / 'newsletter.db'}")
    store.make_ready()
    found, chance, catalogue = papers, random.Random(5), read_topics(defaults())
    with store.write() as tx:
        feed = feeds.find_or_add(tx, "https://example.org/feed", "Example")
        keeping.keep(tx, found, feed.id, MONDAY - HOUR)
        topics.keep(tx, catalogue, MONDAY - DAY)
        liked = works.add(tx, [replace(one, title=f"On {one.title}") for one in found], MONDAY)
    for number in range(READERS):
        profile = interests(chance, catalogue, found)
        wish = subscribe.Wish(f"r{number}@example.org", Preferences(length=9), profile)
        subscribe.add(store, wish, MONDAY - DAY)
        if number % 2:
            like(store, number + 1, liked, chance)
    order = Order(at=MONDAY, now=MONDAY, embedder=open_static())
    compose.compose(store, order)
    yield store, order
    store.close()


@pytest.fixture(scope="module")
def every(composed):
    """All items, each with its reader."""
    store, _ = composed
    with store.read() as tx:
        found = [issues.get(tx, one.id) for one in issues.listed(tx)]
    return [(one.subscriber_id, item) for one in found for item in one.items]


@pytest.fixture(scope="module")
def items(every):
    """A thousand of the items, each with its reader."""
    assert len(every) >= 1000
    return random.Random(6).sample(every, 1000)


def test_every_quote_stands_in_the_paper_at_its_place(items):
    quotes = 0
    for _, item in items:
        for part in item.parts:
            if part.quote:
                quotes += 1
                text = getattr(item.paper, part.quote.field)
                assert text[part.quote.start : part.quote.end] == part.quote.text != ""
    assert quotes > 1000


def test_the_parts_sum_to_the_score_and_the_shares_to_one(items):
    for _, item in items:
        assert math.fsum(part.value for part in item.parts) == pytest.approx(item.score, rel=1e-9)
        assert math.fsum(part.share for part in item.parts) == pytest.approx(1, abs=NEAR)


def without(topic, part):
    """Return the topic without what made the part, None for words of its text."""
    kind, _, word = part.name.partition(":")
    if kind not in FIELDS:
        return None
    left = tuple(one for one in getattr(topic, FIELDS[kind]) if one != word)
    return replace(topic, **{FIELDS[kind]: left})


@pytest.fixture(scope="module")
def bench(composed):
    """The bench of all readers, with what papers mean."""
    store, order = composed
    with store.read() as tx:
        found = set_up(tx, [], order)
    return with_shelf(store, found, [], order)


@pytest.fixture(scope="module")
def causes(composed, items, bench):
    """Items with a cause that can be taken out: place, largest part, the topic and what is left."""
    store, _ = composed
    with store.read() as tx:
        profiles = {one: subscribers.profile(tx, one).profile for one, _ in items}
    places = {one.paper.key: place for place, one in enumerate(bench.ranker.papers)}
    found = []
    for reader, item in items:
        topic = next((one for one in profiles[reader].topics if one.name == item.topic), None)
        topic = topic and filled(topic, bench.catalogue)
        part = next((one for one in item.parts if topic and without(topic, one)), None)
        if part:
            found.append((item, places[item.paper.key], part, topic, without(topic, part)))
    return found


def test_with_the_model_held_a_score_falls_by_exactly_the_part_of_a_cause(bench, causes):
    ranker, tried = bench.ranker, 0
    for item, place, part, topic, less in causes:
        width = spread(worded(topic, ranker.corpus), ranker.corpus)
        held = ranker.meaning.sense(wording(topic), width)
        found = score_topic(less, ranker.papers, ranker.corpus, held=held)
        after = next((one for one in found if one.ranked is ranker.papers[place]), None)
        if after:  # a paper may have no reason left at all
            tried += 1
            assert item.score - after.score == pytest.approx(part.value, abs=NEAR)
    assert tried > 100


def test_refitted_without_a_cause_a_score_falls_in_nearly_all_cases(bench, causes):
    risen = []
    for item, place, _, _, less in causes:
        after = bench.ranker.standing(less).candidates.get(place)
        if after and after.score >= item.score:
            risen.append(item)
    assert len(causes) > 200
    assert len(risen) <= 0.05 * len(causes)


def test_what_a_topic_means_is_a_part_of_most_scores(items):
    named = [part for _, item in items for part in item.parts if part.name.startswith("meaning:")]
    assert len(named) > 200
    assert all(part.value > 0 and part.quote is None for part in named)


def test_what_liked_papers_add_sums_to_the_score_and_the_largest_are_told(composed, every):
    store, order = composed
    found = [(reader, item) for reader, item in every if item.topic == LIKED]
    assert len(found) > 60
    everybody = list(range(1, READERS + 1))
    with store.read() as tx:
        bench = set_up(tx, everybody, order)
    bench = with_shelf(store, bench, everybody, order)
    likes = bench.shelf.likes
    with store.read() as tx:
        liked = read(tx, everybody, bench.shelf)
    scores, spreads = likes.scores(liked.libraries)
    factors = likes.factors(liked.libraries)
    keys = [one.paper.key for one in bench.ranker.papers]
    for reader, item in found:
        number = liked.number[reader]
        chosen = np.searchsorted(likes.candidates, [keys.index(item.paper.key)])
        scale = factors[number], float(spreads[number])
        parts = likes.parts(liked.libraries, number, scale, chosen)[:, 0]
        assert parts.sum() == pytest.approx(item.score, abs=NEAR)
        assert scores[number, chosen[0]] == pytest.approx(item.score, abs=1e-3)
        told = [part.value for part in item.parts if part.name.startswith("like:")]
        assert told == pytest.approx(sorted(parts)[::-1][: len(told)])


def test_for_thousands_of_readers_what_liked_papers_add_sums_to_the_score_too(composed):
    store, order = composed
    readers = list(range(1, FEW + 2))
    with store.read() as tx:
        bench = set_up(tx, readers, order)
    likes = with_shelf(store, bench, readers, order).shelf.likes
    assert likes.archive.mode == "scalable"
    with store.read() as tx:
        liked = read(tx, readers, with_shelf(store, bench, readers, order).shelf)
    scores, spreads = likes.scores(liked.libraries)
    factors = likes.factors(liked.libraries)
    every = np.arange(len(likes.candidates))
    for number in range(0, len(liked.libraries), 10):
        scale = factors[number], float(spreads[number])
        parts = likes.parts(liked.libraries, number, scale, every)
        assert parts.sum(axis=0) == pytest.approx(scores[number], abs=1e-3)
