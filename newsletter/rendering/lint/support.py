"""Rules over what large mail programs know of the HTML and CSS that a mail uses (caniemail.com)."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from newsletter.rendering.lint.finding import ERROR, WARN, Finding
from newsletter.rendering.lint.page import Parts
from newsletter.rendering.lint.styles import Declaration, Rule, declarations

DATA = Path(__file__).with_name("caniemail.json")
LEAST = 0.8  # of what the mail uses, over all programs
# Without these a mail is plainer and nothing is lost: other colours, corners, spaces, sizes.
HARMLESS = frozenset(
    """css-at-media-prefers-color-scheme css-color-scheme html-meta-color-scheme css-at-media
    css-border-radius css-letter-spacing css-important css-selector-attribute css-selector-child
    css-selector-descendant css-selector-universal css-selector-id css-selector-class css-sytem-ui
    css-text-decoration-color css-text-underline-offset css-word-break css-overflow-wrap
    css-text-decoration-thickness css-hyphens css-font-kerning css-pseudo-class-hover css-max-width
    css-display css-display-none css-overflow css-opacity css-max-height css-min-width css-cursor
    css-list-style css-list-style-type css-background css-text-wrap css-text-transform css-outline
    html-role html-lang html-dir html-aria-hidden html-aria-label html-aria-labelledby html-target
    html-semantics html-aria-describedby html-abbr html-anchor-links css-padding css-margin
    css-vertical-align css-white-space css-word-wrap html-style css-line-height html-mailto-links
    css-word-spacing html-body css-white-space-collapse css-box-sizing css-border-spacing css-height
    css-width css-direction css-table-layout
    """.split()
)


@dataclass(frozen=True, slots=True)
class Support:
    """What caniemail says: the programs, and by use which feature it is of."""

    clients: tuple[str, ...]
    features: dict[str, tuple[str, str]]  # title, and a letter for each program
    uses: dict[str, str]


@lru_cache(maxsize=1)
def support() -> Support:
    """Return the data that is shipped."""
    read = json.loads(DATA.read_text("utf-8"))
    features = {slug: (one["title"], one["support"]) for slug, one in read["features"].items()}
    uses = {use: slug for slug, one in read["features"].items() for use in one["uses"]}
    return Support(tuple(read["clients"]), features, uses)


def check(parts: Parts) -> Iterator[Finding]:
    """Look up each feature that the mail uses."""
    known = support()
    used = {known.uses[use] for use in uses(parts) if use in known.uses}
    letters = "".join(known.features[slug][1] for slug in used)
    tried = [one for one in letters if one != "u"]
    share = sum({"y": 1.0, "a": 0.5}.get(one, 0.0) for one in tried) / len(tried) if tried else 1.0
    if share < LEAST:
        told = (
            f"mail programs know {share:.0%} of the HTML and CSS that is used; {LEAST:.0%} is the"
        )
        yield Finding("support", ERROR, f"{told} least: use plainer styles")
    for slug in sorted(used - HARMLESS):
        title, support_ = known.features[slug]
        lacking = [name for name, one in zip(known.clients, support_, strict=True) if one == "n"]
        if lacking:
            told = f"{title} is not known to {', '.join(lacking)}; the mail must read well without"
            yield Finding("support", WARN, told)


def uses(parts: Parts) -> Iterator[str]:
    """Yield what the mail uses, in the words of the data; the same one many times."""
    for one in parts.tree.elements:
        yield f"tag:{one.tag}"
        for name in one.attributes:
            yield f"attribute:{name}"
        if one.tag == "meta" and one.get("name") in ("color-scheme", "supported-color-schemes"):
            yield "meta:color-scheme"
        if one.tag == "a":
            yield f"link:{'#' if one.get('href').startswith('#') else one.get('href')[:6]}"
        if one.tag == "img":
            source = one.get("src").lower().partition("?")[0]
            yield f"image:{'data' if source.startswith('data:') else source.rpartition('.')[2]}"
        for each in declarations(one.get("style")):
            yield from of_declaration(each)
    for rule in parts.sheet.rules:
        yield from of_rule(rule)
    for text in parts.sheet.at_rules:
        yield f"at:{text[1:].split()[0].partition('(')[0]}"
        for feature in re.findall(r"\(\s*([\w-]+)", text):
            yield f"media:{feature}"


def of_rule(rule: Rule) -> Iterator[str]:
    """Yield what a rule uses."""
    for sign in ("[", ">", "+", "~", "#", ".", "*"):
        if sign in rule.selector:
            yield f"selector:{sign}"
    if " " in rule.selector.strip():
        yield "selector: "
    for state in re.findall(r"::?([\w-]+)", rule.selector):
        yield f"pseudo:{state}"
    for one in rule.declarations:
        yield from of_declaration(one)


def of_declaration(one: Declaration) -> Iterator[str]:
    """Yield what a declaration uses."""
    if one.name.startswith(("mso-", "-webkit-", "-ms-", "-moz-")):
        return  # said to one program alone
    yield f"property:{one.name}"
    yield f"value:{one.name}:{one.value.lower()}"
    if one.is_important:
        yield "important"
    for name in re.findall(r"([\w-]+)\(", one.value):
        yield f"function:{name.lower()}"
    for unit in re.findall(
        r"(?<![\w.#-])-?\d*\.?\d+(px|rem|em|%|vh|vw|vmin|vmax|ch|pt)", one.value
    ):
        yield f"unit:{unit}"
    if one.name in ("font", "font-family") and "system-ui" in one.value:
        yield "font:system-ui"
