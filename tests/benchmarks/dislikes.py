"""Whether low grades of other papers, taken as dislikes, make a researcher's ranking better.

python -m tests.benchmarks.dislikes DIR [--embedder static|semantic] [--vectors KEPT]

DIR/reviewers is read. The graded papers of each researcher are dealt into halves; grades 1 and 2
of one half are dislikes while the other half is ranked, and the other way round. Prints the loss
over pairs (lower is better) without dislikes and for several weights of them, over the same pairs,
and in which share of 1,000 draws of the researchers the dislikes are better. The last line is one
JSON object.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from newsletter.ranking.model import Libraries, Library, Scorer, weights
from tests.benchmarks import ranking_sets as sets
from tests.benchmarks.ranking import Model

WEIGHTS = (0.0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.5, 1.0)
LOW = 2.0  # grades up to it are dislikes
DRAWS = 1_000


def halves(fields: list[str]) -> list[tuple[dict[str, float], dict[str, float]]]:
    """Return what is ranked and what is known, both ways."""
    grades = {one.rpartition(":")[0]: float(one.rpartition(":")[2]) for one in fields}
    ids = sorted(grades)
    parts = [{one: grades[one] for one in ids[at::2]} for at in (0, 1)]
    return [(parts[0], parts[1]), (parts[1], parts[0])]


def losses(model: Model, folder: Path) -> dict[str, np.ndarray]:
    """Return by researcher the lost grade differences for each weight, and all, (weights + 1,)."""
    texts = model.texts(sets.articles(folder))
    libraries = sets.table(folder / "libraries.tsv")
    archive = model.archive(texts)
    found: dict[str, np.ndarray] = {}
    for key, fields in sets.table(folder / "judgments.tsv").items():
        of = found.setdefault(key.partition(".")[0], np.zeros(len(WEIGHTS) + 1))
        liked = tuple(texts.rows(libraries.get(key, [])))
        for ranked, known in halves(fields):
            ids = [one for one in ranked if one in texts.place]
            low = [one for one, grade in known.items() if grade <= LOW]
            disliked = tuple(texts.rows(low))
            if len(ids) < 2 or not disliked:
                continue
            grades = np.array([ranked[one] for one in ids])
            gap = grades[:, None] - grades[None, :]
            for at, weight in enumerate(WEIGHTS):
                weights.DISLIKE = weight
                one = Library(liked, disliked if weight else ())
                every = Libraries.of([one], len(archive))
                scorer = Scorer(archive, np.array(texts.rows(ids)), every.matrix.indices)
                ((_, scores),) = scorer.blocks(every)
                order = scores[0][:, None] - scores[0][None, :]
                lost = np.where(order == 0, 0.5, order < 0)
                of[at] += (np.maximum(gap, 0) * lost).sum()
            of[-1] += np.maximum(gap, 0).sum()
    return found


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("dir", type=Path)
    parser.add_argument("--embedder", choices=["static", "semantic"], default="static")
    parser.add_argument("--vectors", type=Path)
    asked = parser.parse_args(arguments)
    shipped = weights.DISLIKE
    rows = np.array(
        list(losses(Model(asked.embedder, None, asked.vectors), asked.dir / "reviewers").values())
    )
    chance = np.random.default_rng(3)
    draws = chance.integers(0, len(rows), (DRAWS, len(rows)))
    drawn = rows[draws].sum(axis=1)
    drawn = drawn[:, :-1] / drawn[:, -1:]
    whole = rows.sum(axis=0)
    result = {"embedder": asked.embedder, "shipped": shipped, "researchers": len(rows)}
    for at, weight in enumerate(WEIGHTS):
        better = float((drawn[:, at] < drawn[:, 0]).mean())
        result[str(weight)] = {"loss": round(float(whole[at] / whole[-1]), 4), "better": better}
        print(weight, json.dumps(result[str(weight)]))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
