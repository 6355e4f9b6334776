"""Rules over what filters and readers take for spam; told for information only."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from newsletter.rendering.lint.finding import INFO, Finding, shown
from newsletter.rendering.lint.page import Parts, is_title

HOST = re.compile(r"(?:https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?:[/?#:]\S*)?", re.IGNORECASE)
FOOT = 800  # characters at the end of the text part, where a postal address stands
WORDS_AN_IMAGE = 30


def check(parts: Parts) -> Iterator[Finding]:
    """Look at the subject, the links' words, the images and the foot."""
    subject = parts.fields.subject
    letters = [one for one in subject if one.isalpha() and one.lower() != one.upper()]
    if len(letters) > 15 and sum(one.isupper() for one in letters) > 0.7 * len(letters):
        told = f"the subject {shown(subject)} shouts; capital letters look like spam"
        yield Finding("shouting", INFO, told)
    if re.search(r"[!?]{3}|\${2}", subject):
        told = f"the subject {shown(subject)} has many signs in a row; filters count them"
        yield Finding("shouting", INFO, told)
    for one, words in parts.anchors:
        named, host = HOST.fullmatch(words), host_of(one.get("href"))
        if named and host and not is_title(one) and not alike(named[1].lower(), host):
            told = (
                f"the link says {shown(words)} and leads to {shown(host)}; that looks like a lure"
            )
            yield Finding("link-mismatch", INFO, told)
    images = sum(one.tag == "img" for one in parts.tree.elements)
    said = sum(len(text.split()) for _, text in parts.tree.seen())
    if images and said < WORDS_AN_IMAGE * images:
        told = f"there are {images} images and {said} words; filters mistrust mail of pictures"
        yield Finding("image-ratio", INFO, told)
    if parts.fields.is_list and not has_postal_address(parts.text):
        told = "the foot shows no postal address, which many laws want; set site.postal_address"
        yield Finding("postal-address", INFO, told)


def host_of(link: str) -> str:
    """Return the host of a web address, "" for any other."""
    try:
        parts = urlsplit(link)
        return (parts.hostname or "").lower() if parts.scheme in ("http", "https") else ""
    except ValueError:
        return ""


def alike(one: str, other: str) -> bool:
    """Return whether two hosts are one, or one is below the other."""
    first, second = one.removeprefix("www."), other.removeprefix("www.")
    return first == second or first.endswith(f".{second}") or second.endswith(f".{first}")


def has_postal_address(text: str) -> bool:
    """Return whether a line of the foot that is no link holds words and a number."""
    for line in text[-FOOT:].splitlines():
        if "://" in line or "mailto:" in line or "@" in line:
            continue
        if re.search(r"\d", line) and len(re.findall(r"[^\W\d_]{2,}", line)) >= 2:
            return True
    return False
