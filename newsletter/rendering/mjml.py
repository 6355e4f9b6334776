"""MJML to HTML, and where in the MJML a compilation failed; in: text, out: text or line and why."""

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
    """MJML that cannot be compiled: the line in it, None if unknown, and the reason."""

    def __init__(self, line: int | None, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


def compile_mjml(text: str) -> str:
    """Return the HTML of a whole MJML document, without comments and without web fonts.

    Raises MjmlError if the document is not well formed.
    """
    tags = list(TAG.finditer(text))
    # The compiler takes any closing tag for the one it waits for, so its own are checked first.
    own = [tag for tag in tags if text.startswith(("<mj", "</mj"), tag.start())]
    for line, reason in faults(text, own):
        raise MjmlError(line, reason)
    try:
        return str(mjml2html(text, disable_comments=True, fonts={}))
    except ValueError as error:
        # It seldom says where it gave up, so all tags are walked to find out.
        line, reason = next(faults(text, tags), (None, f"MJML: {error}"))
        raise MjmlError(line, reason) from error


def faults(text: str, tags: Sequence[re.Match[str]]) -> Iterator[tuple[int | None, str]]:
    """Yield the line and the reason of each tag that is malformed, unclosed or closed too much."""
    opened: list[tuple[str, int]] = []  # name and line
    for tag in tags:
        line = text.count("\n", 0, tag.start()) + 1
        name = tag["name"]
        if tag.group() == "<":
            yield line, "this < begins no tag (attributes want quotes; in conditions write `is lt`)"
        elif not name or tag["closed"] or name.lower() in VOID:
            continue
        elif not tag["slash"]:
            opened.append((name, line))
        elif not opened:
            yield line, f"</{name}> closes nothing"
        else:
            last, _ = opened.pop()
            if last != name:
                yield line, f"</{name}> stands where <{last}> is still open"
    for name, line in opened:
        yield line, f"<{name}> is never closed"
