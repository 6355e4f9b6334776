"""A title and an abstract -> the paper's one sentence and its card, and why that sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.domain.summary import Extract, Summary
from newsletter.summary import model
from newsletter.summary.card import card
from newsletter.summary.choice import Choice, Sentence, choose, gated, led, read, scored
from newsletter.summary.edits import FEWEST_WORDS, MOST_WORDS, Variant, variants
from newsletter.summary.roles import Told
from newsletter.summary.salience import Vector
from newsletter.summary.tldr import tldr
from newsletter.summary.why import Reason, reasons
from newsletter.summary.words import Words, to_words

MAKER = model.version()


@dataclass(frozen=True, slots=True)
class Explained:
    """One sentence of an abstract as the choice saw it."""

    text: str
    start: int
    end: int
    role: str  # what its section's label announces; "" without one
    score: float  # foreseen ROUGE less that of the best, so 0 is best
    chosen: bool
    reasons: tuple[Reason, ...]  # the strongest first


@dataclass(frozen=True, slots=True)
class Seen:
    """An abstract's sentences as they were weighed, and the choice."""

    weights: model.Weights
    found: model.Scored
    told: Told
    scores: Vector
    choice: Choice


def summarise(title: str, abstract: str) -> Summary:
    """Return the paper's sentence, at most 35 words, and its card.

    Each text is made of words of abstract[start:end], in their order. None without an abstract.
    """
    trained = model.installed()
    sentences = read(abstract) if abstract.strip() else []
    if not sentences:
        return Summary(MAKER)
    if trained is None:
        return by_rule(abstract)
    seen = look(trained, to_words(title), sentences)
    lines = card(sentences, seen.found.rows, seen.told, seen.choice.sentence)
    return Summary(
        MAKER,
        extract(sentences, seen.choice.sentence, seen.choice.variant),
        extract(sentences, lines.problem),
        both(sentences, lines.idea, lines.beside),
        extract(sentences, lines.result),
    )


def look(trained: model.Trained, titled: Words, sentences: Sequence[Sentence]) -> Seen:
    """Return all that is weighed, and the choice."""
    weights = trained.fitting(titled)
    found = scored(weights, titled, sentences)
    texts, words = [one.text for one in sentences], [one.words for one in sentences]
    told = model.told(weights, found, words, texts)
    scores = gated(found, sentences, weights)
    if not titled.plain:
        scores = led(scores, told, sentences, weights.idf)
    return Seen(weights, found, told, scores, choose(weights, titled, sentences, found, scores))


def by_rule(abstract: str) -> Summary:
    """Return the sentence that cue words alone would choose, and no card."""
    found = tldr(abstract)
    if found is None:
        return Summary(MAKER)
    return Summary(MAKER, Extract(variants(found.text)[0].text, found.start, found.end))


def extract(
    sentences: Sequence[Sentence], at: int | None, variant: Variant | None = None
) -> Extract | None:
    """Return a sentence as it is shown, with its place; without a variant, a short one.

    A clause at its end is kept where it fits, for it often holds the point.
    """
    if at is None:
        return None
    one = sentences[at]
    if variant is None:
        told = variants(one.text)
        variant = shortest([each for each in told if "t" not in each.edits] or told)
    return Extract(variant.text, one.start, one.end)


def shortest(told: Sequence[Variant]) -> Variant:
    """Return the variant of the fewest words that are enough for a sentence."""
    long = [each for each in told if len(each.text.split()) >= FEWEST_WORDS] or told[:1]
    return min(long, key=lambda each: len(each.text.split()))


def both(sentences: Sequence[Sentence], at: int | None, beside: int | None) -> Extract | None:
    """Return a sentence with its neighbour, where there is one and both are short enough."""
    if at is None or beside is None:
        return extract(sentences, at)
    first, second = sorted((at, beside))
    told = [shortest(variants(sentences[one].text)).text for one in (first, second)]
    text = " ".join(told)
    if len(text.split()) > MOST_WORDS or any(one.endswith("…") for one in told):
        return extract(sentences, at)
    return Extract(text, sentences[first].start, sentences[second].end)


def explain(title: str, abstract: str) -> tuple[Explained, ...]:
    """Return every sentence with its score and what spoke for and against it; () without any."""
    trained = model.installed()
    sentences = read(abstract) if abstract.strip() else []
    if not sentences or trained is None:
        return ()
    seen = look(trained, to_words(title), sentences)
    best = float(seen.scores.max())
    return tuple(
        Explained(
            one.text,
            one.start,
            one.end,
            one.role,
            round(float(seen.scores[at]) - best, 4),
            at == seen.choice.sentence,
            reasons(seen.weights, seen.found, seen.scores, at),
        )
        for at, one in enumerate(sentences)
    )
