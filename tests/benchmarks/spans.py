"""Where the chosen sentence stands: `python -m tests.benchmarks.spans FILE [--run OUT]`.

FILE: a line `{"id", "abstract", "spans": [{"start", "end", "label"}]}` a paper (`spans` may be
missing). OUT gets a line `{"id", "start", "end"}` a paper: the stretch that the sentence was taken
from. The last line printed tells the share of papers whose stretch touches a marked one, for the
sentence and for each line of the card, beside the first sentence and the cue rule.
"""

import argparse
import gzip
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from newsletter.summary.maker import summarise
from newsletter.summary.sentences import split
from newsletter.summary.tldr import tldr

Stretch = tuple[int, int] | None


def records(file: Path) -> Iterator[dict[str, object]]:
    """Yield the objects of a file of JSON lines, packed or not."""
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def touches(stretch: Stretch, spans: list[dict[str, object]]) -> bool:
    """Return whether at least half of the shorter of the two is shared with one of the spans."""
    if stretch is None:
        return False
    start, end = stretch
    for span in spans:
        shared = min(end, int(span["end"])) - max(start, int(span["start"]))  # type: ignore[call-overload]
        shorter = min(end - start, int(span["end"]) - int(span["start"]))  # type: ignore[call-overload]
        if shared > 0 and shared * 2 >= shorter:
            return True
    return False


def place(found: object) -> Stretch:
    """Return where an extract stands, None without one."""
    return (found.start, found.end) if found is not None else None  # type: ignore[attr-defined]


def answers(abstract: str) -> dict[str, Stretch]:
    """Return the stretches of the sentence, the card's lines and the baselines."""
    made = summarise("", abstract)
    spans = split(abstract)
    return {
        "tldr": place(made.tldr),
        "problem": place(made.problem),
        "card_idea": place(made.idea),
        "card_result": place(made.result),
        "first": spans[0] if spans else None,
        "cues": place(tldr(abstract)),
    }


# Under each key: whose stretch, and the labels of which one must be touched.
FIGURES: dict[str, tuple[str, frozenset[str]]] = {
    "idea": ("tldr", frozenset({"idea"})),
    "idea_or_result": ("tldr", frozenset({"idea", "result"})),
    "card_problem": ("problem", frozenset({"problem"})),
    "card_idea": ("card_idea", frozenset({"idea"})),
    "card_result": ("card_result", frozenset({"result"})),
}
BASELINES = {"first_sentence": "first", "cue_rule": "cues"}


def main() -> None:
    """Summarise, write the run, print the shares."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--run", type=Path)
    chosen = parser.parse_args()
    papers = list(records(chosen.file))
    told = [answers(str(paper["abstract"])) for paper in papers]
    if chosen.run:
        with chosen.run.open("w", encoding="utf-8") as out:
            for paper, one in zip(papers, told, strict=True):
                start, end = one["tldr"] or (0, 0)
                out.write(json.dumps({"id": paper["id"], "start": start, "end": end}) + "\n")

    def share(whose: str, labels: frozenset[str]) -> float | None:
        hits = []
        for paper, one in zip(papers, told, strict=True):
            spans: list[dict[str, object]] = paper.get("spans") or []  # type: ignore[assignment]
            fitting = [span for span in spans if span["label"] in labels]
            if fitting:
                hits.append(touches(one[whose], fitting))
        return round(sum(hits) / len(hits), 4) if hits else None

    both: list[Callable[[str], float | None]] = [
        lambda whose: share(whose, frozenset({"idea"})),
        lambda whose: share(whose, frozenset({"idea", "result"})),
    ]
    result: dict[str, object] = {key: share(*asked) for key, asked in FIGURES.items()}
    result["baselines"] = {
        name: {"idea": both[0](whose), "idea_or_result": both[1](whose)}
        for name, whose in BASELINES.items()
    }
    result["papers"] = len(papers)
    print(json.dumps(result))


if __name__ == "__main__":
    sys.exit(main())
