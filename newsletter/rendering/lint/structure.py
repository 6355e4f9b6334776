"""Rules over the HTML's size and structure: what those need who hear a mail, or read it small."""

import re
from collections.abc import Iterator
from itertools import pairwise

from newsletter.rendering.lint.finding import ERROR, WARN, Finding, shown
from newsletter.rendering.lint.page import Parts

HTML_WARN, HTML_ERROR = 80_000, 100_000  # octets; Gmail clips near 102 kB
STYLE_WARN, STYLE_ERROR = 8_000, 16_384  # Gmail drops all styles of a mail beyond the second
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def check(parts: Parts) -> Iterator[Finding]:
    """Look at the size, the language, the headings and the tables."""
    size = len(parts.html.encode("utf-8", "replace"))
    if size > HTML_WARN:
        level = ERROR if size > HTML_ERROR else WARN
        told = (
            f"the HTML has {size:,} octets; Gmail clips near 102,000: show fewer or shorter papers"
        )
        yield Finding("size", level, told)
    if parts.sheet.size > STYLE_WARN:
        told = (
            f"the styles have {parts.sheet.size:,} octets; Gmail drops what is past {STYLE_ERROR:,}"
        )
        yield Finding("style-size", WARN, told)
    yield from document(parts)
    yield from headings(parts)
    yield from tables(parts)


def document(parts: Parts) -> Iterator[Finding]:
    """Look at what stands for the whole page."""
    root = next((one for one in parts.tree.elements if one.tag == "html"), None)
    around = [one for one in parts.tree.elements if one.tag in ("html", "body", "div")]
    # Some programs drop <html>, so the language may stand further in too; on top it must.
    if root is None or not root.get("lang"):
        told = '<html> has no lang, so it is read out in the wrong language; write <html lang="en">'
        yield Finding("structure", ERROR, told)
    elif not LANGUAGE.fullmatch(root.get("lang")):
        told = f"lang is {shown(root.get('lang'))}; write a language's code, such as en"
        yield Finding("structure", ERROR, told)
    if not any(one.get("dir") in ("ltr", "rtl", "auto") for one in around):
        yield Finding("structure", ERROR, '<html> has no dir; write dir="ltr" or dir="rtl"')
    if not parts.tree.inside("title").strip():
        yield Finding("structure", ERROR, "there is no <title>; put the subject there")
    if not parts.tree.has_doctype:
        yield Finding("structure", WARN, "there is no <!doctype html>; Outlook guesses without it")


def headings(parts: Parts) -> Iterator[Finding]:
    """Look at the order of the headings."""
    found = [int(one.tag[1]) for one in parts.tree.elements if re.fullmatch(r"h[1-6]", one.tag)]
    if found.count(1) != 1:
        yield Finding("structure", ERROR, f"{found.count(1)} h1 headings; one is right")
    for before, after in pairwise(found):
        if after > before + 1:
            told = f"an h{after} follows an h{before}; none is skipped"
            yield Finding("structure", ERROR, told)


def tables(parts: Parts) -> Iterator[Finding]:
    """Look at the tables: those of the layout say so, those of data have heads."""
    headed = {
        id(above)
        for one in parts.tree.elements
        if one.tag == "th" and one.get("scope")
        for above in one.above()
        if above.tag == "table"
    }
    for one in parts.tree.elements:
        is_layout = one.get("role") in ("presentation", "none")
        if one.tag == "table" and not is_layout and id(one) not in headed:
            told = f"the table in line {one.line} is read out cell by cell"
            mend = 'give it role="presentation", or <th scope="col"> if it holds data'
            yield Finding("structure", ERROR, f"{told}; {mend}")
