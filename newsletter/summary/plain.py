"""What tells a contribution or a finding in fields far from the one learned from.

What each sign counts is learned (`train.py`) from abstracts of many fields that we wrote.
"""

import re
from collections.abc import Sequence

import numpy as np

from newsletter.summary.bag import Matrix
from newsletter.summary.edits import WORK
from newsletter.summary.sections import LABELS

OWN = "passive|advice|setting|aside|claim|brief|figure|supposed".split("|")
SIGNS = (
    *OWN,
    *(f"{one} before" for one in OWN),
    *(f"{one} after" for one in OWN),
    *(f"labelled {one}" for one in LABELS),
)
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
    r"|we (?:followed|recruited|digiti[sz]e|interviewed|logged|analy[sz]ed?|screened|combined"
    r"|tracked|surveyed|compared|sampled|observed? (?!that)"
    r"|report (?:on )?(?:measurements|observations)"
    r"|(?:study|studied|examined?|investigated?|consider(?:ed)?)\b)"
    r"|(?:was|were) (?:observed|monitored|imaged|tested|dried|exposed)"
    r" (?:for|with|from|at|in|during|on)"
    r"|we measured .{3,60} in (?:[\d,]+|\w+ hundred) \w+"
    rf"|{WORK} (?:uses|applies|reads|draws|studies|examines|considers|investigates|describes|asks)"
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
# What is supposed is not what is told.
SUPPOSED = re.compile(r"(?:Let|Suppose|Assume|Consider)\s")
FIGURE = re.compile("[0-9]")
FEW = 9  # words; so short a sentence tells a part of a finding


def signs(texts: Sequence[str], labels: Sequence[str]) -> Matrix:
    """Return one row for each sentence, shape (n, len(SIGNS)); `labels` are its sections' roles."""
    own = np.array([signed(text) for text in texts], dtype=np.float64)
    before, after = np.zeros_like(own), np.zeros_like(own)
    before[1:], after[:-1] = own[:-1], own[1:]
    labelled = np.array([[one == each for each in LABELS] for one in labels], dtype=np.float64)
    return np.hstack([own, before, after, labelled])


def signed(text: str) -> tuple[bool, ...]:
    """Return which of OWN a sentence has."""
    return (
        PASSIVE.search(text) is not None,
        ADVICE.search(text) is not None,
        SETTING.search(text) is not None,
        ASIDE.search(text) is not None,
        CLAIM.search(text) is not None,
        len(text.split()) < FEW,
        FIGURE.search(text) is not None,
        SUPPOSED.match(text) is not None,
    )
