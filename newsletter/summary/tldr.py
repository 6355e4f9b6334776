"""An abstract -> its one sentence that says what the paper does, by cue words."""

import re
from dataclasses import dataclass

from newsletter.summary.sentences import split

MOST_WORDS = 35
# What authors write where they say what they did, and what they found: a contribution weighs more.
CONTRIBUTION = re.compile(
    r"[wWtT](?<=\b.)(?i:(?<=w)e|(?<=t)his (?:paper|work|article|study|letter|note|thesis|report))"
    r"\b[^.]{0,40}?\b(?i:propos|present|introduc|develop|show|demonstrat|prove|study|studies|studied|investigat"
    r"|describ|deriv|report|measur|identif|provid|design|build|built|find|found|construct|analy"
    r"|address|establish|examin|explor|review|survey|estimat|offer|argue|giv)"
)
FINDING = re.compile(
    r"\b(?:results? (?:show|suggest|indicate|demonstrate)|experiments? (?:show|demonstrate)"
    r"|outperform|achiev|state[- ]of[- ]the[- ]art|improv|it is shown|was performed|reveal)",
    re.IGNORECASE,
)
# Without one of these in lower case no finding can match, and to look for them is quicker. The last
# three are what re.IGNORECASE takes for s and i besides.
FINDING_SIGNS = (
    "show suggest indicate demonstrate outperform achiev state improv performed reveal ſ ı \u0307"
).split()
OURS = re.compile(r"^(?:[^,]{0,40}, )?we\b(?! (?:also|discuss|note|release|hope|end|close))", re.I)
BACKGROUND = re.compile(
    r"^(?:however|recent|despite|while|although|existing|prior|previous|traditional|current"
    r"|in recent years)\b",
    re.IGNORECASE,
)
LABEL = re.compile(r"^(?:[A-Z][A-Za-z]+(?: (?:and )?[A-Za-z]+)?|[A-Z]{4,}):\s+")
LEAD_IN = re.compile(
    r"^(?:in this (?:paper|work|article|study|letter|note)|here|to (?:this|that) end|therefore|thus"
    r"|hence|finally|moreover|furthermore|additionally|in addition|specifically|in particular"
    r"|to address (?:this|these)[^,]{0,40}),\s+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Tldr:
    """One sentence and the stretch of the abstract that it was taken from."""

    text: str
    start: int
    end: int


def tldr(abstract: str) -> Tldr | None:
    """Return the sentence that says most plainly what the paper does; None without an abstract.

    A contribution cue counts 2, a finding cue 1, "We ..." 1, a background opening -1.5; of equals
    the earlier one is taken. Lead-ins ("In this paper,") and labels ("Methods:") are left off. A
    sentence over 35 words is taken only where no other says as much.
    """
    spans = split(abstract)
    if not spans:
        return None
    best = max(spans, key=lambda span: (weight(abstract[slice(*span)]), -span[0]))
    return Tldr(trimmed(abstract[slice(*best)]), *best)


def weight(sentence: str) -> float:
    """Return how much the sentence says what was done."""
    plain = without(LABEL, sentence)
    points = 2.0 * bool(CONTRIBUTION.search(plain)) + 1.0 * has_finding(plain)
    points += 1.0 * bool(OURS.match(plain)) - 1.5 * bool(BACKGROUND.match(plain))
    words = len(plain.split())
    return points - 0.5 * (words > MOST_WORDS) - 1.0 * (words < 5)


def has_finding(sentence: str) -> bool:
    """Return whether the sentence says what was found."""
    lower = sentence.lower()
    for sign in FINDING_SIGNS:
        if sign in lower:
            return FINDING.search(sentence) is not None
    return False


def without(opening: re.Pattern[str], sentence: str) -> str:
    """Return the sentence without this opening; `sub` would look for it everywhere."""
    found = opening.match(sentence)
    return sentence[found.end() :] if found else sentence


def trimmed(sentence: str) -> str:
    """Return the sentence without label and lead-in, beginning with a capital letter."""
    for opening in (LABEL, LEAD_IN):
        sentence = without(opening, sentence)
    # mRNA and α-helix are written as they are, where a sentence begins too.
    plain = re.match(r"[a-z]+(?![^\s,;:.'’-])", sentence)
    return sentence[:1].upper() + sentence[1:] if plain else sentence
