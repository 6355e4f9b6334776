"""A text's sentences, each with the place where it stands."""

import re

# A full stop, then space, then what can begin a sentence.
END = re.compile(r"([.!?][\"'”’)\]]*)\s+(?=[\"'“‘(\[]*[^\W\d_a-z]|[\"'“‘(\[]*\d)")
ABBREVIATIONS = frozenset(
    """al approx ca cf dr e.g eq eqs etc fig figs i.e incl mr mrs ms no nos prof ref refs resp sec
    sect st tab vol vs w.r.t""".split()
)


def split(text: str) -> list[tuple[int, int]]:
    """Return start and end of each sentence; text[start:end] has no space at its ends.

    An abbreviation ("et al.", "Fig.", "i.e.") and a single initial ("J. Doe") do not end one; a
    unit does ("at 2.7 K. The").
    """
    spans, start = [], len(text) - len(text.lstrip())
    for found in END.finditer(text):
        if ends_sentence(text, start, found.start()):
            spans.append((start, found.end(1)))
            start = found.end()
    if text[start:].strip():
        spans.append((start, len(text.rstrip())))
    return spans


def ends_sentence(text: str, start: int, stop: int) -> bool:
    """Return whether the mark at `stop` ends the sentence that began at `start`."""
    if text[stop] != ".":
        return True
    words = text[start:stop].rsplit(None, 2)  # the last two are looked at
    last = words[-1].lstrip("([\"'").lower() if words else ""
    if last in ABBREVIATIONS:
        return False
    # An initial: one capital letter that no number stands before, as in "J. Doe".
    initial = len(last) == 1 and last.isalpha() and words[-1].isupper()
    after_number = len(words) > 1 and words[-2][-1].isdigit()
    return not initial or after_number
