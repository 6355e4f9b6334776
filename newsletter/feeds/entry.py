"""What readers share about one entry: its names, its dates, its links and whether it stands."""

import calendar
import re
import time
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

from newsletter.domain.paper import arxiv_id
from newsletter.feeds.clean import LONGEST_LABEL, LONGEST_NAME, clean, shortened, storable

WORK = "(?:paper|article|manuscript|submission|preprint|work|note|report|thesis|version|draft)"
WITHDRAWN = re.compile(
    rf"^\W*(?:arxiv admin note\W*)?(?:(?:this|the|our) (?:\w+ )?{WORK}"
    r" (?:has been|have been|had been|is|was) (?:\w+ly )?(?:being )?(?:withdrawn|retracted)\b"
    r"|(?:withdrawn|retracted)(?: \w+)? by (?:the |arxiv )?"
    r"(?:(?:first|corresponding|submitting) )?(?:authors?|admin)"
    rf"|(?:{WORK} )?(?:withdrawn|retracted)(?:\W*$|[.:;,\])]| due| because))",
    re.IGNORECASE,
)
SUFFIX = re.compile(r"(?:Jr|Sr|II|III|IV|Ph\.?D|M\.?D)\.?", re.IGNORECASE)
AFFILIATION = re.compile(r"\s*\([^()]*\)")
BETWEEN = re.compile(r"\s+and\s+(?=\S+\s\S)")
COLLABORATION = re.compile(r"(?<=ollaboration):\s*")
# A name with a comma that is no person's: "Institute of Physics, Oslo".
NO_PERSON = re.compile(
    r"\b(?:of|for|and|at|on behalf)\b|\d|(?i:\b(?:[ck]ollabor\w+|consortium|group|team|university"
    r"|institute?|department|committee|inc|ltd|llc|gmbh)\b)"
)
DATACITE = re.compile(r"10\.48550/arxiv\.", re.IGNORECASE)  # arXiv's own DOIs
LONGEST_ADDRESS = 2000
LONGEST_LIST = 200_000  # characters; the five thousand authors of one paper have 100,000
DEEPEST_BRACKETS = 8
MOST_LABELS = 1000
MOST_NAMES = 20_000
NAME_WITH_ALL = 1000  # characters that a name may have with its affiliation
# With nothing in it to be resolved, decoded or refused.
PLAIN_ADDRESS = re.compile(r"https?://[a-z0-9.-]+(?:/[A-Za-z0-9._/-]*)?")


def is_withdrawn(abstract: str, comment: str = "") -> bool:
    """Return whether an abstract or comment begins by saying that the paper is withdrawn."""
    return bool(WITHDRAWN.search(abstract[:300]) or WITHDRAWN.search(comment[:300]))


def names(text: str) -> tuple[str, ...]:
    """Return the authors of one list: "A. Turing (NPL), E. Berkeley, Jr., and G. Hopper".

    Affiliations in brackets go, a "Jr." stays with its name. Between semicolons stand whole names,
    "Turing, A.; Hopper, G.".
    """
    found: list[str] = []
    cleaned = clean(text, LONGEST_LIST)
    if "ollaboration:" in cleaned:
        cleaned = COLLABORATION.sub(", ", cleaned)
    whole = split_outside_brackets(cleaned, ";")
    if len(whole) > 1:
        return tuple(dict.fromkeys(name for one in whole for name in one_or_more(one)))
    for part in split_outside_brackets(cleaned, ","):
        for one in persons(part):
            if SUFFIX.fullmatch(one) and found:
                found[-1] = f"{found[-1]}, {one}"
            else:
                found.append(one)
    return cleaned_names(found)


def people(given: list[str]) -> tuple[str, ...]:
    """Return the authors of a list of names, of which one may be several: "A. Roe and B. Poe"."""
    found: list[str] = []
    for text in given[:MOST_NAMES]:
        if ";" in text:
            found += names(text)
        elif "and " in text:
            found += persons(clean(text, NAME_WITH_ALL))
        else:
            found.append(text)
    return cleaned_names(found)


def persons(text: str) -> list[str]:
    """Return the names that an "and" joins; "Institute for Art and Pure Science" is one."""
    name = text.strip().removeprefix("and ").strip()
    if " and " not in name or NO_PERSON.search(AFFILIATION.sub("", name).replace(" and ", " ")):
        return [name]
    return BETWEEN.split(name)


def one_or_more(text: str) -> tuple[str, ...]:
    """Return "Turing, A." as one name, and "A. Turing, G. Hopper" as two."""
    return cleaned_names([text]) if given_first(text) != text else names(text.strip())


def split_outside_brackets(text: str, signs: str) -> list[str]:
    """Return the parts between these signs that stand in no brackets."""
    if "(" not in text and len(signs) == 1:
        return text.split(signs)
    parts, depth, start = [], 0, 0
    for place, sign in enumerate(text):
        depth = max(0, depth + (sign == "(") - (sign == ")"))
        if sign in signs and not depth:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


def cleaned_names(found: list[str]) -> tuple[str, ...]:
    """Return the names clean, given names first, without affiliations, each once and in order."""
    first = found[:MOST_NAMES]
    return tuple(dict.fromkeys(name for one in first if (name := cleaned_name(one))))


@lru_cache(maxsize=8192)
def cleaned_name(text: str) -> str:
    """Return one name clean, given names first, without affiliations; "" if it has no letter."""
    name = clean(text, NAME_WITH_ALL)
    for _ in range(DEEPEST_BRACKETS if "(" in name else 0):  # they lie in each other
        name = AFFILIATION.sub("", name)
    if not any(map(str.isalpha, name)):
        return ""
    return shortened(given_first(name.split("(")[0].strip(" ,;")), LONGEST_NAME)


def given_first(name: str) -> str:
    """Return "Lovelace, Ada" as "Ada Lovelace", any other name ("E. Berkeley, Jr.") as it is."""
    if "," not in name:
        return name
    parts = [part.strip() for part in name.split(",") if part.strip()]
    suffixes = [part for part in parts[1:] if SUFFIX.fullmatch(part)]
    given = [part for part in parts[1:] if not SUFFIX.fullmatch(part)]
    if len(given) != 1 or len(suffixes) > 1 or NO_PERSON.search(name):
        return name
    if re.match(r"\w\.", parts[0]) or max(len(part.split()) for part in parts) > 4:
        return name
    return ", ".join([f"{given[0]} {parts[0]}", *suffixes])


def arxiv_in(*texts: str) -> tuple[str, int]:
    """Return the first arXiv id and version in texts that name arXiv; a bare number is none."""
    for text in texts:
        for word in DATACITE.sub("arXiv:", text[:1000]).split():
            if "arxiv" in word.lower() and (found := arxiv_id(word.strip(".,;()[]")))[0]:
                return found
    return "", 0


def utc(when: time.struct_time | None) -> datetime | None:
    """Return feedparser's time, which is in UTC, as an aware datetime."""
    if when is None:
        return None
    try:
        # timegm, for mktime would read the machine's local time.
        return datetime.fromtimestamp(calendar.timegm(when), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def iso(text: str) -> datetime:
    """Return an ISO 8601 date or time in UTC, which it is taken to be in if it names no zone.

    Raises ValueError if it is none.
    """
    when = datetime.fromisoformat(text.strip())
    try:
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except OverflowError as error:  # the first day of the year 1, in Tokyo
        raise ValueError("outside all years") from error


def address(text: str, base: str = "") -> str:
    """Return an http or https address, made whole by the feed's own, or "" if it is another."""
    given = storable(text).strip()
    if not given:
        return ""  # joined with the feed's address it would be that
    if len(text) <= LONGEST_ADDRESS and PLAIN_ADDRESS.fullmatch(text):
        return text
    try:
        whole = urljoin(base, given)
        parts = urlsplit(whole)
    except ValueError:
        return ""
    seen = whole.isprintable() and " " not in whole and len(whole) <= LONGEST_ADDRESS
    return whole if parts.scheme in ("http", "https") and parts.hostname and seen else ""


def labels(terms: list[str]) -> tuple[str, ...]:
    """Return categories clean, each once and in order."""
    first = terms[:MOST_LABELS]
    return tuple(dict.fromkeys(label for term in first if (label := cleaned_label(term))))


@lru_cache(maxsize=4096)
def cleaned_label(text: str) -> str:
    """Return one category clean; a feed has few of them, and each many times."""
    return clean(text, LONGEST_LABEL)
