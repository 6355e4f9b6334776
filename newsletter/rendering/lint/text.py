"""Rules over the text part: its width, and that it says what the HTML says."""

import html
import re
from collections.abc import Iterator

from newsletter.rendering.lint.finding import ERROR, WARN, Finding, shown
from newsletter.rendering.lint.page import Parts, is_title

COLUMNS = 78
ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{2,6}|#x[0-9a-fA-F]{2,5});")


def check(parts: Parts) -> Iterator[Finding]:
    """Look at the text by itself and beside the HTML."""
    text = parts.text
    if not text.strip():
        yield Finding("text-parity", ERROR, "the text part is empty; it holds what the HTML holds")
        return
    # An address cannot be broken, so its line may be longer.
    wide = [line for line in text.splitlines() if len(line) > COLUMNS]
    wide = [line for line in wide if "://" not in line and "mailto:" not in line]
    if wide:
        told = f"a line has over {COLUMNS} columns: {shown(wide[0])}; wrap it"
        yield Finding("text-width", ERROR, told)
    yield from entities(parts)
    yield from papers(parts)
    yield from others(parts)


def entities(parts: Parts) -> Iterator[Finding]:
    """Look for what is HTML in the text; what the reader of the HTML sees too is a paper's own."""
    visible = squeezed("".join(text for _, text in parts.tree.seen()))
    for found in ENTITY.findall(parts.text):
        if html.unescape(found) != found and found not in visible:
            told = f"the text holds the HTML entity {shown(found)}; write the letter itself"
            yield Finding("text-entities", ERROR, told)
            return


def papers(parts: Parts) -> Iterator[Finding]:
    """Look for each title that is a link: title and address stand in the text too."""
    text = squeezed(parts.text)
    for one, words in parts.anchors:
        if not is_title(one) or not words:
            continue
        if squeezed(words) not in text:
            told = f"the paper {shown(words)} stands in the HTML part only; put it into the text"
            yield Finding("text-parity", ERROR, told)
        elif one.get("href") not in parts.text and not one.get("href").startswith("mailto:"):
            told = (
                f"the link {shown(one.get('href'))} of {shown(words)} stands in the HTML part only"
            )
            yield Finding("text-parity", ERROR, told)


def others(parts: Parts) -> Iterator[Finding]:
    """Look for the other links of the HTML."""
    for one, _ in parts.anchors:
        link = one.get("href").strip()
        by_mail = link.startswith(("mailto:", "#"))
        if not is_title(one) and link and link not in parts.text and not by_mail:
            told = f"{shown(link)} stands in the HTML part only; put it into the text"
            yield Finding("text-parity", WARN, told)
    offered = re.findall(r"<([^<>]*)>", parts.fields.get("List-Unsubscribe"))
    named = any(one in parts.text for one in offered) or "unsubscribe" in parts.text.lower()
    if offered and not named:
        told = "the text part does not say how to unsubscribe; put the address at its end"
        yield Finding("text-parity", ERROR, told)


def squeezed(text: str) -> str:
    """Return the text without white space, for the text part breaks lines where it must."""
    return re.sub(r"\s+", "", text).casefold()
