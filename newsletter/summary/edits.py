"""A sentence -> shorter sentences that say nothing else: what may be left off, and what never."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

MOST_WORDS = 35
MOST_CHARACTERS = 500
FEWEST_WORDS = 8  # what is left after a clause at the end was cut

# Whoever leaves one of these off says another thing. Digits are kept in the same way.
KEPT = re.compile(
    r"(?i:\b(?:no|not|never|none|neither|nor|without|unless|only|except|excluding|cannot|hardly"
    r"|rarely|barely|seldom|scarcely|few|fewer|less than|more than|up to|at (?:least|most)|below"
    r"|above|if|when|whenever|provided|assum\w+|given|under|until|may|might|could|should|would"
    r"|likely|possibly|perhaps|probably|potentially|fail(?:s|ed|ure|ures)?|lacks?|half|thirds?"
    r"|quarter|double[ds]?|twice|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    r"|dozens?|hundreds?|thousands?|millions?|billions?|percent)\b|n['’]t\b)|[\d%‰°±≤≥<>=×]"
)
WORK = "(?:paper|work|article|study|letter|note|report|thesis|contribution|manuscript|chapter)"
# These join a sentence to the one before it, which the reader of one sentence does not see.
JOINT = re.compile(
    r"(?:therefore|thus|hence|finally|moreover|furthermore|additionally|in addition|specifically"
    r"|in particular|consequently|accordingly|further|besides|to (?:this|that) end|as a result"
    r"|in this regard"
    r"|more (?:specifically|precisely|concretely)|concretely|in short|in sum|overall|in summary"
    r"|in conclusion|to conclude|together|taken together|notably|importantly|interestingly"
    r"|surprisingly|remarkably|here|herein|in response|instead"
    r"|to (?:address|tackle|overcome|solve|remedy|alleviate|mitigate|fill)"
    r" (?:this|these|that|those|such|the above)"
    r"(?: \w+){0,4}"
    rf"|in (?:this|the present|our|the current) (?:\w+ )?{WORK})(?:,\s+|\s+(?=we\s|I\s|it is\s))"
    # Where no verb follows ("First, a gate that ..."), the number is all that makes it a sentence.
    r"|(?:first|firstly|second|secondly|third|lastly),?\s+(?=we\s|I\s)",
    re.IGNORECASE,
)
HERE_WE = re.compile(r"(?:here|herein|to (?:this|that) end)\s+(?=we\s)", re.IGNORECASE)
ADVERB = re.compile(
    r"(?<=\b[Ww]e )(?:therefore|thus|hence|then|also|further|furthermore|additionally|here|first"
    r"|now|finally|moreover|consequently|instead)\s+"
)
# How, why or out of what the authors did it: true without it.
INTRO = re.compile(
    r"(?:to|motivated by|inspired by|based on|building (?:on|upon)|by|using|with|in order to|unlike"
    r"|in contrast (?:to|with)|compared (?:to|with)|following|drawing on|leveraging|as)"
    r"\b[^,;:]{3,90},\s+"
    r"(?=(?:we|this|our|the proposed|the authors|I|it is)\s)",
    re.IGNORECASE,
)
# A finding said without "we find that" is the same claim. A hint ("suggests that") is not one.
WE_SHOW = re.compile(
    r"(?:(?:we|I) "
    r"(?:(?:then|also|empirically|theoretically|experimentally|formally|further|rigorously|here|thus"
    r"|first) ){0,2}"
    r"(?:show|prove|demonstrate|find|found|showed|demonstrated|observe|observed|establish)"
    r"|(?:our|the|these)?\s?(?:\w+ )?"
    r"(?:results?|experiments?|findings|analysis|evaluations?|simulations?) "
    r"(?:\w+ly )?(?:show|demonstrate|reveal|confirm)s?"
    r"|it is (?:shown|proved|proven|demonstrated|found|established)"
    rf"|this {WORK} (?:shows|proves|demonstrates|finds)) that,?\s+",
    re.IGNORECASE,
)
TAIL = re.compile(
    r"(?:,\s+(?:which|where|who|while|whereas|thus|thereby|hence|therefore|so that|because|since"
    r"|such as|as well as|including|especially|particularly|in particular|e\.g\.|i\.e\."
    r"|[a-z]+ly [a-z]+ing|achieving|leading|resulting|making|enabling|allowing|yielding|providing"
    r"|improving|outperforming|reducing|showing|demonstrating|suggesting|indicating|leveraging"
    r"|using|giving|offering|opening|paving|highlighting|revealing|causing|producing|surpassing"
    r"|exceeding|facilitating|requiring|inspired|motivated|based on"
    r"|and (?:also |then |further |thus )?we (?:also |then |further )?"
    r"(?:show|demonstrate|prove|propose|provide|evaluate|discuss|present|apply|find|use|introduce"
    r"|compare|analyze|validate))"
    r"\b|;\s|\s[–—]\s|\s--\s)"
)
# What begins like this has its main clause behind a comma.
SUBORDINATE = re.compile(
    r"(?:although|though|while|whereas|when|whenever|if|since|because|as|given|despite|unlike|like"
    r"|after|before|by|to|with|for|in|on|at|from|using|motivated|inspired|based|building|following"
    r"|drawing|leveraging|compared|according|[a-z]+ing|[a-z]+ed)\b",
    re.IGNORECASE,
)
PARENTHESIS = re.compile(r"\s*[(\[]([^()\[\]]{1,120})[)\]]")
# Of parentheses that hold figures these may go: an abbreviation, a citation, a pointer.
ASIDE = re.compile(
    r"(?:[A-Z][\w-]*[A-Z0-9][\w+-]*s?|[\d,;\s–-]{1,20}(?<!\d{3})"
    r"|(?:see |cf\. )?(?:Figs?|Tables?|Eqs?|Secs?|Sect|Sections?|Refs?"
    r"|Theorem|Lemma|Appendix)\b\.?.{0,15}|.*\bet al\b.*"
    r"|[A-Z][\w-]+(?: (?:and|&) [A-Z][\w-]+)?,? \d{4}[a-z]?)"
)
PLAIN_WORD = re.compile(r"[a-z]+(?![^\s,;:.'’-])")


@dataclass(frozen=True, slots=True)
class Variant:
    """A sentence made shorter; the kinds of edits that made it, by letter.

    i: a phrase before "we"; s: "we show that"; p: parentheses; t: a clause at the end; e: cut
    short, which the ellipsis at its end says.
    """

    text: str
    edits: str


@lru_cache(maxsize=64)  # the sentence and the lines of a card are often the same
def variants(sentence: str, longest: int = MOST_WORDS) -> tuple[Variant, ...]:
    """Return the sentence as it may be shown, the most complete first, at most 24 ways.

    What only joins it to the one before it ("Therefore,", "In this paper,") is always left off.
    None is over `longest` words: if all edits leave it longer, it ends at a comma in an ellipsis.
    """
    plain = unjoined(" ".join(sentence.split()))
    found: dict[str, Variant] = {}
    for begun, first in openings(plain):
        for told, second in asides(begun):
            for cut, third in endings(told):
                text = finished(cut)
                if text not in found:
                    found[text] = Variant(text, first + second + third)
    fitting = [one for one in found.values() if fits(one.text, longest)]
    if fitting:
        return tuple(fitting[:24])
    shortest = min(found.values(), key=lambda one: len(one.text.split()))
    return (Variant(shortened(shortest.text, longest), shortest.edits + "e"),)


def fits(text: str, longest: int) -> bool:
    """Return whether the text is short enough, in words and, for those without spaces, letters."""
    return len(text) <= MOST_CHARACTERS and len(text.split()) <= longest


def unjoined(sentence: str) -> str:
    """Return the sentence without the words that join it to what stands before it."""
    for _ in range(3):
        found = JOINT.match(sentence) or HERE_WE.match(sentence)
        if not found or KEPT.search(found[0].replace("However", "")):
            break
        sentence = sentence[found.end() :]
    found = ADVERB.search(sentence, 0, 24)
    return sentence[: found.start()] + sentence[found.end() :] if found else sentence


def openings(sentence: str) -> Iterator[tuple[str, str]]:
    """Yield the sentence with its beginning as it is, and without what may go."""
    yield sentence, ""
    kind = ""
    found = INTRO.match(sentence)
    if found and not KEPT.search(found[0]):
        sentence, kind = sentence[found.end() :], "i"
        yield sentence, kind
    found = WE_SHOW.match(sentence)
    if found and not KEPT.search(found[0]) and len(sentence) - found.end() > 25:
        yield sentence[found.end() :], kind + "s"


def asides(sentence: str) -> Iterator[tuple[str, str]]:
    """Yield the sentence with its parentheses, and without those that may go."""
    yield sentence, ""
    if ("(" not in sentence and "[" not in sentence) or "$" in sentence or "\\" in sentence:
        return

    def kept(found: re.Match[str]) -> str:
        inner = found[1].strip()
        spaced = found[0][0].isspace() and found.start() > 0
        spaced = spaced and sentence[found.end() : found.end() + 1] in ("", *" ,.;:?!)”")
        gone = spaced and (ASIDE.fullmatch(inner) or not KEPT.search(inner))
        return "" if gone else found[0]

    yield PARENTHESIS.sub(kept, sentence), "p"


def endings(sentence: str) -> Iterator[tuple[str, str]]:
    """Yield the sentence whole, and ended before a clause that may go, the longest first."""
    yield sentence, ""
    for found in list(TAIL.finditer(sentence))[:-4:-1]:
        head, tail = sentence[: found.start()], sentence[found.start() :]
        if KEPT.search(tail.rstrip(".")):
            break
        if len(head.split()) < FEWEST_WORDS or not closed(head) or "not only" in head:
            continue
        if SUBORDINATE.match(head) and ", " not in head:
            continue  # the main clause is still to come
        if found[0].startswith(",") and re.search(r",\s+(?:and|or)\s", tail[len(found[0]) :]):
            continue  # a list may stand here, and half of it would be no sentence
        yield head, "t"


def closed(text: str) -> bool:
    """Return whether every parenthesis, formula and quotation that begins also ends."""
    pairs = (("(", ")"), ("[", "]"), ("{", "}"), ("“", "”"))
    return all(text.count(one) == text.count(other) for one, other in pairs) and not (
        text.count("$") % 2 or text.count('"') % 2
    )


def finished(text: str) -> str:
    """Return the text beginning like a sentence and ending like one."""
    text = text.strip().rstrip(",;:–—- ")
    if not text.endswith((".", "!", "?", "…", "。", "！", "？", '."', ".”", ".)", ".'", ".’")):
        text += "."
    # mRNA and α-helix are written as they are, where a sentence begins too.
    return text[:1].upper() + text[1:] if PLAIN_WORD.match(text) else text


def shortened(text: str, longest: int) -> str:
    """Return the beginning of the text, at most `longest` words, with an ellipsis."""
    words = text[:MOST_CHARACTERS].split()[:longest]
    for at in range(len(words), longest // 2, -1):
        if words[at - 1].endswith((",", ";", ":")) and closed(" ".join(words[:at])):
            words = words[:at]
            break
    return " ".join(words).rstrip(",;:.–—- ") + "…"
