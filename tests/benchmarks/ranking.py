"""How well the ranking model ranks, beside the usual baselines, on any folder of the four sets.

python -m tests.benchmarks.ranking DIR [--days FOLDER] [--embedder static|semantic]
       [--mode small|scalable|accurate] [--run OUT] [--vectors KEPT] [--only SET] [--bare]

The last line is one JSON object. --run writes OUT/NAME.run; --vectors keeps embeddings between
runs; --bare leaves the baselines out. The archive of a set is all of its articles, those to be
ranked too, as in a digest; for the days, all papers up to the day. Nothing of a judgment is read
but who is judged and, for reviewers, which papers.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from newsletter.embedders import folder as models
from newsletter.ranking.embedding import Embedder
from newsletter.ranking.embedding.semantic import Semantic
from newsletter.ranking.embedding.static import open_static
from newsletter.ranking.model import (
    Archive,
    Libraries,
    Library,
    Papers,
    Scorer,
    score_topic,
    topic_bag,
)
from tests.benchmarks import ranking_baselines as baselines
from tests.benchmarks import ranking_sets as sets

FEW = (1, 3, 5, 10)
SETS = ("arxiv-days-authors", "citeulike-a", "scifact", "reviewers")


class Model:
    """The options of a run, and the product's model by them."""

    def __init__(self, kind: str, mode: str | None, kept: Path | None) -> None:
        self.kind, self.mode, self.kept = kind, mode, kept
        # One, as the product has at a time.
        found: Embedder = (
            Semantic(models() / "minilm", "minilm") if kind == "semantic" else open_static()
        )
        self.embedders = [found]
        self.modes: set[str] = set()

    def texts(self, papers: list[dict[str, Any]]) -> sets.Texts:
        return sets.to_texts(papers, self.embedders, self.kept)

    def archive(self, texts: sets.Texts, n: int | None = None) -> Archive:
        n = len(texts.papers) if n is None else n
        categories = [paper.get("categories", ()) for paper in texts.papers[:n]]
        vectors = tuple(one[:n] for one in texts.vectors)
        papers = Papers(texts.bags[:n], vectors, self.kind, categories)
        found = Archive(papers, mode=self.mode)
        self.modes.add(found.mode)
        return found

    def scores(
        self, archive: Archive, liked: list[list[int]], candidates: list[int]
    ) -> Iterable[np.ndarray]:
        libraries = Libraries.of([Library(tuple(rows)) for rows in liked], len(archive))
        scorer = Scorer(archive, np.array(candidates), libraries.matrix.indices)
        for _, block in scorer.blocks(libraries):
            yield from block


def days(model: Model, folder: Path, batches: Path, bare: bool) -> tuple[dict, sets.Table, dict]:
    papers = []
    for file in sorted(batches.glob("*.jsonl*")):
        papers += [{**one, "day": file.name[:10]} for one in sets.lines(file)]
    texts = model.texts(papers)
    judged, libraries = sets.table(folder / "judgments.tsv"), sets.table(folder / "libraries.tsv")
    of = {key: found[0] for key, found in sets.table(folder / "days.tsv").items() if key in judged}
    run: sets.Table = {}
    others: dict[str, sets.Table] = {name: {} for name in baselines.NAMES}
    dates = np.array([paper["day"] for paper in papers])
    for day in sorted(set(of.values())):
        n = int((dates <= day).sum())
        keys = [key for key in of if of[key] == day]
        candidates = [int(row) for row in np.flatnonzero(dates == day)]
        ids = [papers[row]["id"] for row in candidates]
        liked = [[row for row in texts.rows(libraries[key]) if row < n] for key in keys]
        archive = model.archive(texts, n)
        for key, scores in zip(keys, model.scores(archive, liked, candidates), strict=True):
            run[key] = sets.best_first(ids, scores)
        if not bare:
            for name, found in baselines.libraries(texts, n, liked, candidates).items():
                for at, scores in found.items():
                    others[name][keys[at]] = sets.best_first(ids, scores)
    figures = {
        name: sets.first_places({key: judged[key] for key in one}, one)
        for name, one in others.items()
        if one
    }
    return sets.first_places(judged, run), run, figures


def citeulike(model: Model, folder: Path, bare: bool) -> tuple[dict, sets.Table, dict]:
    texts = model.texts(sets.articles(folder))
    judged, libraries = sets.table(folder / "judgments.tsv"), sets.table(folder / "libraries.tsv")
    ids = (folder / "candidates.txt").read_text().split()
    candidates = texts.rows(ids)
    keys = [key for key in judged if key in libraries]
    liked = [texts.rows(libraries[key]) for key in keys]
    archive = model.archive(texts)

    def lists(scored: Iterable[tuple[str, np.ndarray]]) -> sets.Table:
        return {key: sets.best_first(ids, scores)[:200] for key, scores in scored}

    run = lists(zip(keys, model.scores(archive, liked, candidates), strict=True))
    figures = measured(judged, run)
    few = {}
    for n in FEW:
        # The first n in an order drawn once, so that 3 papers hold the 1.
        some = [list(np.random.default_rng(7).permutation(rows)[:n]) for rows in liked]
        found = lists(zip(keys, model.scores(archive, some, candidates), strict=True))
        few[str(n)] = sets.mean_of(judged, found, sets.recall, 100)
    figures["few"] = few
    others = {}
    if not bare:
        for name, scored in baselines.libraries(texts, None, liked, candidates).items():
            other = lists((keys[at], scores) for at, scores in scored.items())
            others[name] = measured({key: judged[key] for key in other}, other)
    return figures, run, others


def measured(judged: sets.Table, run: sets.Table) -> dict[str, Any]:
    return {
        "recall@100": sets.mean_of(judged, run, sets.recall, 100),
        "recall@20": sets.mean_of(judged, run, sets.recall, 20),
        "ndcg@20": sets.mean_of(judged, run, sets.ndcg, 20),
    }


def scifact(model: Model, folder: Path, bare: bool) -> tuple[dict, sets.Table, dict]:
    texts = model.texts(sets.articles(folder))
    judged = sets.table(folder / "judgments.tsv")
    spoken = {key: " ".join(words) for key, words in sets.table(folder / "topics.tsv").items()}
    keys = [key for key in judged if key in spoken]
    asked = sets.vectors(model.embedders[0], [spoken[key] for key in keys], model.kept)
    archive = model.archive(texts)
    ids = [paper["id"] for paper in texts.papers]
    every = np.arange(len(ids))
    run = {
        key: sets.best_first(ids, score_topic(archive, topic_bag(spoken[key]), vector, every))[:100]
        for key, vector in zip(keys, asked, strict=True)
    }
    others = {}
    if not bare:
        for name, scored in baselines.topics(texts, [spoken[key] for key in keys], asked).items():
            other = {
                key: sets.best_first(ids, one)[:100] for key, one in zip(keys, scored, strict=True)
            }
            others[name] = {"ndcg@10": sets.mean_of(judged, other, sets.ndcg, 10)}
    return {"ndcg@10": sets.mean_of(judged, run, sets.ndcg, 10)}, run, others


def reviewers(model: Model, folder: Path, bare: bool) -> tuple[dict, sets.Table, dict]:
    texts = model.texts(sets.articles(folder))
    judged, libraries = sets.table(folder / "judgments.tsv"), sets.table(folder / "libraries.tsv")
    archive = model.archive(texts)
    run: sets.Table = {}
    others: dict[str, sets.Table] = {name: {} for name in baselines.NAMES}
    for key, fields in judged.items():
        ids = [one.rpartition(":")[0] or one for one in fields]
        candidates, liked = texts.rows(ids), [texts.rows(libraries.get(key, []))]
        (scores,) = model.scores(archive, liked, candidates)
        run[key] = sets.best_first(ids, scores)
        if not bare:
            for name, found in baselines.libraries(texts, None, liked, candidates).items():
                others[name][key] = sets.best_first(ids, found[0])
    figures = {
        name: {"pair_loss": sets.pair_loss(judged, one)} for name, one in others.items() if one
    }
    return {"pair_loss": sets.pair_loss(judged, run)}, run, figures if not bare else {}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("dir", type=Path)
    parser.add_argument("--days", type=Path)
    parser.add_argument("--embedder", choices=["static", "semantic"], default="static")
    parser.add_argument("--mode", choices=["small", "scalable", "accurate"])
    parser.add_argument("--run", type=Path)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--only", action="append", choices=SETS)
    parser.add_argument("--bare", action="store_true")
    asked = parser.parse_args(arguments)
    model = Model(asked.embedder, asked.mode, asked.vectors)
    batches = asked.days or asked.dir / "arxiv-days"
    measure: dict[str, Callable[[Path], tuple[dict, sets.Table, dict]]] = {
        "arxiv-days-authors": lambda one: days(model, one, batches, asked.bare),
        "citeulike-a": lambda one: citeulike(model, one, asked.bare),
        "scifact": lambda one: scifact(model, one, asked.bare),
        "reviewers": lambda one: reviewers(model, one, asked.bare),
    }
    result: dict[str, Any] = {"embedder": asked.embedder, "baselines": {}, "modes": {}}
    began = time.perf_counter()
    seconds = {}
    for name in asked.only or SETS:
        if not (asked.dir / name / "judgments.tsv").exists():
            continue
        start = time.perf_counter()
        model.modes.clear()
        result[name], run, result["baselines"][name] = measure[name](asked.dir / name)
        result["modes"][name] = sorted(model.modes)
        seconds[name] = round(time.perf_counter() - start, 1)
        print(name, json.dumps(result[name]), json.dumps(result["baselines"][name]), flush=True)
        if asked.run:
            asked.run.mkdir(parents=True, exist_ok=True)
            rows = (f"{key}\t{' '.join(ids)}\n" for key, ids in run.items())
            (asked.run / f"{name}.run").write_text("".join(rows), encoding="utf-8")
    result["seconds_of"] = seconds
    result["seconds"] = round(time.perf_counter() - began, 1)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
