"""Rules over the header fields of list mail (RFC 2369, 2919, 8058)."""

import re
from collections.abc import Iterator

from newsletter.rendering.lint.fields import Fields
from newsletter.rendering.lint.finding import ERROR, WARN, Finding, shown

ONE_CLICK = "List-Unsubscribe=One-Click"
LIST_ID = re.compile(r"(?:.*[\s\"])?<([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+)>", re.DOTALL)
URI = re.compile(r"(https|http|mailto):[^\s<>]+", re.IGNORECASE)
LONGEST_ID = 255


def check(given: Fields) -> Iterator[Finding]:
    """Look at the fields of list mail; a note to one person has none of them."""
    if not given.is_list:
        return
    for name in ("List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"):
        number = len(given.by_name.get(name.lower(), ()))
        if number > 1:
            yield Finding("headers", ERROR, f"{name} stands {number} times; once is right")
    if "List-Id" not in given:
        yield Finding("list-id", ERROR, "List-Id is missing (RFC 2919); readers sort mail by it")
    else:
        found = LIST_ID.fullmatch(given.get("List-Id"))
        if not found or len(found[1]) > LONGEST_ID:
            told = f"List-Id is {shown(given.get('List-Id'))}; it has the form Name <a.b.c>"
            yield Finding("list-id", ERROR, f"{told} (RFC 2919, 2)")
    if not ("Precedence" in given or "Auto-Submitted" in given):
        told = "neither Precedence nor Auto-Submitted stands there; holiday notices would come back"
        yield Finding("headers", ERROR, told)
    yield from way_out(given)


def way_out(given: Fields) -> Iterator[Finding]:
    """Look at List-Unsubscribe and its Post."""
    if "List-Unsubscribe" not in given:
        yield Finding(
            "unsubscribe", ERROR, "List-Unsubscribe is missing; name a way out (RFC 2369)"
        )
        return
    if "\n" in given.by_name["list-unsubscribe"][0]:
        told = "List-Unsubscribe is folded; relays break such a line, write it on one"
        yield Finding("unsubscribe", ERROR, told)
    inside = re.findall(r"<([^<>]*)>", given.get("List-Unsubscribe"))
    schemes = [match[1].lower() if (match := URI.fullmatch(one)) else "" for one in inside]
    if not inside or "" in schemes:
        told = f"List-Unsubscribe is {shown(given.get('List-Unsubscribe'))}; addresses stand in <>"
        yield Finding("unsubscribe", ERROR, f"{told}, by https or mailto (RFC 2369, 2)")
    by_page = [one for one in schemes if one.startswith("http")]
    if by_page and schemes[0] == "mailto":
        told = "List-Unsubscribe has mailto before https; the first that a program knows is used"
        yield Finding("unsubscribe", WARN, told)
    if "http" in schemes:
        told = "List-Unsubscribe leads to http; one click wants https (RFC 8058, 3.1)"
        yield Finding("unsubscribe", WARN, told)
    post = given.get("List-Unsubscribe-Post")
    if by_page and "List-Unsubscribe-Post" not in given:
        yield Finding("unsubscribe", ERROR, f"List-Unsubscribe-Post is missing; write {ONE_CLICK}")
    elif "List-Unsubscribe-Post" in given and post != ONE_CLICK:
        told = f"List-Unsubscribe-Post is {shown(post)}; it is {ONE_CLICK} (RFC 8058, 3.1)"
        yield Finding("unsubscribe", ERROR, told)
    elif "List-Unsubscribe-Post" in given and not by_page:
        told = "List-Unsubscribe-Post stands there, and no https address to post to (RFC 8058)"
        yield Finding("unsubscribe", ERROR, told)
