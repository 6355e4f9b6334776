"""Papers, readers and their libraries in a store, as many as wished: to measure composing on."""

import gzip
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from newsletter.actions.embed import embed_missing, vectors_for
from newsletter.actions.prepare import prepare
from newsletter.catalogue import read_topics
from newsletter.domain.paper import Paper
from newsletter.domain.profile import Topic, TopicProfile, to_json
from newsletter.domain.subscriber import Preferences, SubscriberState
from newsletter.ranking.embedding import Embedder
from newsletter.ranking.terms import subject
from newsletter.settings import defaults
from newsletter.store import feeds, keeping, topics, works
from newsletter.store.bulk import insert_rows
from newsletter.store.database import Store
from newsletter.store.schema import profiles, subscribers
from newsletter.store.subscribers import to_columns
from newsletter.store.tables_works import examples
from tests.benchmarks.ingesting import papers as invented

NOW = datetime(2026, 7, 2, 7, tzinfo=UTC)
SEEN = NOW - timedelta(hours=3)
OWN_TOPICS = 5
CHUNK = 50_000  # rows in memory at once
KEPT_WORDS = 0.85  # of an abstract in an archive that was grown from fewer papers


@dataclass(frozen=True, slots=True)
class Size:
    """How many of each."""

    subscribers: int
    papers: int
    own: bool = False  # topics of each reader's own words
    archive: int = 0  # older papers, DAILY a day back from the new ones


DAILY = 600  # papers of an archive's day: so many came a day in the arXiv days
LIKED = 20  # papers in each reader's library
WORKS = 4_000  # that the libraries are drawn from


def read_days(folder: Path, number: int) -> list[Paper]:
    """Return so many papers, the newest days' first; invented ones where there are none."""
    found: list[Paper] = []
    for file in sorted(folder.glob("*.jsonl*"), reverse=True):
        body = file.read_bytes()
        text = (gzip.decompress(body) if file.suffix == ".gz" else body).decode()
        found += [to_paper(json.loads(line)) for line in text.splitlines()]
        if len(found) >= number:
            break
    if len(found) < number:
        found += [to_paper(one) for one in invented(number - len(found), 3)]
    return found[:number]


def to_paper(line: dict[str, Any]) -> Paper:
    """Return the paper of a line."""
    return Paper(
        title=line["title"],
        abstract=line["abstract"],
        authors=tuple(line["authors"]),
        categories=tuple(line["categories"]),
        arxiv_id=line["id"],
    )


def fill(store: Store, size: Size, folder: Path, embedder: Embedder | None) -> None:
    """Store the papers and the readers, with an embedder their libraries and all vectors too."""
    found = read_days(folder, size.papers + WORKS)
    found, others = found[: size.papers], found[size.papers :]
    catalogue = read_topics(defaults())
    with store.write() as tx:
        feed = feeds.find_or_add(tx, "https://example.org/days", "arXiv days")
    keep_archive(store, size, folder, feed.id)  # rows stand in the order in which papers came
    with store.write() as tx:
        keeping.keep(tx, found, feed.id, SEEN)
        feeds.record(tx, feeds.Visit(feed.id, SEEN, "fetched", read=len(found)), None)
        topics.keep(tx, catalogue, SEEN)
    chance = random.Random(20260702)
    words = [word for paper in found for word in subject(paper.title).values()]
    for start in range(0, size.subscribers, CHUNK):
        rows = range(start + 1, min(start + CHUNK, size.subscribers) + 1)
        with store.write() as tx:
            tx.execute(subscribers.insert(), [reader(row) for row in rows])
            made = [interests(row, catalogue, words if size.own else (), chance) for row in rows]
            tx.execute(profiles.insert(), made)
    prepare(store)  # as is done when papers come
    if embedder:
        stock(store, size, others, embedder)


def keep_archive(store: Store, size: Size, folder: Path, feed: int) -> None:
    """Store older papers: the days' papers again and again, each time with other words left out."""
    chance = random.Random(41)
    known = read_days(folder, min(size.archive, 9_000)) if size.archive else []
    for start in reversed(range(0, size.archive, DAILY)):  # the oldest first
        grown = []
        for at in range(start, min(start + DAILY, size.archive)):
            paper = known[at % len(known)]
            words = [one for one in paper.abstract.split() if chance.random() < KEPT_WORDS]
            grown.append(
                replace(
                    paper,
                    title=f"{paper.title} ({at})",
                    abstract=" ".join(words),
                    arxiv_id="",
                )
            )
        with store.write() as tx:
            keeping.keep(tx, grown, feed, SEEN - timedelta(days=1 + start // DAILY))


def stock(store: Store, size: Size, others: Sequence[Paper], embedder: Embedder) -> None:
    """Give each reader a library of the other papers; embed all, as is done when papers come."""
    chance = random.Random(20)
    with store.write() as tx:
        rows = works.add(tx, others, SEEN)
    for start in range(0, size.subscribers, CHUNK // LIKED):
        readers = range(start + 1, min(start + CHUNK // LIKED, size.subscribers) + 1)
        with store.write() as tx:
            insert_rows(
                tx,
                examples,
                ("subscriber_id", "topic", "work_id", "verdict", "at"),
                [
                    (row, "", work, "liked", SEEN)
                    for row in readers
                    for work in sorted(chance.sample(rows, LIKED))
                ],
            )
    embed_missing(store, embedder)
    vectors_for(store, embedder, others)


def reader(row: int) -> dict[str, Any]:
    """Return the row of a subscriber."""
    return {
        "id": row,
        "address": f"r{row}@example.org",
        "state": SubscriberState.ACTIVE.value,
        "due_at": SEEN,
        "subscribed_at": SEEN,
        "confirmed_at": SEEN,
        **to_columns(Preferences()),
    }


def interests(
    row: int, catalogue: Sequence[Topic], words: Sequence[str], chance: random.Random
) -> dict[str, Any]:
    """Return the row of a profile: topics of the catalogue, or of words of the papers' titles."""
    if words:
        names = [" ".join(chance.sample(words, 3)) for _ in range(OWN_TOPICS)]
        chosen = [Topic(name, keywords=tuple(chance.sample(words, 3))) for name in names]
    else:
        chosen = [Topic(one.name) for one in chance.sample(catalogue, chance.randint(1, 4))]
    body = to_json(TopicProfile(tuple(chosen)))
    return {"subscriber_id": row, "number": 1, "body": body, "created_at": SEEN}
