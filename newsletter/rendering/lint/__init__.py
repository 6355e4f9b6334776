"""Rules over a rendered message: what is wrong, where, and how to mend it; in: a mail's bytes."""

import email
import email.policy
from collections.abc import Callable, Iterable, Iterator
from email.message import EmailMessage

from newsletter.rendering.lint import (
    brevity,
    contrast,
    fields,
    lists,
    looks,
    page,
    spam,
    structure,
    support,
    text,
    wire,
)
from newsletter.rendering.lint.finding import ERROR as ERROR
from newsletter.rendering.lint.finding import INFO as INFO
from newsletter.rendering.lint.finding import LEVELS, shown
from newsletter.rendering.lint.finding import WARN as WARN
from newsletter.rendering.lint.finding import Finding as Finding
from newsletter.rendering.lint.page import Parts

MOST = 20 * 2**20  # octets: what is larger is no mail
LONGEST = 500_000  # characters of a text part that are looked at
MOST_ALIKE = 5  # findings of one rule that are told each by itself


def lint(raw: bytes) -> list[Finding]:
    """Return what is wrong with a mail, errors first; nothing if all is well; never raises."""
    if len(raw) > MOST:
        return [Finding("size", ERROR, f"the file has {len(raw):,} octets; this is no mail")]
    if not fields.read(raw).rows:
        told = "begins with no header field" if raw.strip() else "is empty"
        return [Finding("unreadable", ERROR, f"this {told}, so it is no mail; give an .eml file")]
    found = [
        *guarded(lambda: wire.octets(raw)),
        *guarded(lambda: fields.check(fields.read(raw))),
        *guarded(lambda: lists.check(fields.read(raw))),
        *guarded(lambda: bodies(raw)),
    ]
    return sorted(few(found), key=lambda one: (LEVELS.index(one.level), one.rule))


def guarded(look: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """Return what a group of rules finds; a mail so damaged that they fail is told as that."""
    try:
        return list(look())
    except Exception as error:
        told = f"the mail is damaged so that a rule cannot read it: {shown(error)}"
        return [Finding("unreadable", ERROR, f"{told} ({type(error).__name__}); build it anew")]


def few(found: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the findings, of many alike the first few, and how many more there are."""
    seen: dict[tuple[str, str], int] = {}
    told: set[Finding] = set()
    for one in found:
        if one in told:
            continue
        told.add(one)
        alike = (one.rule, one.level)
        seen[alike] = seen.get(alike, 0) + 1
        if seen[alike] <= MOST_ALIKE:
            yield one
    for (rule, level), number in seen.items():
        if number > MOST_ALIKE:
            yield Finding(rule, level, f"and {number - MOST_ALIKE:,} more of this rule")


def bodies(raw: bytes) -> Iterator[Finding]:
    """Look at the text and the HTML."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    yield from parts_of(message)
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    if plain is None or html is None:
        missing = "text" if plain is None else "HTML"
        told = f"there is no {missing} part; send both in multipart/alternative, the text first"
        yield Finding("parts", ERROR, told)
        return
    try:
        found = Parts(fields.read(raw), str(plain.get_content())[:LONGEST], str(html.get_content()))
    except (LookupError, ValueError) as error:
        yield Finding("parts", ERROR, f"a part cannot be read: {shown(error)}; write it in UTF-8")
        return
    for rules in (structure, page, looks, contrast, support, text, spam, brevity):
        yield from guarded(lambda rules=rules: rules.check(found))  # type: ignore[misc]


def parts_of(message: EmailMessage) -> Iterator[Finding]:
    """Look at the order of the parts, and how they are encoded."""
    kinds = [one.get_content_type() for one in message.walk() if not one.is_multipart()]
    if "text/plain" in kinds and "text/html" in kinds[: kinds.index("text/plain")]:
        told = "the HTML part stands before the text; the poorer form comes first (RFC 2046, 5.1.4)"
        yield Finding("parts", ERROR, told)
    is_mixed = len(kinds) > 1 and message.get_content_type() == "multipart/mixed"
    if is_mixed and not is_with_files(message):
        told = "multipart/mixed makes the parts attachments; use multipart/alternative"
        yield Finding("parts", WARN, told)
    yield from codings(message)


def is_with_files(message: EmailMessage) -> bool:
    """Return whether a mixed mail is one in two forms, and behind it files that say they are."""
    first, *files = message.iter_parts()
    whole = first.get_content_type() == "multipart/alternative" and bool(files)
    return whole and all(one.get_content_disposition() == "attachment" for one in files)


def codings(message: EmailMessage) -> Iterator[Finding]:
    """Look at how the parts are encoded."""
    for one in message.walk():
        coding = str(one.get("Content-Transfer-Encoding", "")).strip().lower()
        if coding and coding not in ("7bit", "8bit", "binary", "quoted-printable", "base64"):
            told = f"Content-Transfer-Encoding is {shown(coding)}; use quoted-printable or base64"
            yield Finding("parts", ERROR, told)
        charset = (
            one.get_content_charset("us-ascii") if one.get_content_maintype() == "text" else ""
        )
        if charset not in ("", "utf-8", "us-ascii"):
            told = f"a part's character set is {shown(charset)}; write it in utf-8"
            yield Finding("parts", WARN, told)
