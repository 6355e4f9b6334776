"""HTML -> its elements and texts in their order, whatever it is; nothing is fetched or run."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
CLOSES_P = frozenset(
    "address article aside blockquote div dl footer form h1 h2 h3 h4 h5 h6 header hr main nav ol p "
    "pre section table ul".split()
)
CLOSES_ITSELF = {"li": ("ul", "ol"), "tr": ("table",), "td": ("tr",), "th": ("tr",)}
UNSEEN = frozenset("head style script title template noscript".split())
DEEPEST = 400  # elements inside each other; a mail has 30
LONGEST = 300_000  # characters that are looked at


@dataclass(slots=True, eq=False)
class Element:
    """An element, where it stands, and the text directly in it."""

    tag: str
    attributes: dict[str, str]
    parent: "Element | None"
    line: int
    texts: list[str] = field(default_factory=list)

    def get(self, name: str) -> str:
        """Return an attribute's value, "" without one."""
        return self.attributes.get(name, "")

    def above(self) -> Iterator["Element"]:
        """Yield the element and those around it, the nearest first."""
        one: Element | None = self
        while one:
            yield one
            one = one.parent


class Tree(HTMLParser):
    """A page's elements in their order, and each text with the element that it stands in."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {}, None, 1)
        self.elements: list[Element] = []
        self.texts: list[tuple[Element, str]] = []
        self.has_doctype = False
        self._open = [self.root]
        self.feed(page[:LONGEST])
        self.close()

    def handle_decl(self, decl: str) -> None:
        """Note the doctype."""
        self.has_doctype |= decl.lower().startswith("doctype")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        if tag in CLOSES_P and self._open[-1].tag == "p":
            self._open.pop()
        if tag in CLOSES_ITSELF and self._open[-1].tag == tag:
            self._open.pop()
        # The first of two attributes of one name counts.
        given = {name: value or "" for name, value in reversed(attrs)}
        one = Element(tag, given, self._open[-1], self.getpos()[0])
        self.elements.append(one)
        if tag not in VOID and len(self._open) < DEEPEST:
            self._open.append(one)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element; only a void one is closed by its slash."""
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """Close the element and what was left open in it."""
        for at in range(len(self._open) - 1, 0, -1):
            if self._open[at].tag == tag:
                del self._open[at:]
                return

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        self._open[-1].texts.append(data)
        self.texts.append((self._open[-1], data))

    def inside(self, tag: str) -> str:
        """Return all text directly in elements of this tag."""
        return "".join(text for one in self.elements if one.tag == tag for text in one.texts)

    def seen(self) -> Iterator[tuple[Element, str]]:
        """Yield the texts that a reader sees, however they are styled."""
        for one, text in self.texts:
            if text.strip() and not any(above.tag in UNSEEN for above in one.above()):
                yield one, text
