"""How likely each word and pair of words of an abstract stands in its summary, and what that says.

From the chance of each word the F score that a sentence would have can be foreseen: twice the words
shared with an unknown reference, over both lengths. That is worth more than cue phrases alone.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum

import numpy as np
from numpy.typing import NDArray

from newsletter.summary.features import CONTRIBUTIONS, CUES, Matrix, Words
from newsletter.summary.words import STOP

Vector = NDArray[np.float64]
REFERENCE_WORDS = 21  # how long a reference is, on average
FINDING, PROBLEM = CUES.index("finding"), CUES.index("problem")
PAIR_FEATURES = 10
FORESEEN = ("foreseen words", "foreseen pairs", "words shared", "share of shared")
LEAST = 0.01  # no word is impossible


@dataclass(frozen=True, slots=True)
class Salience:
    """What was learned of words: weights of their rows, of stems, and of pairs' rows."""

    row: Vector
    stem: Mapping[str, float]
    pair: Vector


@dataclass(frozen=True, slots=True)
class Chances:
    """The chance of each stem and each pair of stems to stand in the summary."""

    word: dict[str, float]
    pair: dict[tuple[str, str], float]


def chances(
    title: Words,
    sentences: Sequence[Words],
    cues: Matrix,
    idf: Mapping[str, float],
    learned: Salience,
) -> Chances:
    """Return the chances of all words and pairs; `cues` are the sentences' rows of features."""
    order, table = word_rows(title, sentences, cues, idf)
    known = learned.stem
    own = np.array([known.get(one, 0.0) for one in order])
    values = np.clip(table @ learned.row + own, LEAST, 1.0)
    word = dict(zip(order, values.tolist(), strict=True))
    pairs, rows = pair_rows(title, sentences, word)
    pair = np.clip(rows @ learned.pair, 0.0, 1.0) if pairs else np.zeros(0)
    return Chances(word, dict(zip(pairs, pair.tolist(), strict=True)))


def word_rows(
    title: Words, sentences: Sequence[Words], cues: Matrix, idf: Mapping[str, float]
) -> tuple[list[str], Matrix]:
    """Return the stems in order of appearance and a row for each, shape (n, 26)."""
    number = len(sentences)
    counts: Counter[str] = Counter()
    spread: Counter[str] = Counter()
    early: dict[str, float] = {}
    first: dict[str, int] = {}
    within: list[set[str]] = [set(), set(), set()]
    own = cues[:, CONTRIBUTIONS].max(axis=1) > 0
    kinds = np.stack([own, cues[:, FINDING] > 0, cues[:, PROBLEM] > 0], axis=1).tolist()
    place = 0
    for words, there in zip(sentences, kinds, strict=True):
        roots, size = words.stems, len(words.stems)
        counts.update(roots)
        spread.update(set(roots))
        for at, one in enumerate(roots):
            if one not in first:
                first[one] = place + at
        if there[0]:
            for at, one in enumerate(roots):
                share = at / size
                if share < early.get(one, 1.0):
                    early[one] = share
        for kind, held in zip(there, within, strict=True):
            if kind:
                held.update(roots)
        place += size
    order = list(counts)
    if not order:
        return [], np.zeros((0, 26))
    opening = set(sentences[int(own.argmax())].stems) if own.any() else set()
    last, titled, unknown = set(sentences[-1].stems), set(title.stems), idf[""]
    base = np.array(
        [
            (
                one in titled,
                idf.get(one, unknown),
                counts[one],
                spread[one],
                first[one],
                one in within[0],
                one in opening,
                one in within[1],
                one in within[2],
                one in last,
                early.get(one, 1.0),
                one[0].isdigit(),
                one in STOP,
                len(one),
                one not in idf,
            )
            for one in order
        ],
        dtype=np.float64,
    ).T
    named, rare, count, sets, at, inside, begun, find, hard, end, soon, digit, stop, size_, new = (
        base
    )
    log_count, at = np.log(count), at / max(place, 1)
    return order, np.stack(
        [
            np.ones_like(named),
            named,
            rare,
            named * rare,
            log_count,
            log_count * rare,
            sets / number,
            at,
            inside,
            inside * named,
            begun,
            find,
            hard,
            end,
            begun * named,
            begun * (1 - named) * rare,
            soon,
            digit,
            stop,
            stop * named,
            stop * log_count,
            size_ < 3,
            size_ / 10,
            np.full_like(named, number / 10),
            at < 1 / number,
            new,
        ],
        axis=1,
    )


def pair_rows(
    title: Words, sentences: Sequence[Words], word: Mapping[str, float]
) -> tuple[list[tuple[str, str]], Matrix]:
    """Return the neighbouring stems and a row for each, shape (n, PAIR_FEATURES)."""
    counts = Counter(
        pair for one in sentences for pair in zip(one.stems, one.stems[1:], strict=False)
    )
    pairs = list(counts)
    if not pairs:
        return [], np.zeros((0, PAIR_FEATURES))
    titled = set(zip(title.stems, title.stems[1:], strict=False))
    base = np.array(
        [
            (word[a], word[b], (a, b) in titled, counts[a, b], a in STOP, b in STOP)
            for a, b in pairs
        ],
        dtype=np.float64,
    ).T
    left, right, named, count, left_stop, right_stop = base
    both, count = left * right, np.log(count)
    least, most = np.minimum(left, right), np.maximum(left, right)
    one = np.ones_like(left)
    return pairs, np.stack(
        [
            one, both, least, most, named, named * both, count, both * count, left_stop, right_stop
        ],
        axis=1,
    )  # fmt: skip


def foreseen(words: Words, chance: Chances) -> tuple[float, float, float, float]:
    """Return what the chances say of one sentence: FORESEEN, in that order."""
    shared, pairs = shared_mass(words, chance)
    size = len(words.stems)
    whole = size + REFERENCE_WORDS
    return 2 * shared / whole, 2 * pairs / whole, shared / 5, shared / (size + 1)


def shared_mass(words: Words, chance: Chances) -> tuple[float, float]:
    """Return how many different words and pairs the summary is likely to share with these."""
    # fsum, here and elsewhere: the order of a set is another in each process.
    word, pair = chance.word, chance.pair
    return (
        fsum([word.get(one, 0.05) for one in set(words.stems)]),
        fsum(
            [pair.get(one, LEAST) for one in set(zip(words.stems, words.stems[1:], strict=False))]
        ),
    )
