"""Words and stems, as the scores see them, and the words by which authors tell what they do."""

import re
from dataclasses import dataclass
from functools import lru_cache

TOKEN = re.compile(r"[a-z0-9]+")


def tokens(text: str) -> list[str]:
    """Return the runs of letters and digits in lower case, as ROUGE counts words."""
    return TOKEN.findall(text.lower())


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """Return the word without its commonest endings: a light stemmer, and quicker than Porter's."""
    if len(word) <= 3 or word[0].isdigit():
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word[-1] == "s" and word[-2] not in "sui":
        word = word[:-1]
    for ending in ("ation", "ing", "ed", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            if word[-1] == word[-2] and word[-1] in "nmtpgrdb":
                word = word[:-1]
            break
    return word[:-1] if word[-1] == "e" and len(word) > 3 else word


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence's words in lower case and their stems."""

    plain: list[str]
    stems: list[str]


def to_words(text: str) -> Words:
    """Return the text's words."""
    plain = tokens(text)
    return Words(plain, list(map(stem, plain)))


def stems(words: str) -> frozenset[str]:
    """Return the stems of a list written as text."""
    return frozenset(map(stem, words.split()))


STOP = frozenset(
    """a about above after all also although an and any are as at be because been being between both
    but by can could did do does during each for from further had has have having how i if in into
    is it its itself may more most my no nor not of on one only or other our out over own same
    several should so some such than that the their them then there these they this those through to
    under until up upon used using very via was we well were what when where whether which while who
    whose will with within without would us""".split()
)
SELF = frozenset("we i".split())
OURS = frozenset("our my us".split())
WORK = frozenset("paper work article letter study thesis report note chapter contribution".split())
# What the stems of a cue tell; a sentence has the cue if it has one of them.
PROPOSE = stems("propose introduce present develop design devise describe formulate suggest offer")
SHOW = stems(
    """show shown showed prove demonstrate find found establish report reports measure measured
    derive obtain identify determine discover detect observe reveal confirm provide give construct
    build built create characterize characterise define extend generalize generalise"""
)
STUDY = stems(
    """study studied investigate analyze analyse explore examine evaluate consider address revisit
    review survey compare argue discuss estimate test tackle ask focus aim seek apply use
    describe"""
)
FINDING = stems(
    """outperform achieve improve improvement improves state art superior better reduce increase
    reveal suggest indicate significantly competitive gain gains faster higher lower exceed
    surpass yield yields results result experiments"""
)
SIGNAL = stems("result experiment finding data evidence analysis simulation theory evaluation")
TRIAL = stems("experiment evaluate empirical benchmark dataset task extensive validate test")
PROBLEM = stems(
    """however but unfortunately challenge challenging difficult difficulty limited limitation lack
    lacking fail fails failure suffer unknown unclear costly expensive problem hard intractable
    poorly scarce ignore struggle require requires prone insufficient yet remain remains open
    controversial debated disputed bottleneck hinder impractical understood"""
)
CONTRAST = frozenset("however but unfortunately yet nevertheless despite although".split())
OPENING = frozenset(
    """recent recently while although despite many most existing prior previous traditional
    traditionally current currently modern several typically often since""".split()
)
FOLLOWING = frozenset(
    """specifically additionally also furthermore finally moreover further besides particularly
    second secondly then""".split()
)
DRAWING = frozenset("thus therefore hence overall together consequently conclude".split())
METHOD = stems("method approach model framework algorithm technique architecture system network")
NEW = stems("novel new first simple")
CODE = frozenset("code github http https www available publicly release released".split())
POINTING = frozenset("this these it such they".split())
HEDGED = frozenset("may might could future hope discuss limitations".split())
NAMED = frozenset("called named termed dubbed coined".split())
# How a method works, rather than that there is one.
MECHANISM = stems(
    """use uses utilize leverage employ exploit incorporate combine integrate learn decompose map
    jointly model train optimize fuse merge encode project align condition guide generate augment
    adopt extract predict transform sample consist comprise replace modify adapt share exchange
    split separate convert transfer capture enforce encourage constrain minimize maximize
    reformulate formulate treat represent allow enable via through iteratively"""
)
CENTRAL = frozenset("key core main central crucial".split())
INSIGHT = frozenset("idea insight observation intuition ingredient component contribution".split())
PRECISE = frozenset("specifically concretely technically".split())
# Says which question was asked, and not yet what was done about it.
VAGUE = stems("address tackle explore investigate study consider seek aim deal revisit focus")
# What was looked at, which is not yet what was seen.
GATHER = stems(
    """measure measured study studied analyze analyse collect record follow followed survey examine
    search map sample interview digitize digitise recruit assign randomize randomise sequence
    sequenced enrol enroll compile assess aimed"""
)
CHANGE = stems(
    """rise rose risen fall fell fallen grow grew drop dropped double doubled lower lowered raise
    cut lengthen shorten increase decrease exceed depend cause caused predict associated link linked
    explain attribute lead led differ persist vanish vary than twice halve halved lost gain
    protect prevent moves follows dims detect detected"""
)
