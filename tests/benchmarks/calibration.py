"""Whether "about N a week" is true: papers wished for against papers got, over stored days.

python -m tests.benchmarks.calibration DAYS [--embedder words|static] [--from 14] [--vectors KEPT]

DAYS is a folder of files 2026-03-14.jsonl.gz. Each day from the 14th on is ranked as composing does
it: by the papers up to that day, of 30 days at most, and a threshold from those. The arXiv days are
of computer science alone, so only the catalogue's topics that have enough papers there are asked.
The last line is one JSON object.
"""

import argparse
import json
import statistics
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from newsletter.catalogue import read_topics
from newsletter.domain.paper import Paper
from newsletter.domain.profile import Topic
from newsletter.domain.wording import wording
from newsletter.ranking.candidate import Ranked
from newsletter.ranking.embedding.static import open_static
from newsletter.ranking.meaning import Meaning
from newsletter.ranking.score import Ranker, spanned
from newsletter.settings import defaults
from tests.benchmarks import ranking_sets as sets

WISHES = (3, 7, 20)
FEWEST = 1.5  # times the largest wish that a topic must have a week
WINDOW = timedelta(days=30)


def papers(folder: Path) -> list[Ranked]:
    found = []
    for file in sorted(folder.glob("*.jsonl*")):
        day = datetime.fromisoformat(file.name[:10]).replace(tzinfo=UTC)
        for one in sets.lines(file):
            categories = tuple(one.get("categories", ()))
            paper = Paper(one["title"], one.get("abstract") or "", categories=categories)
            found.append(Ranked(len(found), paper, 1, day))
    return found


def ranker(found: list[Ranked], vectors: object, last: datetime) -> tuple[Ranker, int]:
    """Return the papers up to a day, ranked as composing does, and the first place of that day."""
    rows = [at for at, one in enumerate(found) if last - WINDOW < one.first_seen <= last]
    made = Ranker(found[rows[0] : rows[-1] + 1])
    if vectors is not None:
        some = vectors[rows[0] : rows[-1] + 1]
        made.meaning = Meaning(some, 0, "static", open_static().embed)
    return made, sum(one.first_seen < last for one in made.papers)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("days", type=Path)
    parser.add_argument("--embedder", choices=["words", "static"], default="static")
    parser.add_argument("--from", dest="start", type=int, default=14)
    parser.add_argument("--vectors", type=Path)
    asked = parser.parse_args(arguments)
    found, vectors = papers(asked.days), None
    if asked.embedder == "static":
        texts = [wording(one.paper.title, one.paper.abstract) for one in found]
        vectors = sets.vectors(open_static(), texts, asked.vectors)
    days = sorted({one.first_seen for one in found})
    weeks = (days[-1] - days[asked.start - 2]) / timedelta(days=7)
    whole, _ = ranker(found, vectors, days[-1])
    span = max((whole.papers[-1].first_seen - whole.papers[0].first_seen) / timedelta(days=7), 1)
    topics = [
        one
        for one in read_topics(defaults())
        if len(whole.standing(one).papers) > FEWEST * max(WISHES) * span
    ]
    got = {(one.name, wish): 0 for one in topics for wish in WISHES}
    for day in days[asked.start - 1 :]:
        made, first = ranker(found, vectors, day)
        for one in topics:
            for wish in WISHES:
                got[one.name, wish] += fresh(made, replace(one, a_week=wish), first)
    judged = days[asked.start - 1 :]
    before = days[: asked.start - 1]
    result: dict[str, object] = {
        "embedder": asked.embedder,
        "weeks": round(weeks, 2),
        "days_a_week": round(len(judged) / weeks, 2),
        "days_a_week_before": round(len(before) * timedelta(7) / spanned(before), 2),
    }
    for wish in WISHES:
        values = {one.name: got[one.name, wish] / weeks for one in topics}
        for name, value in sorted(values.items()):
            print(f"wished {wish:3d}  got {value:5.1f} a week  {name}")
        off = [abs(value - wish) / wish for value in values.values()]
        # Where fewer days were recorded in a week than before, there is less to be had.
        result[str(wish)] = {
            "topics": len(values),
            "median": round(statistics.median(values.values()), 1),
            "least": round(min(values.values()), 1),
            "most": round(max(values.values()), 1),
            "median_off": round(statistics.median(off), 2),
        }
    print(json.dumps(result))


def fresh(made: Ranker, topic: Topic, first: int) -> int:
    """Return how many papers of the newest day are good enough for the topic."""
    return sum(place >= first for _, place in made.standing(topic).papers)


if __name__ == "__main__":
    main()
