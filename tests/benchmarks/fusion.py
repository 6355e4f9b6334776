"""Where the fusion weights of the model come from: each tried lower and higher on development data.

python -m tests.benchmarks.fusion DIR [--embedder static|semantic] [--vectors KEPT]
       [--only SET] [--weight NAME] [--rounds N]

One weight of `newsletter/ranking/model/weights.py` after the other is multiplied by each of
FACTORS, the others as they are, and the sets that it can change are ranked anew; the best value is
kept for the next ones where it wins by MARGIN, so that noise of a hundred readers moves nothing.
Nothing is written: the last line, a JSON object, says what each try gave and what would be kept.
With the files of a held part it would tell how to fit them, so it is for development data alone.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from newsletter.ranking.model import weights
from tests.benchmarks import ranking

FACTORS = (0.5, 0.7, 1.4, 2.0)
MARGIN = 0.005
# What of each set is to be made large or, below 0, small.
MEASURES = {
    "arxiv-days-authors": ("hit@10", "mrr"),
    "citeulike-a": ("recall@100",),
    "scifact": ("ndcg@10",),
    "reviewers": ("-pair_loss",),
}
# Each weight, and the sets that it can change.
LONG = ("arxiv-days-authors", "reviewers")
TITLES = ("citeulike-a",)
WEIGHTS = {
    "EMBEDDING": (*LONG, *TITLES),
    "CONTEXT": ("arxiv-days-authors",),
    "CATEGORY": ("arxiv-days-authors",),
    "FIRST_CATEGORY": ("arxiv-days-authors",),
    "COMPANY_WEIGHT": TITLES,
    "LAMBDA": (*LONG, *TITLES),
    "LAMBDA_LEAST": TITLES,
    "NEAR": ("reviewers",),
    "TOPIC": ("scifact",),
    "PAIR": ("arxiv-days-authors", "scifact"),
}


def scaled(value: Any, factor: float, kind: str) -> Any:
    """Return the weight times the factor: a number, a pair, or that of this kind of embedder."""
    if isinstance(value, dict):
        return value | {kind: scaled(value[kind], factor, kind)}
    if isinstance(value, tuple):
        return tuple(scaled(one, factor, kind) for one in value)
    return value * factor


class Field:
    """The sets of a folder, and how well they are ranked with the weights as they stand."""

    def __init__(self, folder: Path, model: ranking.Model) -> None:
        self.folder, self.model = folder, model

    def measured(self, names: Sequence[str]) -> float:
        """Return the mean over the sets of the means of their measures."""
        values = []
        for name in names:
            folder = self.folder / name
            if not (folder / "judgments.tsv").exists():
                continue
            if name == "arxiv-days-authors":
                found = ranking.days(self.model, folder, self.folder / "arxiv-days", bare=True)[0]
            else:
                found = MEASURE[name](self.model, folder, bare=True)[0]
            values.append(sum(of(found, one) for one in MEASURES[name]) / len(MEASURES[name]))
        return sum(values) / max(len(values), 1)


MEASURE = {
    "citeulike-a": ranking.citeulike,
    "scifact": ranking.scifact,
    "reviewers": ranking.reviewers,
}


def of(figures: dict[str, Any], name: str) -> float:
    """Return a figure, with its sign turned round where it is to be small."""
    return -figures[name[1:]] if name.startswith("-") else figures[name]


def tried(field: Field, name: str, names: Sequence[str], start: float) -> dict[str, float]:
    """Return what the sets give with the weight times each factor; the weight stays as it was."""
    before = getattr(weights, name)
    found = {"1": start}
    for factor in FACTORS:
        setattr(weights, name, scaled(before, factor, field.model.kind))
        try:
            found[str(factor)] = round(field.measured(names), 4)
        finally:
            setattr(weights, name, before)
        print(name, factor, found[str(factor)], f"({start:.4f})", file=sys.stderr, flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("dir", type=Path)
    parser.add_argument("--embedder", choices=["static", "semantic"], default="static")
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--only", action="append", choices=ranking.SETS)
    parser.add_argument("--weight", action="append", choices=sorted(WEIGHTS))
    parser.add_argument("--rounds", type=int, default=1)
    asked = parser.parse_args()
    field = Field(asked.dir, ranking.Model(asked.embedder, None, asked.vectors))
    result: dict[str, Any] = {"embedder": asked.embedder, "tried": [], "kept": {}}
    for _ in range(asked.rounds):
        for name in asked.weight or WEIGHTS:
            names = [one for one in WEIGHTS[name] if one in (asked.only or ranking.SETS)]
            if not names:
                continue
            start = round(field.measured(names), 4)
            found = tried(field, name, names, start)
            best = max(found, key=lambda one: found[one])
            result["tried"].append({"weight": name, "sets": names, "found": found})
            if found[best] > start + MARGIN:
                value = scaled(getattr(weights, name), float(best), field.model.kind)
                setattr(weights, name, value)
                result["kept"][name] = value
    print(json.dumps(result))


if __name__ == "__main__":
    main()
