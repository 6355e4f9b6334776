r"""TeX that lost its backslashes on the way: `2times`, `I(cdot;cdot)`, `mathcal{O}`.

Some pages drop them. Only commands of these closed lists come back, and only where braces, digits
or operators prove mathematics, for `times`, `left` and `text` are English words.
"""

import re
from string import digits

GREEK = (
    "alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|theta|kappa|lambda|mu|nu|xi|pi|rho|sigma"
    "|tau|phi|varphi|chi|psi|omega|Gamma|Delta|Theta|Lambda|Sigma|Phi|Psi|Omega|ell|infty|nabla"
)
BRACED = (
    "text(?:bf|it|tt|sc|rm|sf)?|emph|math(?:cal|bb|bf|rm|it|sf|tt|frak|scr)|boldsymbol|operatorname"
    "|[dt]?frac|sqrt|wide(?:tilde|hat)|overline|underline|tilde|hat|bar|vec"
)
RELATION = "cdot|times|leq|geq|neq|approx|sim|pm|propto|rightarrow"
# Bounded, or each of many that never close would be followed up to the end of the text.
GROUP = r"\s?[(\[|](?:[^()\[\]]|\([^()]{0,100}\)){0,150}"
# Each repair: what proves that a command stood here, and what it was. First, one of the signs that
# no match can lack: a text that holds one seldom holds another, and looking is cheap.
REPAIRS = tuple(
    (signs, re.compile(pattern), repair)
    for signs, pattern, repair in (
        ("{", rf"(?<![\\A-Za-z])({BRACED})(?=\{{)", r"\\\1"),
        (
            ("left(", "left[", "left|", "left "),
            rf"(?<![\\A-Za-z])(propto|sim|approx|cdot)?left({GROUP})right([)\]|])",
            r"\1\2\3",
        ),
        (("propto",), r"(?<![\\A-Za-z])propto(?=[(\[\d\\])", "∝"),
        (
            ("times",),
            r"(?<=\d)\s?times\s?(?=\d)|(?<=\d)times(?![A-Za-z])|(?<![A-Za-z\\])times(?=\d)",
            "×",
        ),
        (("cdot",), r"(?<=[(\[;,|])\s?cdot(?=\s?[)\];,|])", "·"),
        (("",), rf"([\d)\]}}])\s?({RELATION})\s?(?=[\d(\[{{\\])", r"\1 \\\2 "),
        # One variable glued to its relation, another behind it: `ngg m`, but never "egg m".
        (
            ("gg ", "eq "),
            r"(?<![\\\w])([B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z])(gg|leq|geq|neq) (?=[A-Za-z\d](?!\w))",
            r"\1 \\\2 ",
        ),
        ("_^", rf"(?<![\\A-Za-z])({GREEK})(?=[_^])", r"\\\1"),
        (("",), rf"([\d_^])({GREEK})(?![A-Za-z])", r"\1\\\2"),
    )
)
# Without one of these no repair can match.
SIGNS = ("{", "^", "_", "times", "cdot", "propto", "right", "gg ", "eq ", " %")
GLUED = re.compile(rf"\d\)?\s?(?:{RELATION}|{GREEK})")
# Between dollar signs nothing needs proof but that no backslash is left.
INSIDE = re.compile(
    rf"(?<![\\A-Za-z])({GREEK}|{BRACED}|{RELATION}|left|right|log|exp|min|max|le|ge|in|to|circ)(?![A-Za-z])"
)
# What is left of \href{..}{..}.
LINKED = re.compile(r"(https?://[^\s{}]{1,2000}+)\{([^{}]{0,600}+)\}")
COMMENTED = re.compile(r"(?<=[a-z,;.] )%(?=[a-z]{3})")


def restored_formula(formula: str) -> str:
    """Return the inside of a formula with its lost commands back, if all are lost."""
    return formula if "\\" in formula else INSIDE.sub(r"\\\1", formula)


def restored(text: str) -> str:
    """Return prose with its lost commands back."""
    if "://" in text:
        text = LINKED.sub(r"\2 (\1)", text)
    if " %" in text:
        text = COMMENTED.sub("", text)
    if is_lost(text):
        for signs, pattern, repair in REPAIRS:
            if any(sign in text for sign in signs):
                text = pattern.sub(repair, text)
    return text


def is_lost(text: str) -> bool:
    """Return whether a text may have lost commands."""
    for sign in SIGNS:  # a loop, for any() takes twice as long and every text comes by here
        if sign in text:
            return True
    if text.isascii() and not any(map(text.__contains__, digits)):
        return False
    return GLUED.search(text) is not None
