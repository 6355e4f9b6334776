"""The labels of structured abstracts: "Methods:", "RESULTS", "Aims." and what each announces."""

import re

ROLES = {
    "problem": """background backgrounds introduction context importance rationale motivation
        problem significance overview""",
    "aim": "objective objectives aim aims purpose purposes goal goals question hypothesis",
    "method": """method methods methodology materials material design setting settings patients
        participants participant subjects sample intervention interventions exposure exposures
        measures measurements outcome outcomes main primary procedure procedures approach data
        sources source study selection extraction synthesis analysis statistical experimental""",
    "result": "result results finding findings main observations",
    "conclusion": """conclusion conclusions interpretation implications relevance discussion
        summary meaning""",
    "rest": """limitations limitation funding registration trial availability contact
        supplementary keywords disclosure""",
}
LABELS = tuple(ROLES)
ROLE_OF = {word: role for role, words in ROLES.items() for word in reversed(words.split())}
NAME = r"[A-Z][A-Za-z]+(?:(?:,? (?:and|of|&) |, | ?/ ?| )[A-Za-z]+){0,5}"
LABEL = re.compile(rf"({NAME})(?:\s?[:—–]|\.(?=\s|$)|\s-(?=\s))\s*")
CAPITALS = re.compile(r"([A-Z]{4,}(?:(?: AND |, | & | / | )[A-Z]{4,}){0,4})[:.]?\s+(?=[A-Z0-9])")
JOINING = frozenset(("and", "of", "the", "or", "for"))


def label(text: str, start: int, end: int) -> tuple[str, int]:
    """Return the role that a label at `start` announces ("" if none stands there) and its end."""
    return (
        announced(LABEL.match(text, start, end))
        or announced(CAPITALS.match(text, start, end))
        or ("", start)
    )


def announced(found: re.Match[str] | None) -> tuple[str, int] | None:
    """Return the role and the end of a label that was found, None if it is another word."""
    if not found:
        return None
    words = [word for word in re.findall(r"[a-z]+", found[1].lower()) if word not in JOINING]
    roles = [ROLE_OF.get(word) for word in words]
    if not words or None in roles:
        return None
    # "Main results" are results, "conclusions and relevance" a conclusion, "study design" a method.
    return str(roles[-1] if words[0] in ("main", "study") else roles[0]), found.end()


def sections(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int, int, str]]:
    """Return each sentence as its start, the start behind its label, its end and its role.

    A label that stands alone ("Aims.") is no sentence, and its role holds until the next one.
    Unless two labels or more are found, the first word of a sentence is taken as no label.
    """
    found = [label(text, start, end) for start, end in spans]
    structured = sum(role != "" for role, _ in found) >= 2
    told, role = [], ""
    for (start, end), (own, body) in zip(spans, found, strict=True):
        if not own:
            told.append((start, start, end, role))
            continue
        if structured:
            role = own
        if body < end:
            plain = structured or (text[body - 1] == " " and text[start:body].rstrip()[-1:] == ":")
            told.append((start, body if plain else start, end, role))
    return told or [(start, start, end, "") for start, end in spans]
