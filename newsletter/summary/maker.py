"""A title and an abstract -> the paper's one sentence and its card, and why that sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.domain.summary import Extract, Summary
from newsletter.summary import model
from newsletter.summary.card import card
from newsletter.summary.choice import Sentence, choose, gated, read, scored
from newsletter.summary.edits import FEWEST_WORDS, Variant, variants
from newsletter.summary.features import to_words
from newsletter.summary.tldr import tldr
from newsletter.summary.why import Reason, reasons

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
    titled = to_words(title)
    weights = trained.fitting(titled)
    found = scored(weights, titled, sentences)
    scores = gated(found, sentences, weights.idf)
    choice = choose(weights, titled, sentences, found, scores)
    lines = card(sentences, found.rows, scores, choice.sentence)
    return Summary(
        MAKER,
        extract(sentences, choice.sentence, choice.variant),
        *(extract(sentences, at) for at in (lines.problem, lines.idea, lines.result)),
    )


def by_rule(abstract: str) -> Summary:
    """Return the sentence that cue words alone would choose, and no card."""
    found = tldr(abstract)
    if found is None:
        return Summary(MAKER)
    return Summary(MAKER, Extract(variants(found.text)[0].text, found.start, found.end))


def extract(
    sentences: Sequence[Sentence], at: int | None, variant: Variant | None = None
) -> Extract | None:
    """Return a sentence as it is shown, with its place; without a variant, the shortest."""
    if at is None:
        return None
    one = sentences[at]
    if variant is None:
        told = variants(one.text)
        long = [each for each in told if len(each.text.split()) >= FEWEST_WORDS] or told[:1]
        variant = min(long, key=lambda each: len(each.text.split()))
    return Extract(variant.text, one.start, one.end)


def explain(title: str, abstract: str) -> tuple[Explained, ...]:
    """Return every sentence with its score and what spoke for and against it; () without any."""
    trained = model.installed()
    sentences = read(abstract) if abstract.strip() else []
    if not sentences or trained is None:
        return ()
    titled = to_words(title)
    weights = trained.fitting(titled)
    found = scored(weights, titled, sentences)
    scores = gated(found, sentences, weights.idf)
    chosen = choose(weights, titled, sentences, found, scores).sentence
    best = float(scores.max())
    return tuple(
        Explained(
            one.text,
            one.start,
            one.end,
            one.role,
            round(float(scores[at]) - best, 4),
            at == chosen,
            reasons(weights, found, scores, at),
        )
        for at, one in enumerate(sentences)
    )
