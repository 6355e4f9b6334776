"""Where a template failed: from Jinja's errors to words, blocks left open, files and lines."""

import re
from itertools import pairwise

import jinja2
from jinja2 import Environment

COLUMN = re.compile(r"(?<=') at \d+$")  # counted with marks, so it says nothing
BLOCKS = frozenset("if for macro call filter with autoescape block".split())


def left_open(run: Environment, text: str, error: jinja2.TemplateSyntaxError) -> int:
    """Return the line of the block that should have been closed, else the line of the error."""
    opened: list[tuple[str, int]] = []  # name and line
    if begun := run_away(text, error.lineno):
        return begun
    if "to be closed" not in words(error):
        return error.lineno
    tokens = (token for token in run.lex(text) if token[1] != "whitespace")
    for (_, before, _), (line, _, name) in pairwise(tokens):
        if line > error.lineno:
            break
        if before == "block_begin" and name in BLOCKS:
            opened.append((name, line))
        elif before == "block_begin" and name.removeprefix("end") in BLOCKS:
            if name.removeprefix("end") not in dict(opened):
                return error.lineno  # this one closes nothing
            last, begun = opened.pop()
            if name != f"end{last}":
                return begun
    return opened[-1][1] if opened else error.lineno


def run_away(text: str, line: int) -> int:
    """Return the line before this one on which a tag begins that still runs on; 0 for none."""
    before = "\n".join(text.split("\n")[: line - 1])
    at = max(before.rfind("{{"), before.rfind("{%"))
    if at < 0 or any(one in before[at:] for one in ("}}", "%}")):
        return 0
    return before.count("\n", 0, at) + 1


def words(error: Exception) -> str:
    """Return what the error says on one line."""
    return COLUMN.sub("", " ".join(str(error).split())) or type(error).__name__


def steps(error: Exception, ending: tuple[str, ...]) -> list[tuple[str, int]]:
    """Return file and line of each step to the error, outermost first, in files so named."""
    found, step = [], error.__traceback__
    while step:
        file = step.tb_frame.f_code.co_filename
        if file.endswith(ending):
            found.append((file, step.tb_lineno))
        step = step.tb_next
    return found
