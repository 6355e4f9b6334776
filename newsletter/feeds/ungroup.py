"""TeX's braces in a bibliography: those that only group go, those of a macro or formula stay."""

import re

PIECE = re.compile(r"\\[A-Za-z]+\*?|\\.|[{}$^_]|[^\\{}$^_]+|\\", re.DOTALL)
SIGN = re.compile(r"[\\{}$^_]")
MACRO_ALONE = re.compile(r"\{\\(?:[A-Za-z]+|[%&_#$])\}")
ADDRESS_MACRO = re.compile(r"\\(?:url|href|path|nolinkurl)\b|\\(?=[%&_#$~{}])|[{}]")


def ungrouped(text: str) -> str:
    r"""Return the text without braces that only group: "{The {B}ayesian} Way" loses all.

    `\"{o}`, `{\"o}`, `\textbf{x}` and `$x^{2}$` keep theirs, for clean() to read.
    """
    if not SIGN.search(text):
        return text
    pieces = PIECE.findall(text)
    kept, opened = list[str](), list[bool]()
    takes, formula = False, False  # an argument may follow; between dollar signs
    for place, piece in enumerate(pieces):
        following = pieces[place + 1] if place + 1 < len(pieces) else ""
        if piece == "{":
            alone = MACRO_ALONE.fullmatch("".join(pieces[place : place + 3]))
            if alone and not takes:  # {\textasciitilde} is \textasciitilde{}
                pieces[place + 1] += "{}" if following[1:].isalpha() else ""
            opened.append(takes or formula or (following.startswith("\\") and not alone))
            kept += [piece] if opened[-1] else []
            takes = False
        elif piece == "}":
            stays = opened.pop() if opened else formula
            kept += [piece] if stays else []
            takes = stays
        else:
            formula = formula != (piece == "$")
            macro = piece.startswith("\\") and piece[1:] not in ("", "&", "%", "$", "#", "_")
            takes = macro or piece in "^_" or (takes and piece.isspace())
            kept.append(piece)
    return "".join(kept)


def plain_address(text: str) -> str:
    r"""Return an address or DOI without TeX: `\url{https://e.org/a\_b}` is https://e.org/a_b."""
    return ADDRESS_MACRO.sub("", text).strip() if text else ""


def split_at_depth_0(text: str, between: re.Pattern[str]) -> list[str]:
    """Return the parts of a text between separators that stand in no braces."""
    depths = [0]
    for sign in text:
        depths.append(max(0, depths[-1] + (sign == "{") - (sign == "}")))
    parts, start = [], 0
    for found in between.finditer(text):
        if not depths[found.start()]:
            parts.append(text[start : found.start()])
            start = found.end()
    return [*parts, text[start:]]
