"""Rules over a rendered message: what is wrong, where, and how to mend it."""

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from html.parser import HTMLParser

ERROR, WARN = "error", "warn"
HTML_WARN, HTML_ERROR = 80_000, 100_000  # octets; Gmail clips near 102 kB
LINE = 998  # RFC 5322, section 2.1.1, without CRLF
TEXT_COLUMNS = 78
ONCE = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Auto-Submitted")
UNRENDERED = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\[\[.*?\]\]|\[%.*?%\]")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a mail."""

    rule: str
    level: str  # error or warn
    text: str


def lint(raw: bytes) -> list[Finding]:
    """Return what is wrong with a mail of ours, errors first; nothing if all is well."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    found = [*octets(raw), *headers(raw, message), *parts(message)]
    return sorted(found, key=lambda one: (one.level != ERROR, one.rule))


def octets(raw: bytes) -> Iterator[Finding]:
    """Look at the lines as they go over the wire."""
    if re.search(rb"(?<!\r)\n|\r(?!\n)", raw):
        yield Finding("line-ends", ERROR, "a line ends in bare CR or LF; use CRLF (RFC 5321)")
    longest = max(map(len, raw.splitlines()), default=0)
    if longest > LINE:
        yield Finding("line-length", ERROR, f"a line has {longest} octets; {LINE} is the most")


def headers(raw: bytes, message: EmailMessage) -> Iterator[Finding]:
    """Look at the header fields."""
    # By name alone: Python's reader of addresses stumbles over some that are damaged.
    names = [name.lower() for name in message.keys()]  # noqa: SIM118, a mail is no dict
    for name in ONCE:
        number = names.count(name.lower())
        if number != 1:
            yield Finding("headers", ERROR, f"{name} stands {number} times; once is right")
    if "List-Id" not in message:
        return  # a note to one person, not list mail
    line = re.search(rb"^List-Unsubscribe:(.*\r?\n[ \t].*|.*)", raw, re.IGNORECASE | re.MULTILINE)
    if not line:
        yield Finding("unsubscribe", ERROR, "List-Unsubscribe is missing (RFC 2369)")
    elif b"\n" in line.group(1):
        yield Finding("unsubscribe", ERROR, "List-Unsubscribe is folded; relays break such a line")
    elif b"<http" in line.group(1) and "List-Unsubscribe-Post" not in message:
        yield Finding("unsubscribe", ERROR, "List-Unsubscribe-Post is missing (RFC 8058)")


def parts(message: EmailMessage) -> Iterator[Finding]:
    """Look at the text and the HTML."""
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    if plain is None or html is None:
        missing = "text" if plain is None else "HTML"
        yield Finding("parts", ERROR, f"there is no {missing} part; a mail has both")
        return
    try:
        text, page = str(plain.get_content()), str(html.get_content())
    except LookupError as error:
        yield Finding("parts", ERROR, f"a part cannot be read: {error}")
        return
    yield from html_part(page)
    yield from text_part(text, page)
    for name, body in (("text", text), ("HTML", page)):
        left = UNRENDERED.search(body)
        # A paper's own text may hold braces: the HTML escapes nothing of them, so only warn.
        if left:
            yield Finding("unrendered", WARN, f"the {name} part holds {left.group()[:40]!r}")


def html_part(page: str) -> Iterator[Finding]:
    """Look at the HTML's size, structure and links."""
    size = len(page.encode())
    if size > HTML_WARN:
        level = ERROR if size > HTML_ERROR else WARN
        yield Finding("size", level, f"the HTML has {size:,} octets; Gmail clips near 102,000")
    seen = Outline()
    seen.feed(page)
    if not seen.lang:
        yield Finding("structure", ERROR, "<html> has no lang")
    if seen.headings.count(1) != 1:
        yield Finding("structure", ERROR, f"{seen.headings.count(1)} h1 headings; one is right")
    for before, after in zip(seen.headings, seen.headings[1:], strict=False):
        if after > before + 1:
            yield Finding("structure", ERROR, f"an h{after} follows an h{before}; none is skipped")
    for link in seen.links:
        if not re.match(r"https?://[^/\s]+|mailto:[^\s?]+@", link):
            yield Finding("links", ERROR, f"{link[:60]!r} leads nowhere; links are https or mailto")
        elif re.match(r"https?://(localhost|127\.|\[::1\])", link):
            yield Finding("links", WARN, f"{link[:60]!r} leads to this machine; set site.url")
    for image in seen.images:
        if image.get("alt") is None:
            yield Finding("images", ERROR, f"the image {str(image.get('src'))[:60]!r} has no alt")


def text_part(text: str, page: str) -> Iterator[Finding]:
    """Look at the text's width and whether it holds the links of the HTML."""
    # An address cannot be broken, so its line may be longer.
    wide = [line for line in text.splitlines() if len(line) > TEXT_COLUMNS]
    wide = [line for line in wide if "://" not in line and "mailto:" not in line]
    if wide:
        yield Finding(
            "text-width", ERROR, f"a line has over {TEXT_COLUMNS} columns: {wide[0][:60]!r}"
        )
    seen = Outline()
    seen.feed(page)
    for link in seen.links:
        if link not in text and not link.startswith("mailto:"):
            yield Finding("text-parity", WARN, f"{link[:60]!r} stands in the HTML part only")


class Outline(HTMLParser):
    """What a page is made of, as far as the rules ask."""

    def __init__(self) -> None:
        super().__init__()
        self.lang = ""
        self.headings: list[int] = []
        self.links: list[str] = []
        self.images: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note headings, links and images."""
        given = dict(attrs)
        if tag == "html":
            self.lang = given.get("lang") or ""
        elif re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        elif tag == "a" and given.get("href") is not None:
            self.links.append(given["href"] or "")
        elif tag == "img":
            self.images.append(given)
