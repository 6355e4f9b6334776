"""Rules over the line that an inbox shows after the subject (the preheader)."""

import re
from collections.abc import Iterator

from newsletter.rendering.lint.contrast import LIGHT, mode_of
from newsletter.rendering.lint.finding import WARN, Finding, shown
from newsletter.rendering.lint.page import Parts

SHORTEST, LONGEST = 40, 110  # characters
# Invisible letters that fill an inbox's line, so that the body does not leak into it.
FILLER = re.compile("[\u00a0\u00ad\u034f\u061c\u180e\u2007\u200b-\u200f\u2060\u2800\ufeff\\s]+")
PADDED = 60  # of them


def check(parts: Parts) -> Iterator[Finding]:
    """Look at the first text of the body."""
    mode = mode_of(parts, LIGHT)
    first = next(parts.tree.seen(), None)
    if first is None:
        yield Finding("preheader", WARN, "the HTML shows no text at all; is a template empty?")
        return
    if not mode.look(first[0]).is_hidden:
        told = f"there is no preheader; an inbox shows {shown(first[1].strip())} after the subject"
        yield Finding("preheader", WARN, f"{told}: begin the body with hidden text")
        return
    whole = "".join(first[0].texts)
    line = FILLER.sub(" ", whole).strip()
    if not line:
        yield Finding("preheader", WARN, "the preheader is empty; say what comes after the subject")
        return
    if line.casefold() == parts.fields.subject.strip().casefold():
        told = f"the preheader {shown(line)} is the subject again; say what comes next"
        yield Finding("preheader", WARN, told)
    if not SHORTEST <= len(line) <= LONGEST:
        told = f"the preheader {shown(line)} has {len(line)} characters"
        yield Finding("preheader", WARN, f"{told}; {SHORTEST} to {LONGEST} fill an inbox's line")
    if sum(map(len, FILLER.findall(whole))) - line.count(" ") + len(line) < LONGEST + PADDED // 2:
        told = "the preheader is not padded, so the body's first words leak into the inbox's line"
        yield Finding("preheader", WARN, f"{told}: add &#847;&zwnj;&nbsp; some 40 times")
