"""A border to expat, for XML that is no feed: bytes come in, a tree of its elements goes out.

A document type with declarations of its own is refused, so no entity can grow (billion laughs,
quadratic blow-up); nothing outside is ever loaded; nesting and the number of elements are bounded.
"""

import html
import re
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from newsletter.domain.paper import Skipped
from newsletter.errors import FeedError
from newsletter.feeds.encoding import decoded
from newsletter.feeds.feed import NOT_XML, undeclared
from newsletter.feeds.record import LONGEST_TEXT, FieldError
from newsletter.feeds.scripts import script

DEEPEST = 100
MOST_RECORDS = 50_000  # of a malformed file, for each is read by itself
MOST_ELEMENTS = 1_000_000  # 200 articles of PubMed with all their references have 200,000
BROKEN = (expat.ExpatError, ValueError)
CUT = Skipped("the end of the file", "the XML is malformed or cut short here")
DATA = "<![CDATA["
# What breaks a file and can be mended: `AT&T`, `&nbsp;` of no document type, `&#0;`.
LOOSE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)(?:(#?\w{1,32});)?")


class Builder:
    """The tree so far, while the parser reads."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.root: Element | None = None
        self.open: list[Element] = []
        self.elements = 0
        self.builder = TreeBuilder()

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begin an element; the prefix of its name goes, for here one name means one thing."""
        self.elements += 1
        if len(self.open) >= DEEPEST:
            raise FeedError(self.url, f"its XML is nested more than {DEEPEST} deep")
        if self.elements > MOST_ELEMENTS:
            raise FeedError(self.url, f"its XML has more than {MOST_ELEMENTS} elements; split it")
        named = {local(name): value for name, value in attributes.items()}
        element = self.builder.start(local(tag), named)
        self.root = element if self.root is None else self.root
        self.open.append(element)

    def end(self, tag: str) -> None:
        """End an element."""
        self.builder.end(local(tag))
        self.open.pop()

    def doctype(self, _name: str, _system: str | None, _public: str | None, own: bool) -> None:
        """Refuse declarations inside the file; an address of a document type is never loaded."""
        if own:
            raise FeedError(self.url, "its XML declares entities of its own, which is not accepted")

    def undeclared(self, name: str, is_parameter: bool) -> None:
        """Give an entity of the document type that was not loaded; HTML's names are known."""
        if not is_parameter:
            self.builder.data(html.unescape(f"&{name};"))

    def closed(self) -> Element | None:
        """Return the tree, its open ends closed."""
        for element in reversed(self.open):
            self.builder.end(element.tag)
        return self.root


def parse(url: str, body: bytes, *records: str) -> tuple[Element, list[Skipped]]:
    """Return the root of the tree, and what of it was lost because the XML is malformed.

    Then the root holds each of the `records`, elements by name, that can be read by itself; with
    no such names, all that stood before the mistake. Raises FeedError if nothing can be read.
    """
    text = source(body)
    try:
        return built(url, text), []
    except BROKEN:
        text = mend(text)
    try:
        return built(url, text), []
    except BROKEN as error:
        root, lost = apart(url, text, records) if records else begun(url, text)
        if not len(root):
            raise FeedError(url, "its XML is malformed or cut short; nothing was read") from error
        return root, lost


def source(body: bytes) -> str:
    """Return the XML as text without its declaration and without signs that XML forbids."""
    return undeclared(decoded(body))


def built(url: str, text: str) -> Element:
    """Return the tree of well-formed XML; expat raises if it is not."""
    builder = Builder(url)
    run(builder, text)
    if builder.root is None:
        raise ValueError("no element")
    return builder.root


def run(builder: Builder, text: str) -> None:
    """Let expat read the text."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.builder.data
    parser.StartDoctypeDeclHandler = builder.doctype
    parser.SkippedEntityHandler = builder.undeclared
    parser.Parse(text, True)


def begun(url: str, text: str) -> tuple[Element, list[Skipped]]:
    """Return the tree up to where the XML breaks."""
    builder = Builder(url)
    try:
        run(builder, text)
    except BROKEN:
        root = builder.closed()
        return Element("nothing") if root is None else root, [CUT]
    return Element("nothing"), [CUT]


def apart(url: str, text: str, records: tuple[str, ...]) -> tuple[Element, list[Skipped]]:
    """Return the records that are whole by themselves, and a note for each that is not."""
    root, lost = Element("records"), list[Skipped]()
    opening = re.compile(rf"<((?:\w{{1,20}}:)?(?:{'|'.join(records)}))[\s>]")
    found = list(opening.finditer(text))
    if len(found) > MOST_RECORDS:
        raise FeedError(url, f"its XML is malformed and has more than {MOST_RECORDS} records")
    ends = [one.start() for one in found[1:]] + [len(text)] * bool(found)
    for place, (one, end) in enumerate(zip(found, ends, strict=True), start=1):
        closing = f"</{one[1]}>"
        last = text.rfind(closing, one.start(), end)
        try:
            root.append(built(url, text[one.start() : last + len(closing) if last >= 0 else end]))
        except BROKEN:
            lost.append(Skipped(f"entry {place}", "its XML is malformed or cut short"))
    return root, lost


def mend(text: str) -> str:
    """Return the text with its loose ampersands and unknown entities as XML wants them."""
    first, *rest = text.split(DATA)
    parts = [LOOSE.sub(known, first)]
    for one in rest:
        inside, end, after = one.partition("]]>")
        parts += [DATA, inside, end, LOOSE.sub(known, after)]
    return "".join(parts)


def known(found: re.Match[str]) -> str:
    """Return what HTML means by an entity, or its signs; NUL and its like go."""
    return html.escape(html.unescape(found[0]).translate(NOT_XML), quote=False)


def local(name: str) -> str:
    """Return a name without its prefix."""
    return name.rpartition(":")[2]


def words(element: Element | None) -> str:
    """Return the text of an element and those in it; what is raised or lowered stays so.

    Raises FieldError if it is too long to be a title or abstract.
    """
    if element is None:
        return ""
    text = inner(element)
    if len(text) > LONGEST_TEXT:
        raise FieldError(f"{element.tag} is longer than {LONGEST_TEXT} characters")
    return text


def inner(element: Element) -> str:
    """Return the text of an element; `10<sup>-3</sup>` is 10⁻³."""
    parts = [element.text or ""]
    for child in element:
        inside = inner(child)
        mark = child.tag in ("sup", "sub")
        parts += [script(inside, child.tag == "sup") if mark else inside, child.tail or ""]
    return "".join(parts)


def said(element: Element, path: str) -> str:
    """Return the text at a path of element names, "" if there is none."""
    return words(element.find(path)).strip()
