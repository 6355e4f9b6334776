"""MJML, the template files it was built from, its HTML; in: text, out: text or place and why."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from mjml import mjml2html

# A comment, a whole tag with quoted attributes, or a "<" that begins neither.
TAG = re.compile(
    r"<!--.*?-->|<(?P<slash>/?)(?P<name>[A-Za-z][\w:-]*)"
    r"(?:\s+[\w:.-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'))?)*\s*(?P<closed>/?)>|<",
    re.DOTALL,
)
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a template file."""

    file: Path
    line: int

    @property
    def excerpt(self) -> str:
        """Return the line's words."""
        lines = self.file.read_text(encoding="utf-8", errors="replace").split("\n")
        return lines[self.line - 1].strip() if self.line <= len(lines) else ""


@dataclass(frozen=True, slots=True)
class Built:
    """MJML after the build stage, and the place in a file that each of its pieces came from."""

    text: str
    starts: tuple[int, ...]  # where each piece begins in the text, ascending; the first is 0
    places: tuple[Place, ...]

    def place(self, at: int) -> Place:
        """Return the place that the character at this position came from."""
        return self.places[bisect_right(self.starts, at) - 1]

    def apart(self) -> tuple[str, list[Place]]:
        """Return the text with each place on lines of its own, and the place of each line."""
        pieces, lines = list[str](), list[Place]()
        for place, (start, end) in zip(
            self.places, pairwise((*self.starts, len(self.text))), strict=True
        ):
            if start == end:
                continue
            if lines and not pieces[-1].endswith("\n"):
                if lines[-1] == place:
                    lines.pop()
                else:
                    pieces.append("\n")
            piece = self.text[start:end]
            pieces.append(piece)
            lines += [place] * len(piece.removesuffix("\n").split("\n"))
        return "".join(pieces), lines


class MjmlError(ValueError):
    """MJML that cannot be compiled: the position in it, None if unknown, and the reason."""

    def __init__(self, at: int | None, reason: str) -> None:
        super().__init__(reason)
        self.at = at
        self.reason = reason


def compile_mjml(text: str) -> str:
    """Return the HTML of a whole MJML document, without comments and without web fonts.

    Raises MjmlError if the document is not well formed.
    """
    tags = list(TAG.finditer(text))
    # The compiler takes any closing tag for the one it waits for, so its own are checked first.
    own = [tag for tag in tags if text.startswith(("<mj", "</mj"), tag.start())]
    for at, reason in faults(own):
        raise MjmlError(at, reason)
    try:
        return str(mjml2html(text, disable_comments=True, fonts={}))
    except ValueError as error:
        # It seldom says where it gave up, so all tags are walked to find out.
        where, reason = next(faults(tags), (None, f"MJML: {error}"))
        raise MjmlError(where, reason) from error


def faults(tags: Sequence[re.Match[str]]) -> Iterator[tuple[int, str]]:
    """Yield the position and the reason of each tag that is malformed, unclosed or closes wrong."""
    opened: list[tuple[str, int]] = []  # name and position
    for tag in tags:
        at, name = tag.start(), tag["name"]
        if tag.group() == "<":
            yield at, "this < begins no tag (attributes want quotes; in conditions write `is lt`)"
        elif not name or tag["closed"] or name.lower() in VOID:
            continue
        elif not tag["slash"]:
            opened.append((name, at))
        elif not opened:
            yield at, f"</{name}> closes nothing"
        elif opened[-1][0] == name:
            opened.pop()
        elif name in dict(opened):  # it belongs to one further out: those inside were forgotten
            last, begun = opened.pop()
            while last != name:
                yield begun, f"<{last}> is still open at </{name}>"
                last, begun = opened.pop()
        else:
            yield at, f"</{name}> stands where <{opened[-1][0]}> is still open"
            opened.pop()
    for name, at in opened:
        yield at, f"<{name}> is never closed"
