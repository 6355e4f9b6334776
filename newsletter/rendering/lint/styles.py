"""CSS as mails have it -> rules with their selectors, and what of them holds for an element."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from newsletter.rendering.lint.tree import Element

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
DECLARATION = re.compile(
    r"\s*(--[\w-]+|[a-zA-Z-]+)\s*:\s*((?:[^;\"'(]|\"[^\"]*\"|'[^']*'|\([^)]*\))*)"
)
URL = re.compile(r"url\(\s*[\"']?([^)\"']*)|@import\s+[\"']([^\"']*)", re.IGNORECASE)
SIMPLE = re.compile(r"(\*|[a-zA-Z][\w-]*)?((?:[.#][\w-]+|\[[^\]]*\]|::?[\w-]+(?:\([^)]*\))?)*)")
LONGEST = 200_000  # characters of CSS that are looked at
MOST_RULES = 300  # that are looked at
DEEPEST = 8  # blocks inside each other


@dataclass(frozen=True, slots=True)
class Declaration:
    """A property and its value."""

    name: str
    value: str
    is_important: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A selector with what it declares, and the media in which it holds ("" everywhere)."""

    selector: str
    media: str
    declarations: tuple[Declaration, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rules of a page, its at-rules by name, and the addresses that it loads."""

    rules: tuple[Rule, ...]
    at_rules: tuple[str, ...]
    loads: tuple[str, ...]
    size: int  # octets


def sheet_of(css: str) -> Sheet:
    """Return the rules of a style sheet; what is no CSS is passed over."""
    text = COMMENT.sub(" ", css[:LONGEST])
    at_rules = tuple(re.findall(r"@[\w-]+[^{;]*", text))
    loads = tuple(one or other for one, other in URL.findall(text))
    return Sheet(
        tuple(islice(rules_of(text, "", 0), MOST_RULES)), at_rules, loads, len(css.encode())
    )


def rules_of(text: str, media: str, depth: int) -> Iterator[Rule]:
    """Yield the rules of a block of CSS."""
    at = 0
    while (opened := text.find("{", at)) >= 0:
        prelude = text[at:opened].rpartition(";")[2].strip()
        closed = closing(text, opened)
        body = text[opened + 1 : closed]
        at = closed + 1
        if prelude.startswith(("@media", "@supports")):
            if depth < DEEPEST:
                yield from rules_of(body, f"{media} {prelude}".strip().lower(), depth + 1)
        elif not prelude.startswith("@"):
            declared = tuple(declarations(body))
            for selector in prelude.split(","):
                yield Rule(selector.strip(), media, declared)


def closing(text: str, opened: int) -> int:
    """Return where the block that opens here is closed, or the end."""
    depth = 0
    for found in re.finditer("[{}]", text[opened:]):
        depth += 1 if found.group() == "{" else -1
        if not depth:
            return opened + found.start()
    return len(text)


def declarations(body: str) -> Iterator[Declaration]:
    """Yield what a block or a style attribute declares."""
    for piece in split(body):
        found = DECLARATION.match(piece)
        if found:
            value = found[2].strip()
            bare = re.sub(r"\s*!\s*important$", "", value, flags=re.IGNORECASE)
            yield Declaration(found[1].lower(), bare, bare != value)


def split(body: str) -> list[str]:
    """Return the block's pieces between its semicolons, those in quotes and brackets apart."""
    return re.findall(r"(?:[^;\"'(]|\"[^\"]*\"|'[^']*'|\([^)]*\)|[\"'(])+", body)


def matches(selector: str, element: Element) -> bool:
    """Return whether a selector of types, classes, ids, attributes, > and spaces holds here.

    Siblings and states (:hover) are no part of this: such a rule holds nowhere.
    """
    steps = re.findall(r"[>+~]|[^\s>+~\[]*(?:\[[^\]]*\][^\s>+~\[]*)*", selector)
    steps = [one for one in steps if one]
    if not steps or {"+", "~"} & set(steps) or ">" in (steps[0], steps[-1]):
        return False
    return is_one(steps[-1], element) and leads(steps[:-1], element)


def leads(steps: list[str], element: Element) -> bool:
    """Return whether the steps before an element's own lead to it."""
    if not steps:
        return True
    if steps[-1] == ">":
        above = element.parent
        return above is not None and is_one(steps[-2], above) and leads(steps[:-2], above)
    around = list(element.above())[1:]
    return any(is_one(steps[-1], one) and leads(steps[:-1], one) for one in around)


def is_one(simple: str, element: Element) -> bool:
    """Return whether one simple selector holds for an element."""
    found = SIMPLE.fullmatch(simple)
    if not found or not element.tag:
        return simple == ":root" and element.tag == "html"
    if found[1] not in (None, "*") and found[1].lower() != element.tag:
        return False
    classes = element.get("class").split()
    for one in re.findall(r"[.#][\w-]+|\[[^\]]*\]|::?[\w-]+(?:\([^)]*\))?", found[2]):
        holds = (
            (one[0] == "." and one[1:] in classes)
            or (one[0] == "#" and one[1:] == element.get("id"))
            or (
                one[0] == "["
                and one.strip("[]").partition("=")[0].strip("~|^$* ") in element.attributes
            )
            or (one == ":root" and element.tag == "html")
            or (one == ":link" and element.tag == "a")
        )
        if not holds:
            return False
    return True


def weight(selector: str) -> tuple[int, int, int]:
    """Return how specific a selector is: ids; classes, attributes and states; types."""
    return (
        len(re.findall(r"#[\w-]+", selector)),
        len(re.findall(r"\.[\w-]+|\[[^\]]*\]|(?<!:):[\w-]+", selector)),
        len(re.findall(r"(?:^|[\s>+~])[a-zA-Z][\w-]*", selector)),
    )
