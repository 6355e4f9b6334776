"""Contrast of each text with its ground, in light and in dark mode, from the mail's own styles."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from newsletter.rendering.lint.colours import Colour, background_of, blended, colour, ratio
from newsletter.rendering.lint.finding import ERROR, WARN, Finding, shown
from newsletter.rendering.lint.page import Parts
from newsletter.rendering.lint.styles import Rule, declarations, matches, weight
from newsletter.rendering.lint.tree import Element

NORMAL, LARGE = 4.5, 3.0  # WCAG 2.2, 1.4.3
LARGE_SIZE, LARGE_BOLD_SIZE = 24.0, 18.66  # px
SMALLEST = 14.0  # px
LIGHT, DARK = "light", "dark"
# What a program shows where the mail says nothing: text, links, ground.
DEFAULTS = {LIGHT: ("#000000", "#0000ee", "#ffffff"), DARK: ("#ffffff", "#9e9eff", "#121212")}
SIZES = {"h1": 32.0, "h2": 24.0, "h3": 18.72, "h4": 16.0, "h5": 13.28, "h6": 10.72, "small": 13.33}
WORDS = {"small": 13.0, "medium": 16.0, "large": 18.0, "x-large": 24.0, "xx-large": 32.0}
FACTORS = {"px": 1.0, "pt": 4 / 3, "em": 0.0, "rem": 16.0, "%": 0.0}
Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Look:
    """How text looks directly in an element."""

    ink: Colour
    ground: Colour
    size: float  # px
    is_bold: bool = False
    is_removed: bool = False  # with all that stands in it

    @property
    def is_hidden(self) -> bool:
        """Return whether nobody sees the text; size 0 hides that alone, and no larger text in it.

        MJML sets the cells of its layout so.
        """
        return self.is_removed or self.size <= 1


@dataclass(slots=True)
class Mode:
    """One colour mode: the rules that hold in it, and the looks found so far."""

    name: str
    rules: list[tuple[Rule, tuple[int, int, int]]]
    ground: Look
    link: Colour
    known: dict[int, Look] = field(default_factory=dict)

    def look(self, element: Element) -> Look:
        """Return how text looks directly in the element."""
        chain = []
        for one in element.above():
            if id(one) in self.known or not one.tag:
                break
            chain.append(one)
        above = chain[-1].parent if chain else element
        found = self.known.get(id(above), self.ground)
        for one in reversed(chain):
            found = self.known[id(one)] = self.inside(one, found)
        return found

    def inside(self, element: Element, around: Look) -> Look:
        """Return the look in an element from the look around it."""
        values = self.values(element)
        ground = background_of(values, element.get("bgcolor"))
        own = values.get("color", "") or (element.get("color") if element.tag == "font" else "")
        default = self.link if element.tag == "a" and element.get("href") else around.ink
        ink = around.ink if own in ("inherit", "currentcolor") else colour(own) or default
        below = blended(ground, around.ground) if ground else around.ground
        size = size_of(values, SIZES.get(element.tag, around.size), around.size)
        return Look(
            blended(ink, below),
            below,
            size,
            is_bold(values, around.is_bold or element.tag in ("b", "strong", "th", *SIZES)),
            around.is_removed or is_removed(values, element),
        )

    def values(self, element: Element) -> Values:
        """Return what the styles declare for an element: the last of the strongest."""
        found: list[tuple[tuple[bool, bool, tuple[int, int, int], int], str, str]] = []
        for place, (rule, strength) in enumerate(self.rules):
            if matches(rule.selector, element):
                for one in rule.declarations:
                    key = (one.is_important, False, strength, place)
                    found.append((key, one.name, one.value))
        for one in declarations(element.get("style")):
            found.append(((one.is_important, True, (0, 0, 0), 0), one.name, one.value))
        found.sort(key=lambda one: one[0])
        return {name: value.lower() for _, name, value in found}


def check(parts: Parts) -> Iterator[Finding]:
    """Look at every text that a reader sees."""
    sizes: dict[str, Finding] = {}
    for name in (LIGHT, DARK):
        mode = mode_of(parts, name)
        for element, text in parts.tree.seen():
            look = mode.look(element)
            if look.is_hidden or not re.search(r"[^\W_]", text):
                continue
            words = shown(" ".join(text.split())[:40])
            if look.size < SMALLEST:
                told = f"{words} is set in {look.size:g} px; {SMALLEST:g} px is the least"
                sizes.setdefault(words, Finding("small-text", WARN, told))
            is_large = look.size >= (LARGE_BOLD_SIZE if look.is_bold else LARGE_SIZE)
            wanted = LARGE if is_large else NORMAL
            found = ratio(look.ink, look.ground)
            if found < wanted:
                told = f"{words} in {name} mode is {spelled(look.ink)} on {spelled(look.ground)}"
                told += f", contrast {found:.1f} to 1; {wanted:g} is the least: change the theme"
                yield Finding("contrast", ERROR, told)
    yield from sizes.values()


def mode_of(parts: Parts, name: str) -> Mode:
    """Return the rules and defaults of a colour mode."""
    is_declared = any(
        one.tag == "meta" and one.get("name") == "color-scheme" and "dark" in one.get("content")
        for one in parts.tree.elements
    ) or any(
        one.name == "color-scheme" and "dark" in one.value
        for rule in parts.sheet.rules
        for one in rule.declarations
    )
    # A program that darkens by itself is not this; one that keeps to the mail shows it light.
    ink, link, ground = (colour(one) for one in DEFAULTS[name if is_declared else LIGHT])
    assert ink  # noqa: S101 - the table above
    assert link  # noqa: S101
    assert ground  # noqa: S101
    rules = [
        (rule, weight(rule.selector))
        for rule in parts.sheet.rules
        if holds(rule.media, name) and not rule.selector.startswith("[data-og")
    ]
    return Mode(name, rules, Look(ink, ground, 16.0), link)


def holds(media: str, mode: str) -> bool:
    """Return whether a rule of these media holds in the mode, on some screen."""
    if "prefers-color-scheme" in media:
        return re.search(rf"prefers-color-scheme\s*:\s*{mode}", media) is not None
    return "print" not in media


def size_of(values: Values, size: float, around: float) -> float:
    """Return the font's size in px."""
    for text in (values.get("font-size", ""), values.get("font", "")):
        found = re.search(r"(?<![\w.#])(\d*\.?\d+)(px|pt|em|rem|%)", text)
        if found:
            number, unit = float(found[1]), found[2]
            relative = {"em": around, "%": around / 100}.get(unit)
            return number * (relative or FACTORS[unit])
        for word in text.split():
            if word in WORDS:
                return WORDS[word]
        if text.strip() == "0":
            return 0.0
    return size


def is_bold(values: Values, inherited: bool) -> bool:
    """Return whether the letters are bold."""
    text = values.get("font-weight", "") or " ".join(values.get("font", "").split()[:2])
    if re.search(r"\b(bold|bolder|[6-9]00)\b", text):
        return True
    return inherited and not re.search(r"\b(normal|[1-5]00)\b", text)


def is_removed(values: Values, element: Element) -> bool:
    """Return whether nobody sees anything in the element."""
    return (
        values.get("display") == "none"
        or values.get("visibility") == "hidden"
        or values.get("opacity") in ("0", "0.0")
        or values.get("mso-hide") == "all"
        or "hidden" in element.attributes
    )


def spelled(one: Colour) -> str:
    """Return a colour as #rrggbb."""
    return "#" + "".join(f"{round(part):02x}" for part in one[:3])
