"""The weights file, and the scores that its weights give to sentences and to their variants."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from itertools import pairwise
from math import log
from pathlib import Path
from typing import Any

import numpy as np

from newsletter.summary import features, plain, roles, salience
from newsletter.summary.bag import Bag, Matrix
from newsletter.summary.edits import Variant
from newsletter.summary.salience import REFERENCE_WORDS, Chances, Salience, Vector
from newsletter.summary.words import STOP, Words

FILE = Path(__file__).with_name("weights.npz")
ROW = (*features.NAMES, *salience.FORESEEN)
TOLD_ROW = (*roles.FORMS, *ROW)
FOREIGN_ROW = (*plain.SIGNS, *ROW)
VARIANT_ROW = (
    "foreseen words",
    "foreseen pairs",
    "foreseen for a short reference",
    "foreseen for a long reference",
    "share of shared",
    "words",
    "log_words",
    "over 25 words",
    "over 30 words",
    "short",
    "without a phrase",
    "without we show",
    "without parentheses",
    "without a clause",
    "cut short",
    "title_recall",
    "title_precision",
    "title_bigrams",
    "we first",
    "commas",
    "parenthesis",
    "this first",
    "ours",
)


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learned; `idf` has under "" that of words never seen."""

    idf: Mapping[str, float]
    salience: Salience
    row: Vector  # of ROW
    variant: Vector  # of VARIANT_ROW
    idea: Vector  # of TOLD_ROW: what makes a sentence the one that tells the idea
    result: Vector  # the same for the result
    foreign: Vector  # of FOREIGN_ROW: what a reader of any field would choose


@dataclass(frozen=True, slots=True)
class Scored:
    """The sentences' rows, shape (n, len(ROW)), their scores and the chances behind them."""

    rows: Matrix
    scores: Vector
    chances: Chances


def score(
    weights: Weights, title: Words, sentences: Sequence[Words], texts: Sequence[str]
) -> Scored:
    """Return each sentence's foreseen ROUGE, comparable within the abstract only."""
    bag = Bag.of(title, sentences, weights.idf)
    rows = features.rows(bag, texts)
    chances = salience.chances(bag, rows, weights.salience)
    rows = np.hstack([rows, salience.foreseen(chances)])
    return Scored(rows, rows @ weights.row, chances)


def told(
    weights: Weights, found: Scored, sentences: Sequence[Words], texts: Sequence[str]
) -> roles.Told:
    """Return each sentence's chance to tell the idea, and to tell the result."""
    return roles.told(found.rows, roles.forms(texts, sentences), weights.idea, weights.result)


@dataclass(frozen=True, slots=True)
class Known:
    """What the variants of a paper's sentences are compared by."""

    title: Words
    word: Mapping[str, float]  # chances
    pair: Mapping[tuple[str, str], float]
    idf: Mapping[str, float]

    @classmethod
    def of(cls, found: Scored) -> "Known":
        """Return it for sentences that were scored."""
        bag = found.chances.bag
        return cls(bag.title, found.chances.word(), found.chances.pair(), bag.learned)


def variant_row(variant: Variant, words: Words, known: Known) -> list[float]:
    """Return the row of one variant of a sentence."""
    idf, title = known.idf, known.title
    size, roots = len(words.stems), dict.fromkeys(words.stems)
    shared, pairs = salience.shared_mass(words, known.word, known.pair)
    unknown, named = idf[""], dict.fromkeys(one for one in title.stems if one not in STOP)
    said = [one for one in roots if one not in STOP]
    mass = sum([idf.get(one, unknown) for one in said]) or 1.0
    whole = sum([idf.get(one, unknown) for one in named]) or 1.0
    both = sum([idf.get(one, unknown) for one in said if one in named])
    titled = set(pairwise(title.stems))
    same = len(titled.intersection(pairwise(words.stems)))
    edits = variant.edits
    return [
        2 * shared / (size + REFERENCE_WORDS),
        2 * pairs / (size + REFERENCE_WORDS),
        2 * shared / (size + 14),
        2 * shared / (size + 30),
        shared / (size + 1),
        size / 20,
        log(1 + size),
        size > 25,
        size > 30,
        size < 9,
        "i" in edits,
        "s" in edits,
        "p" in edits,
        "t" in edits,
        "e" in edits,
        both / whole,
        both / mass,
        same / (1 + len(titled)),
        words.plain[:1] == ["we"],
        variant.text.count(",") / 3,
        "(" in variant.text,
        "this" in words.plain[:2],
        "our" in words.plain,
    ]


@dataclass(frozen=True, slots=True)
class Trained:
    """Weights for papers with a title, and others for texts without one."""

    titled: Weights
    untitled: Weights

    def fitting(self, title: Words) -> Weights:
        """Return the weights for this title, which may be empty."""
        return self.titled if title.plain else self.untitled


def to_bytes(trained: Trained) -> bytes:
    """Return the weights as a file of numpy, the same bytes each time."""
    kept: dict[str, np.ndarray[Any, Any]] = {}
    kept["names"] = np.frombuffer(
        "\n".join((*TOLD_ROW, *plain.SIGNS, *VARIANT_ROW)).encode(), np.uint8
    )
    for name, weights in (("titled", trained.titled), ("untitled", trained.untitled)):
        stems = sorted(one for one in weights.idf if one)
        known = weights.salience.stem
        idf = [weights.idf[""], *(weights.idf[one] for one in stems)]
        parts: dict[str, np.ndarray[Any, Any]] = {
            "stems": np.frombuffer("\n".join(stems).encode(), np.uint8),
            "idf": np.array(idf, np.float16),
            "stem": np.array([known.get(one, 0.0) for one in stems], np.float16),
            "word_row": weights.salience.row.astype(np.float32),
            "pair_row": weights.salience.pair.astype(np.float32),
            "row": weights.row.astype(np.float32),
            "variant": weights.variant.astype(np.float32),
            "idea": weights.idea.astype(np.float32),
            "result": weights.result.astype(np.float32),
            "foreign": weights.foreign.astype(np.float32),
        }
        kept |= {f"{name}_{part}": values for part, values in parts.items()}
    body = io.BytesIO()
    np.savez_compressed(body, allow_pickle=False, **kept)
    return body.getvalue()


def from_bytes(body: bytes) -> Trained:
    """Return the weights of a file. Raises ValueError if they were made for other features."""
    with np.load(io.BytesIO(body), allow_pickle=False) as kept:
        if lines(kept["names"]) != [*TOLD_ROW, *plain.SIGNS, *VARIANT_ROW]:
            raise ValueError("the weights were made for other features; train them anew")
        return Trained(*(block(kept, name) for name in ("titled", "untitled")))


def block(kept: Mapping[str, np.ndarray[Any, Any]], name: str) -> Weights:
    """Return one of the file's two sets of weights."""
    stems = lines(kept[f"{name}_stems"])
    parts = "idf stem word_row pair_row row variant idea result foreign".split()
    idf, stem, word_row, pair_row, *rest = (
        kept[f"{name}_{part}"].astype(np.float64) for part in parts
    )
    known = {one: value for one, value in zip(stems, stem.tolist(), strict=True) if value}
    frequencies = dict(zip(["", *stems], idf.tolist(), strict=True))
    return Weights(frequencies, Salience(word_row, known, pair_row), *rest)


def lines(kept: np.ndarray[Any, Any]) -> list[str]:
    """Return the lines of a text kept as bytes."""
    return kept.tobytes().decode().split("\n")


@cache
def installed() -> Trained | None:
    """Return the weights that came with the program, read once; None if there are none."""
    try:
        return from_bytes(FILE.read_bytes())
    except (OSError, ValueError, KeyError):
        return None


def version() -> str:
    """Return what makes the summaries: "model" and a hash of the weights, or "rule" without any."""
    if installed() is None:
        return "rule 1"
    return "model " + blake2b(FILE.read_bytes(), digest_size=6).hexdigest()
