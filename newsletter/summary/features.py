"""An abstract's sentences -> one row of numbers each, for the choice of one of them."""

import re
from collections.abc import Sequence
from itertools import pairwise
from math import log

import numpy as np

from newsletter.summary import words as w
from newsletter.summary.bag import Bag, Matrix, beside
from newsletter.summary.words import Words

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


def cues(sentence: Words, text: str) -> tuple[float, ...]:
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
    return (
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


def doing(plain: Sequence[str]) -> bool:
    """Return whether the words tell by what doing: "by training", "via sampling"."""
    for at, word in enumerate(plain[:-1]):
        if word in BY and (
            plain[at + 1].endswith("ing") or plain[min(at + 2, len(plain) - 1)].endswith("ing")
        ):
            return True
    return False


def rows(bag: Bag, texts: Sequence[str]) -> Matrix:
    """Return one row for each sentence, shape (n, len(NAMES)).

    `texts` are the sentences as they are written.
    """
    number = len(texts)
    told = [cues(*pair) for pair in zip(bag.sentences, texts, strict=True)]
    flags = np.array(told, dtype=np.float64)
    around = np.zeros((number, 2 * len(NEIGHBOURS)))
    picked = flags[:, NEIGHBOURS]
    around[1:, : len(NEIGHBOURS)] = picked[:-1]
    around[:-1, len(NEIGHBOURS) :] = picked[1:]
    return np.hstack([flags, around, placed(bag, flags)])


def placed(bag: Bag, flags: Matrix) -> Matrix:
    """Return the part of the rows that tells place, length, and likeness to title and abstract."""
    number = len(bag.sentences)
    at = np.arange(number)
    size = np.array([len(one.plain) for one in bag.sentences])
    said = bag.held * ~bag.stop
    roots = said.sum(axis=1)
    own = flags[:, CONTRIBUTIONS].max(axis=1) > 0
    first_own = int(own.argmax()) if own.any() else number
    behind = at - first_own
    recall, precision, shared, pairs, acronym = titled(bag, said)
    firsts = bag.of_sentence[bag.firsts()][~bag.stop]
    columns = (
        at == 0,
        at == number - 1,
        at / number,
        (number - 1 - at) / number,
        1 / (1 + at),
        np.full(number, log(1 + number)),
        size / 20,
        np.log(1 + size),
        size < 9,
        size > 35,
        size > 45,
        recall,
        precision,
        pairs,
        recall >= recall.max(),
        shared / 5,
        acronym,
        central(bag, said),
        said @ said[0] / (1 + roots),
        behind == 0,
        np.where((behind < 0) & (first_own < number), -behind, 0),
        np.clip(behind, 0, 4),
        np.minimum(np.cumsum(own) - own, 3),
        np.bincount(firsts, minlength=number) / (1 + roots),
    )
    return beside(columns)


def titled(bag: Bag, said: Matrix) -> tuple[Matrix, Matrix, Matrix, Matrix, Matrix]:
    """Return how like the title each sentence is: five columns of REST, shape (n,) each."""
    named = {one for one in bag.title.stems if one not in w.STOP}
    weight = dict(zip(bag.order, bag.idf.tolist(), strict=True))
    whole = sum(sorted(bag.learned.get(one, bag.unseen) for one in named)) or 1.0
    mass = said @ bag.idf
    there = said * bag.titled
    shared = there @ bag.idf
    pairs = set(pairwise(bag.title.stems))
    both = [len(pairs.intersection(pairwise(one.stems))) if pairs else 0 for one in bag.sentences]
    rare = {
        one
        for one in bag.title.plain
        if (one not in weight and one not in named)
        or bag.learned.get(one, bag.unseen) >= bag.unseen - 0.01
    }
    acronym = [not rare.isdisjoint(one.plain) for one in bag.sentences]
    return (
        shared / whole,
        shared / np.where(mass > 0, mass, 1.0),
        there.sum(axis=1),
        np.array(both) / (1 + len(pairs)),
        np.array(acronym, dtype=np.float64),
    )


def central(bag: Bag, said: Matrix) -> Matrix:
    """Return the cosine of each sentence to the abstract, in weighed words, stop words aside."""
    heavy = np.where(bag.stop, 0.0, (1 + np.log(np.maximum(bag.counts(), 1))) * bag.idf)
    long = float(np.sqrt((heavy**2).sum())) or 1.0
    length = np.sqrt(said @ bag.idf**2)
    return np.asarray((said @ (bag.idf * heavy)) / (np.where(length > 0, length, 1.0) * long))
