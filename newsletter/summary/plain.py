"""What tells a contribution or a finding in fields far from the one learned from."""

import re
from collections.abc import Sequence

import numpy as np

from newsletter.summary.bag import Matrix
from newsletter.summary.edits import WORK
from newsletter.summary.features import CUES
from newsletter.summary.salience import Vector

# In foreseen ROUGE; set by hand.
PLAIN = {
    "we propose": 0.07,
    "propose": 0.02,
    "we show": 0.10,
    "show": 0.05,
    "this work": 0.02,
    "results show": 0.05,
    "finding": 0.04,
    "drawing": 0.03,
    "number": 0.05,
    "here": 0.05,
    "insight": 0.02,
    "opening": -0.10,
    "contrast": -0.06,
    "problem": -0.05,
    "code": -0.08,
    "hedged": -0.06,
    "pointing": -0.04,
    "following": -0.08,
    "vague": -0.04,
    "question": -0.12,
    "gathered": -0.10,
    "change": 0.04,
}
WEIGHTS = np.array([PLAIN.get(name, 0.0) for name in CUES])
OWN = tuple(CUES.index(name) for name in ("self early", "self later", "this work", "here", "ours"))
NUMBER, CHANGE, GATHERED, DRAWING = (
    CUES.index(name) for name in ("number", "change", "gathered", "drawing")
)
NEXT, ADVISED, SET, ASIDES, BRIEF = 0.10, 0.08, 0.10, 0.05, 0.04  # in foreseen ROUGE
LATE = 0.6  # of the way through; what is found there is secondary, but for a conclusion
# Done by nobody named, as chemists and mathematicians write.
PASSIVE = re.compile(
    r"\b(?:is|are|was|were|has been|have been) (?:\w+ly )?(?:shown|proved|proven|found|demonstrated"
    r"|synthesi[sz]ed|derived|determined|developed|established|obtained|identified|detected"
    r"|observed|described|presented|introduced|constructed|reported)\b"
)
ADVICE = re.compile(
    r"\b(?:should|ought|suggests? that|suggesting|impl(?:y|ies)|could be|need not|envelope"
    r"|we (?:discuss|caution|close|conclude by)|open question|remains? (?:open|to be))\b"
)
# How a thing was looked into, which is not yet what came out.
SETTING = re.compile(
    r"\b(?:asks? (?:whether|how|why|what)|(?:field |controlled )?experiment with|randomly assigned"
    r"|(?:run|ran|conduct\w*|perform\w*) (?:an?|the) (?:\w+ )?(?:experiment|survey|study|trial)"
    r"|(?:case-control|cohort|field|preregistered) (?:study|experiment)|study of \d|respondents"
    r"|(?:was|were) (?:followed by|searched|sampled|logged|collected|recorded|varied)"
    r"|we (?:followed|recruited|digiti[sz]e|interviewed|logged|analy[sz]ed|screened|combined"
    r"|tracked|surveyed|compared|sampled|(?:study|studied|examined?|investigated?|consider(?:ed)?)\b)"
    r"|we measured .{3,60} in (?:[\d,]+|\w+ hundred) \w+"
    rf"|{WORK} (?:uses|reads|draws|studies|examines|considers|investigates|describes|asks)"
    r"|experiments? (?:with|on) [\d,]+ \w+|participants \(|allows? (?:the|us|one|them)\b"
    r"|makes? it possible|we ask)\b|^let\s",
    re.IGNORECASE,
)
# Announces the claim itself.
CLAIM = re.compile(
    r"\b(?:main (?:theorem|result|finding) (?:states?|is|says)|(?:it|article|essay|paper|study)"
    r" (?:contends|argues|shows|demonstrates|finds|reveals) that|we (?:prove|show|conclude|find)"
    r" that)\b",
    re.IGNORECASE,
)
# Said by the way: a control, a use, an aside.
ASIDE = re.compile(
    r"^(?:as an? (?:application|by-product|corollary)"
    r"|(?:\w+ ){1,2}(?:proved|confirmed|verified) that"
    r"|(?:also|too|moreover)\b)|\b(?:is robust|are robust|in fact)\b",
    re.IGNORECASE,
)
FEW = 9  # words; so short a sentence tells a part of a finding


def points(rows: Matrix, texts: Sequence[str], labelled: bool) -> Vector:
    """Return what each sentence gains by its cues; `rows` are the sentences' features.

    Figures that change count more together. What stands before the authors speak of their own
    work, and has no figures, is what others did. The main finding is told before the others,
    unless sections are `labelled`.
    """
    gained = rows[:, : len(CUES)] @ WEIGHTS
    gained += 0.08 * rows[:, NUMBER] * rows[:, CHANGE] * (rows[:, GATHERED] == 0)
    passive = np.array([PASSIVE.search(text) is not None for text in texts])
    advice = np.array([ADVICE.search(text) is not None for text in texts])
    setting = np.array([SETTING.search(text) is not None for text in texts])
    own = rows[:, OWN].any(axis=1) | passive
    if own.any():
        before = np.arange(len(texts)) < int(own.argmax())
        gained -= 0.08 * (before & (rows[:, NUMBER] == 0))
    place = np.arange(len(texts)) / len(texts)
    gained -= 0.0 if labelled else 0.06 * ((place > LATE) & (rows[:, DRAWING] == 0))
    aside = np.array([ASIDE.search(text) is not None for text in texts])
    claim = np.array([CLAIM.search(text) is not None for text in texts])
    brief = np.array([len(text.split()) < FEW for text in texts])
    found = np.zeros(len(texts))
    if setting.any() and not labelled:
        # What came out is told first where the telling of how it was looked into ends.
        at = int(np.flatnonzero(setting)[0]) + 1
        while at < len(texts) and setting[at]:
            at += 1
        found[at : at + 1] = NEXT
    against = ADVISED * advice + SET * setting + ASIDES * aside + BRIEF * brief
    return np.asarray(gained + 0.06 * (passive | claim) + found - against, dtype=np.float64)
