"""How long composing takes for a hundred thousand readers, beside storing the same rows alone.

`python -m tests.benchmarks.composing [DAYS] [--subscribers N --papers N --embedder E --own N]`
makes readers of 1 to 4 topics of the catalogue and 20 liked papers each, and composes their first
issues on SQLite by the product's own `compose`. DAYS is a folder of arXiv days (JSON lines, may be
gzipped); invented papers stand in where there is none. The last line is one JSON object:
rank_seconds: scoring topics and libraries, with the shortlist of each; compose_seconds: all the
rest, from reading the readers to their stored deliveries, choosing and reasons included;
insert_seconds: a bare executemany of the very same rows; rss_mb: the peak of composing. Beside
each stands what all processors worked for it (rank_cpu, compose_cpu, insert_cpu, STEP_cpu_seconds):
where other programs run too, that is the figure to go by, for the others count the waiting along.
`--archive N` adds a row with N older papers, 600 a day back from the new ones, for a hundredth
of the readers, in a process of its own; its rss_mb holds the filling of the store too.
A further row, `own`: readers with 5 topics of their own words, which nobody shares.
"""

import argparse
import gzip
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from newsletter.actions import compose
from newsletter.actions.embed import embed_missing, vectors_for
from newsletter.actions.prepare import prepare
from newsletter.catalogue import read_topics
from newsletter.domain.paper import Paper
from newsletter.domain.profile import Topic, TopicProfile, to_json
from newsletter.domain.subscriber import Preferences, SubscriberState
from newsletter.embedders import open_embedder
from newsletter.ranking.embedding import Embedder
from newsletter.ranking.terms import subject
from newsletter.settings import defaults
from newsletter.store import feeds, keeping, topics, works
from newsletter.store.bulk import insert_rows
from newsletter.store.database import Store
from newsletter.store.schema import deliveries, issues, items, profiles, subscribers
from newsletter.store.subscribers import to_columns
from newsletter.store.tables_works import examples
from tests.benchmarks.ingesting import papers as invented

NOW = datetime(2026, 7, 2, 7, tzinfo=UTC)
SEEN = NOW - timedelta(hours=3)
DAYS = Path(__file__).parents[2] / "../shared/bench/ranking/arxiv-days"
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


def rows_of(store: Store, table: sa.Table) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the table's rows as the driver has them."""
    with store.read() as tx:
        cursor = tx.connection.cursor()
        cursor.execute(f"SELECT {columns(table)} FROM {table.name}")  # noqa: S608
        while chunk := cursor.fetchmany(CHUNK):
            yield chunk


def columns(table: sa.Table) -> str:
    """Return the names of the table's columns."""
    return ", ".join(column.name for column in table.columns)


def stored_alone(store: Store, empty: Store) -> tuple[float, float]:
    """Return the seconds of one executemany a table, of the rows that composing stored.

    Both by the clock and of the processor.
    """
    with store.read() as tx:
        editions = [tuple(one) for one in tx.exec_driver_sql("SELECT id, name FROM editions")]
    took, worked = 0.0, 0.0
    with empty.write() as tx:
        cursor = tx.connection.cursor()
        cursor.executemany("INSERT INTO editions VALUES (?, ?)", editions)
        for table in (issues, items, deliveries):
            marks = ", ".join("?" for _ in table.columns)
            insert = f"INSERT INTO {table.name} ({columns(table)}) VALUES ({marks})"  # noqa: S608
            for chunk in rows_of(store, table):
                start, busy = time.perf_counter(), time.process_time()
                cursor.executemany(insert, chunk)
                took += time.perf_counter() - start
                worked += time.process_time() - busy
        start, busy = time.perf_counter(), time.process_time()
    # With the commit.
    return took + time.perf_counter() - start, worked + time.process_time() - busy


def measured(size: Size, folder: Path, embedder: Embedder) -> dict[str, float]:
    """Return the figures of composing once for so many readers."""
    with tempfile.TemporaryDirectory() as name:
        store, empty = (Store(f"sqlite:///{name}/{one}.db") for one in ("all", "bare"))
        for one in (store, empty):
            one.make_ready()
            fill(one, size, folder, embedder if one is store else None)
        start, worked = time.perf_counter(), time.process_time()
        made = compose.compose(store, compose.Order(at=NOW, now=NOW, embedder=embedder))
        whole, cpu = time.perf_counter() - start, time.process_time() - worked
        rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        bare, bare_cpu = stored_alone(store, empty)
        for one in (store, empty):
            one.close()
    ranking, ranking_cpu = made.seconds["ranking"], made.seconds["ranking_cpu"]
    return {
        "subscribers": size.subscribers,
        "papers": size.papers,
        "rank_seconds": round(ranking, 2),
        "compose_seconds": round(whole - ranking, 2),
        "insert_seconds": round(bare, 2),
        "compose_per_insert": round((whole - ranking) / bare, 2),
        "cpu_seconds": round(cpu, 2),
        "rank_cpu": round(ranking_cpu, 2),
        "compose_cpu": round(cpu - ranking_cpu, 2),
        "insert_cpu": round(bare_cpu, 2),
        "compose_per_insert_cpu": round((cpu - ranking_cpu) / bare_cpu, 2),
        "longest_write": round(made.longest_write, 3),
        "rss_mb": round(rss),
        "issues": made.issues,
        "items": made.items,
        **{f"{what}_seconds": round(took, 2) for what, took in made.seconds.items()},
    }


def alone(size: Size, chosen: argparse.Namespace) -> dict[str, float]:
    """Return the figures of composing in a process of its own, for the peak of its memory."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(in_process, size, chosen.days, chosen.embedder).result()


def in_process(size: Size, folder: Path, embedder: str) -> dict[str, float]:
    """Return the figures of composing with an embedder that is opened here."""
    return measured(size, folder, open_embedder(embedder, Path()))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("days", nargs="?", type=Path, default=DAYS)
    parser.add_argument("--subscribers", type=int, default=100_000)
    parser.add_argument("--papers", type=int, default=1_000)
    parser.add_argument("--own", type=int, default=500, help="readers with topics of their own")
    parser.add_argument("--embedder", default="static", help="static, minilm or a folder")
    parser.add_argument("--archive", type=int, action="append", help="with so many older papers")
    parser.add_argument("--bare", action="store_true", help="without few readers and own words")
    chosen = parser.parse_args()
    embedder = open_embedder(chosen.embedder, Path())
    few: dict[str, float] = {}
    if not chosen.bare:
        size = Size(max(chosen.subscribers // 100, 1), chosen.papers)
        few = measured(size, chosen.days, embedder)
        print("few", json.dumps(few), file=sys.stderr)
    result: dict[str, Any] = measured(
        Size(chosen.subscribers, chosen.papers), chosen.days, embedder
    )
    print("all", json.dumps(result), file=sys.stderr)
    result["few"] = few
    for number in chosen.archive or ():
        size = Size(max(chosen.subscribers // 100, 1), chosen.papers, archive=number)
        result[f"archive_{number}"] = alone(size, chosen)
        print("archive", number, json.dumps(result[f"archive_{number}"]), file=sys.stderr)
    if not chosen.bare:
        result["own"] = measured(Size(chosen.own, chosen.papers, own=True), chosen.days, embedder)
    print(json.dumps(result))


if __name__ == "__main__":
    sys.exit(main())
