"""How fast papers come in: the whole way into the database, beside feedparser alone.

`python -m tests.benchmarks.ingesting [--entries N --items N]` writes feeds of invented papers,
reads each with feedparser alone and with `ingest` in turn (CPU seconds, medians of five rounds),
and prints one JSON object: entries per second, CPU over feedparser's, the same for an unchanged
feed, and the peak memory. What follows on reading, folding near-duplicates and summarising, is
measured apart, in CPU milliseconds a paper.
"""

import argparse
import io
import json
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape

import feedparser

from newsletter.actions.fold import fold
from newsletter.actions.ingest import Limits, Origin, Report, ingest
from newsletter.actions.summarise import summarise
from newsletter.errors import NewsletterError
from newsletter.store.database import Store

ROUNDS = 5
NOW = datetime(2026, 3, 14, 7, tzinfo=UTC)
WORDS = """
robust sparse latent neural kernel graph causal stochastic thermal orbital quantum genomic spectral
adaptive inference transport estimator manifold boundary diffusion lattice protein catalyst policy
reward camera survey galaxy plasma network learning bound method data model results show that we
propose measure derive with for the of a in under over from between without against toward
""".split()


def papers(number: int, seed: int) -> Iterator[dict[str, object]]:
    """Yield invented papers as long as real ones: titles of 10 words, abstracts of about 170."""
    chance = random.Random(seed)
    for one in range(number):
        words = chance.choices(WORDS, k=170)
        for place in range(0, 170, 22):
            words[place] = words[place].capitalize()
            words[place - 1] += "."
        signs = ("$x<y$", "63.7\\%", 'Z\\"urich', "$10^{-3}$", "plain", "Schrödinger")
        words[40] = chance.choice(signs)
        yield {
            "id": f"{2400 + seed:04}.{one + 1:05}",
            "title": " ".join(chance.choices(WORDS, k=10)).capitalize(),
            "abstract": " ".join(words),
            "authors": [f"Author{chance.randrange(9999)} Name{n}" for n in range(5)],
            "categories": ["cs.LG", "stat.ML"],
        }


def arxiv_rss(found: list[dict[str, object]]) -> bytes:
    """Return the papers as arXiv's own RSS."""
    items = "".join(
        f"<item><title>{escape(str(one['title']))}</title>"
        f"<link>https://arxiv.org/abs/{one['id']}</link>"
        f"<description>arXiv:{one['id']}v1 Announce Type: new \nAbstract: "
        f"{escape(str(one['abstract']))}</description>"
        f'<guid isPermaLink="false">oai:arXiv.org:{one["id"]}v1</guid>'
        f"<category>cs.LG</category><category>stat.ML</category>"
        f"<pubDate>Thu, 12 Mar 2026 00:00:00 -0400</pubDate>"
        f"<arxiv:announce_type>new</arxiv:announce_type>"
        f"<dc:creator>{escape(', '.join(map(str, one['authors'])))}</dc:creator></item>\n"  # type: ignore[call-overload]
        for one in found
    )
    head = (
        '<?xml version="1.0" encoding="UTF-8"?><rss xmlns:arxiv="http://arxiv.org/schemas/atom" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0"><channel>'
        "<title>cs.LG updates on arXiv.org</title><link>http://rss.arxiv.org/rss/cs.LG</link>"
    )
    return f"{head}{items}</channel></rss>".encode()


def atom(found: list[dict[str, object]]) -> bytes:
    """Return the papers as an Atom feed."""
    entries = "".join(
        f"<entry><id>https://example.org/{one['id']}</id><title>{escape(str(one['title']))}</title>"
        f'<link href="https://example.org/{one["id"]}"/><updated>2026-03-12T00:00:00Z</updated>'
        f"<author><name>Ada Example</name></author>"
        f"<summary>{escape(str(one['abstract']))}</summary></entry>\n"
        for one in found
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>Papers</title><id>urn:x</id>{entries}</feed>"
    ).encode()


def nothing(*_: object) -> Report:
    """Stand where a fetch would: the benchmark reads files."""
    raise NewsletterError("no network here")


def cpu(work: Callable[[], object]) -> float:
    """Return the CPU seconds of this process that the work takes."""
    start = time.process_time()
    work()
    return time.process_time() - start


@contextmanager
def new_store(folder: Path) -> Iterator[Store]:
    """Give a new database."""
    store = Store(f"sqlite:///{folder / f'{time.monotonic_ns()}.db'}")
    store.make_ready()
    yield store
    store.close()


def read_into(store: Store, files: list[Path]) -> None:
    """Read the files into a database."""
    for file in files:
        report = ingest(store, Origin(str(file), file.name), nothing, Limits(2**30), NOW)  # type: ignore[arg-type]
        assert report.error is None, report.error


def into_store(folder: Path, files: list[Path], again: bool = False) -> float:
    """Return the CPU seconds of reading the files into a new database; `again`: once more."""
    with new_store(folder) as store:
        took = cpu(lambda: read_into(store, files))
        return cpu(lambda: read_into(store, files)) if again else took


def all_steps(folder: Path, files: list[Path]) -> tuple[float, float, float]:
    """Return the CPU seconds of reading the files, of folding and of summarising."""
    with new_store(folder) as store:
        steps = (lambda: read_into(store, files), lambda: fold(store), lambda: summarise(store))
        reading, folding, summaries = map(cpu, steps)
        return reading, folding, summaries


def parsed(files: list[Path]) -> float:
    """Return the CPU seconds of feedparser alone on the same bytes."""
    return cpu(
        lambda: [
            feedparser.parse(
                io.BytesIO(file.read_bytes()), sanitize_html=False, resolve_relative_uris=False
            )
            for file in files
        ]
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000, help="in files of 1,000")
    parser.add_argument("--items", type=int, default=2_000, help="in one arXiv RSS")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        feeds = {"arxiv-rss": folder / "arxiv.xml", "atom": folder / "atom.xml"}
        found = list(papers(chosen.items, 1))
        feeds["arxiv-rss"].write_bytes(arxiv_rss(found))
        feeds["atom"].write_bytes(atom(found))
        lines = []
        for number in range(chosen.entries // 1000):
            lines.append(folder / f"papers{number}.jsonl")
            text = "".join(json.dumps(one) + "\n" for one in papers(1000, number + 2))
            lines[-1].write_text(text, "utf-8")
        ratios: dict[str, list[float]] = {kind: [] for kind in feeds}
        quicker = []
        for _ in range(ROUNDS):
            for kind, file in feeds.items():
                alone = parsed([file])
                ratios[kind].append(into_store(folder, [file]) / alone)
            first = into_store(folder, [feeds["arxiv-rss"]])
            quicker.append(first / into_store(folder, [feeds["arxiv-rss"]], again=True))
        reading, folding, summaries = all_steps(folder, lines)
    result = {
        "entries_per_second": round(chosen.entries / reading),
        "per_feedparser": round(max(statistics.median(one) for one in ratios.values()), 2),
        "per_feedparser_by_kind": {k: round(statistics.median(v), 2) for k, v in ratios.items()},
        "unchanged_times_quicker": round(statistics.median(quicker), 1),
        "folding_ms": round(1000 * folding / chosen.entries, 3),
        "summaries_ms": round(1000 * summaries / chosen.entries, 3),
        "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    sys.exit(main())
