"""What readers share about one entry: its names, its dates, its links and whether it stands."""

import calendar
import re
import time
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

from newsletter.feeds.clean import clean, storable

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
COLLABORATION = re.compile(r"(?<=ollaboration):\s*")
LONGEST_ADDRESS = 2000


def is_withdrawn(abstract: str, comment: str = "") -> bool:
    """Return whether an abstract or comment begins by saying that the paper is withdrawn."""
    return bool(WITHDRAWN.search(abstract[:300]) or WITHDRAWN.search(comment[:300]))


def names(text: str) -> tuple[str, ...]:
    """Return the authors of one list: "A. Turing (NPL), E. Berkeley, Jr., and G. Hopper".

    Affiliations in brackets go, a "Jr." stays with its name.
    """
    found: list[str] = []
    for part in split_outside_brackets(COLLABORATION.sub(", ", clean(text))):
        name = part.strip().removeprefix("and ").strip()
        if SUFFIX.fullmatch(name) and found:
            found[-1] = f"{found[-1]}, {name}"
        else:
            found += [
                one for one in re.split(r"\s+and\s+(?=\S+\s\S)", name) if "ollab" not in name
            ] or [name]
    return cleaned_names(found)


def split_outside_brackets(text: str) -> list[str]:
    """Return the parts between commas and semicolons that stand in no brackets."""
    parts, depth, start = [], 0, 0
    for place, sign in enumerate(text):
        depth = max(0, depth + (sign == "(") - (sign == ")"))
        if sign in ",;" and not depth:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


def cleaned_names(found: list[str]) -> tuple[str, ...]:
    """Return the names clean, without affiliations, each once and in order."""
    kept = dict[str, None]()
    for name in found:
        before = clean(name)
        after = before
        while (shorter := AFFILIATION.sub("", after)) != after:  # brackets lie in brackets
            after = shorter
        if any(sign.isalpha() for sign in after):
            kept.setdefault(after.split("(")[0].strip(" ,;"), None)
    return tuple(kept)


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
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def address(text: str, base: str = "") -> str:
    """Return an http or https address, made whole by the feed's own, or "" if it is another."""
    try:
        whole = urljoin(base, storable(text).strip())
        parts = urlsplit(whole)
    except ValueError:
        return ""
    seen = whole.isprintable() and " " not in whole and len(whole) <= LONGEST_ADDRESS
    return whole if parts.scheme in ("http", "https") and parts.hostname and seen else ""


def labels(terms: list[str]) -> tuple[str, ...]:
    """Return categories clean, each once and in order."""
    return tuple(dict.fromkeys(label for term in terms if (label := clean(term))))
