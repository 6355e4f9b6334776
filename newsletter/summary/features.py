"""An abstract's sentences -> one row of numbers each, for the choice of one of them."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum, log

import numpy as np
from numpy.typing import NDArray

from newsletter.summary import words as w
from newsletter.summary.words import stem, tokens

Matrix = NDArray[np.float64]
CUES = (
    "self early",
    "self first",
    "self later",
    "ours",
    "this work",
    "propose",
    "show",
    "study",
    "we propose",
    "we show",
    "we study",
    "finding",
    "signal",
    "results show",
    "trial",
    "problem",
    "contrast",
    "opening",
    "following",
    "drawing",
    "method",
    "our method",
    "new",
    "code",
    "pointing",
    "hedged",
    "named",
    "number",
    "to first",
    "question",
    "here",
    "mechanism",
    "by doing",
    "insight",
    "precisely",
    "vague",
    "that it does",
    "gathered",
    "change",
)
NEAR = "self early|we propose|we show|problem|contrast|opening|finding|pointing|our method"
NEIGHBOURS = tuple(CUES.index(name) for name in NEAR.split("|"))
CONTRIBUTIONS = tuple(CUES.index(name) for name in ("we propose", "we show", "we study"))
REST = """first last place end_place early sentences words log_words short long very_long
title_recall title_precision title_bigrams title_best title_new acronym centrality lead_likeness
first_contribution before after proposals_before new_words
""".split()
NAMES = (
    *CUES,
    *(f"{CUES[one]} before" for one in NEIGHBOURS),
    *(f"{CUES[one]} after" for one in NEIGHBOURS),
    *REST,
)


DIGIT = re.compile(r"\b\d")
BY = frozenset("by via through".split())


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence's words in lower case and their stems."""

    plain: list[str]
    stems: list[str]


def to_words(text: str) -> Words:
    """Return the text's words."""
    plain = tokens(text)
    return Words(plain, [stem(word) for word in plain])


def cues(sentence: Words, text: str) -> list[float]:
    """Return for each of CUES whether the sentence has it, 0 or 1."""
    plain, stems = sentence.plain, sentence.stems
    there, roots = set(plain), set(stems)
    start = plain[:10]
    self_at = -1
    if not there.isdisjoint(w.SELF):
        self_at = next((at for at, word in enumerate(start) if word in w.SELF), -1)
    work = not there.isdisjoint(w.WORK) and (
        "this" in there or "present" in there or "here" in there or "our" in there
    )
    near: set[str] = set()
    if self_at >= 0:
        near = set(stems[self_at + 1 : self_at + 5])
    elif work:
        at = next((at for at, word in enumerate(plain) if word in w.WORK), 0)
        near = set(stems[at + 1 : at + 5])
    first = plain[0] if plain else ""
    ours = not there.isdisjoint(w.OURS)
    signal = not roots.isdisjoint(w.SIGNAL)
    showing = not roots.isdisjoint(w.SHOW)
    method = not roots.isdisjoint(w.METHOD)
    return [
        float(one)
        for one in (
            self_at >= 0,
            self_at == 0,
            self_at < 0 and not there.isdisjoint(w.SELF),
            ours,
            work,
            not roots.isdisjoint(w.PROPOSE),
            showing,
            not roots.isdisjoint(w.STUDY),
            not near.isdisjoint(w.PROPOSE),
            not near.isdisjoint(w.SHOW),
            not near.isdisjoint(w.STUDY),
            not roots.isdisjoint(w.FINDING),
            signal,
            signal and not roots.isdisjoint(("show", "demonstrat", "suggest", "indicat")),
            not roots.isdisjoint(w.TRIAL),
            not roots.isdisjoint(w.PROBLEM),
            not w.CONTRAST.isdisjoint(plain[:4]),
            first in w.OPENING or (first == "in" and "recent" in start),
            first in w.FOLLOWING
            or "also" in start[:4]
            or start[:2] in (["in", "particular"], ["in", "addition"]),
            not w.DRAWING.isdisjoint(start),
            method,
            method and ours,
            not roots.isdisjoint(w.NEW),
            not there.isdisjoint(w.CODE),
            first in w.POINTING and not work,
            not there.isdisjoint(w.HEDGED),
            not there.isdisjoint(w.NAMED),
            DIGIT.search(text) is not None,
            first == "to",
            text.endswith("?"),
            "here" in plain[:3] or "herein" in plain[:3],
            min(len(roots & w.MECHANISM), 3) / 2,
            doing(plain),
            not there.isdisjoint(w.INSIGHT) and not there.isdisjoint(w.CENTRAL),
            not w.PRECISE.isdisjoint(plain[:3]) or start[:3] == ["to", "this", "end"],
            not near.isdisjoint(w.VAGUE),
            not there.isdisjoint(("that", "which")) and not roots.isdisjoint(w.METHOD),
            not near.isdisjoint(w.GATHER),
            not roots.isdisjoint(w.CHANGE),
        )
    ]


def doing(plain: Sequence[str]) -> bool:
    """Return whether the words tell by what doing: "by training", "via sampling"."""
    for at, word in enumerate(plain[:-1]):
        if word in BY and (
            plain[at + 1].endswith("ing") or plain[min(at + 2, len(plain) - 1)].endswith("ing")
        ):
            return True
    return False


def rows(
    title: Words, sentences: Sequence[Words], texts: Sequence[str], idf: Mapping[str, float]
) -> Matrix:
    """Return one row for each sentence, shape (n, len(NAMES)).

    `texts` are the sentences as they are written. `idf` gives a stem's inverse document frequency;
    unknown stems have that of "".
    """
    number = len(sentences)
    flags = np.array([cues(*pair) for pair in zip(sentences, texts, strict=True)])
    around = np.zeros((number, 2 * len(NEIGHBOURS)))
    picked = flags[:, NEIGHBOURS]
    around[1:, : len(NEIGHBOURS)] = picked[:-1]
    around[:-1, len(NEIGHBOURS) :] = picked[1:]
    return np.hstack([flags, around, placed(title, sentences, flags, idf)])


def placed(
    title: Words, sentences: Sequence[Words], flags: Matrix, idf: Mapping[str, float]
) -> Matrix:
    """Return the part of the rows that tells place, length, and likeness to title and abstract."""
    number, unknown = len(sentences), idf[""]
    every = set(title.stems).union(*(words.stems for words in sentences))
    weigh = {one: idf.get(one, unknown) for one in every}
    in_title = {one for one in title.stems if one not in w.STOP}
    whole = fsum(weigh[one] for one in in_title) or 1.0
    title_pairs = set(zip(title.stems, title.stems[1:], strict=False))
    acronyms = {word for word in title.plain if word not in weigh or weigh[word] >= unknown - 0.01}
    counts = Counter(one for words in sentences for one in words.stems if one not in w.STOP)
    heavy = {one: (1 + log(count)) * weigh[one] for one, count in counts.items()}
    long = sum(value * value for value in heavy.values()) ** 0.5 or 1.0
    own = flags[:, CONTRIBUTIONS].max(axis=1) > 0
    first_own = int(own.argmax()) if own.any() else number
    proposals = np.cumsum(own) - own
    seen: set[str] = set()
    found = []
    leading = set(sentences[0].stems) - w.STOP
    for at, words in enumerate(sentences):
        size = len(words.plain)
        roots = set(words.stems) - w.STOP
        mass = fsum(weigh[one] for one in roots) or 1.0
        shared = fsum(weigh[one] for one in roots & in_title)
        pairs = set(zip(words.stems, words.stems[1:], strict=False))
        length = fsum(weigh[one] ** 2 for one in roots) ** 0.5 or 1.0
        central = fsum(weigh[one] * heavy[one] for one in roots) / (length * long)
        found.append(
            (
                at == 0,
                at == number - 1,
                at / number,
                (number - 1 - at) / number,
                1 / (1 + at),
                log(1 + number),
                size / 20,
                log(1 + size),
                size < 9,
                size > 35,
                size > 45,
                shared / whole,
                shared / mass,
                len(pairs & title_pairs) / (1 + len(title_pairs)),
                0.0,
                len(roots & in_title) / 5,
                not acronyms.isdisjoint(words.plain),
                central,
                len(roots & leading) / (1 + len(roots)),
                at == first_own,
                first_own - at if at < first_own < number else 0,
                min(at - first_own, 4) if at > first_own else 0,
                min(proposals[at], 3),
                len(roots - seen) / (1 + len(roots)),
            )
        )
        seen |= roots
    table = np.array(found, dtype=np.float64)
    recall = table[:, REST.index("title_recall")]
    table[:, REST.index("title_best")] = recall >= recall.max()
    return table
