"""Make the weights from papers with reference summaries: `python -m newsletter.summary.train`.

    python -m newsletter.summary.train TRAIN.jsonl.gz DEV.jsonl.gz [--out FILE]

`marks.json` beside this file tells of some papers which sentences we marked as idea and as result,
`fields.jsonl` are abstracts of many fields that we wrote, with what a reader would choose.

Files in SciTLDR's form: one JSON object a line with `title`, `source` (sentences) and `target`
(reference summaries). Scores on DEV come from weights fitted on TRAIN alone; the weights written
are fitted on both. The same files give the same bytes.
"""

import argparse
import gzip
import json
import math
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from newsletter.summary import features, model, plain, roles, salience
from newsletter.summary.bag import Bag, Matrix
from newsletter.summary.choice import Sentence, candidates, choose, gated, read, scored
from newsletter.summary.edits import variants
from newsletter.summary.model import FILE, VARIANT_ROW, Trained, Weights
from newsletter.summary.ridge import Table, conditional
from newsletter.summary.rouge import best, stemmed
from newsletter.summary.salience import Salience, Vector
from newsletter.summary.words import Words, stem, to_words, tokens

SOURCE = (
    "SciTLDR-A, train and dev (https://github.com/allenai/scitldr, commit 5ccad9c), by Cachola, "
    "Lo, Cohan and Weld (TLDR: Extreme Summarization of Scientific Documents, Findings of EMNLP "
    "2020); licensed under the Apache License 2.0. The weights are statistics of it; it is not "
    "part of this program."
)
FOLDS = 5
RAREST_STEM, RAREST_WEIGHED = 3, 10  # papers or sentences that must have it
RIDGE_STEM, RIDGE_ROW, RIDGE_VARIANT, RIDGE_TOLD = 30.0, 100.0, 30.0, 30.0
FIELDS = Path(__file__).with_name("fields.jsonl")
MARKS = Path(__file__).with_name("marks.json")


@dataclass(frozen=True, slots=True, eq=False)
class Paper:
    """A paper to learn from, with the mean ROUGE of each of its sentences."""

    name: str
    title: Words
    sentences: list[Sentence]
    references: list[list[str]]  # Porter's stems
    reference_stems: list[list[str]]  # ours
    worth: Vector

    @property
    def words(self) -> list[Words]:
        """Return its sentences' words."""
        return [one.words for one in self.sentences]


def read_papers(file: Path, without: frozenset[str] = frozenset()) -> list[Paper]:
    """Return the papers of a file but those whose title is in `without`."""
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines if line.strip()]
    return [to_paper(one) for one in records if flat(one["title"]) not in without]


def to_paper(record: dict[str, Any]) -> Paper:
    """Return a record as a paper."""
    targets = [str(one) for one in record["target"]]
    sentences = read(" ".join(" ".join(record["source"]).split()))
    references = [stemmed(one) for one in targets]
    worth = [sum(best(references, stemmed(one.text))) / 3 for one in sentences]
    own = [[stem(word) for word in tokens(one)] for one in targets]
    title = to_words(str(record["title"]))
    name = str(record["paper_id"])
    return Paper(name, title, sentences, references, own, np.array(worth))


def flat(text: str) -> str:
    """Return the text's words only, to compare titles."""
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


def inverse_frequencies(papers: Sequence[Paper]) -> dict[str, float]:
    """Return log((n + 1) / (papers with the stem + 1)); "" stands for stems never seen."""
    counts: Counter[str] = Counter()
    for paper in papers:
        counts.update({one for words in (paper.title, *paper.words) for one in words.stems})
    whole = len(papers) + 1
    kept = ((one, count) for one, count in counts.items() if count >= RAREST_STEM)
    return {"": math.log(whole / 2)} | {one: math.log(whole / (n + 1)) for one, n in kept}


def fit_salience(papers: Sequence[Paper], idf: dict[str, float]) -> Salience:
    """Return what the papers teach of words and pairs."""
    tables, wanted, orders = [], [], []
    for paper in papers:
        bag = Bag.of(paper.title, paper.words, idf)
        held = [set(one) for one in paper.reference_stems]
        wanted += [sum(stem in one for one in held) / len(held) for stem in bag.order]
        tables.append(salience.word_rows(bag, cue_rows(paper)))
        orders += [[stem] for stem in bag.order]
    pooled = Table.of(np.vstack(tables), orders, RAREST_WEIGHED)
    row, stems = pooled.fit(np.array(wanted), 1.0, RIDGE_STEM)
    learned = Salience(row, stems, np.zeros(salience.PAIR_FEATURES))
    rows, shares = [], []
    for paper in papers:
        bag = Bag.of(paper.title, paper.words, idf)
        found = salience.chances(bag, cue_rows(paper), learned)
        held_pairs = [set(pairwise(r)) for r in paper.reference_stems]
        named = found.pair()
        shares += [sum(pair in one for one in held_pairs) / len(held_pairs) for pair in named]
        rows.append(salience.pair_rows(bag, found.pairs, found.of_word))
    stacked = np.vstack(rows)
    gram = stacked.T @ stacked + np.eye(salience.PAIR_FEATURES)
    return replace(learned, pair=np.linalg.solve(gram, stacked.T @ np.array(shares)))


def cue_rows(paper: Paper) -> Matrix:
    """Return the cues of a paper's sentences."""
    told = [features.cues(one.words, one.text) for one in paper.sentences]
    return np.array(told, dtype=np.float64)


def fit_rows(papers: Sequence[Paper], base: Sequence[Weights]) -> Weights:
    """Return the first paper's weights with the sentences' weights added.

    `base` has for each paper weights that have not seen it.
    """
    rows, group, wanted = [], [], []
    for at, (paper, weights) in enumerate(zip(papers, base, strict=True)):
        rows.append(scored(weights, paper.title, paper.sentences).rows)
        group += [at] * len(paper.sentences)
        wanted.append(paper.worth)
    pooled = Table.of(np.vstack(rows), [[]] * len(group), 1)
    row, _ = pooled.fit(np.concatenate(wanted), RIDGE_ROW, 1.0, np.array(group))
    return replace(base[0], row=row)


def fit_variant(papers: Sequence[Paper], base: Sequence[Weights]) -> Vector:
    """Return the weights of the variants; `base` as for fit_rows."""
    rows, group, wanted = [], [], []
    for at, (paper, weights) in enumerate(zip(papers, base, strict=True)):
        found = scored(weights, paper.title, paper.sentences)
        best_one = int(found.scores.argmax())
        forms = variants(paper.sentences[best_one].text)
        told = candidates(found, best_one, forms)
        for choice, row in told:
            rows.append(row)
            group.append(at)
            wanted.append(sum(best(paper.references, stemmed(choice.variant.text))) / 3)
    table = Table.of(np.array(rows), [[]] * len(rows), 1)
    return table.fit(np.array(wanted), RIDGE_VARIANT, 1.0, np.array(group))[0]


def fit(papers: Sequence[Paper]) -> Weights:
    """Return weights fitted on the papers.

    Each step learns from what the step before says of papers that it has not seen: words from
    references, sentences from words, variants from sentences.
    """
    idf = inverse_frequencies(papers)
    row, variant = np.zeros(len(model.ROW)), np.zeros(len(VARIANT_ROW))
    none, foreign = np.zeros(len(model.TOLD_ROW)), np.zeros(len(model.FOREIGN_ROW))

    def start(some: Sequence[Paper]) -> Weights:
        return Weights(idf, fit_salience(some, idf), row, variant, none, none, foreign)

    def spread(made: Sequence[Weights]) -> list[Weights]:
        return [made[at % FOLDS] for at in range(len(papers))]

    parts = [
        [paper for at, paper in enumerate(papers) if at % FOLDS != fold] for fold in range(FOLDS)
    ]
    words = [start(part) for part in parts]
    unseen = spread(words)
    whole = replace(fit_rows(papers, unseen), salience=start(papers).salience)
    sentences = []
    for fold in range(FOLDS):
        kept = [at for at in range(len(papers)) if at % FOLDS != fold]
        found = fit_rows([papers[at] for at in kept], [unseen[at] for at in kept])
        sentences.append(replace(found, salience=words[fold].salience))
    whole = fit_told(papers, replace(whole, variant=fit_variant(papers, spread(sentences))))
    return fit_foreign(any(one.title.plain for one in papers), whole)


def fit_told(papers: Sequence[Paper], weights: Weights) -> Weights:
    """Return the weights with those that tell the idea and the result, from our marks.

    A paper whose sentences are no longer as many as when it was marked is left out.
    """
    marks = json.loads(MARKS.read_text("utf-8"))["papers"]
    known = [(one, marks[one.name]) for one in papers if one.name in marks]
    rows, ideas, results = [], [], []
    for paper, (number, idea, result) in known:
        if number != len(paper.sentences):
            sys.stderr.write(f"{paper.name}: marked with other sentences, left out\n")
            continue
        found = scored(weights, paper.title, paper.sentences)
        forms = roles.forms([one.text for one in paper.sentences], paper.words)
        rows.append(np.hstack([forms, found.rows]))
        ideas.append(idea)
        results.append(result)

    def learned(chosen: Sequence[Sequence[int]]) -> Vector:
        having = [(row, some) for row, some in zip(rows, chosen, strict=True) if some]
        return conditional([row for row, _ in having], [some for _, some in having], RIDGE_TOLD)

    return replace(weights, idea=learned(ideas), result=learned(results))


def fit_foreign(titled: bool, weights: Weights) -> Weights:
    """Return the weights with those that choose in any field, from abstracts that we wrote."""
    rows, chosen = [], []
    for line in FIELDS.read_text("utf-8").splitlines():
        record = json.loads(line)
        text, sentences = record["abstract"], read(record["abstract"])
        found = scored(weights, to_words(record["title"] if titled else ""), sentences)
        seen = plain.signs([one.text for one in sentences], [one.role for one in sentences])
        rows.append(np.hstack([seen, found.rows]))
        places = [text.index(one) for one in record["accepted"]]
        right = [any(one.start <= place < one.end for place in places) for one in sentences]
        chosen.append(np.flatnonzero(right).tolist())
    return replace(weights, foreign=conditional(rows, chosen, RIDGE_TOLD))


def judge(papers: Sequence[Paper], weights: Weights) -> list[float]:
    """Return mean ROUGE-1, -2 and -L x 100 of what the weights choose."""
    found = []
    for paper in papers:
        told = scored(weights, paper.title, paper.sentences)
        scores = gated(told, paper.sentences, weights)
        choice = choose(weights, paper.title, paper.sentences, told, scores)
        found.append(best(paper.references, stemmed(choice.variant.text)))
    return [round(100 * float(one), 2) for one in np.mean(found, axis=0)]


def main() -> None:
    """Fit, judge, write the weights and their card."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("train", type=Path)
    parser.add_argument("dev", type=Path)
    parser.add_argument("--out", type=Path, default=FILE)
    chosen = parser.parse_args()
    dev = read_papers(chosen.dev)
    shown = frozenset(" ".join(one.title.plain) for one in dev)
    train = read_papers(chosen.train, shown)
    sys.stderr.write(f"{len(train)} papers to learn from, {len(dev)} to judge by\n")
    on_train = judge(dev, fit(train))
    sys.stderr.write(f"dev, fitted on train alone: {on_train}\n")
    both = [*train, *dev]
    nameless = [replace(one, title=to_words("")) for one in both]
    body = model.to_bytes(Trained(fit(both), fit(nameless)))
    chosen.out.write_bytes(body)
    told = {
        "made_by": "python -m newsletter.summary.train TRAIN DEV",
        "from": SOURCE,
        "train_papers": len(train),
        "dev_papers": len(dev),
        "dev_rouge_1_2_L_of_weights_fitted_on_train_alone": on_train,
        "written_weights_fitted_on": "train and dev",
        "bytes": len(body),
        "blake2b_6": blake2b(body, digest_size=6).hexdigest(),
    }
    text = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
    chosen.out.with_suffix(".json").write_text(text, "utf-8")
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
