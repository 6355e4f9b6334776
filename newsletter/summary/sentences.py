"""A text's sentences, each with the place where it stands."""

import re

# A full stop, then space, then what can begin a sentence; or no space, before a plain opener.
END = re.compile(
    r"([.!?。！？][\"'”’)\]]*)(?:\s+(?=[\"'“‘(\[$\\]*[^\W\d_a-z]|[\"'“‘(\[]*\d|[a-z]{1,2}[A-Z])"
    r"|(?<=[。！？])\s*"
    r"|(?<=[a-z)\]][.!?])(?=(?:We|The|This|These|In|Our|To|It|However|Our|Here)\s))"
)
ABBREVIATIONS = frozenset(
    """al approx ca cf chap corr def dept dr e.g eq eqn eqs est etc fig figs i.e incl lem mr mrs ms
    no nos pp prof prop ref refs resp sec secs sect sp spp st subsp suppl tab thm var viz vol vs
    w.r.t jan feb apr aug sept oct nov dec""".split()
)
# After these a sentence ends if the next word plainly begins one: "GANs, VAEs, etc. We show".
DOUBTFUL = frozenset(("al", "etc", "resp"))
OPENER = re.compile(r"\s*(?:We|The|This|These|In|Our|To|It|However|Here|Results|Using|For|By)\s")
DOTTED = re.compile(r"(?:[A-Z]\.)+[A-Z]")  # U.S., which may end a sentence or not
# "1." that numbers a point of a list: after a colon, a semicolon or the end of a sentence.
# The 2 of "by a factor of 1.2." numbers nothing.
POINT = re.compile(r"(?:^|[:;!?]|\.(?!\S))\s*\(?[0-9ivx]{1,3}\Z")


def split(text: str) -> list[tuple[int, int]]:
    """Return start and end of each sentence; text[start:end] has no space at its ends.

    An abbreviation ("et al.", "Fig.", "i.e."), a single initial ("J. Doe") and the number of a
    point in a list ("1. We") do not end one; a unit does ("at 2.7 K. The").
    """
    spans, start = [], len(text) - len(text.lstrip())
    for found in END.finditer(text):
        if found.start() >= start and ends_sentence(text, start, found.start()):
            spans.append((start, found.end(1)))
            start = found.end()
    if text[start:].strip():
        spans.append((start, len(text.rstrip())))
    return spans


def ends_sentence(text: str, start: int, stop: int) -> bool:
    """Return whether the mark at `stop` ends the sentence that began at `start`."""
    if text[stop] != ".":
        return True
    words = text[max(start, stop - 200) : stop].rsplit(None, 2)  # the last two are looked at
    last = words[-1].lstrip("([\"'“‘") if words else ""
    lower = last.lower()
    if lower in ABBREVIATIONS or DOTTED.fullmatch(last):
        doubtful = lower in DOUBTFUL or lower not in ABBREVIATIONS
        return doubtful and OPENER.match(text, stop + 1) is not None
    if len(last) <= 3 and POINT.search(text, max(start, stop - 12), stop):
        return False
    # An initial: one capital letter that no number stands before, as in "J. Doe".
    initial = len(last) == 1 and last.isalpha() and last.isupper()
    after_number = len(words) > 1 and words[-2][-1].isdigit()
    return not initial or after_number
