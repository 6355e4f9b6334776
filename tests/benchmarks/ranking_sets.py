"""The ranking benchmark's folders: what they hold, and how answers are judged."""

import gzip
import json
import math
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from newsletter.domain.wording import wording
from newsletter.ranking.embedding import Embedder
from newsletter.ranking.model import Bag, bag

Table = dict[str, list[str]]


def table(file: Path) -> Table:
    found = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        key, _, rest = line.partition("\t")
        if key.strip():
            found[key] = rest.split()
    return found


def lines(file: Path) -> list[dict[str, Any]]:
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8") as text:
        return [json.loads(line) for line in text if line.strip()]


def articles(folder: Path) -> list[dict[str, Any]]:
    (file,) = folder.glob("articles.jsonl*")
    return lines(file)


@dataclass
class Texts:
    """Papers, their terms and their vectors, one row each."""

    papers: list[dict[str, Any]]
    bags: list[Bag]
    vectors: tuple[np.ndarray, ...]

    def __post_init__(self) -> None:
        self.place = {paper["id"]: row for row, paper in enumerate(self.papers)}

    def rows(self, ids: list[str]) -> list[int]:
        return [self.place[one] for one in ids if one in self.place]


def to_texts(papers: list[dict[str, Any]], embedders: list[Embedder], kept: Path | None) -> Texts:
    worded = [wording(one["title"], one.get("abstract") or "") for one in papers]
    found = tuple(vectors(embedder, worded, kept) for embedder in embedders)
    return Texts(papers, [bag(p["title"], p.get("abstract") or "") for p in papers], found)


def vectors(embedder: Embedder, worded: list[str], kept: Path | None) -> np.ndarray:
    """Embed the texts, or take what an earlier run kept of the same texts."""
    if kept is None:
        return embedder.embed(worded)
    import hashlib

    kept.mkdir(parents=True, exist_ok=True)
    digest = hashlib.blake2b("\n".join(worded).encode("utf-8", "replace"), digest_size=12)
    file = kept / f"{embedder.name}-{digest.hexdigest()}.npy"
    if not file.exists():
        np.save(file, embedder.embed(worded))
    return np.load(file)


def best_first(ids: list[str], scores: np.ndarray) -> list[str]:
    return [ids[at] for at in np.argsort(-scores, kind="stable")]


def recall(ranked: list[str], relevant: list[str], k: int) -> float:
    return len(set(ranked[:k]) & set(relevant)) / len(relevant)


def ndcg(ranked: list[str], relevant: list[str], k: int) -> float:
    wanted = set(relevant)
    gain = sum(1 / math.log2(n + 1) for n, one in enumerate(ranked[:k], 1) if one in wanted)
    return gain / sum(1 / math.log2(n + 1) for n in range(1, min(k, len(wanted)) + 1))


def mean_of(judged: Table, run: Table, measure: Any, k: int) -> float | None:
    """Return the mean over the judged; None where the judgments hold no answers."""
    values = [measure(run.get(key, []), wanted, k) for key, wanted in judged.items() if wanted]
    return round(math.fsum(values) / len(values), 4) if values else None


def first_places(judged: Table, run: Table) -> dict[str, float | None]:
    found = []
    for key, wanted in judged.items():
        places = [n for n, one in enumerate(run.get(key, []), 1) if one in set(wanted)]
        if wanted:
            found.append(places[0] if places else math.inf)
    if not found:
        return dict.fromkeys(("hit@1", "hit@10", "mrr"))
    share = {f"hit@{k}": sum(one <= k for one in found) / len(found) for k in (1, 10)}
    share["mrr"] = sum(1 / one for one in found) / len(found)
    return {name: round(value, 4) for name, value in share.items()}


def pair_loss(judged: Table, run: Table) -> float | None:
    """Return the grade differences that stand the wrong way round, as a share of all."""
    lost = total = 0.0
    for key, fields in judged.items():
        grades = {}
        for one in fields:
            item, colon, grade = one.rpartition(":")
            if colon:
                grades[item] = float(grade)
        place = {one: n for n, one in enumerate(run.get(key, []))}
        for a, b in combinations(grades, 2):
            gap = grades[a] - grades[b]
            order = place.get(b, len(place)) - place.get(a, len(place))
            total += abs(gap)
            lost += abs(gap) * (0.5 if order == 0 else order * gap < 0)
    return round(lost / total, 4) if total else None
