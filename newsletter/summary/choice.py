"""The sentences of an abstract, scored, and the best of their variants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from newsletter.summary.bag import Matrix
from newsletter.summary.edits import Variant, variants
from newsletter.summary.features import CUES
from newsletter.summary.model import Known, Scored, Weights, score, variant_row
from newsletter.summary.plain import SUPPOSED, signs
from newsletter.summary.roles import Told
from newsletter.summary.salience import Vector
from newsletter.summary.sections import sections
from newsletter.summary.sentences import split
from newsletter.summary.words import STOP, Words, to_words

MOST_CHARACTERS, MOST_SENTENCES = 12_000, 60  # of an abstract are looked at
TRIED = 4  # sentences, where the best one can only be told cut short
WHOLE = 0.05  # how much worse, in foreseen ROUGE, one that can be told whole may be
# The weights know machine learning. The more of an abstract's words they have never seen, the more
# those count that were learned from many fields.
KNOWN_FIELD, FOREIGN_FIELD = 0.16, 0.24  # share of words never seen: below all, above none is known
TELLING = tuple(
    CUES.index(name)
    for name in "propose|show|we propose|we show|we study|finding|results show|drawing".split("|")
)
OPENING = CUES.index("opening")
FOREIGN = 0.1  # foreseen ROUGE for each unit of the logit that was learned from many fields
# SciTLDR has no labelled abstracts, so what a label is worth was set by hand.
ROLE = {
    "problem": -0.2,
    "aim": -0.12,
    "method": -0.12,
    "result": 0.06,
    "conclusion": 0.08,
    "rest": -0.3,
}
# Without a title: the likeliest idea is told, unless the likeliest result is so much likelier.
IDEA_FIRST = 0.57
# How far the two stand above all others: so near each other that the second is told where the
# first would have to be cut short (WHOLE).
FIRST, SECOND = 0.10, 0.06
SUPPOSING = 0.15  # in foreseen ROUGE
ENGLISH = 0.15  # share of words that are the commonest English ones; less is another language


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, its place (with its label) and the role that its section has."""

    text: str  # without its label
    start: int
    end: int
    role: str
    words: Words


@dataclass(frozen=True, slots=True)
class Choice:
    """A sentence of the abstract in the form in which it is shown."""

    sentence: int  # its number
    variant: Variant


def read(abstract: str) -> list[Sentence]:
    """Return the sentences; of a very long text those of its beginning."""
    seen = abstract[:MOST_CHARACTERS]
    spans = split(seen)
    if len(abstract) > len(seen) and len(spans) > 1:
        spans.pop()  # it is cut in two
    told = sections(seen, spans[:MOST_SENTENCES])
    return [
        Sentence(seen[body:end], start, end, role, to_words(seen[body:end]))
        for start, body, end, role in told
    ]


def scored(weights: Weights, title: Words, sentences: Sequence[Sentence]) -> Scored:
    """Return the scores of the sentences as the weights alone see them."""
    texts = [one.text for one in sentences]
    return score(weights, title, [one.words for one in sentences], texts)


def gated(found: Scored, sentences: Sequence[Sentence], weights: Weights) -> Vector:
    """Return the scores moved by labels and, where words are strange, to what holds anywhere."""
    if not english(sentences):
        return placed(sentences)
    strange = strangeness(sentences, weights.idf)
    scores = found.scores + np.array([ROLE.get(one.role, 0.0) for one in sentences])
    if strange:
        seen = signs([one.text for one in sentences], [one.role for one in sentences])
        other = FOREIGN * (np.hstack([seen, found.rows]) @ weights.foreign)
        scores = (1 - strange) * scores + strange * (other - other.mean())
    scores = scores - SUPPOSING * np.array(
        [SUPPOSED.match(one.text) is not None for one in sentences]
    )
    short = np.array([len(one.words.plain) < 4 for one in sentences])
    return np.asarray(np.where(short, scores - 1, scores), dtype=np.float64)


def led(
    scores: Vector, told: Told, sentences: Sequence[Sentence], idf: Mapping[str, float]
) -> Vector:
    """Return the scores of a text without a title, with the one ahead that tells idea or result.

    Without a title there is nothing to lean on but the text, and how plainly a sentence tells its
    role is the better guide; but only in the field that was learned, and without labels.
    """
    strange = strangeness(sentences, idf) == 1 or not english(sentences)
    if strange or any(one.role for one in sentences):
        return scores
    idea, result = int(told.ideas.argmax()), int(told.results.argmax())
    idea_first = told.ideas[idea] >= IDEA_FIRST * told.results[result]
    first, second = (idea, result) if idea_first else (result, idea)
    ahead = scores.copy()
    ahead[second] = scores.max() + SECOND
    ahead[first] = scores.max() + FIRST
    return ahead


def strangeness(sentences: Sequence[Sentence], idf: Mapping[str, float]) -> float:
    """Return 0 for an abstract of the field that the weights know, 1 for one far from it."""
    stems = {one for sentence in sentences for one in sentence.words.stems} - STOP
    share = sum([one not in idf for one in stems]) / (len(stems) or 1)
    return min(max((share - KNOWN_FIELD) / (FOREIGN_FIELD - KNOWN_FIELD), 0.0), 1.0)


def english(sentences: Sequence[Sentence]) -> bool:
    """Return whether the text can be English, by its letters and its commonest words."""
    words = [word for one in sentences for word in one.words.plain]
    letters = sum([len(one.text) for one in sentences])
    if 2 * sum(map(len, words)) < letters:
        return False
    return sum(map(STOP.__contains__, words)) >= ENGLISH * len(words) or len(words) < 12


def placed(sentences: Sequence[Sentence]) -> Vector:
    """Return scores by place and length alone: the first of those as long as a summary is."""
    fair = [30 <= len(one.text) <= 300 or len(sentences) == 1 for one in sentences]
    return np.array([fit - 0.01 * at for at, fit in enumerate(fair)], dtype=np.float64)


def tells(rows: Matrix) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return for each sentence whether it has a cue of a contribution or a finding."""
    return np.asarray(rows[:, TELLING].any(axis=1) & (rows[:, OPENING] == 0))


def choose(
    weights: Weights, title: Words, sentences: Sequence[Sentence], found: Scored, scores: Vector
) -> Choice:
    """Return the best variant of the best sentence; never the title, if there is another."""
    if len(sentences) > 1:
        same = [one.words.plain == title.plain and bool(title.plain) for one in sentences]
        scores = np.where(same, scores - 1, scores)
    order = np.argsort(-scores, kind="stable")[:TRIED].tolist()
    first = best_variant(weights, title, sentences, found, order[0])
    if "e" not in first.variant.edits:
        return first
    # Rather one that can be told whole, if it is nearly as good.
    telling = tells(found.rows)
    for at in order[1:]:
        if telling[at] and scores[order[0]] - scores[at] <= WHOLE:
            other = best_variant(weights, title, sentences, found, at)
            if "e" not in other.variant.edits:
                return other
    return first


def best_variant(
    weights: Weights, title: Words, sentences: Sequence[Sentence], found: Scored, at: int
) -> Choice:
    """Return the sentence in its best form; as the title only if it has no other."""
    told = variants(sentences[at].text)
    if len(told) == 1:
        return Choice(at, told[0])

    def worth(pair: tuple[Choice, list[float]]) -> float:
        same = to_words(pair[0].variant.text).plain == title.plain
        return float(np.dot(pair[1], weights.variant)) - same

    return max(candidates(found, at, told), key=worth)[0]


def candidates(found: Scored, at: int, told: Sequence[Variant]) -> list[tuple[Choice, list[float]]]:
    """Return each variant of the sentence numbered `at` with its row."""
    known = Known.of(found)
    return [
        (Choice(at, variant), variant_row(variant, to_words(variant.text), known))
        for variant in told
    ]
