"""Words for people: foreign text on one line, cut at a word, counted, wrapped for a text part."""

import re
import unicodedata

# Control characters, line and paragraph separators, halves of surrogate pairs, and what is no
# character at all (Unicode 23.7).
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
# They turn what follows round, to the end of its line; marks of one letter's width stay.
TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
JOINER = "\u200d"
COLUMNS = 76
# Letters and signs of which none is wide and none goes on top of another.
NARROW = re.compile("[\x00-\u02ff\u03a3-\u0482\u2010-\u2027\u2030-\u205e]*")


def tidy(text: str) -> str:
    """Return a foreign text on one line, without control characters or turns of direction."""
    # All of those, and each white space but the one of ASCII, are not printable (str.isprintable).
    if text.isprintable() and "  " not in text and not text.startswith(" "):
        return text.rstrip(" ")
    return " ".join(CONTROLS.sub(" ", TURNS.sub("", text)).split())


def cut(text: str, length: int) -> str:
    """Return the text whole, or cut at a word to at most `length` characters with its ellipsis.

    Where words are longer than half the length, as in scripts without spaces, it is cut between
    two characters, but never inside one that is made of several.
    """
    if len(text) <= length:
        return text
    at = text.rfind(" ", 0, length)
    if at < length // 2:
        at = length - 1
        while at > 0 and is_inside(text, at):
            at -= 1
    return text[:at].rstrip(" ,;:-–—(") + "…" if at > 0 else ""


def is_inside(text: str, at: int) -> bool:
    """Return whether a cut here would part a character from its marks."""
    after = unicodedata.category(text[at]) in ("Mn", "Mc", "Me") or text[at] == JOINER
    return after or text[at - 1] == JOINER


def wrap(text: str, rest: str = "", first: str = "") -> str:
    """Return the text in lines of at most 76 columns, the first and the rest each indented so.

    A wide character (Unicode Annex 11) takes two columns. An address is never broken.
    """
    words, room = text.split(), COLUMNS - len(rest)
    if NARROW.fullmatch(text) and len(max(words, key=len, default="")) <= room:
        return "\n".join(narrow_lines(" ".join(words), rest, first))
    lines = list[str]()
    line, used = list[str](), len(first)  # the words of this line and their columns
    for word in words:
        for piece in pieces(word, room):
            columns = width(piece)
            if line and used + 1 + columns > COLUMNS:
                lines.append((rest if lines else first) + " ".join(line))
                line, used = [], len(rest)
            used += columns + (1 if line else 0)
            line.append(piece)
    return "\n".join([*lines, (rest if lines else first) + " ".join(line)])


def narrow_lines(text: str, rest: str, first: str) -> list[str]:
    """Return the lines of a text of words that fit a line, a space apart, a column a letter."""
    lines, indent = list[str](), first
    while (room := COLUMNS - len(indent)) < len(text):
        at = text.rfind(" ", 0, max(room, 0) + 1)
        if at < 0:  # not even its first word fits beside the indent
            at = text.find(" ")
        if at < 0:
            break
        lines.append(indent + text[:at])
        text, indent = text[at + 1 :], rest
    return [*lines, indent + text]


def pieces(word: str, columns: int) -> list[str]:
    """Return the word, or what is longer than a line in parts of a line each."""
    if width(word) <= columns or "://" in word or word.startswith("mailto:"):
        return [word]
    parts, part = [], ""
    for char in word:
        if width(part + char) > columns:
            parts.append(part)
            part = ""
        part += char
    return [*parts, part]


def width(text: str) -> int:
    """Return the columns that the text takes in a fixed-width font."""
    if NARROW.fullmatch(text):
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )
