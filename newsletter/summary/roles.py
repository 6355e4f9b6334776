"""How plainly each sentence tells the idea, or the result, by its form and its place.

The idea is how it is done: the sentence that proposes a thing and says how it works or, where the
proposal is bare ("we propose Foo, a novel framework for bar"), one behind it that says so.
"""

import re
from collections.abc import Collection, Sequence

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
TASK = re.compile(
    r"\b(?:(?:the|our) (?:main |primary )?(?:goal|aim|objective|task|problem) (?:of .{3,30})?"
    rf"(?:is|here)|(?:we|(?:this|the present) (?:\w+ )?{WORK}) {ADVERBS}"
    r"(?:address|tackle|stud|investigat|explor|consider|focus|aim|seek|revisit|are interested"
    r"|examin|look|analy[sz]|deals|concerns))",
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
    r"\bwe \w+ .{0,60}\b(?:this|these|the) (?:\w+ )?(?:problem|gap|issue|challenge|cost|limitation"
    r"|task|question|hypothesis|dilemma|difficult\w+)s? (?:by|with|through|via|as|using)\b"
    r"|\bwe (?:\w+ly )?(?:reformulate|cast|formulate|model|treat|view|approach)\b"
    r"|^(?:this|we) (?:is |do |achieve )?(?:this |it )?(?:achieved |done |accomplished |realized )?"
    r"(?:by|through|via)\b",
)
ALSO = re.compile(
    r"(?:additionally|furthermore|moreover|besides|finally|further|also|in addition|lastly|second"
    r"|secondly|third)\b|.*\bwe (?:also|further|additionally|finally)\b",
)
DATA = re.compile(r"\b(?:dataset|benchmark|corpus|toolkit|library|software)s?\b")
SUBJECT = re.compile(
    r"(?:[^,]{0,60}, )?(?:our|the proposed|the|this|these|proposed|in our|in this|in the) "
    r"(?:[\w-]+ ){0,4}?(?:method|approach|model|framework|algorithm|technique|architecture|system"
    r"|network|module|scheme|strategy|pipeline|solution|formulation|representation|procedure"
    r"|generator|encoder|decoder|design|mechanism|loss|training|learning)s?,? "
    r"(?:[a-z][\w-]*,? |\([^)]*\),? )?",
)
IT = re.compile(
    r"(?:it|this|they|within|with this|with it|instead|unlike|different from|rather than"
    r"|as opposed|in contrast)\b",
)
DOES = re.compile(
    r"\b(?:us|utili[sz]|leverag|employ|exploit|incorporat|combin|integrat|learn|decompos|map|model"
    r"|train|optimi[sz]|fus|merg|encod|project|align|condition|guid|generat|augment|adopt|extract"
    r"|predict|transform|sampl|consist|compris|replac|modif|adapt|shar|exchang|split|separat"
    r"|convert|transfer|captur|enforc|encourag|constrain|minimi[sz]|maximi[sz]|reformulat|formulat"
    r"|treat|represent|disentangl|extend|compos|appl|regress|match|aggregat|factori|regulari|impos"
    r"|contain|build|built|synthesi|estimat|localiz|select|assum|introduc|rel|operat|perform|tak"
    r"|blend|spli|solv|paste|cast|distill|render|warp|embed|attach|decoupl|divid|mix|feed"
    r"|construct|defin|design|iterat|search|reconstruct|reason|work)(?:e|es|s|ed|ies|ing|t|ts)?\b",
)
TESTED = re.compile(
    r"\b(?:experiment\w*|results?|outperform\w*|superior\w*|state[- ]of[- ]the[- ]art|sota"
    r"|achiev\w+ (?:\w+ ){0,3}(?:performance|result|accuracy|quality|improvement)|evaluat\w+"
    r"|validat\w+|effectiveness|qualitative\w*|quantitative\w*|ablation|surpass\w*|competitive"
    rf"|benchmarks?|significantly|faster|we {ADVERBS}(?:show|demonstrate|find|found|prove|observe)"
    r"\w*|applications?|improv\w+ (?:upon|over|the)|better than)\b",
)
CODE = re.compile(r"\b(?:code|github|https?|available|publicly|project page|demo|videos?)\b")
HOPE = re.compile(r"\b(?:hope|future|may|might)\b")
BEFORE = re.compile(
    r"(?:however|but|unfortunately|yet|despite|while|although|existing|recent|recently|previous"
    r"|prior|most|many|current|traditional\w*|typical\w*|conventional|nevertheless|several)\b",
)
WE = re.compile(r"\b(?:we|our|this (?:paper|work))\b")
NAME = re.compile(r"\b(?=\w*[A-Z]\w*[A-Z])[A-Z][\w-]{2,}\b|\b[A-Z][a-z]+[A-Z]\w*\b")
SHOWS = re.compile(
    r"\b(?:experiments?|results?|evaluations?|studies|study|analysis|comparisons?|simulations?"
    r"|findings|ablations?|we) (?:\w+ ){0,8}?(?:show|demonstrat|reveal|confirm|indicat|verif|prove"
    r"|suggest|find|found|illustrat)\w*\b",
)
BEATS = re.compile(
    r"\b(?:outperform\w*|surpass\w*|exceed\w*|superior\w*|state[- ]of[- ](?:the[- ])?art|sota"
    r"|better|best|improv(?:es|ed|ing|ement|ements)|faster|higher|lower|reduc(?:es|ed|ing|tion)"
    r"|competitive|on par|comparable|favou?rabl[ey]|significant(?:ly)?|effective(?:ness|ly)?"
    r"|more (?:accurate|robust|efficient)\w*|robust\w*)\b",
)
GETS = re.compile(
    r"\b(?:achiev|attain|reach|yield|obtain|produc|allow|enabl|deliver|gain)\w*", re.I
)
OURS = re.compile(r"\b(?:our|the proposed|this|these|it|the resulting|we)\b")
TRIES = re.compile(
    r"(?:\w+ )?(?:we|(?:our method|our approach|the proposed \w+) is) (?:\w+ly |also |further "
    r"|then )?(?:evaluat|validat|conduct|perform|test|compar|benchmark|verif|appl|assess|provid)",
)
FIGURE = re.compile(
    r"\d+(?:\.\d+)? ?(?:\\?%|x\b|×|times|percent|points|fps|ms|db|cm|mm|m\b)"
    r"|\bby (?:a )?(?:large|significant|wide)",
)
FULL = 8  # words behind "by", "that" ...; so many tell how
FOLLOWING = (0.0, 0.3, 0.21, 0.15)  # what a bare proposal gives to the sentences behind it


def ideas(texts: Sequence[str]) -> list[float]:
    """Return how much each sentence tells how it is done; about 1 is plain, below 0 is not."""
    names, texts, first = prepared(texts)
    opening = PROPOSAL.search(texts[first])
    bare = 1 - how(texts[first], opening.end()) if opening else 0.0
    return [
        idea(text, at - first, bare, names) - 0.2 * at / len(texts) for at, text in enumerate(texts)
    ]


def prepared(texts: Sequence[str]) -> tuple[set[str], list[str], int]:
    """Return the names in the sentence that proposes, the texts in lower case, and its number."""
    low = [text.lower() for text in texts]
    first = beginning(low)
    return {one.lower() for one in NAME.findall(texts[first])}, low, first


def beginning(texts: Sequence[str]) -> int:
    """Return the first sentence that proposes, else the first where the authors speak."""
    for cue in (PROPOSAL, WE):
        for at, text in enumerate(texts):
            if cue.search(text):
                return at
    return 0


def how(text: str, start: int) -> float:
    """Return how fully the text tells the how from `start` on, 0 (bare) to 1."""
    found = HOW.search(text, start)
    while found and ABLE.match(text, found.start()):
        found = HOW.search(text, found.end() + 12)
    return min(len(text[found.end() :].split()), FULL) / FULL if found else 0.0


def idea(text: str, behind: int, bare: float, names: set[str]) -> float:
    """Return the worth of a sentence that stands `behind` the first proposal (before it: < 0)."""
    if behind < 0 and not WE.search(text):
        return -1.0  # what others did
    worth = 0.3 * min(len(text.split()), 30) / 30
    proposal = PROPOSAL.search(text)
    if proposal:
        worth += 0.5 + 0.6 * how(text, proposal.end())
        if behind > 0:
            worth -= 0.2 + 0.3 * bool(DATA.search(text, proposal.end(), proposal.end() + 60))
    else:
        worth += 0.1 * bool(TASK.search(text)) + doing(text, behind, names)
    if KEY.match(text):
        worth += 0.9
    elif PRECISE.match(text) and not (behind > 0 and bare < 0.5 and TO_WE.match(text)):
        worth += 0.4
    worth += 0.5 * bool(GIST.search(text)) - 0.4 * bool(ALSO.match(text))
    worth -= 0.6 * bool(TESTED.search(text)) + 0.8 * bool(CODE.search(text))
    worth -= 0.3 * bool(HOPE.search(text))
    if behind > 0:
        return worth - 0.06 * behind + (FOLLOWING[behind] * bare if behind <= 3 else 0.0)
    return worth


def doing(text: str, behind: int, names: set[str]) -> float:
    """Return how much a sentence that proposes nothing tells of the workings of a thing."""
    subject = SUBJECT.match(text)
    if subject and DOES.match(text, subject.end()):
        return 0.6
    does = DOES.search(text) is not None
    if subject and does:
        return 0.4
    if any(text.startswith(one) or f", {one} " in text[:80] for one in names):
        return 0.5
    if does and ((behind > 0 and IT.match(text)) or WE.search(text)):
        return 0.4
    return 0.1 * does


def results(texts: Sequence[str], among: Collection[int]) -> list[float]:
    """Return how much each sentence tells what came out; about 1 is plain, below 0 is not.

    Only those `among` are looked at; the others have -1.
    """
    names, texts, first = prepared(texts)
    return [
        result(text, at < first, names) + 0.4 * at / len(texts) if at in among else -1.0
        for at, text in enumerate(texts)
    ]


def result(text: str, before: bool, names: set[str]) -> float:
    """Return the worth of a sentence as a result; `before` the authors speak there are few."""
    shows, proposal = SHOWS.search(text) is not None, PROPOSAL.search(text)
    ours = OURS.search(text) is not None
    worth = 0.5 * shows + 0.5 * bool(BEATS.search(text)) + 0.3 * bool(GETS.search(text))
    worth += 0.15 * (ours or any(one in text for one in names)) + 0.3 * bool(FIGURE.search(text))
    if proposal and "emonstrat" not in proposal[0]:
        worth -= 0.5
    worth -= 0.3 * (not shows and bool(TRIES.match(text))) + 0.8 * bool(CODE.search(text))
    worth -= 0.3 * bool(HOPE.search(text)) + 0.3 * bool(KEY.match(text))
    worth -= 0.05 * bool(ALSO.match(text)) + 0.6 * before
    return worth - 0.7 * (before and not ours and bool(BEFORE.match(text)))
