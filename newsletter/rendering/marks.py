"""Template files as text, and marks in it that lead back from what was built to file and line."""

import re
from pathlib import Path

from newsletter.errors import TemplateError
from newsletter.rendering.mjml import Place

BUILD_TAG = re.compile(r"(\[%.*?%\]|\[\[.*?\]\]|\[#.*?#\])", re.DOTALL)
# After these the text is another file's, or the includer's again.
TURN = re.compile(r"\[%[-+]?\s*(?:include|block|endblock)\b.*[^-]%\]", re.DOTALL)


def read(path: Path) -> str:
    """Return the text of a template file; raises TemplateError if it is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        place = Place(path, error.object.count(b"\n", 0, error.start) + 1)
        reason = f"not UTF-8: byte 0x{error.object[error.start]:02x}"
        raise TemplateError(str(path), place.line, reason, place.excerpt) from error


def mark(text: str, file: int) -> str:
    """Return the text with file and line number before each line and after a turn."""
    pieces, line = [f"\x01{file}\x021\x03"], 1
    for number, piece in enumerate(BUILD_TAG.split(text)):
        is_tag = number % 2 == 1
        for at, part in enumerate(piece.split("\n")):
            if at:
                line += 1
                pieces.append("\n" if is_tag else f"\n\x01{file}\x02{line}\x03")
            pieces.append(part)
        if is_tag and TURN.fullmatch(piece):
            pieces.append(f"\x01{file}\x02{line}\x03")
    return "".join(pieces)
