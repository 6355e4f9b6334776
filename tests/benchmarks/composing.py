"""How long composing takes for a hundred thousand readers, beside storing the same rows alone.

`python -m tests.benchmarks.composing [DAYS] [--subscribers N --papers N --embedder E --own N]`
makes readers of 1 to 4 topics of the catalogue and 20 liked papers each, and composes their first
issues on SQLite by the product's own `compose`. DAYS is a folder of arXiv days (JSON lines, may be
gzipped); invented papers stand in where there is none. The last line is one JSON object:
rank_seconds: scoring topics and libraries, with the shortlist of each; compose_seconds: all the
rest, from reading the readers to their stored deliveries, choosing and reasons included;
insert_seconds: a bare executemany of the very same rows; rss_mb: the peak of composing. Beside
each stands what its threads worked for it (rank_cpu, compose_cpu, insert_cpu, STEP_cpu_seconds):
where other programs run too, that is the figure to go by, for the others count the waiting along.
`--archive N` adds a row with N older papers, 600 a day back from the new ones, for a hundredth
of the readers, in a process of its own; its rss_mb holds the filling of the store too.
A further row, `own`: readers with 5 topics of their own words, which nobody shares.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from newsletter.actions import compose
from newsletter.embedders import open_embedder
from newsletter.ranking.embedding import Embedder
from newsletter.store.database import Store
from newsletter.store.schema import deliveries, issues, items
from tests.benchmarks.crowd import CHUNK, NOW, Size, fill

DAYS = Path(__file__).parents[2] / "../shared/bench/ranking/arxiv-days"


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
