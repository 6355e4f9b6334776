"""How good and how quick the one sentence is: `python -m tests.benchmarks.tldr FILE [--run OUT]`.

FILE: a line `{"paper_id", "title", "source": [sentences], "target": [references]}` a paper, packed
or not; `target` may be empty, then the scores are null. OUT gets a line `{"paper_id", "summary"}`
a paper. Needs rouge-score, and sumy for LexRank: `pip install 'newsletter[dev]'`.

The scores are F of ROUGE-1, -2 and -L x 100 with Porter's stems, for each paper against the
reference with the best ROUGE-1. Times are CPU milliseconds a paper of this process.
"""

import argparse
import json
import re
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from newsletter.summary.maker import MAKER, summarise
from newsletter.summary.sentences import split
from newsletter.summary.tldr import tldr
from tests.benchmarks.spans import records

KINDS = ("rouge1", "rouge2", "rougeL")
Summariser = Callable[[str, str], str]


def ours(title: str, abstract: str) -> str:
    """Return our sentence."""
    made = summarise(title, abstract).tldr
    return made.text if made else ""


def first(_title: str, abstract: str) -> str:
    """Return the first sentence."""
    spans = split(abstract)
    return abstract[slice(*spans[0])] if spans else ""


def cue_rule(_title: str, abstract: str) -> str:
    """Return the sentence that the rule without weights chooses."""
    found = tldr(abstract)
    return found.text if found else ""


class Splitter:
    """Our splitter in the shape of sumy's tokenizer, whose own wants a download."""

    def to_sentences(self, text: str) -> list[str]:
        """Return the sentences."""
        return [text[slice(*span)] for span in split(text)]

    def to_words(self, sentence: str) -> list[str]:
        """Return the words."""
        return re.findall(r"[^\W_]+", sentence.lower())


def lexrank() -> Summariser | None:
    """Return sumy's LexRank, None where it is not installed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from sumy.nlp.stemmers import Stemmer
            from sumy.parsers.plaintext import PlaintextParser
            from sumy.summarizers.lex_rank import LexRankSummarizer
    except ImportError as error:
        print(f"no LexRank ({error}): pip install sumy", file=sys.stderr)
        return None
    rank, splitter = LexRankSummarizer(Stemmer("english")), Splitter()

    def chosen(_title: str, abstract: str) -> str:
        document = PlaintextParser.from_string(abstract, splitter).document
        return " ".join(str(one) for one in rank(document, 1))

    return chosen


def scorer() -> Any | None:
    """Return rouge-score's scorer, None where it is not installed."""
    try:
        from rouge_score import rouge_scorer
    except ImportError as error:
        print(f"no scores ({error}): pip install rouge-score", file=sys.stderr)
        return None
    return rouge_scorer.RougeScorer(list(KINDS), use_stemmer=True)


def judged(
    judge: Any | None, references: Sequence[Sequence[str]], said: Sequence[str]
) -> dict[str, float | None]:
    """Return the mean scores x 100, None without a judge or without references."""
    if judge is None or not any(references):
        return dict.fromkeys(KINDS)
    rows = []
    for targets, summary in zip(references, said, strict=True):
        scored = [judge.score(one, summary) for one in targets] if summary.strip() else []
        best = max(scored, key=lambda one: one["rouge1"].fmeasure, default=None)
        rows.append([best[kind].fmeasure if best else 0.0 for kind in KINDS])
    return {
        kind: round(100 * statistics.fmean(column), 2)
        for kind, column in zip(KINDS, zip(*rows, strict=True), strict=True)
    }


def timed(work: Summariser, papers: Sequence[tuple[str, str]]) -> tuple[list[str], list[float]]:
    """Return what is said of each paper and how many CPU milliseconds it took."""
    said, took = [], []
    for title, abstract in papers:
        start = time.process_time()
        said.append(work(title, abstract))
        took.append(1000 * (time.process_time() - start))
    return said, took


def lengths(said: Sequence[str]) -> dict[str, float]:
    """Return the mean and the largest number of words."""
    words = [len(one.split()) for one in said if one.strip()] or [0]
    return {"words_mean": round(statistics.fmean(words), 1), "words_max": max(words)}


def flat(text: str) -> str:
    """Return the words only."""
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


def main() -> None:
    """Summarise by all, write ours, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--run", type=Path)
    chosen = parser.parse_args()
    found = list(records(chosen.file))
    papers = [(str(one.get("title", "")), " ".join(one["source"])) for one in found]
    references = [list(one.get("target") or []) for one in found]
    summarise("A title", "We warm up. It is done once.")  # the weights are read once
    said, took = timed(ours, papers)
    if chosen.run:
        with chosen.run.open("w", encoding="utf-8") as out:
            for paper, one in zip(found, said, strict=True):
                out.write(json.dumps({"paper_id": paper["paper_id"], "summary": one}) + "\n")
    judge = scorer()
    baselines: dict[str, object] = {}
    others = {"first_sentence": first, "lexrank": lexrank(), "cue_rule": cue_rule}
    for name, work in others.items():
        if work is None:
            baselines[name] = None
            continue
        told, times = timed(work, papers)
        baselines[name] = {
            **judged(judge, references, told),
            **lengths(told),
            "ms_median": round(statistics.median(times), 3),
        }
    titles = [title for title, _ in papers]
    result = {
        **judged(judge, references, said),
        **lengths(said),
        "title_copies": sum(
            bool(title) and flat(one) == flat(title)
            for one, title in zip(said, titles, strict=True)
        ),
        "empty": sum(not one.strip() for one in said),
        "ms_median": round(statistics.median(took), 3),
        "ms_p99": round(sorted(took)[int(0.99 * (len(took) - 1))], 3),
        "baselines": baselines,
        "papers": len(papers),
        "maker": MAKER,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    sys.exit(main())
