"""Rules over how soon a reader is there: words, links and what stands before the first paper."""

import math
import re
from collections.abc import Iterator
from itertools import pairwise

from newsletter.rendering.lint.contrast import LIGHT, mode_of
from newsletter.rendering.lint.finding import INFO, WARN, Finding, shown
from newsletter.rendering.lint.page import Parts, is_title
from newsletter.rendering.lint.tree import Element

PAPERS = 7  # in a mail of the usual length; who asks for more gets more
WORDS = 450  # before the foot
LINKS = 3  # a paper: title, PDF, rate or save
TOP = 420  # px from the top of a phone's screen to the first title
PHONE = 335  # px across, between the margins of a screen of 375
LETTER = 0.5  # widths of a letter in its size, on average
BLOCKS = frozenset("p div td li h1 h2 h3 h4 h5 h6".split())


def check(parts: Parts) -> Iterator[Finding]:
    """Look at the length of list mail that shows papers."""
    titles = [one for one, _ in parts.anchors if is_title(one)]
    if not parts.fields.is_list or not titles:
        return
    yield from crowded(parts, titles)
    if len(titles) > PAPERS:
        if not any(one.tag in ("ol", "ul") for one in parts.tree.elements):
            told = f"{len(titles)} papers stand there without a list of their titles before them"
            yield Finding("brevity", INFO, f"{told}; the template mail/contents.mjml has one")
        return  # a reader's own choice
    said = words_before(parts, foot_of(parts))
    # Without pages of its own a mail holds its full content.
    has_pages = "<http" in parts.fields.get("List-Unsubscribe")
    if said > WORDS and has_pages:
        told = f"{said:,} words stand before the foot; {WORDS} are read in two minutes"
        yield Finding("brevity", INFO, f"{told}: show fewer papers, or sentences for abstracts")
    height = height_before(parts, titles[0])
    if height > TOP:
        told = f"on a phone the first title stands about {height:.0f} px down; {TOP} is the most"
        yield Finding("brevity", WARN, f"{told}: shorten what the template puts before it")


def crowded(parts: Parts, titles: list[Element]) -> Iterator[Finding]:
    """Look for papers with many links; after the last one the foot's follow."""
    anchors = [one for one, _ in parts.anchors]
    places = [at for at, one in enumerate(anchors) if is_title(one)]
    for (at, following), title in zip(pairwise(places), titles, strict=False):
        if following - at > LINKS:
            told = f"the paper {shown(''.join(title.texts))} has {following - at} links"
            mend = f"{LINKS} are enough (title, PDF, rate or save): leave out the others"
            yield Finding("brevity", INFO, f"{told}; {mend}")


def foot_of(parts: Parts) -> Element | None:
    """Return the link that unsubscribes, which stands in the foot; None without one."""
    offered = re.findall(r"<([^<>]*)>", parts.fields.get("List-Unsubscribe"))
    found = [
        one
        for one, words in parts.anchors
        if one.get("href") in offered or "unsubscribe" in f"{one.get('href')} {words}".casefold()
    ]
    return found[-1] if found else None


def before(parts: Parts, end: Element | None) -> Iterator[tuple[Element, str]]:
    """Yield the texts that a reader sees before an element."""
    mode = mode_of(parts, LIGHT)
    for one, text in parts.tree.seen():
        if end is not None and end in one.above():
            return
        if not mode.look(one).is_hidden:
            yield one, text


def words_before(parts: Parts, end: Element | None) -> int:
    """Return how many words a reader sees before an element."""
    return sum(len(text.split()) for _, text in before(parts, end))


def height_before(parts: Parts, end: Element) -> float:
    """Return about how many px on a phone the texts take before an element.

    Text of each block in lines of the phone's width; images and margins are not counted.
    """
    mode = mode_of(parts, LIGHT)
    widths: dict[int, tuple[float, float]] = {}  # by block: px in one line, and the letters' size
    for one, text in before(parts, end):
        block = next((above for above in one.above() if above.tag in BLOCKS), one)
        size = mode.look(one).size
        width, largest = widths.get(id(block), (0.0, 0.0))
        widths[id(block)] = (width + len(text.strip()) * LETTER * size, max(largest, size))
    return sum(math.ceil(width / PHONE) * 1.5 * size for width, size in widths.values() if width)
