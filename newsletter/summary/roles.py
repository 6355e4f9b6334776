"""By what a sentence's form and place tell the idea, or the result: one row of numbers for each.

The idea is how it is done: the sentence that proposes a thing and says how it works or, where the
proposal is bare ("we propose Foo, a novel framework for bar"), one behind it that says so. What
each number counts is learned (`train.py`) from abstracts whose idea and result we marked.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from newsletter.summary.bag import Matrix
from newsletter.summary.words import Words, stem, stems

FORMS = (
    "proposes",
    "says how",
    "first to propose",
    "first, says how",
    "proposes again",
    "key",
    "precise",
    "in order to, we",
    "gist",
    "adds",
    "tested",
    "code",
    "hope",
    "others' work",
    "we",
    "it",
    "does",
    "its subject is ours",
    "ours does at once",
    "ours does",
    "a name does",
    "a name is told",
    "shows",
    "beats",
    "gets",
    "ours",
    "tries",
    "figure",
    "before the proposal",
    "at the proposal",
    "1 behind",
    "2 behind",
    "3 behind",
    "how far behind",
    "1 behind a bare one",
    "2 behind a bare one",
    "3 behind a bare one",
    "bare",
    "place",
    "end place",
    "last",
    "last but one",
    "words",
    "short",
    "long",
    "ours before the proposal",
)
# All but names are looked for in lower case, which is quicker than to ignore it.
ADVERBS = r"(?:(?:\w+ly|also|first|then|here|further|hence|thus|instead|now|do) ){0,2}"
WORK = r"(?:paper|work|article|study|letter|note|report|thesis|survey|manuscript)"
PROPOSAL = re.compile(
    rf"\b(?:we|this (?:\w+ )?{WORK}|is|are|was|were) {ADVERBS}(?:and |to )?"
    r"(?:propos|introduc|present|develop|design|devis|describ|formulat|contribut|creat|releas"
    r"|construct|buil[dt]|demonstrat)\w*",
)
HOW = re.compile(
    r"\b(?:by|via|through|based on|using|with|where|whose|in which|combin\w+|leverag\w+|consist\w+"
    r"|condition\w+|exploit\w+|utili[sz]\w+|that|which|integrat\w+|incorporat\w+|so that|i\.e\."
    r"|compris\w+|contain\w+|driven|guided|parameteri[sz]ed|transforming|extending|inspired)\b"
    r"|:\s|, [a-z]+ing\b",
)
# What it is good for, which is not how it works.
ABLE = re.compile(
    r"(?:that|which) (?:(?:\w+ly )?(?:can|is able|are able|is capable|allows?|enables?|improves?"
    r"|outperforms?|achieves?|addresses|tackles?|overcomes?|solves?|alleviates?|works?|aims?"
    r"|requires? (?:neither|no|only)|we (?:call|name|term|dub)|is (?:simple|robust|fast|suitable)"
    r"|is designed|provides?|does not|do not|combines the strengths|follows?|facilitates?))\b",
)
KEY = re.compile(
    r"^.{0,25}?\b(?:(?:key|core|main|central|basic|underlying|crucial|principal) (?:\w+ )?(?:idea"
    r"|insight|observation|intuition|ingredient|component|contribution|novelty|innovation|part"
    r"|technical|to (?:our|this|the))|(?:idea|intuition|insight) (?:behind|of|is)"
    r"|(?:at the|its|the|our) (?:heart|core)|in essence|integral to|the key\b)",
)
PRECISE = re.compile(
    r"(?:(?:more )?(?:specifically|concretely|technically|precisely|in particular|in detail"
    r"|in essence)\b|to (?:this|that) end\b"
    r"|to (?:achieve|do|accomplish|realize|make|enable|address|tackle|overcome|solve|alleviate"
    r"|mitigate|resolve|facilitate|bridge|fill|handle|circumvent)\b.{3,110}?\bwe\b"
    r"|(?:inspired|motivated|building|based|drawing) (?:by|on|upon)\b)",
)
TO_WE = re.compile(r"to (?!(?:this|that) end)\w+ .{3,110}?\bwe\b|for (?:this|the latter)")
GIST = re.compile(
    r"(?:problem|gap|issue|challenge|cost|limitation|task|question|hypothesis|dilemma)s? "
    r"(?:by|with|through|via|as|using)\b|we (?:\w+ly )?(?:reformulate|cast|formulate|model|treat"
    r"|view|approach)\b"
)
DONE_BY = re.compile(
    r"(?:this|we) (?:is |do |achieve )?(?:this |it )?(?:achieved |done |accomplished |realized )?"
    r"(?:by|through|via)\b",
)
ALSO = re.compile(
    r"(?:additionally|furthermore|moreover|besides|finally|further|also|in addition|lastly|second"
    r"|secondly|third)\b",
)
WE_ALSO = re.compile(r"we (?:also|further|additionally|finally)\b")
SUBJECT = re.compile(
    r"(?:[^,]{0,60}, )?(?:our|the proposed|the|this|these|proposed|in our|in this|in the) "
    r"(?:[\w-]+ ){0,4}?(?:method|approach|model|framework|algorithm|technique|architecture|system"
    r"|network|module|scheme|strategy|pipeline|solution|formulation|representation|procedure"
    r"|generator|encoder|decoder|design|mechanism|loss|training|learning)s?,? "
    r"(?:[a-z][\w-]*,? |\([^)]*\),? )?",
)
WORD = re.compile(r"[a-z]+")
IT = re.compile(
    r"(?:it|this|they|within|with this|with it|instead|unlike|different from|rather than"
    r"|as opposed|in contrast)\b",
)
BEFORE = re.compile(
    r"(?:however|but|unfortunately|yet|despite|while|although|existing|recent|recently|previous"
    r"|prior|most|many|current|traditional\w*|typical\w*|conventional|nevertheless|several)\b",
)
NAME = re.compile(r"\b(?=\w*[A-Z]\w*[A-Z])[A-Z][\w-]{2,}\b|\b[A-Z][a-z]+[A-Z]\w*\b")
SHOWS = re.compile(
    r"\b(?:experiments?|results?|evaluations?|studies|study|analysis|comparisons?|simulations?"
    r"|findings|ablations?|we) (?:\w+ ){0,8}?(?:show|demonstrat|reveal|confirm|indicat|verif|prove"
    r"|suggest|find|found|illustrat)\w*\b",
)
TRIES = re.compile(
    r"(?:\w+ )?(?:we|(?:our method|our approach|the proposed \w+) is) (?:\w+ly |also |further "
    r"|then )?(?:evaluat|validat|conduct|perform|test|compar|benchmark|verif|appl|assess|provid)",
)
FIGURE = re.compile(
    r"[0-9](?:\.[0-9]+)? ?(?:\\?%|x\b|×|times|percent|points|fps|ms|db|cm|mm|m\b)",
)
LARGELY = re.compile("by (?:a )?(?:large|significant|wide)")
TESTED = stems(
    """experiment result outperform superior superiority evaluate evaluation validate effectiveness
    qualitative qualitatively quantitative quantitatively ablation surpass competitive benchmark
    significantly faster application sota performance accuracy"""
)
BEATS = stems(
    """outperform surpass exceed superior superiority better best improve improvement faster higher
    lower reduce reduction competitive comparable favorable favorably favourable significant
    significantly effective effectiveness effectively robust sota art"""
)
GETS = stems("achieve attain reach yield obtain produce allow enable deliver gain")
CODE = frozenset("code codes github http https available publicly demo video videos".split())
HOPE = frozenset("hope future may might".split())
WE = frozenset("we our".split())
OURS = frozenset("our this these it resulting we".split())
DOES = stems(
    """use uses utilize utilise leverage employ exploit incorporate combine integrate learn
    decompose map model train optimize optimise fuse merge encode project align condition
    guide generate augment adopt extract predict transform sample consist comprise replace
    modify adapt share exchange split separate convert transfer capture enforce encourage
    constrain minimize maximize reformulate formulate treat represent disentangle extend
    compose apply regress match aggregate factorize regularize impose contain build built
    synthesize estimate localize select assume introduce relate operate perform take blend
    solve paste cast distill render warp embed attach decouple divide mix feed construct
    define design iterate search reconstruct reason work"""
)
# Without one of these nothing can match, and to look for them is quicker.
PROPOSAL_SIGNS = """propos introduc present develop design devis describ formulat contribut creat
    releas construct buil demonstrat""".split()
SHOW_SIGNS = (
    "show demonstrat reveal confirm indicat verif prove suggest find found illustrat".split()
)
KEY_SIGNS = """key core main central basic underlying crucial principal idea intuition insight heart
    essence integral""".split()
FULL = 8  # words behind "by", "that" ...; so many tell how


@dataclass(frozen=True, slots=True)
class Told:
    """The sentences' forms, shape (n, len(FORMS)), and the chances of each to be the one."""

    forms: Matrix
    ideas: Matrix  # shape (n,), sum 1: to be what a reader would mark as the idea
    results: Matrix  # the same for the result

    def has(self, at: int, *names: str) -> bool:
        """Return whether the sentence has one of these forms."""
        return any(self.forms[at, FORMS.index(name)] for name in names)


def told(rows: Matrix, found: Matrix, idea: Matrix, result: Matrix) -> Told:
    """Return the chances: the exponentials of `found` beside `rows` times the weights, as shares.

    A conditional logit (McFadden, 1974). `found` are the sentences' forms, `rows` their features.
    """
    both = np.hstack([found, rows]) @ np.stack([idea, result], axis=1)
    shares = np.exp(both - both.max(axis=0))
    shares /= shares.sum(axis=0)
    return Told(found, shares[:, 0], shares[:, 1])


def forms(texts: Sequence[str], words: Sequence[Words]) -> Matrix:
    """Return one row for each sentence, shape (n, len(FORMS))."""
    low, number = [text.lower() for text in texts], len(texts)
    proposals = [signed(PROPOSAL_SIGNS, text) and PROPOSAL.search(text) for text in low]
    hows = [
        how(text, found.end()) if found else 0.0 for text, found in zip(low, proposals, strict=True)
    ]
    first = beginning(proposals, words)
    bare = 1 - hows[first] if proposals[first] else 0.0
    names = {one.lower() for one in NAME.findall(texts[first])}
    rows = []
    for at, text in enumerate(low):
        behind, proposes = at - first, proposals[at] is not None
        told, size = spoken(text, words[at], names), text.count(" ") + 1
        begun = (proposes, hows[at], proposes and not behind, hows[at] * (not behind))
        place = (
            behind < 0, behind == 0, behind == 1, behind == 2, behind == 3,
            min(max(behind, 0), 6) / 6, bare * (behind == 1), bare * (behind == 2),
            bare * (behind == 3), bare * (behind == 0), at / number, (number - 1 - at) / number,
            at == number - 1, at == number - 2, min(size, 40) / 20, size < 10, size > 30,
            behind < 0 and told[8],
        )  # fmt: skip
        rows.append((*begun, proposes and behind > 0, *told, *place))
    return np.array(rows, dtype=np.float64)


def signed(signs: Sequence[str], text: str) -> bool | None:
    """Return whether one of the signs is in the text; None, as of a search, if none is."""
    for sign in signs:
        if sign in text:
            return True
    return None


def beginning(proposals: Sequence[object | None], words: Sequence[Words]) -> int:
    """Return the first sentence that proposes, else the first where the authors speak."""
    for at, found in enumerate(proposals):
        if found:
            return at
    return next((at for at, one in enumerate(words) if not WE.isdisjoint(one.plain)), 0)


def how(text: str, start: int) -> float:
    """Return how fully the text tells the how from `start` on, 0 (bare) to 1."""
    found = HOW.search(text, start)
    while found and ABLE.match(text, found.start()):
        found = HOW.search(text, found.end() + 12)
    return min(len(text[found.end() :].split()), FULL) / FULL if found else 0.0


def spoken(text: str, words: Words, names: set[str]) -> tuple[bool, ...]:
    """Return what the sentence says by its words: FORMS from "key" to "figure"."""
    there, roots = set(words.plain), set(words.stems)
    subject, does = SUBJECT.match(text), not roots.isdisjoint(DOES)
    begun = WORD.match(text, subject.end()) if subject else None
    we = not there.isdisjoint(WE)
    return (
        signed(KEY_SIGNS, text) is not None and KEY.match(text) is not None,
        PRECISE.match(text) is not None,
        text.startswith(("to ", "for ")) and TO_WE.match(text) is not None,
        (we and GIST.search(text) is not None) or DONE_BY.match(text) is not None,
        ALSO.match(text) is not None or (we and WE_ALSO.search(text, 0, 80) is not None),
        not roots.isdisjoint(TESTED),
        not there.isdisjoint(CODE),
        not there.isdisjoint(HOPE),
        BEFORE.match(text) is not None,
        we,
        IT.match(text) is not None,
        does,
        subject is not None,
        begun is not None and stem(begun[0]) in DOES,
        subject is not None and does,
        any(text.startswith(one) or f", {one} " in text[:80] for one in names),
        any(one in text for one in names),
        signed(SHOW_SIGNS, text) is not None and SHOWS.search(text) is not None,
        not roots.isdisjoint(BEATS),
        not roots.isdisjoint(GETS),
        not there.isdisjoint(OURS) or "the proposed" in text,
        TRIES.match(text) is not None,
        FIGURE.search(text) is not None or LARGELY.search(text) is not None,
    )
