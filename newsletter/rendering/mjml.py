"""MJML to HTML, and where in the MJML a compilation failed; in: text, out: text or place and why."""

import re
from collections.abc import Iterator, Sequence

from mjml import mjml2html

# A comment, a whole tag with quoted attributes, or a "<" that begins neither.
TAG = re.compile(
    r"<!--.*?-->|<(?P<slash>/?)(?P<name>[A-Za-z][\w:-]*)"
    r"(?:\s+[\w:.-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'))?)*\s*(?P<closed>/?)>|<",
    re.DOTALL,
)
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())


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
